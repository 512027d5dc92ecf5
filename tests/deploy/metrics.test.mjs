// The dashboard and the alerts: that Prometheus understands them, and that a running shop serves what they ask for.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { stringify } from "yaml";

import { named, objects, program, read, ROOT, services } from "./tree.mjs";

const PROMETHEUS = "deploy/prometheus";
const START_MS_MAX = 60_000;
const ASKED_EVERY_MS = 200;
/** What Prometheus knows of itself. */
const OF_PROMETHEUS = { names: ["up", "ALERTS"], labels: ["job", "instance"] };

const dashboard = JSON.parse(read("deploy/grafana/souk.json"));
const panels = dashboard.panels.filter(({ type }) => type !== "row");
const [{ groups }] = objects(read(`${PROMETHEUS}/alerts.yaml`));
const alerts = groups.flatMap(({ rules }) => rules);
const questions = [...panels.flatMap(({ targets }) => targets), ...alerts].map(({ expr }) => expr);

const folder = mkdtempSync(join(tmpdir(), "souk-metrics-"));
const running = [];
after(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A shop, or a part of one, that serves and is visited; its metrics once they have what they should. */
async function metricsOf(name, args, settings, visit, wanted) {
  const port = await freePort();
  const surroundings = Object.entries(process.env).filter(([variable]) => !variable.startsWith("SOUK_"));
  const child = spawn(
    named("SOUK_BIN"),
    ["--data", join(folder, name), ...args, "serve", "--listen", `127.0.0.1:${port}`],
    {
      env: { ...Object.fromEntries(surroundings), ...settings },
      stdio: "ignore",
    },
  );
  running.push(child);
  const url = `http://127.0.0.1:${port}`;
  const end = Date.now() + START_MS_MAX;
  for (;;) {
    assert.equal(child.exitCode, null, `${name} has ended`);
    let [text, why] = ["", ""];
    try {
      await visit(url);
      text = await ask(`${url}/metrics`);
    } catch (error) {
      why = error;
    }
    const missing = wanted.filter((metric) => !text.includes(metric));
    if (missing.length === 0) return text;
    assert.ok(Date.now() < end, `${name} does not serve ${missing} ${why}`);
    await pause(ASKED_EVERY_MS);
  }
}

async function ask(url, request = {}) {
  return (await fetch(url, { ...request, signal: AbortSignal.timeout(10_000) })).text();
}

/** Buys something, as docs/api.md does. */
async function buy(url) {
  const api = async (path, body, token) => {
    const headers = { "content-type": "application/json", "idempotency-key": path };
    if (token) headers.authorization = `Bearer ${token}`;
    const request = body && { method: "POST", body: JSON.stringify(body) };
    const answer = JSON.parse(await ask(`${url}/api/v1${path}`, { headers, ...request }));
    assert.ok(!answer.detail, `${path}: ${answer.detail}`);
    return answer;
  };
  const { token } = await api("/guests", {});
  const [{ slug }] = (await api("/products?in_stock=true&limit=1")).items;
  const { variants } = await api(`/products/${slug}`);
  await api("/cart/lines", { sku: variants.find(({ in_stock }) => in_stock).sku, quantity: 1 }, token);
  const { cart, method, totals } = await api("/cart/quote?country=DE", undefined, token);
  const card = new URLSearchParams({ number: "4242424242424242", exp: "12/40", cvc: "123", name: "Ann" });
  const paid = JSON.parse(await ask(`${url}/sandbox-gateway/tokens`, { method: "POST", body: card }));
  const address = { name: "Ann Lee", line1: "Road 1", city: "Berlin", postal_code: "10115", country: "DE" };
  const order = { cart: cart.id, email: "ann@example.com", address, method, expected_total: totals.total };
  const { state } = await api("/orders", { ...order, payment_token: paid.token }, token);
  assert.equal(state, "placed");
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** The labels of every metric in Prometheus's text, without those of a histogram's buckets. */
function labelsIn(text, labels = new Map()) {
  for (const [, name, list = ""] of text.matchAll(/^([a-z_]+)(?:\{([^}]*)\})? /gm)) {
    const known = labels.get(name) ?? new Set();
    for (const [, label] of list.matchAll(/(\w+)="/g)) known.add(label);
    labels.set(name, known);
  }
  return labels;
}

/** A question as Prometheus sees it, without the dashboard's variables. */
const plain = (expr) => expr.replaceAll("$__rate_interval", "5m").replaceAll(/\$(instance|service)/g, ".*");

/** Which metrics a question reads, with the labels that it chooses by. */
function readBy(expr) {
  const found = [...plain(expr).matchAll(/\b((?:souk|process)_\w+|up|ALERTS)\b(?:\{([^}]*)\})?/g)];
  return found.map(([, metric, list = ""]) => ({
    metric,
    labels: [...list.matchAll(/(\w+)(?==|!)/g)].map(([, label]) => label),
  }));
}

/** What nobody serves of the questions. */
function unserved(served, asked) {
  return asked.flatMap((expr) => {
    // What is summed or grouped by has to be there too, in one of its metrics.
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list.split(", "));
    const wanted = readBy(expr);
    const wrong = wanted.flatMap(({ metric, labels }) => {
      if (OF_PROMETHEUS.names.includes(metric)) return [];
      if (!served.has(metric)) return [metric];
      const known = (label) => served.get(metric).has(label) || OF_PROMETHEUS.labels.includes(label);
      return labels.filter((label) => !known(label)).map((label) => `${metric}{${label}}`);
    });
    const somewhere = (label) =>
      wanted.some(({ metric }) => served.get(metric)?.has(label)) || OF_PROMETHEUS.labels.includes(label);
    return [...wrong, ...grouped.filter((label) => !somewhere(label))];
  });
}

/** Makes an authority and a certificate by it, and answers the settings that name them. */
async function certificate() {
  const file = (name) => join(folder, name);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout"];
  const openssl = (...args) => program("openssl", args);
  writeFileSync(file("names"), "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n");
  await openssl("req", "-x509", ...key, file("authority.key"), "-subj", "/CN=authority", "-out", file("authority.pem"));
  await openssl("req", "-new", ...key, file("own.key"), "-subj", "/CN=own", "-out", file("own.csr"));
  const by = ["-CA", file("authority.pem"), "-CAkey", file("authority.key"), "-CAcreateserial"];
  await openssl("x509", "-req", "-in", file("own.csr"), ...by, "-extfile", file("names"), "-out", file("own.pem"));
  const settings = { certificate: "own.pem", key: "own.key", authorities: "authority.pem" };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = "${file(value)}"\n`)
    .join("");
}

let served;

before(async () => {
  const settings = { SOUK_SHOP_DEMO_PRODUCTS: "20", SOUK_LOG_FILTER: "error" };
  let bought = false;
  const shopper = async (url) => {
    for (const path of ["/", "/nowhere"]) await ask(url + path);
    if (!bought) await buy(url);
    bought = true;
  };
  const whole = await metricsOf("shop", [], settings, shopper, [
    "souk_web_request_duration_seconds_bucket",
    "souk_job_lag_seconds",
    "souk_orders_placed_seconds_bucket",
  ]);
  // Of calls between processes and of Redis, a process that finds nobody tells enough.
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const elsewhere = services().filter((name) => !["web", "notifications"].includes(name));
  const config = join(folder, "part.toml");
  writeFileSync(
    config,
    `[internal]\n${await certificate()}\n` +
      `[events]\nnats = "${nobody.replace("http", "nats")}"\n\n` +
      `[redis]\nurls = "${nobody.replace("http", "redis")}"\n` +
      elsewhere.map((name) => `\n[services.${name}]\nurl = "${nobody.replace("http", "https")}"\n`).join(""),
  );
  const part = ["--config", config];
  const fleet = { SOUK_LOG_FILTER: "error", SOUK_SERVER_SERVICES: '["web", "notifications"]' };
  const caller = async (url) => {
    for (const path of ["/", "/api/v1/shop"]) await ask(url + path);
  };
  const wanted = [
    "souk_events_behind",
    "souk_rpc_breaker_open",
    "souk_rpc_errors_total",
    "souk_redis_errors_total",
    "souk_certificate_ends_at_seconds",
  ];
  served = labelsIn(await metricsOf("part", part, fleet, caller, wanted), labelsIn(whole));
});

test("every metric and label of the dashboard and the alerts is served by a running shop", () => {
  assert.ok(questions.length > 50, `${questions.length} questions`);
  assert.deepEqual(unserved(served, questions), []);
});

test("a metric or label that no shop serves is found", () => {
  assert.deepEqual(unserved(served, ["rate(souk_web_requests_total[5m])"]), ["souk_web_requests_total"]);
  assert.deepEqual(unserved(served, ['souk_events_lag_seconds{consumer="cart"}']), [
    "souk_events_lag_seconds{consumer}",
  ]);
  assert.deepEqual(unserved(served, ["sum by (topic) (souk_events_lag_seconds)"]), ["topic"]);
});

test("what is chosen by its value has that value in the code", () => {
  const all = questions.join("\n");
  const calls = [...all.matchAll(/service="(\w+)", method="(\w+)"/g)];
  assert.ok(calls.length > 5);
  for (const [, service, method] of calls)
    assert.match(read(`contracts/src/${service}.rs`), new RegExp(`async fn ${method}\\(`), method);
  for (const [metric, label, file] of [
    ["souk_rpc_errors", "kind", "platform/types/src/error.rs"],
    ["souk_rpc", "side", "platform/rpc/src/meter.rs"],
    ["souk_jobs", "outcome", "platform/jobs/src/run.rs"],
    ["souk_orders_checkouts", "outcome", "services/orders/src/meters.rs"],
    ["souk_orders_recovered", "outcome", "services/orders/src/meters.rs"],
    ["souk_orders_steps", "outcome", "services/orders/src/saga.rs"],
    ["souk_gateway", "outcome", "services/payments/src/gateways/call.rs"],
  ]) {
    const chosen = all.matchAll(new RegExp(`\\b${metric}\\w*\\{[^}]*\\b${label}=~?"([^"$]*)"`, "g"));
    const values = [...chosen].flatMap(([, value]) => value.split("|"));
    assert.ok(values.length > 0, `${metric}{${label}}`);
    for (const value of new Set(values)) assert.ok(read(file).includes(`"${value}"`), `${metric}{${label}="${value}"}`);
  }
});

