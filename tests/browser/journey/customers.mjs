// Customers with an account.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { findOffer } from "../catalogue.mjs";
import { inspect } from "../inspect.mjs";
import { PASSWORD, addToCart, buy, goToCheckout, openOffer, person, register } from "../steps.mjs";

export function customers(world) {
  describe("a customer", () => {
    world.story("registers, buys, signs out and in, and finds the order", {}, async (page, visitor) => {
      const who = person("Filipa Moura");
      await page.goto("/account/register");
      await inspect(page, "register");
      await register(page, who);
      await page.getByText("You have not ordered anything yet.").waitFor();
      const offer = await findOffer(world.shop, ({ available }) => available >= 20);
      const { number } = await buy(page, offer, who);

      await page.goto("/account/orders");
      await page.getByRole("link", { name: `Order ${number}` }).waitFor();
      await inspect(page, "account-orders");
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await page.goto("/account/orders");
      await page.waitForURL(/\/account\/sign-in\?next=/);
      await inspect(page, "sign-in");

      visitor.expectStatus(422, "/account/sign-in");
      await signIn(page, who, "not my password at all");
      await page.locator("#errors").waitFor();
      await inspect(page, "sign-in-refused");
      await signIn(page, who, PASSWORD);
      await page.waitForURL("**/account/orders");
      await page.getByRole("link", { name: `Order ${number}` }).click();
      await page.getByRole("heading", { name: `Order ${number}` }).waitFor();
    });

    world.story("who signed out is signed out everywhere, whatever the browser still sends", {}, async (page, visitor) => {
      await register(page, person("Heitor Pires"));
      const session = (await visitor.context.cookies()).find(({ name }) => name === "souk_session");
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await page.waitForURL((url) => url.pathname !== "/account/orders");
      await visitor.context.addCookies([session]);
      await page.goto("/account/orders");
      await page.waitForURL(/\/account\/sign-in\?next=/);
      assert.equal((await visitor.context.cookies()).some(({ name }) => name === "souk_session"), false, "the ended session is forgotten");
    });

    world.story("keeps an address, buys with it, and has the account the way they want it", {}, async (page, visitor) => {
      const who = person("Joana Reis");
      await register(page, who);
      await page.goto("/account/addresses");
      await inspect(page, "account-addresses-none");
      await page.getByRole("link", { name: "Add an address" }).click();
      await page.getByLabel("Country").selectOption("DE");
      await page.getByRole("button", { name: "Show the fields of this country" }).click();
      await page.getByLabel("Street and number").fill(who.line1);
      await page.getByLabel("Postal code").fill(who.postal_code);
      await page.getByLabel("City").fill(who.city);
      await inspect(page, "account-address");
      await page.getByRole("button", { name: "Save the address" }).click();
      await page.getByText("The address is saved.").waitFor();
      await inspect(page, "account-addresses");

      const offer = await findOffer(world.shop, ({ available }) => available >= 20);
      await openOffer(page, offer);
      await addToCart(page);
      await goToCheckout(page);
      assert.equal(await page.locator("[name=saved]:checked + span .strong").innerText(), who.name);
      assert.equal(await page.locator("[name=line1]").count(), 0);
      await inspect(page, "checkout-address");
      await page.getByLabel("Another address").check();
      await page.locator("[name=line1]").waitFor();
      await page.locator("[name=saved]").first().check();
      await page.locator("[name=line1]").waitFor({ state: "detached" });

      await page.goto("/account/profile");
      await page.getByLabel("Full name").fill("Joana Reis Lima");
      await page.getByLabel("Tell me of offers by email").check();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("You agreed on").waitFor();
      await inspect(page, "account-profile");

      await page.goto("/account/security");
      visitor.expectStatus(422, "/account/security");
      await changePassword(page, "not my password at all", "four loud red kettles");
      await page.locator("#f-current_password-error").waitFor();
      await changePassword(page, PASSWORD, "four loud red kettles");
      await page.getByText("Your new password is set").waitFor();
      await inspect(page, "account-security");

      await page.goto("/account/data");
      await inspect(page, "account-data");
      const exported = await page.request.get("/account/data/export");
      const data = await exported.json();
      assert.equal(data.profile.name, "Joana Reis Lima");
      assert.equal(data.addresses[0].address.city, who.city);
      assert.equal(data.cart[0].sku, offer.sku);
      await page.getByLabel("Your password").fill("four loud red kettles");
      await page.getByRole("button", { name: "Erase my account" }).click();
      await page.getByText("Your account is erased.").waitFor();
      visitor.expectStatus(422, "/account/sign-in");
      await signIn(page, who, "four loud red kettles");
      await page.locator("#errors").waitFor();
    });

    world.story("sees nobody else's order", {}, async (page, visitor) => {
      const offer = await findOffer(world.shop, ({ available }) => available >= 20);
      const { number, trackPath } = await buy(page, offer, person("Gil Serra"));
      await world.visitor({}, async (other, stranger) => {
        stranger.expectStatus(404, `/orders/${number}`);
        await other.goto(`/orders/${number}?key=${"0".repeat(32)}`);
        await other.getByText("There is no such order").waitFor();
      });
      await page.goto(trackPath);
      await page.getByRole("heading", { name: `Order ${number}` }).waitFor();
      assert.deepEqual((await visitor.context.cookies()).filter(({ name, httpOnly }) => !httpOnly && name !== "souk_cart_count"), []);
    });
  });
}

async function signIn(page, who, password) {
  await page.getByLabel("Email").fill(who.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function changePassword(page, current, next) {
  await page.getByLabel("Present password").fill(current);
  await page.getByLabel("New password").fill(next);
  await page.getByRole("button", { name: "Change the password" }).click();
}
