// Writes the pictures of docs/screenshots: five pages of a shop with its demo catalogue, as a desk's screen shows them.
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { findOffer } from "./catalogue.mjs";
import { openShop } from "./shop.mjs";
import { CARDS, addToCart, fillAddress, goToCheckout, openOffer, orderOf, pay, person } from "./steps.mjs";
import { becomeOwner, shipOrder } from "./staff_steps.mjs";
import { openBrowser, visit } from "./visitor.mjs";

const FOLDER = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
const SCREEN = { width: 1440, height: 1000 };
const BYTES_MAX = 300_000;

const shop = await openShop();
const browser = await openBrowser();
try {
  await mkdir(FOLDER, { recursive: true });
  const shopper = await visit(browser, shop, SCREEN);
  const staff = await visit(browser, shop, SCREEN);
  await takePictures(shopper.page, staff.page);
  await shopper.close();
  await staff.close();
} finally {
  await browser.close();
  await shop.close();
}

async function takePictures(page, console) {
  const who = person("Ana Silva");
  await page.goto("/");
  await take(page, "home");
  const offer = await findOffer(shop, ({ available }, { options, images }) => available >= 20 && options.length > 1 && images.length > 2);
  await openOffer(page, offer);
  await take(page, "product");
  await addToCart(page, 2);
  await goToCheckout(page);
  await fillAddress(page, who);
  await take(page, "checkout");
  await pay(page, CARDS.good, who);
  const { number, trackPath } = orderOf(page);
  await becomeOwner(console, shop);
  await console.goto(`/admin/orders/${number}`);
  await take(console, "admin-order");
  await page.goto(trackPath);
  await shipOrder(console);
  await page.getByRole("heading", { name: "Delivered", exact: true }).waitFor({ timeout: 30_000 });
  await take(page, "tracking");
}

async function take(page, name) {
  await page.evaluate(() => {
    document.activeElement?.blur();
    scrollTo(0, 0);
    return Promise.all([...document.images].filter(({ loading }) => loading !== "lazy").map((image) => image.decode()));
  });
  await page.waitForLoadState("networkidle").catch(() => {});
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path, clip: { x: 0, y: 0, ...SCREEN }, animations: "disabled" });
  const { size } = await stat(path);
  if (size >= BYTES_MAX) throw new Error(`${path} has ${size} bytes; at most ${BYTES_MAX} are good for a page of documentation`);
}
