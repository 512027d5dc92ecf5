// What a shopper does on the pages of the shop, one step each. Steps see to it that they led somewhere.
import assert from "node:assert/strict";

export const CARDS = { good: "4242 4242 4242 4242", declined: "4000 0000 0000 0002", challenge: "4000 0025 0000 3155" };
export const PASSWORD = "three quiet green lamps";

/** A shopper; everybody has an email address of their own. */
export function person(name) {
  const login = name.toLowerCase().replaceAll(" ", ".");
  return { name, email: `${login}@example.com`, line1: "Weg 7", postal_code: "10115", city: "Berlin" };
}

/** Waits until a condition holds, asking again and again. */
export async function eventually(what, holds, ms_max = 15_000) {
  const began = Date.now();
  while (!(await holds())) {
    assert.ok(Date.now() - began < ms_max, `not within ${ms_max} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Types into the search box and sends it off. */
export async function search(page, words) {
  const box = page.locator("#search-input");
  await box.fill(words);
  await Promise.all([page.waitForURL(/\/search\?/), box.press("Enter")]);
}

/** Opens a product of a list by its place in it; answers its title. */
export async function openProduct(page, index = 0) {
  const link = page.locator(".product-card-title a").nth(index);
  const title = await link.innerText();
  await Promise.all([page.waitForURL(/\/products\//), link.click()]);
  assert.equal(await page.locator("h1").innerText(), title);
  return title;
}

/** Opens a product's page with this variant chosen. */
export async function openOffer(page, { slug, sku }) {
  await page.goto(`/products/${slug}?variant=${encodeURIComponent(sku)}`);
  assert.equal(await page.locator("[data-sku]").innerText(), sku);
}

/** Chooses another value of an option, one that can be bought; answers the SKU that it led to. */
export async function chooseOtherOption(page) {
  const before = await page.locator("[data-sku]").innerText();
  const other = page.locator("a.option-value:not([aria-current]):not(.option-out)").first();
  const label = await other.getAttribute("data-value");
  await other.click();
  await page.waitForFunction((sku) => document.querySelector("[data-sku]").textContent !== sku, before).catch(() => {});
  const sku = await page.locator("[data-sku]").innerText();
  assert.notEqual(sku, before, `choosing ${label} changed nothing`);
  assert.equal(new URL(page.url()).searchParams.get("variant"), sku);
  assert.equal(await page.locator(`a.option-value[data-value="${label}"]`).getAttribute("aria-current"), "true");
  return sku;
}

/** Puts the chosen variant into the cart; the page's script says so in place. */
export async function addToCart(page, quantity = 1) {
  await page.getByLabel("Quantity", { exact: true }).fill(String(quantity));
  await page.getByRole("button", { name: "Add to cart" }).click();
  await page.locator("[data-added]").getByRole("link", { name: "Go to the cart" }).waitFor();
}

/** The same without scripts: it leads to the cart. */
export async function addToCartPlain(page, quantity = 1) {
  await page.getByLabel("Quantity", { exact: true }).fill(String(quantity));
  await Promise.all([page.waitForURL("**/cart"), page.getByRole("button", { name: "Add to cart" }).click()]);
}

/** Goes to the checkout from the cart. */
export async function goToCheckout(page) {
  await page.goto("/cart");
  await Promise.all([page.waitForURL("**/checkout"), page.getByRole("link", { name: "Go to checkout" }).click()]);
}

/** Fills in who it is for and where it goes. */
export async function fillAddress(page, who) {
  await page.getByLabel("Email").fill(who.email);
  await page.getByLabel("Full name").fill(who.name);
  await page.getByLabel("Country").selectOption("DE");
  await page.getByLabel("Street and number").fill(who.line1);
  await page.getByLabel("Postal code").fill(who.postal_code);
  await page.getByLabel("City").fill(who.city);
}

/** Fills in a card on the checkout. */
export async function fillCard(page, number, who) {
  await page.getByLabel("Card number").fill(number);
  await page.getByLabel("Expiry date").fill("12/40");
  await page.getByLabel("Security code").fill("123");
  await page.getByLabel("Name on card").fill(who.name);
}

/** The button that buys. */
export function payButton(page) {
  return page.getByRole("button", { name: /^Pay €/ });
}

/** Fills in a card and presses the button that buys, until the page that this leads to. */
export async function pay(page, number, who, leadsTo = /\/confirmation\?/) {
  await fillCard(page, number, who);
  await Promise.all([page.waitForURL(leadsTo), payButton(page).click()]);
}

/** Buys a variant from the product's page to the confirmation; answers the order. */
export async function buy(page, offer, who, { quantity = 1, card = CARDS.good, leadsTo } = {}) {
  await openOffer(page, offer);
  await addToCart(page, quantity);
  await goToCheckout(page);
  await fillAddress(page, who);
  await pay(page, card, who, leadsTo);
  return orderOf(page);
}

/** The order whose page is shown. */
export function orderOf(page) {
  const { pathname, searchParams } = new URL(page.url());
  const number = pathname.split("/")[2];
  const key = searchParams.get("key");
  return { number, key, trackPath: `/orders/${number}?key=${key}` };
}

/** The order's total as the page shows it. */
export function total(page) {
  return page.locator(".totals-grand dd").innerText();
}

/** How many pieces the page says are in the cart. */
export async function cartCount(page) {
  return Number.parseInt((await page.locator("[data-cart-count]").innerText()).replace(/\D/g, "") || "0", 10);
}

/** Makes an account. */
export async function register(page, who) {
  await page.goto("/account/register");
  await page.getByLabel("Full name").fill(who.name);
  await page.getByLabel("Email").fill(who.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await Promise.all([page.waitForURL("**/account/orders"), page.getByRole("button", { name: "Create account" }).click()]);
}
