// The real binary on a throw-away data folder, or a fleet of it: started, asked whether it is open, stopped.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const BINARY = process.env.SOUK_BIN ?? fileURLToPath(new URL("../../target/debug/souk", import.meta.url));
// The program that starts a fleet (`cargo xtask browser --fleet`); left out, one process is the shop.
const FLEET = process.env.SOUK_TEST_FLEET;
/** How long a shop may take until it is open, and until it has stopped. */
export const START_MS_MAX = FLEET ? 180_000 : 60_000;
export const STOP_MS_MAX = FLEET ? 60_000 : 20_000;
const AUDIT_MS_MAX = 30_000;
const LOG_CHARS_MAX = 200_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGPIPE"];

const PRODUCTS = "200";
const SETTINGS = {
  // A parcel's days take a fraction of a second.
  SOUK_DELIVERY_SANDBOX_SPEED: "2000000",
  SOUK_LOG_FILTER: "info",
};

/** Starts a shop with the demo catalogue; answers once its goods can be found and bought. */
export async function openShop() {
  const folder = await mkdtemp(join(tmpdir(), "souk-browser-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const shop = new Shop(url, folder, FLEET ? beginFleet(port) : beginProcess(folder, port, url));
  try {
    await shop.opened();
  } catch (error) {
    await shop.close().catch(() => {});
    throw error;
  }
  return shop;
}

function beginProcess(folder, port, url) {
  return spawn(BINARY, ["--data", folder, "serve", "--listen", `127.0.0.1:${port}`], {
    env: { ...surroundings(), ...SETTINGS, SOUK_SHOP_PUBLIC_URL: url, SOUK_SHOP_DEMO_PRODUCTS: PRODUCTS, SOUK_SHOP_DEMO_SEED: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

// It audits the books itself, while the databases still run, and tells what its processes have warned of.
function beginFleet(port) {
  return spawn(FLEET, ["fleet", "--listen", `127.0.0.1:${port}`, "--products", PRODUCTS, "--no-limits", "--check"], {
    env: { ...surroundings(), ...SETTINGS, SOUK_BIN: BINARY },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

class Shop {
  #child;
  #folder;
  #log = "";
  #stopping = false;
  #ended;
  #lastBreath = () => {
    // A fleet that is told to stop ends its processes.
    this.#child.kill(FLEET ? "SIGTERM" : "SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  };

  constructor(url, folder, child) {
    this.url = url;
    this.#folder = folder;
    this.#child = child;
    const keep = (text) => (this.#log = (this.#log + text).slice(-LOG_CHARS_MAX));
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", keep);
    this.#ended = once(child, "close").catch((error) => this.#died(`cannot be started: ${error.message}`));
    child.on("close", (code, signal) => this.#stopping || this.#died(`ended by itself (${signal ?? code})`));
    // Whatever ends the tests ends the shop.
    process.on("exit", this.#lastBreath);
    for (const signal of SIGNALS) process.once(signal, () => process.exit(1));
  }

  /** What the shop has printed. */
  get log() {
    return this.#log;
  }

  /** The one-time link that creates the owner, as printed at the start. */
  get ownerLink() {
    const path = this.#log.match(/\/admin\/setup\?token=\S+/)?.[0];
    if (!path) throw new Error(`the shop printed no link for its owner\n${this.#log}`);
    return this.url + path;
  }

  async opened() {
    const started = Date.now();
    for (let asked = 0; Date.now() - started < START_MS_MAX; asked += 1) {
      if (this.#log.includes("/admin/setup?token=") && (await this.#hasGoods(asked))) return;
      await pause(100);
    }
    throw new Error(`the shop did not open within ${START_MS_MAX} ms\n${this.#log}`);
  }

  // What was just put in stock may still be on its way to the lists. Asked under an address that nobody keeps.
  async #hasGoods(asked) {
    const address = `${this.url}/search?q=mug&price_max=${1_000_000 + asked}`;
    const answer = await fetch(address, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    const html = answer?.ok ? await answer.text() : "";
    return html.includes('class="product-card"') && !html.includes(">Sold out<");
  }

  /** Asks it to stop as an operator would, waits, and fails when it does not end well. */
  async stop() {
    this.#stopping = true;
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    await this.#ended;
    clearTimeout(timer);
    if (child.exitCode !== 0) throw new Error(`the shop did not stop well (${child.signalCode ?? child.exitCode})\n${this.#log}`);
  }

  /** What the shop that was stopped says about its books; fails when they do not agree. */
  async audit() {
    if (FLEET) return this.#log;
    const { stdout } = await promisify(execFile)(BINARY, ["--data", this.#folder, "audit"], { env: surroundings(), timeout: AUDIT_MS_MAX });
    return stdout;
  }

  /** Stops it, if need be, and leaves nothing behind. */
  async close() {
    try {
      await this.stop();
    } finally {
      process.off("exit", this.#lastBreath);
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  // No test can go on: all of them end here, with the shop's own words.
  #died(how) {
    console.error(`\nThe shop ${how}. Its log:\n${this.#log}`);
    process.exit(1);
  }
}

// What is set for another shop, or for these tests, is none of this shop's settings.
function surroundings() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SOUK_")));
}

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
