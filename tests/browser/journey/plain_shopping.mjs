// A shopper whose browser runs no scripts.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { inspect, inspectPlain } from "../inspect.mjs";
import { CARDS, addToCartPlain, chooseOtherOption, fillAddress, goToCheckout, openProduct, orderOf, person, search, total } from "../steps.mjs";

export function plainShopping(world) {
  describe("a shopper without scripts", () => {
    world.story("finds, chooses, buys and follows an order", { scripts: false }, async (page) => {
      const who = person("Bruno Costa");
      await page.goto("/");
      await search(page, "mug");
      await page.locator(".facet input[type=checkbox][name=brand]").first().check();
      await page.getByRole("button", { name: "Show results" }).click();
      await page.getByRole("list", { name: "Filters in use" }).waitFor();
      await inspectPlain(page, "plain-search");
      await openProduct(page);
      await chooseOtherOption(page);
      await inspectPlain(page, "plain-product");

      await addToCartPlain(page);
      const one = await total(page);
      await page.getByRole("spinbutton").fill("2");
      await page.getByRole("button", { name: "Update cart" }).click();
      await page.waitForURL("**/cart");
      assert.notEqual(await total(page), one);
      await inspectPlain(page, "plain-cart");

      await goToCheckout(page);
      await fillAddress(page, who);
      await page.getByRole("button", { name: "Update delivery and total" }).click();
      await page.getByRole("radio").last().check();
      await page.getByRole("button", { name: "Update delivery and total" }).click();
      assert.equal(await page.getByRole("radio").last().isChecked(), true);
      assert.equal(await page.getByLabel("Email").inputValue(), who.email);
      const asked = await total(page);
      await inspectPlain(page, "plain-checkout");
      await page.getByRole("button", { name: "Continue to payment" }).click();

      await payOnHostedPage(page, CARDS.good, who);
      await page.waitForURL(/\/confirmation\?/);
      assert.equal(await total(page), asked);
      const { number } = orderOf(page);
      await page.getByRole("link", { name: "Follow your order" }).click();
      await page.getByRole("heading", { name: `Order ${number}` }).waitFor();
      await inspectPlain(page, "plain-tracking");
    });

    world.story("is told on the gateway's page what is wrong with a card, and may go back", {}, async (page, visitor) => {
      const address = "/sandbox-gateway/pay?return=/checkout/pay-return&amount=1250&currency=EUR";
      await page.goto(address);
      await inspect(page, "gateway-pay", { dark: true });
      visitor.expectStatus(422, "/sandbox-gateway/pay");
      await page.getByLabel("Card number").fill("4242 4242 4242 4241");
      await page.getByRole("button", { name: /^Pay/ }).click();
      await page.locator("[aria-invalid=true]").first().waitFor();
      await inspect(page, "gateway-pay-errors");
      await page.getByRole("link", { name: "Back to the shop" }).click();
      await page.waitForURL("**/cart");
    });
  });
}

async function payOnHostedPage(page, number, who) {
  await page.waitForURL(/\/sandbox-gateway\/pay/);
  await page.getByLabel("Card number").fill(number);
  await page.getByLabel("Expires").fill("12/40");
  await page.getByLabel("Security code").fill("123");
  await page.getByLabel("Name on card").fill(who.name);
  await page.getByRole("button", { name: /^Pay/ }).click();
}
