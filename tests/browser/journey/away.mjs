// What is shown when the shop cannot be reached.
import assert from "node:assert/strict";
import { describe } from "node:test";

import { findOffer } from "../catalogue.mjs";
import { addToCart, openOffer } from "../steps.mjs";

export function away(world) {
  describe("a browser without a connection", () => {
    world.story("says so, goes on when it is back, and has kept nothing of the shopper's", { worker: true }, async (page, visitor) => {
      await openOffer(page, await findOffer(world.shop, (offer) => offer.available >= 20));
      await addToCart(page);
      await page.goto("/");
      await page.evaluate(() => navigator.serviceWorker.ready);
      await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");
      await page.goto("/cart");
      await page.getByRole("heading", { name: "Your cart" }).waitFor();

      await visitor.goOffline();
      await page.reload();
      await page.getByRole("heading", { name: "You are offline" }).waitFor();
      const styled = await page.evaluate(() => getComputedStyle(document.querySelector("main a.button")).borderRadius);
      assert.notEqual(styled, "0px", "the page has its styles");

      await visitor.goOnline();
      await page.getByRole("link", { name: "Try again" }).click();
      await page.getByRole("heading", { name: "Your cart" }).waitFor();
      const kept = await page.evaluate(async () => {
        const all = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
        return (await Promise.all(all.map((cache) => cache.keys()))).flat().map(({ url }) => new URL(url).pathname);
      });
      assert.equal(kept.length, 4);
      for (const path of kept) assert.match(path, /^\/(offline|favicon\.svg|assets\/store\.[0-9a-f]+\.(css|js))$/);
    });
  });
}
