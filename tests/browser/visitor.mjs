// A visitor: a browser window of their own, in which nothing may go wrong unnoticed.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const WAIT_MS_MAX = 10_000;
const FAILURES = fileURLToPath(new URL("artifacts/failures/", import.meta.url));

/** Starts the browser; with a port others can drive it too. */
export function openBrowser({ port } = {}) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...(port ? [`--remote-debugging-port=${port}`] : []),
    ],
  });
}

/** A visitor with an empty browser: no cookies, a 1440 px screen and no service worker unless told otherwise. */
export async function visit(browser, shop, { width = 1440, height = 1000, scripts = true, dark = false, worker = false, cookies = [] } = {}) {
  const context = await browser.newContext({
    baseURL: shop.url,
    viewport: { width, height },
    javaScriptEnabled: scripts,
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    serviceWorkers: worker ? "allow" : "block",
    locale: "en-GB",
  });
  context.setDefaultTimeout(WAIT_MS_MAX);
  await context.addCookies(cookies.map((cookie) => ({ url: shop.url, ...cookie })));
  const visitor = new Visitor(context, scripts);
  visitor.page = await visitor.newTab();
  return visitor;
}

class Visitor {
  #problems = [];
  #expected = [];
  #offline = false;

  constructor(context, scripts) {
    this.context = context;
    this.scripts = scripts;
    context.on("console", (message) => message.type() === "error" && this.#console(message));
    context.on("weberror", (error) => this.#problems.push(`uncaught: ${error.error().stack}`));
    context.on("response", (response) => response.status() >= 400 && this.#refused(response));
    context.on("requestfailed", (request) => this.#failed(request));
  }

  /** One more tab of the same browser. */
  newTab() {
    return this.context.newPage();
  }

  /** Takes the connection away: that requests fail is meant from now on. */
  async goOffline() {
    this.#offline = true;
    await this.context.setOffline(true);
  }

  /** Gives the connection back. */
  async goOnline() {
    await this.context.setOffline(false);
    this.#offline = false;
  }

  /** The next answer with this status from this path is meant; it counts as a problem when it does not come. */
  expectStatus(status, path) {
    this.#expected.push({ status, path, answers: 0 });
  }

  /** Keeps pictures of what is shown when a test fails, and fails with what else went wrong. */
  async keepFailure(error) {
    for (const [index, tab] of this.context.pages().entries()) {
      const picture = `${FAILURES}${Date.now()}-${index}.png`;
      await tab.screenshot({ path: picture, timeout: 5_000 }).catch(() => {});
      error.stack += `\nshown: ${tab.url()} (${picture})`;
    }
    if (this.#problems.length > 0) error.stack += `\nproblems in the browser: ${this.#problems.join("\n")}`;
    throw error;
  }

  /** Closes the window; fails when anything went wrong in it. */
  async close() {
    await this.context.close();
    const missing = this.#expected.filter(({ answers }) => answers === 0).map(({ status, path }) => `no ${status} came from ${path}`);
    assert.deepEqual([...this.#problems, ...missing], [], "problems in the browser");
  }

  #meant(status, url) {
    const { pathname } = new URL(url);
    return this.#expected.find((one) => one.status === status && one.path === pathname);
  }

  #refused(response) {
    const meant = this.#meant(response.status(), response.url());
    if (meant && meant.answers === 0) meant.answers = 1;
    else this.#problems.push(`${response.status()} ${response.request().method()} ${response.url()}`);
  }

  #console(message) {
    // The browser tells of every refusal in the console as well.
    const status = Number(message.text().match(/^Failed to load resource: .* status of (\d+)/)?.[1]);
    if (status || this.#cut(message.text())) return;
    this.#problems.push(`console: ${message.text()} (${message.location().url})`);
  }

  #cut(text) {
    return this.#offline && text?.includes("net::ERR_INTERNET_DISCONNECTED");
  }

  #failed(request) {
    const why = request.failure()?.errorText;
    // What the page itself gives up, or leaves behind when it goes to another, has not failed.
    if (why === "net::ERR_ABORTED" || this.#cut(why)) return;
    this.#problems.push(`failed: ${request.method()} ${request.url()} ${why}`);
  }
}
