// The manifests of deploy/kubernetes, as kustomize renders them.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";

import { parse as parseToml } from "smol-toml";

import { RULES } from "./kubernetes_rules.mjs";
import { faults } from "./kubernetes_schema.mjs";
import { configCheck, named, objects, program, read, ROOT, services } from "./tree.mjs";

const FOLDER = "deploy/kubernetes";
const VARIABLES = {
  SOUK_DATA_POSTGRES: "postgres://souk:word@db:5432/souk",
  SOUK_INTERNAL_SECRET: "of-the-processes-of-this-test-alone",
};

let rendered;
let facts;

before(async () => {
  rendered = await program(named("KUBECTL"), ["kustomize", FOLDER]);
  facts = {
    services: services(),
    config: parseToml(read(`${FOLDER}/souk.toml`)),
    secret: objects(read(`${FOLDER}/secret.example.yaml`))[0],
    readme: read(`${FOLDER}/README.md`),
  };
});

function wrongWith(list, known = facts) {
  return RULES.flatMap((rule) => rule(list, known));
}

test("every manifest obeys the schema of Kubernetes, and has no field that it does not know", async () => {
  const all = [...objects(rendered), ...objects(read(`${FOLDER}/secret.example.yaml`))];
  for (const object of all) assert.deepEqual(await faults(object), [], `${object.kind} ${object.metadata.name}`);
});

