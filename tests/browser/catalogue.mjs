// What the demo catalogue holds, asked of the shop itself, for tests that need a product of a certain kind.

const PRODUCTS_MAX = 400;

/** The first offer that is wanted: `{ slug, title, sku, available, … }` with `product`, the whole of it. */
export async function findOffer(shop, wanted) {
  for await (const product of products(shop)) {
    for (const offer of product.offers) if (wanted(offer, product)) return { ...offer, slug: product.slug, title: product.title, product };
  }
  throw new Error("the demo catalogue has no such offer");
}

/** What of a variant can be bought now. */
export async function available(shop, { slug, sku }) {
  const product = await json(shop, `/products/${slug}.json`);
  return product.offers.find((offer) => offer.sku === sku).available;
}

/** All products, category by category. */
async function* products(shop) {
  const seen = new Set();
  for (const category of await links(shop, "/", /href="(\/c\/[^"?]+)"/g)) {
    let page = category;
    while (page) {
      const html = await text(shop, page);
      for (const [, slug] of html.matchAll(/href="\/products\/([^"?]+)"/g)) {
        if (seen.has(slug) || seen.size >= PRODUCTS_MAX) continue;
        seen.add(slug);
        yield await json(shop, `/products/${slug}.json`);
      }
      page = html.match(/rel="next" href="([^"]+)"/)?.[1].replaceAll("&amp;", "&");
    }
  }
}

async function links(shop, path, pattern) {
  return new Set([...(await text(shop, path)).matchAll(pattern)].map(([, link]) => link));
}

const text = async (shop, path) => (await ask(shop, path)).text();
const json = async (shop, path) => (await ask(shop, path)).json();

async function ask(shop, path) {
  const answer = await fetch(new URL(path, shop.url), { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${answer.status} from ${path}`);
  return answer;
}
