// Payments that do not go through at once.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { findOffer } from "../catalogue.mjs";
import { inspect } from "../inspect.mjs";
import { CARDS, addToCart, fillAddress, fillCard, goToCheckout, openOffer, pay, payButton, person, total } from "../steps.mjs";

const CHALLENGE = /\/sandbox-gateway\/challenge\//;

export function payments(world) {
  /** Goes to the checkout with two pieces of something. */
  const toCheckout = async (page, who) => {
    const offer = await findOffer(world.shop, ({ available }) => available >= 20);
    await openOffer(page, offer);
    await addToCart(page, 2);
    await goToCheckout(page);
    await fillAddress(page, who);
    return offer;
  };

  describe("a payment", () => {
    world.story("that is declined takes nothing, keeps the cart, and another card buys it", {}, async (page, visitor) => {
      const who = person("Carla Dias");
      const { title } = await toCheckout(page, who);
      const asked = await total(page);
      visitor.expectStatus(402, "/checkout");
      await pay(page, CARDS.declined, who, "**/checkout");
      await page.locator("#f-payment-error").getByText("declined").waitFor();
      await inspect(page, "checkout-declined");
      assert.equal(await page.getByLabel("Email").inputValue(), who.email);
      assert.equal(await total(page), asked);

      await page.goto("/cart");
      assert.equal(await page.locator(".cart-title").innerText(), title);
      assert.equal(await page.getByRole("spinbutton").inputValue(), "2");
      await goToCheckout(page);
      assert.equal(await total(page), asked);
      await fillAddress(page, who);
      await pay(page, CARDS.good, who);
      assert.equal(await total(page), asked);
    });

    world.story("that the bank asks about is made when approved and not made when declined", {}, async (page) => {
      const who = person("Davi Reis");
      await toCheckout(page, who);
      await pay(page, CARDS.challenge, who, CHALLENGE);
      await inspect(page, "gateway-challenge", { dark: true });
      await page.getByRole("button", { name: "Decline" }).click();
      await page.waitForURL("**/checkout");
      await page.getByRole("alert").getByText("your cart is kept").waitFor();

      await fillAddress(page, who);
      await pay(page, CARDS.challenge, who, CHALLENGE);
      await page.getByRole("button", { name: "Approve" }).click();
      await page.waitForURL(/\/confirmation\?/);
      await page.goto("/cart");
      await page.getByRole("heading", { name: "Your cart is empty" }).waitFor();
    });

    world.story("form that is not complete is explained field by field", {}, async (page, visitor) => {
      const who = person("Eva Pinto");
      await toCheckout(page, who);
      // What the browser would hold back itself is sent all the same, as other browsers might.
      await page.locator("form#checkout").evaluate((form) => (form.noValidate = true));
      await page.getByLabel("Email").fill("nobody");
      await page.getByLabel("Full name").fill("");
      visitor.expectStatus(422, "/checkout");
      await pay(page, CARDS.good, who, "**/checkout");
      await page.locator("#errors").getByRole("link").first().waitFor();
      assert.equal(await page.locator("#f-email").getAttribute("aria-invalid"), "true");
      assert.equal(await page.locator("#f-name").getAttribute("aria-invalid"), "true");
      await inspect(page, "checkout-errors", { dark: true });

      await fillAddress(page, who);
      await fillCard(page, "4242 4242 4242 4241", who);
      visitor.expectStatus(422, "/sandbox-gateway/tokens");
      await payButton(page).click();
      await page.locator("[data-card-error]", { hasText: "card number" }).waitFor();
      assert.equal(await page.getByLabel("Card number").getAttribute("aria-invalid"), "true");
      await pay(page, CARDS.good, who);
    });
  });
}
