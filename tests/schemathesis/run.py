"""Has Schemathesis try what the API says of itself on a throw-away shop: as nobody, as a guest, and with a key for everything.

Wants SOUK_BIN (the shop's binary) and the command `schemathesis` beside the Python that runs this.
"""

import http.cookiejar
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

START_S_MAX = 60
STOP_S_MAX = 30
RUN_S_MAX = 300
# The same requests every time, a minute or less for each caller.
USUAL = ["--phases", "coverage", "--seed", "1", "--max-examples", "8"]
SCOPES = ["orders:manage", "refunds", "catalog:manage", "stock:manage", "operations"]


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


class Shop:
    """A shop on a folder of its own, and what it prints."""

    def __init__(self, folder):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.said = ""
        settings = {
            "SOUK_SHOP_DEMO_PRODUCTS": "50",
            "SOUK_SHOP_PUBLIC_URL": self.url,
            "SOUK_API_REQUESTS_PER_MINUTE_KEY": "1000000",
            "SOUK_API_REQUESTS_PER_MINUTE_ADDRESS": "1000000",
            "SOUK_LOG_FILTER": "warn",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SOUK_")}
        command = [os.environ["SOUK_BIN"], "--data", folder, "serve", "--listen", self.url.removeprefix("http://")]
        self.process = subprocess.Popen(
            command, env=kept | settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            self.said += line

    def wait(self):
        """Waits for the link of the owner, which comes when the shop is open."""
        started = time.monotonic()
        while time.monotonic() - started < START_S_MAX:
            link = re.search(r"/admin/setup\?token=\S+", self.said)
            if link:
                return link[0]
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"the shop did not open\n{self.said}")

    def key(self, link):
        """Makes the owner, and a key with all scopes."""
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

        def post(path, fields):
            body = urllib.parse.urlencode(fields).encode()
            with browser.open(self.url + path, body, timeout=20) as answer:
                return answer.read().decode()

        post(link, {"name": "Olive", "email": "olive@example.com", "password": "quartz lantern orbit"})
        made = post("/admin/api-keys", [("name", "schemathesis")] + [("scope", scope) for scope in SCOPES])
        return re.search(r"souk_key_[\w-]+", made)[0]

    def guest(self):
        """Makes a guest."""
        request = urllib.request.Request(f"{self.url}/api/v1/guests", method="POST")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return re.search(r"souk_guest_[\w-]+", answer.read().decode())[0]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_S_MAX)


def run(shop, who, token, arguments):
    print(f"\n── as {who}", flush=True)
    program = pathlib.Path(sys.executable).with_name("schemathesis")
    settings = pathlib.Path(__file__).with_name("schemathesis.toml")
    command = [program, "--config-file", settings, "run", f"{shop.url}/api/v1/openapi.json"]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    return subprocess.run(command + arguments, timeout=RUN_S_MAX, check=False).returncode == 0


def main():
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(folder)
        try:
            key = shop.key(shop.wait())
            callers = [("nobody", None), ("a guest", shop.guest()), ("a key for everything", key)]
            good = [run(shop, who, token, sys.argv[1:] or USUAL) for who, token in callers]
        finally:
            code = shop.stop()
        audit = subprocess.run([os.environ["SOUK_BIN"], "--data", folder, "audit"], check=False)
    sys.exit(0 if all(good) and code == 0 and audit.returncode == 0 else 1)


main()
