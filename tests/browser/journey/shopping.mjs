// A shopper with scripts, at a desk.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { inspect } from "../inspect.mjs";
import {
  CARDS,
  addToCart,
  cartCount,
  chooseOtherOption,
  eventually,
  fillAddress,
  goToCheckout,
  openProduct,
  orderOf,
  pay,
  payButton,
  person,
  search,
  total,
} from "../steps.mjs";

export function shopping(world) {
  describe("a shopper with scripts", () => {
    world.story("finds, chooses, buys and follows an order", {}, async (page) => {
      const who = person("Ana Silva");
      await page.goto("/");
      await inspect(page, "home", { dark: true });
      await lookAtSuggestions(page);
      await search(page, "mug");
      await narrowDown(page);
      await openProduct(page);
      await chooseOtherOption(page);
      await inspect(page, "product", { dark: true });

      await addToCart(page);
      assert.equal(await cartCount(page), 1);
      await page.getByRole("link", { name: /^Cart\s*, 1 item$/ }).waitFor();
      await page.getByRole("link", { name: "View cart" }).click();
      await takeOneMore(page);
      await inspect(page, "cart");

      await goToCheckout(page);
      await fillAddress(page, who);
      await inspect(page, "checkout", { dark: true });
      const asked = await total(page);
      assert.equal(await payButton(page).innerText(), `Pay ${asked}`);
      await pay(page, CARDS.good, who);
      await page.getByRole("heading", { name: "Thank you, your order is placed" }).waitFor();
      assert.equal(await total(page), asked);
      assert.equal(await page.locator("[data-cart-count]").isVisible(), false);
      await inspect(page, "confirmation");

      const { number } = orderOf(page);
      await page.getByRole("link", { name: "Follow your order" }).click();
      await page.getByRole("heading", { name: `Order ${number}` }).waitFor();
      await page.getByRole("heading", { name: "We are preparing your order" }).waitFor();
      await inspect(page, "tracking", { dark: true });
    });

    world.story("looks around", {}, async (page) => {
      await page.goto("/");
      await page.locator("#site-nav a").first().click();
      await page.waitForURL("**/c/*");
      await inspect(page, "category", { dark: true });
      await page.getByLabel("Sort by").selectOption({ label: "Price: low to high" });
      await page.waitForURL(/sort=/);
      await eventually("the cheapest comes first", async () => isAscending(await prices(page)));

      await search(page, "xqzvk wpfjh");
      await page.getByText("We found nothing for").waitFor();
      await inspect(page, "no-results");
      await page.goto("/cart");
      await page.getByRole("heading", { name: "Your cart is empty" }).waitFor();
      await inspect(page, "empty-cart");
    });

    world.story("looks at brands and collections, and wishes for something", {}, async (page) => {
      await page.goto("/brands");
      await inspect(page, "brands");
      await page.locator(".brand-list a").first().click();
      await page.waitForURL("**/brands/*");
      await inspect(page, "brand");
      await page.goto("/collections");
      await inspect(page, "collections");
      await page.goto("/wish-list");
      await page.getByText("Nothing is on your wish list yet.").waitFor();
      await search(page, "mug");
      await openProduct(page);
      await page.getByRole("button", { name: /wish list/i }).click();
      await page.locator(".wish a").waitFor();
      await page.goto("/wish-list");
      assert.equal(await page.locator(".product-card").count(), 1);
      await inspect(page, "wish-list");
    });

    world.story("filters on a phone, in a drawer", { width: 360, height: 780 }, async (page) => {
      await page.goto("/search?q=chair");
      await page.getByRole("button", { name: "Filters" }).click();
      const filters = page.locator("#filters");
      await filters.locator("input[type=checkbox]").first().check();
      await filters.getByRole("button", { name: "Show results" }).click();
      await page.getByRole("list", { name: "Filters in use" }).waitFor();
      await page.getByRole("button", { name: "Menu" }).click();
      await page.locator("#site-nav a").first().click();
      await page.waitForURL("**/c/*");
    });
  });
}

async function lookAtSuggestions(page) {
  const box = page.getByRole("combobox", { name: "Search products" });
  await box.pressSequentially("mug");
  const options = page.getByRole("option");
  await options.first().waitFor();
  assert.equal(await box.getAttribute("aria-expanded"), "true");
  await box.press("ArrowDown");
  assert.equal(await options.first().getAttribute("aria-selected"), "true");
  await inspect(page, "suggestions");
  await box.press("Escape");
  await options.first().waitFor({ state: "hidden" });
}

async function narrowDown(page) {
  const count = async () => Number.parseInt(await page.locator("[data-count]").innerText(), 10);
  const before = await count();
  assert.ok(before > 1, "a search for mugs finds several");
  await inspect(page, "search");
  const value = page.locator(".facet input[type=checkbox][name=brand]").first();
  const brand = await value.getAttribute("value");
  await value.check();
  await page.getByRole("list", { name: "Filters in use" }).getByText(`Brand: ${brand}`).waitFor();
  assert.ok((await count()) < before, "a brand narrows the list down");
  assert.deepEqual(new Set(await page.locator(".product-card-brand").allInnerTexts()), new Set([brand]));
  await page.getByRole("link", { name: `Remove Brand: ${brand}` }).click();
  await eventually("the whole list is back", async () => (await count()) === before);
}

async function takeOneMore(page) {
  await page.waitForURL("**/cart");
  const one = await total(page);
  await page.getByRole("button", { name: /^One more/ }).click();
  await eventually("the total follows", async () => (await total(page)) !== one);
  assert.equal(await page.getByRole("spinbutton").inputValue(), "2");
  assert.equal(await cartCount(page), 2);
  await page.reload();
  assert.equal(await page.getByRole("spinbutton").inputValue(), "2");
}

async function prices(page) {
  const texts = await page.locator(".product-card .price-now").allInnerTexts();
  return texts.map((text) => Number(text.replace(/[^\d.]/g, "")));
}

const isAscending = (numbers) => numbers.length > 1 && numbers.every((number, at) => at === 0 || numbers[at - 1] <= number);
