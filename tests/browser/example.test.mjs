// The example storefront: its client is generated from what a shop says of itself, checked, and buys something.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort, openShop } from "./shop.mjs";
import { eventually } from "./steps.mjs";

const FOLDER = fileURLToPath(new URL("../../examples/storefront", import.meta.url));
const STEP_MS_MAX = 120_000;

async function npm(script, settings) {
  const options = { cwd: FOLDER, env: { ...process.env, ...settings }, timeout: STEP_MS_MAX };
  // tsc tells what is wrong on its standard output.
  await promisify(execFile)("npm", ["run", "--silent", script], options).catch((error) => {
    throw new Error(`npm run ${script}: ${error.message}\n${error.stdout}`);
  });
}

/** The storefront, once it is open. */
async function openStorefront(settings) {
  const child = spawn("node", ["dist/storefront.js"], { cwd: FOLDER, env: { ...process.env, ...settings }, stdio: ["ignore", "pipe", "inherit"] });
  await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => assert.fail("the storefront ended"))]);
  return child;
}

/** A visitor without scripts, who keeps one cookie. */
class Visitor {
  #cookie = "";

  constructor(url) {
    this.url = url;
  }

  async #send(path, options) {
    const headers = { Cookie: this.#cookie };
    const answer = await fetch(this.url + path, { ...options, headers, redirect: "manual", signal: AbortSignal.timeout(20_000) });
    this.#cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? this.#cookie;
    const to = answer.headers.get("location");
    return to ? this.#send(to, {}) : answer.text();
  }

  get(path) {
    return this.#send(path, {});
  }

  /** Presses the only button that leads to `action`, or the first of them. */
  press(page, action) {
    const form = page.split("<form ").find((part) => part.startsWith(`method="post" action="${action}"`));
    assert.ok(form, `no button for ${action} in ${page}`);
    const fields = [...form.split("</form>")[0].matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]);
    return this.#send(action, { method: "POST", body: new URLSearchParams(fields) });
  }
}

test("the example storefront is generated, checked, and buys something", async (t) => {
  const shop = await openShop();
  t.after(() => shop.close());
  const port = await freePort();
  const settings = { SHOP_URL: shop.url, PORT: String(port) };
  await npm("generate", settings);
  await npm("build", settings);
  const child = await openStorefront(settings);
  t.after(() => child.kill());

  const visitor = new Visitor(`http://127.0.0.1:${port}`);
  assert.match(await visitor.get("/"), /\d+ products/);
  const found = await visitor.get("/?q=mug");
  const [path] = found.match(/\/products\/[^"]+/) ?? assert.fail(found);
  const product = await visitor.get(path);
  const cart = await visitor.press(product, "/cart");
  assert.match(cart, /1 × /);
  const order = await visitor.press(cart, "/checkout");
  assert.match(order, /<h1>Order [0-9A-Z]{4}-[0-9A-Z]{4}<\/h1><p>placed, paid/);
  // A fleet hears of an order by an event, a moment later.
  await eventually("the cart is empty", async () => /<ul><\/ul>/.test(await visitor.get("/cart")));
  assert.match(await visitor.get("/products/nothing"), /not found/i);

  await shop.stop();
  assert.match(await shop.audit(), /All books agree/);
});
