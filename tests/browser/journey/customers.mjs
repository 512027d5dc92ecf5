// Customers with an account.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { findOffer } from "../catalogue.mjs";
import { inspect } from "../inspect.mjs";
import { PASSWORD, buy, person, register } from "../steps.mjs";

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