/** The manifests and the settings as the README says to change them for certificates. */
async function withCertificates() {
  const folder = mkdtempSync(join(tmpdir(), "souk-"));
  try {
    cpSync(join(ROOT, FOLDER), folder, { recursive: true });
    const [lines, settings] = [/```yaml\n(components:.*)\n```/, /```toml\n(\[internal\]\n[^`]*)```/].map(
      (block) => block.exec(facts.readme)[1],
    );
    const [, from, to] = /sed -i 's\|(.*?)\|(.*?)\|'/.exec(facts.readme);
    const url = new RegExp(from.replaceAll("\\(", "(").replaceAll("\\)", ")"), "g");
    const file = read(`${FOLDER}/souk.toml`).replace(/\[internal\]\nlisten = .*\n/, settings);
    const changed = file.replace(url, to.replace("\\1", "$1"));
    writeFileSync(join(folder, "souk.toml"), changed);
    writeFileSync(join(folder, "kustomization.yaml"), `${readFileSync(join(folder, "kustomization.yaml"))}\n${lines}\n`);
    return { all: objects(await program(named("KUBECTL"), ["kustomize", folder])), config: parseToml(changed) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("with the component, every process has a certificate for the names by which services are called", async () => {
  const { all, config } = await withCertificates();
  const deployments = all.filter(({ kind }) => kind === "Deployment");
  const certificate = all.find(({ kind, metadata }) => kind === "Certificate" && metadata.name === "souk-internal");
  assert.deepEqual(deployments.map(({ metadata }) => metadata.name).sort(), [...facts.services].sort());
  for (const { metadata, spec } of deployments) {
    const { volumes, containers } = spec.template.spec;
    const mount = containers[0].volumeMounts.find(({ name }) => name === "internal");
    assert.equal(volumes.find(({ name }) => name === "internal").secret.secretName, certificate.spec.secretName);
    // By these names cert-manager puts the files into the Secret.
    const files = { certificate: "tls.crt", key: "tls.key", authorities: "ca.crt" };
    for (const [key, file] of Object.entries(files)) {
      assert.equal(config.internal[key], `${mount.mountPath}/${file}`, `${metadata.name}: internal.${key}`);
    }
    // A folder that is mounted in part is not renewed.
    assert.equal(mount.subPath, undefined);
  }
  const hosts = Object.values(config.services).map(({ url }) => new URL(url));
  assert.deepEqual([...new Set(hosts.map(({ protocol }) => protocol))], ["https:"]);
  assert.deepEqual(hosts.map(({ hostname }) => hostname).sort(), [...certificate.spec.dnsNames].sort());
  for (const usage of ["server auth", "client auth"]) assert.ok(certificate.spec.usages.includes(usage), usage);
  assert.equal(config.internal.listen, facts.config.internal.listen);
});

/** What no schema allows, done to a manifest; the last word is what must be said of it. */
const MALFORMED = [
  ["a field", (all) => (pod(all, "web").terminationGraceSeconds = 60), /terminationGraceSeconds: is not known/],
  [
    "a field of a container",
    (all) => (deployment(all, "web").imagePullPolice = "Always"),
    /0\/imagePullPolice: is not/,
  ],
  ["a field of a policy", (all) => (policy(all, "nobody").spec.ingres = []), /\/spec\/ingres: is not known/],
  ["a type", (all) => (object(all, "Deployment", "web").spec.strategy.rollingUpdate.maxSurge = [1]), /maxSurge: type/],
  ["a type of a label", (all) => (service(all, "web").metadata.labels.tier = 1), /labels\/tier: type/],
  ["a quantity", (all) => (deployment(all, "web").resources.limits.memory = "1 GB"), /limits\/memory: /],
  ["what has to be there", (all) => delete object(all, "Deployment", "web").spec.selector, /required .*selector/],
  ["a kind", (all) => (object(all, "Deployment", "web").kind = "Deploy"), /apps\/v1 has no kind Deploy/],
  [
    "a version",
    (all) => (ingress(all).apiVersion = "networking.k8s.io/v9"),
    /networking.k8s.io\/v9 has no kind Ingress/,
  ],
];

test("a field, a type and a kind that Kubernetes does not know are found", async () => {
  for (const [name, make, found] of MALFORMED) {
    const all = objects(rendered);
    make(all);
    assert.match((await Promise.all(all.map(faults))).flat().join("\n"), found, name);
  }
});

test("the manifests fit each other and the shop", () => {
  assert.deepEqual(wrongWith(objects(rendered)), []);
});

test("every service can read the configuration with the variables of its Deployment", async () => {
  for (const { metadata, spec } of objects(rendered).filter(({ kind }) => kind === "Deployment")) {
    const [container] = spec.template.spec.containers;
    const { SOUK_CONFIG, ...env } = Object.fromEntries(
      container.env.map(({ name, value }) => [name, value ?? VARIABLES[name]]),
    );
    assert.equal(SOUK_CONFIG, "/etc/souk/souk.toml");
    const shown = await configCheck(`${FOLDER}/souk.toml`, { ...env, SOUK_SERVER_SERVICES: `["${metadata.name}"]` });
    assert.match(shown, /postgres:\/\/souk:\*\*\*@db/);
  }
  await assert.rejects(configCheck(`${FOLDER}/souk.toml`, { SOUK_DATA_FILE: "x", ...VARIABLES }), /SOUK_DATA_FILE/);
});

/** What may go wrong with a manifest, done to it; the last word is what the rules must say of it. */
const MISTAKES = [
  [
    "a service is forgotten",
    (all) =>
      all.splice(
        all.findIndex((it) => it.kind === "Deployment" && it.metadata.name === "cart"),
        1,
      ),
    /cart has no Deployment/,
  ],
  ["a service runs another", (all) => (deployment(all, "cart").args[2] = "catalog"), /cart runs/],
  ["a service has no address", (all) => (service(all, "orders").metadata.name = "order"), /orders has no Service/],
  [
    "a selector misses",
    (all) => (service(all, "orders").spec.selector = { "app.kubernetes.io/component": "cart" }),
    /Service orders of orders selects cart/,
  ],
  [
    "a selector finds all",
    (all) => (service(all, "orders").spec.selector = { "app.kubernetes.io/name": "souk" }),
    /Service orders of orders selects/,
  ],
  [
    "a port is another",
    (all) => (service(all, "orders").spec.ports[0].port = 8091),
    /Service orders has internal at 8091/,
  ],
  [
    "a probe asks elsewhere",
    (all) => (deployment(all, "web").readinessProbe.httpGet.path = "/healthz"),
    /web: readinessProbe/,
  ],
  ["a name has one address", (all) => delete service(all, "search").spec.clusterIP, /search is not headless/],
  [
    "the internal port is on the Ingress",
    (all) => (firstPath(all).backend.service.port = { name: "internal" }),
    /leads to a port internal/,
  ],
  ["a service is on the Ingress", (all) => (firstPath(all).backend.service.name = "orders"), /leads to orders/],
  ["metrics are open", (all) => ingress(all).spec.rules[0].http.paths.splice(2, 1), /\/metrics is open/],
  [
    "a Service is open to the world",
    (all) => (service(all, "web").spec.type = "LoadBalancer"),
    /web is of type LoadBalancer/,
  ],
  [
    "the internal port is open to the ingress",
    (all) => (policy(all, "web-from-the-ingress").spec.ingress[0].ports[0].port = "internal"),
    /opens the internal port/,
  ],
  [
    "a policy opens all ports",
    (all) => delete policy(all, "services-from-the-shop").spec.ingress[0].ports,
    /opens to everybody/,
  ],
  ["a container is root", (all) => (pod(all, "payments").securityContext.runAsUser = 0), /payments may be root/],
  [
    "a container writes anywhere",
    (all) => (deployment(all, "payments").securityContext.readOnlyRootFilesystem = false),
    /payments writes to its root/,
  ],
  ["memory has no limit", (all) => delete deployment(all, "web").resources.limits, /web has no limit of memory/],
  [
    "a secret's key is not there",
    (all) => (deployment(all, "web").env[1].valueFrom.secretKeyRef.key = "pg"),
    /web reads souk\/pg/,
  ],
  [
    "a configuration is not there",
    (all) => (pod(all, "web").volumes.find(({ configMap }) => configMap).configMap.name = "souk"),
    /wants the ConfigMap souk/,
  ],
  [
    "pictures are not shared",
    (all) => (pod(all, "catalog").containers[0].volumeMounts.find(({ name }) => name === "files").mountPath = "/files"),
    /catalog has nothing mounted for \/srv\/files/,
  ],
  ["a stop is cut off", (all) => (pod(all, "orders").terminationGracePeriodSeconds = 30), /orders is killed before/],
  [
    "search has no copies",
    (all) => (deployment(all, "search").volumeMounts = deployment(all, "orders").volumeMounts),
    /search has nothing mounted for \/srv\/files/,
  ],
  [
    "a service sees too much",
    (all) => (deployment(all, "orders").volumeMounts = deployment(all, "search").volumeMounts),
    /orders sees the shared files/,
  ],
  ["a stop comes too soon", (_, { config }) => delete config.server.drain_s, /orders stops before its callers know/],
  ["a stop takes longer", (_, { config }) => (config.server.drain_s = 20), /orders is killed before 60 s/],
  [
    "more instances than Postgres takes",
    (all) => (object(all, "HorizontalPodAutoscaler", "web").spec.maxReplicas = 40),
    /Postgres has 900 connections for 1008 of maxReplicas/,
  ],
];

const object = (all, kind, name) => all.find((it) => it.kind === kind && it.metadata.name === name);
const pod = (all, name) => object(all, "Deployment", name).spec.template.spec;
const deployment = (all, name) => pod(all, name).containers[0];
const service = (all, name) => object(all, "Service", name);
const ingress = (all) => object(all, "Ingress", "shop");
const firstPath = (all) => ingress(all).spec.rules[0].http.paths[0];
const policy = (all, name) => object(all, "NetworkPolicy", name);

test("every mistake that the rules are for is found", () => {
  for (const [name, make, found] of MISTAKES) {
    const [all, known] = [objects(rendered), structuredClone(facts)];
    make(all, known);
    assert.match(wrongWith(all, known).join("\n"), found, name);
  }
});
