// What goes wrong on the way, by mistake or by intent.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { available, findOffer } from "../catalogue.mjs";
import { inspect } from "../inspect.mjs";
import {
  CARDS,
  addToCart,
  addToCartPlain,
  buy,
  cartCount,
  eventually,
  fillAddress,
  fillCard,
  goToCheckout,
  openOffer,
  orderOf,
  pay,
  payButton,
  person,
  register,
  search,
  total,
} from "../steps.mjs";

const COOKIES = ["souk_session", "souk_guest", "souk_staff", "souk_notice", "souk_cart_count"];
const SPOILT_COOKIES = COOKIES.map((name) => ({ name, value: "expired.or%20garbage" }));

export function mistakes(world) {
  const plenty = () => findOffer(world.shop, (offer) => offer.available >= 20);

  describe("a checkout", () => {
    world.story("of an empty cart leads to the cart", {}, async (page) => {
      await page.goto("/checkout");
      await page.waitForURL("**/cart");
      await page.getByRole("heading", { name: "Your cart is empty" }).waitFor();
    });

    world.story("whose button is pressed twice makes one order, and cannot be gone back to", {}, async (page) => {
      const who = person("Hugo Lima");
      await register(page, who);
      await openOffer(page, await plenty());
      await addToCart(page);
      await goToCheckout(page);
      await fillAddress(page, who);
      await fillCard(page, CARDS.good, who);
      await Promise.all([page.waitForURL(/\/confirmation\?/), payButton(page).dblclick()]);
      const { number } = orderOf(page);

      // A fleet hears of an order by an event, a moment later.
      await eventually("the cart is empty", async () => (await (await page.request.get("/cart")).text()).includes("Your cart is empty"));
      await page.goBack();
      await page.waitForURL("**/cart");
      await page.getByRole("heading", { name: "Your cart is empty" }).waitFor();
      await page.goto("/account/orders");
      assert.deepEqual(await page.locator(".order-row-title").allInnerTexts(), [`Order ${number}`]);
    });

    world.story("that is sent twice by an impatient browser without scripts makes one order", { scripts: false }, async (page, visitor) => {
      const who = person("Ines Rocha");
      await register(page, who);
      await openOffer(page, await plenty());
      await addToCartPlain(page);
      await goToCheckout(page);
      await fillAddress(page, who);
      await page.getByRole("button", { name: "Continue to payment" }).click();
      await page.waitForURL(/\/sandbox-gateway\/pay/);
      await page.getByLabel("Card number").fill(CARDS.good);
      await page.getByLabel("Expires").fill("12/40");
      await page.getByLabel("Security code").fill("123");
      await page.getByLabel("Name on card").fill(who.name);
      // Two answers of the gateway come back at once, as from two tabs.
      const again = await visitor.newTab();
      const back = page.waitForRequest(/\/checkout\/pay-return\?/);
      await page.getByRole("button", { name: /^Pay/ }).click();
      await again.goto((await back).url());
      await page.waitForURL(/\/orders\//);
      await again.waitForURL(/\/(orders|checkout|cart)/);
      await page.goto("/account/orders");
      assert.equal(await page.locator(".order-row").count(), 1);
    });

    world.story("whose cart was changed in another tab tells the new total before it takes anything", {}, async (page, visitor) => {
      const who = person("Joana Faria");
      await openOffer(page, await plenty());
      await addToCart(page);
      await goToCheckout(page);
      await fillAddress(page, who);
      const asked = await total(page);
      const other = await visitor.newTab();
      await other.goto("/cart");
      await other.getByRole("button", { name: /^One more/ }).click();
      await eventually("the other tab has two", async () => (await cartCount(other)) === 2);

      visitor.expectStatus(409, "/checkout");
      await pay(page, CARDS.good, who, "**/checkout");
      await page.getByText(/The total is €[\d.,]+ now\. Nothing was taken/).waitFor();
      const now = await total(page);
      assert.notEqual(now, asked);
      assert.equal(await page.getByLabel("Email").inputValue(), who.email);
      await pay(page, CARDS.good, who);
      assert.equal(await total(page), now);
    });
  });

  describe("a cart", () => {
    world.story("that two tabs change is the same in both", {}, async (page, visitor) => {
      await openOffer(page, await plenty());
      await addToCart(page);
      const tabs = [page, await visitor.newTab()];
      for (const tab of tabs) await tab.goto("/cart");
      const quantity = (tab) => tab.getByRole("spinbutton").inputValue();
      await tabs[0].getByRole("spinbutton").fill("4");
      await tabs[0].getByRole("spinbutton").press("Tab");
      await eventually("four are in the cart", async () => (await cartCount(tabs[0])) === 4);
      await tabs[1].getByRole("button", { name: /^One more/ }).click();
      await eventually("the second tab has the last word", async () => (await cartCount(tabs[1])) === 2);
      for (const tab of tabs) await tab.reload();
      assert.deepEqual(await Promise.all(tabs.map(quantity)), ["2", "2"]);

      await tabs[0].getByRole("button", { name: /^Remove/ }).click();
      await tabs[0].getByRole("heading", { name: "Your cart is empty" }).waitFor();
      await tabs[1].getByRole("button", { name: /^Remove/ }).click();
      await tabs[1].getByRole("heading", { name: "Your cart is empty" }).waitFor();
    });

    world.story("takes nothing that is sold out", {}, async (page) => {
      const soldOut = await findOffer(world.shop, (offer) => offer.available === 0);
      await openOffer(page, soldOut);
      assert.equal(await page.getByRole("button", { name: "Sold out" }).isDisabled(), true);
      await inspect(page, "sold-out");
    });

    world.story("with the last pieces is told at the checkout when somebody else was faster", {}, async (page) => {
      const last = await findOffer(world.shop, (offer) => offer.available > 0 && offer.available < 5);
      const who = person("Luis Matos");
      await openOffer(page, last);
      await addToCart(page, last.available);
      await goToCheckout(page);
      await fillAddress(page, who);
      await world.visitor({}, (faster) => buy(faster, last, person("Marta Nunes"), { quantity: last.available }));
      // What is in front of a fleet keeps a product for some seconds.
      await eventually("nothing is left", async () => (await available(world.shop, last)) === 0);

      await pay(page, CARDS.good, who, "**/cart");
      await page.getByText(/sold out.*Nothing was taken/).waitFor();
      assert.equal(await page.getByRole("link", { name: "Go to checkout" }).getAttribute("aria-disabled"), "true");
      await inspect(page, "cart-sold-out");
    });
  });

  describe("the shop", () => {
    world.story("helps whoever comes to a page that is not there", {}, async (page, visitor) => {
      visitor.expectStatus(404, "/nowhere");
      await page.goto("/nowhere");
      await page.getByRole("heading", { name: "We can’t find that page" }).waitFor();
      await inspect(page, "not-found", { dark: true });
      await page.locator("#error-search").fill("lamp");
      await page.locator("#error-search").press("Enter");
      await page.waitForURL("**/search?q=lamp");
      assert.ok((await page.locator(".product-card").count()) > 0);
    });

    world.story("shows hostile words as words", {}, async (page) => {
      const hostile = `<script>globalThis.hostile = 1</script>"'><img src=/x onerror="globalThis.hostile = 1"> lamp`;
      await page.goto("/");
      await page.getByRole("combobox", { name: "Search products" }).pressSequentially(hostile.slice(0, 60));
      await search(page, hostile);
      assert.equal(await page.locator("#search-input").inputValue(), hostile);
      assert.match(await page.locator("h1").innerText(), /<script>globalThis\.hostile = 1<\/script>"'><img/);
      assert.equal(await page.locator("main img[src='/x']").count(), 0);
      assert.equal(await page.evaluate(() => globalThis.hostile), undefined);
    });

    world.story("takes whoever comes with spoilt cookies for a new guest", { cookies: SPOILT_COOKIES }, async (page, visitor) => {
      await page.goto("/account/orders");
      await page.waitForURL(/\/account\/sign-in\?next=/);
      await page.goto("/admin/orders");
      await page.waitForURL(/\/admin\/sign-in\?next=/);
      await page.goto("/cart");
      await page.getByRole("heading", { name: "Your cart is empty" }).waitFor();
      await buy(page, await plenty(), person("Nadia Velez"));
      const session = (await visitor.context.cookies()).find(({ name }) => name === "souk_session");
      assert.equal(session, undefined, "the spoilt session is forgotten");
    });
  });
}