test("Prometheus understands every question, and its configuration", async () => {
  const file = join(folder, "dashboard.yaml");
  const rules = panels.flatMap(({ id, targets }) =>
    targets.map(({ refId, expr }) => ({ record: `panel:${id}:${refId}`, expr: plain(expr) })),
  );
  writeFileSync(file, stringify({ groups: [{ name: "dashboard", rules }] }));
  await program(named("PROMTOOL"), ["check", "rules", file]);
  await program(named("PROMTOOL"), ["check", "config", join(ROOT, PROMETHEUS, "prometheus.yaml")]);
  writeFileSync(file, readFileSync(file, "utf8").replace("sum(", "sum(("));
  await assert.rejects(program(named("PROMTOOL"), ["check", "rules", file]));
});

test("every alert says what to do, and is tried by a history in which it sounds", async () => {
  const histories = read(`${PROMETHEUS}/alerts.test.yaml`);
  for (const { alert, labels, annotations } of alerts) {
    assert.match(annotations.runbook, /\S{2,}.*\./, alert);
    assert.ok(annotations.summary && ["page", "warn"].includes(labels.severity), alert);
    assert.match(histories, new RegExp(`labels: 'ALERTS\\{alertname="${alert}"`), alert);
  }
  await program(named("PROMTOOL"), ["test", "rules", join(ROOT, PROMETHEUS, "alerts.test.yaml")]);
});

test("the panels of the dashboard do not lie upon each other", () => {
  const taken = new Map();
  for (const {
    id,
    title,
    gridPos: { x, y, w, h },
  } of dashboard.panels) {
    assert.ok(x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let row = y; row < y + h; row++) {
        const place = `${column},${row}`;
        assert.ok(!taken.has(place), `${title} lies upon ${taken.get(place)}`);
        taken.set(place, title);
      }
    }
    assert.equal(dashboard.panels.filter((panel) => panel.id === id).length, 1, title);
  }
});
