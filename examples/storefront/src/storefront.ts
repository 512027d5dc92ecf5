// A storefront on the shop's public API: it lists and finds products, fills a cart, and buys by the sandbox.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Money = components["schemas"]["Money"];
type Visit = { query: URLSearchParams; form: URLSearchParams; token: string | undefined };
type Page = { html: string } | { to: string; token?: string };

const SHOP_URL = process.env.SHOP_URL ?? "http://localhost:8080";
const PORT = Number(process.env.PORT ?? 3000);
const FORM_BYTES_MAX = 10_000;
// Answers come whole: no call here chooses fields, which would be another kind of content.
const shop = createClient<paths, "application/json" | "application/problem+json">({ baseUrl: `${SHOP_URL}/api/v1` });

class Refused extends Error {}

/** What the shop answered; a refusal is thrown with the shop's own words. */
function given<T>({ data, error }: { data?: T; error?: { detail: string } | undefined }): T {
  if (data === undefined) throw new Refused(error?.detail ?? "The shop did not answer.");
  return data;
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
// The number of minor units is the currency's own: two for euro, none for yen.
const price = ({ minor, currency }: Money) => {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
};
const button = (action: string, label: string, fields: Record<string, string> = {}) => {
  const hidden = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`);
  return `<form method="post" action="${action}">${hidden.join("")}<button>${label}</button></form>`;
};
const by = (token: string | undefined) => ({ Authorization: `Bearer ${token ?? ""}` });
const once = (token: string | undefined) => ({ ...by(token), "Idempotency-Key": randomUUID() });

async function list({ query }: Visit): Promise<Page> {
  const q = query.get("q") ?? "";
  const found = given(await shop.GET("/products", { params: { query: { q, in_stock: true, limit: 12 } } }));
  const items = found.items.map((item) => `<li><a href="/products/${item.slug}">${escaped(item.title)}</a> ${price(item.price_min)}</li>`);
  return { html: `<h1>${found.total} products</h1><form><input name="q" value="${escaped(q)}"><button>Search</button></form><ul>${items.join("")}</ul>` };
}

async function product(slug: string): Promise<Page> {
  const found = given(await shop.GET("/products/{slug}", { params: { path: { slug } } }));
  const variants = found.variants.filter((variant) => variant.in_stock).map((variant) =>
    `<li>${escaped(variant.options.join(", "))} ${price(variant.price)} ${button("/cart", "Add to cart", { sku: variant.sku })}</li>`);
  return { html: `<h1>${escaped(found.title)}</h1><ul>${variants.join("") || "<li>Sold out</li>"}</ul>` };
}

async function add({ form, token }: Visit): Promise<Page> {
  // Making a guest twice does no harm, so it takes no key.
  const guest = token ?? given(await shop.POST("/guests")).token;
  const headers = once(guest);
  given(await shop.POST("/cart/lines", { headers, params: { header: headers }, body: { sku: form.get("sku") ?? "", quantity: 1 } }));
  return { to: "/cart", token: guest };
}

async function cart({ token }: Visit): Promise<Page> {
  if (!token) return { html: "<h1>Your cart is empty</h1>" };
  const held = given(await shop.GET("/cart", { headers: by(token) }));
  const lines = held.lines.map((line) => `<li>${line.quantity} × ${escaped(line.title)} ${price(line.total)}</li>`);
  const pay = held.lines.length ? button("/checkout", "Buy with the sandbox’s card") : "";
  return { html: `<h1>Your cart</h1><ul>${lines.join("")}</ul><p>${price(held.subtotal)}</p>${pay}` };
}

async function checkout({ token }: Visit): Promise<Page> {
  const quote = given(await shop.GET("/cart/quote", { headers: by(token), params: { query: { country: "DE" } } }));
  const { payment } = given(await shop.GET("/shop"));
  if (!payment.sandbox || !quote.cart.id) throw new Refused("Only a sandbox’s shop is bought from here.");
  // A real storefront sends card data from the browser to the gateway; this is the sandbox's own test card.
  const card = { number: "4242424242424242", exp: "12/40", cvc: "123", name: "Ann Lee" };
  const tokenised = await fetch(new URL(payment.tokenise_url, SHOP_URL), { method: "POST", body: new URLSearchParams(card) });
  const { token: payment_token } = (await tokenised.json()) as { token: string };
  const headers = once(token);
  const bought = given(await shop.POST("/orders", { headers, params: { header: headers }, body: {
    cart: quote.cart.id, method: quote.method, expected_total: quote.totals.total, payment_token, email: "ann@example.com",
    address: { name: "Ann Lee", line1: "Road 1", city: "Berlin", postal_code: "10115", country: "DE" },
  } }));
  return { to: `/orders/${bought.order.number}?key=${bought.order.access_key}` };
}

async function order(number: string, { query }: Visit): Promise<Page> {
  const params = { path: { number }, query: { key: query.get("key") ?? "" } };
  const found = given(await shop.GET("/orders/{number}", { params }));
  return { html: `<h1>Order ${found.number}</h1><p>${found.lifecycle}, ${found.payment}: ${price(found.totals.total)}</p>` };
}

async function answer(request: IncomingMessage): Promise<Page> {
  const url = new URL(request.url ?? "/", "http://storefront");
  let text = "";
  for await (const piece of request) if ((text += piece).length > FORM_BYTES_MAX) throw new Refused("That is too much.");
  const token = request.headers.cookie?.match(/(?:^|; )token=([^;]+)/)?.[1];
  const visit: Visit = { query: url.searchParams, form: new URLSearchParams(text), token };
  const [, place = "", name = ""] = url.pathname.split("/").map(decodeURIComponent);
  switch (`${request.method} /${place}`) {
    case "GET /": return list(visit);
    case "GET /products": return product(name);
    case "GET /cart": return cart(visit);
    case "POST /cart": return add(visit);
    case "POST /checkout": return checkout(visit);
    case "GET /orders": return order(name, visit);
    default: throw new Refused("There is nothing here.");
  }
}

createServer(async (request, response) => {
  const page = await answer(request).catch((error: Error): Page => ({ html: `<h1>${escaped(error.message)}</h1>` }));
  if ("to" in page) {
    // Strict: no other site's form can act in the shopper's name.
    const cookie = page.token && { "Set-Cookie": `token=${page.token}; HttpOnly; SameSite=Strict; Path=/` };
    response.writeHead(303, { Location: page.to, ...cookie }).end();
  } else {
    const html = `<!doctype html><html lang="en"><title>Storefront</title><a href="/">Products</a> <a href="/cart">Cart</a>${page.html}`;
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(html);
  }
}).listen(PORT, "127.0.0.1", () => console.log(`The storefront is open at http://127.0.0.1:${PORT}`));
