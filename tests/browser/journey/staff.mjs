// Those who run the shop.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { findOffer } from "../catalogue.mjs";
import { inspect } from "../inspect.mjs";
import { OWNER, adjust, becomeOwner, confirm, dropFiles, openOrder, refund, saveAs, setUp, shipOrder, signIn, signOut } from "../staff_steps.mjs";
import { buy, eventually, person } from "../steps.mjs";
import { visit } from "../visitor.mjs";

// The third product has a price that is none.
const PRODUCTS = `Handle,Title,Vendor,Type,Status,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty
brass-bell,Brass Bell,Test House,Bells,active,Size,Small,BELL-S,12.50,7
brass-bell,,,,,,Large,BELL-L,19.00,3
paper-kite,Paper Kite,Test House,Toys,active,Title,Default Title,KITE,8.90,40
broken-one,Broken One,Test House,Toys,active,Title,Default Title,BROKEN,cheap,1
`;

export function staff(world) {
  describe("staff", { concurrency: false }, () => {
    let page;
    let visitor;

    before(async () => {
      visitor = await visit(world.browser, world.shop);
      page = visitor.page;
    });
    after(() => visitor?.close());

    const here = (name, work) => test(name, { timeout: 60_000 }, () => work().catch((error) => visitor.keepFailure(error)));

    /** An order of a new shopper, whose tracking page stays open while `work` goes on. */
    const withOrder = (name, options, work) => world.visitor({}, async (tracking) => {
      const offer = await findOffer(world.shop, ({ available }) => available >= 20);
      const order = await buy(tracking, offer, person(name), options);
      await tracking.goto(order.trackPath);
      await tracking.getByRole("heading", { name: "We are preparing your order" }).waitFor();
      await tracking.evaluate(() => (globalThis.neverReloaded = true));
      await work(order, tracking, offer);
      assert.equal(await tracking.evaluate(() => globalThis.neverReloaded), true, "the page followed by itself");
    });

    here("become the owner by a link that works once", async () => {
      await page.goto(world.shop.ownerLink);
      await inspect(page, "admin-setup");
      await becomeOwner(page, world.shop);
      await signOut(page);

      visitor.expectStatus(422, "/admin/setup");
      await setUp(page, world.shop);
      await page.locator("#errors").waitFor();
    });

    here("sign in with their password only", async () => {
      await page.goto("/admin/products");
      await page.waitForURL(/\/admin\/sign-in\?next=/);
      await inspect(page, "admin-sign-in", { dark: true });
      visitor.expectStatus(422, "/admin/sign-in");
      await signIn(page, "wrong password, clearly");
      await page.locator("#errors").waitFor();
      await signIn(page, OWNER.password);
      await page.waitForURL("**/admin/products");
      await page.goto("/admin");
      await page.getByRole("heading", { name: "Waiting for you" }).waitFor();
      await inspect(page, "admin-dashboard", { dark: true });
    });

    here("ship an order, and its shopper sees it arrive", () => withOrder("Paula Simas", { quantity: 2 }, async ({ number }, tracking) => {
      await page.goto("/admin/orders");
      await inspect(page, "admin-orders", { dark: true });
      await openOrder(page, number);
      await inspect(page, "admin-order", { dark: true });
      await shipOrder(page);
      await tracking.getByRole("heading", { name: "Delivered", exact: true }).waitFor({ timeout: 30_000 });
      assert.equal(await tracking.locator(".steps-done").count(), 6);
      assert.equal(await tracking.getByText("Being prepared").count(), 0, "the page says one thing only");
      await inspect(tracking, "tracking-delivered", { dark: true });
      await eventually("staff see it, too", async () => {
        await page.reload();
        return (await page.locator(".badge").allInnerTexts()).includes("Delivered");
      });
      await inspect(page, "admin-order-delivered");
    }));

    here("give back a part of the money", () => withOrder("Quim Tavares", {}, async ({ number }) => {
      await openOrder(page, number);
      visitor.expectStatus(422, `/admin/orders/${number}/refund`);
      await refund(page, "100000", "The box was dented");
      await page.getByText("Enter more than nothing and at most").waitFor();
      await page.locator("#f-refund-amount").fill("1.00");
      await confirm(page, "Refund");
      await page.getByRole("status").getByText("€1.00 goes back to the customer").waitFor();
      await eventually("the refund is made", async () => {
        await page.reload();
        const refunded = page.locator(".order-totals dl").last().locator("div", { hasText: "Refunded" });
        return (await refunded.innerText()).includes("€1.00") && (await page.locator(".badge").allInnerTexts()).includes("Partially refunded");
      });
    }));

    here("cancel an order, and its shopper reads why", () => withOrder("Rita Uchoa", {}, async ({ number }, tracking) => {
      await openOrder(page, number);
      await page.locator("details.action summary", { hasText: "Cancel the order" }).click();
      await page.locator("#f-cancel-reason").fill("We cannot find it any more");
      await confirm(page, "Cancel the order");
      await page.getByRole("status").getByText("The order is cancelled").waitFor();
      await tracking.getByRole("heading", { name: "This order was cancelled" }).waitFor();
      await tracking.locator("#timeline").getByText("We cannot find it any more").waitFor();
      await eventually("the money is given back", async () => {
        await page.reload();
        return (await page.locator(".badge").allInnerTexts()).includes("Refunded");
      });
      await inspect(page, "admin-order-cancelled");
      await inspect(tracking, "tracking-cancelled");
    }));

    here("import a file and are told its bad row", async () => {
      await page.goto("/admin/imports");
      await page.getByLabel("File").setInputFiles({ name: "products.csv", mimeType: "text/csv", buffer: Buffer.from(PRODUCTS) });
      await page.getByRole("button", { name: "Start import" }).click();
      await page.waitForURL(/\/admin\/imports\/[^/]+$/);
      await page.getByText("Finished", { exact: true }).waitFor({ timeout: 20_000 });
      const row = page.getByRole("region", { name: "Table of bad rows" }).locator("tbody tr");
      assert.equal(await row.locator("th").innerText(), "5");
      assert.match(await row.innerText(), /price/i);
      await inspect(page, "admin-import");
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download all" }).click()]);
      assert.match(download.suggestedFilename(), /^bad-rows-.*\.csv$/);
      await page.goto("/admin/imports");
      await page.getByRole("link", { name: "products.csv" }).waitFor();
      await inspect(page, "admin-imports");

      await world.visitor({}, async (shopper) => {
        await eventually("the new product is found", async () => {
          await shopper.goto("/search?q=brass+bell");
          return (await shopper.locator(".product-card-title", { hasText: "Brass Bell" }).count()) > 0;
        });
        await shopper.goto("/products/brass-bell");
        assert.equal(await shopper.locator("h1").innerText(), "Brass Bell");
      });
    });

    here("adjust stock and see every movement", async () => {
      await page.goto("/admin/stock?q=BELL-S");
      await inspect(page, "admin-stock");
      await page.getByRole("link", { name: /^Change BELL-S/ }).click();
      await page.locator("#adjust-sku").waitFor();
      assert.equal(await page.locator("#adjust-sku").inputValue(), "BELL-S");
      visitor.expectStatus(409, "/admin/stock/adjust");
      await adjust(page, "-100");
      await page.locator("#adjust-quantity[aria-invalid=true], [role=alert]").first().waitFor();
      await inspect(page, "admin-stock-refused");
      await adjust(page, "5");
      await page.getByRole("status").getByText("BELL-S: 12 on hand, 12 available.").waitFor();
      await page.getByRole("link", { name: /^Movements/ }).first().click();
      await page.waitForURL("**/movements");
      const newest = page.locator("tbody tr").first();
      assert.match(await newest.innerText(), /\+5[\s\S]*12[\s\S]*Found/);
      await inspect(page, "admin-movements");
    });

    here("are told when somebody else changed a product meanwhile", async () => {
      await page.goto("/admin/products?q=Paper+Kite");
      await inspect(page, "admin-products");
      await page.getByRole("link", { name: "Paper Kite" }).click();
      await page.getByRole("heading", { name: "Paper Kite" }).waitFor();
      await inspect(page, "admin-product", { dark: true });
      const other = await visitor.newTab();
      await other.goto(page.url());
      await saveAs(page, "Paper Kite, red");
      await page.getByText("The product is saved.").waitFor();

      visitor.expectStatus(409, new URL(page.url()).pathname);
      await saveAs(other, "Paper Kite, blue");
      await other.getByText("Somebody else changed this product meanwhile").waitFor();
      assert.equal(await other.getByLabel("Title").inputValue(), "Paper Kite, blue");
      await inspect(other, "admin-product-conflict");
      await page.reload();
      assert.equal(await page.getByLabel("Title").inputValue(), "Paper Kite, red");
      await saveAs(other, "Paper Kite, blue");
      await other.getByText("The product is saved.").waitFor();
      await other.close();
      await page.goto("/admin/products/new");
      await inspect(page, "admin-product-new");
    });

    here("drop pictures on a product and put them in order", async () => {
      await page.goto("/admin/products?q=Paper+Kite");
      await page.getByRole("link", { name: /Paper Kite/ }).click();
      const panel = page.locator("[data-pictures]");
      const pictures = panel.locator("[data-picture]");
      const before = await pictures.count();
      await dropFiles(panel, [["red.png", "image/png"], ["blue.png", "image/png"], ["notes.txt", "text/plain"]]);
      assert.match(await panel.locator("[data-pictures-told]").innerText(), /^red\.png \(.*blue\.png \([^,]*$/);
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("The product is saved.").waitFor();
      assert.equal(await pictures.count(), before + 2);
      await pictures.nth(before).getByLabel(/^What picture/).fill("A red kite");
      await pictures.nth(before + 1).getByLabel(/^What picture/).fill("A blue kite");
      await pictures.nth(before + 1).locator("img").dragTo(pictures.first().locator("img"), { targetPosition: { x: 5, y: 20 } });
      await inspect(page, "admin-product-pictures");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("The product is saved.").waitFor();
      assert.equal(await pictures.first().getByLabel(/^What picture/).inputValue(), "A blue kite");
      await pictures.first().getByLabel(/^Remove/).check();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("The product is saved.").waitFor();
      assert.equal(await pictures.count(), before + 1);
    });

    here("change many products at once, and undo it", async () => {
      await page.goto("/admin/products?q=bell");
      await page.getByRole("link", { name: "Change all that match" }).click();
      await page.getByLabel("What to change").selectOption("price");
      await page.getByLabel("Percent").fill("lots");
      visitor.expectStatus(422, "/admin/products/bulk");
      await page.getByRole("button", { name: "Show what it does" }).click();
      await page.locator("#f-percent-error").waitFor();
      await page.getByLabel("Percent").fill("-10");
      await page.getByRole("button", { name: "Show what it does" }).click();
      await page.getByRole("row", { name: /Brass Bell/ }).getByText("€11.25").waitFor();
      await inspect(page, "admin-bulk-edit-preview", { dark: true });
      await page.getByRole("button", { name: /^Change \d+ products?$/ }).dblclick();
      await page.waitForURL("**/admin/bulk-edits/*");
      await page.getByText("Finished", { exact: true }).waitFor({ timeout: 20_000 });
      await inspect(page, "admin-bulk-edit");
      const price = async () => (await (await page.request.get("/products/brass-bell.json")).json()).offers[0].price.minor;
      // What is in front of a fleet keeps a product for some seconds.
      await eventually("the price is lower", async () => (await price()) === 1_125);
      await page.getByRole("button", { name: "Undo", exact: true }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Undo", exact: true }).click();
      await page.getByText("Undone", { exact: true }).waitFor({ timeout: 20_000 });
      await eventually("the price is as before", async () => (await price()) === 1_250);
      await page.goto("/admin/bulk-edits");
      await inspect(page, "admin-bulk-edits");
      assert.equal(await page.locator("tbody tr").count(), 1, "pressed twice it is one edit");
    });

    here("look at categories, collections, customers and keys", async () => {
      for (const [path, name] of [["categories", "Categories"], ["collections", "Collections"], ["customers", "Customers"], ["api-keys", "API keys"]]) {
        await page.goto(`/admin/${path}`);
        await page.getByRole("heading", { name, level: 1 }).waitFor();
        await inspect(page, `admin-${path}`);
      }
    });

    here("see that every event was handled", async () => {
      await page.goto("/admin/dead-letters");
      await page.getByRole("heading", { name: "Failed work" }).waitFor();
      await page.getByText("Every event has been handled.").waitFor();
      await page.getByText("Every job has been done").waitFor();
      await inspect(page, "admin-dead-letters");
    });

    here("have the search index built anew", async () => {
      await page.goto("/admin/search");
      await page.getByRole("button", { name: "Build the index anew" }).click();
      await page.getByText("The index is being built anew.").waitFor();
      await page.getByText("Finished").waitFor();
      await inspect(page, "admin-search");
    });
  });
}
