// One shop and one browser for the whole journey; the parts follow each other.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { away } from "./journey/away.mjs";
import { customers } from "./journey/customers.mjs";
import { mistakes } from "./journey/mistakes.mjs";
import { payments } from "./journey/payments.mjs";
import { plainShopping } from "./journey/plain_shopping.mjs";
import { shopping } from "./journey/shopping.mjs";
import { staff } from "./journey/staff.mjs";
import { openShop, START_MS_MAX, STOP_MS_MAX } from "./shop.mjs";
import { openBrowser, visit } from "./visitor.mjs";

const STORY_MS_MAX = 60_000;

/** What all parts of the journey share. */
const world = {
  /** Tests what happens to one visitor. */
  story(name, options, work) {
    test(name, { timeout: STORY_MS_MAX }, () => this.visitor(options, work));
  },

  /** Opens a window of its own for the length of `work`; whatever goes wrong in it fails the test. */
  async visitor(options, work) {
    const visitor = await visit(this.browser, this.shop, options);
    try {
      await work(visitor.page, visitor);
    } catch (error) {
      await visitor.keepFailure(error).finally(() => visitor.context.close());
    }
    await visitor.close();
  },
};

describe("the journey", { concurrency: false }, () => {
  before(async () => {
    world.shop = await openShop();
    world.browser = await openBrowser();
  }, { timeout: START_MS_MAX + 30_000 });

  after(async () => {
    await world.browser?.close();
    await world.shop?.close();
  }, { timeout: STOP_MS_MAX + 20_000 });

  for (const part of [shopping, plainShopping, payments, customers, mistakes, away, staff]) part(world);

  test("ends with books that agree, and without an error in the log", { timeout: STOP_MS_MAX + 40_000 }, async () => {
    await world.shop.stop();
    assert.match(await world.shop.audit(), /All books agree/);
    assert.deepEqual(world.shop.log.split("\n").filter((line) => /\b(ERROR|WARN)\b/.test(line)), []);
  });
});
