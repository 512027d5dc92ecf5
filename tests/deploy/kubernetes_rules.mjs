// What no schema knows: whether the manifests fit each other, the shop, and each other's promises. Every rule answers what is wrong.

import { connectionsOf, FILES_ARE_SEEN_BY } from "./tree.mjs";

const COMPONENT = "app.kubernetes.io/component";
const NAME = "app.kubernetes.io/name";
const INTERNAL_PORT = 8090;
const PUBLIC_PORT = 8080;

const of = (objects, kind) => objects.filter((object) => object.kind === kind);
const one = (objects, kind, name) => of(objects, kind).find((object) => object.metadata.name === name);
const podsOf = (objects) => [...of(objects, "Deployment"), ...of(objects, "Job")];
const matches = (selector, labels) => Object.entries(selector).every(([key, value]) => labels?.[key] === value);

/** Every service has a Deployment that runs it, a Service, a scaler and a budget, and there are no others. */
export function everyServiceIsThere(objects, { services }) {
  const wrong = [];
  for (const service of services) {
    const deployment = one(objects, "Deployment", service);
    if (!deployment) {
      wrong.push(`${service} has no Deployment`);
      continue;
    }
    const [container] = deployment.spec.template.spec.containers;
    if (container.args?.join(" ") !== `serve --services ${service}`) wrong.push(`${service} runs ${container.args}`);
    if (!one(objects, "Service", service)) wrong.push(`${service} has no Service`);
    const scaler = one(objects, "HorizontalPodAutoscaler", service);
    if (scaler?.spec.scaleTargetRef.name !== service) wrong.push(`${service} has no scaler`);
    // It and `replicas` would undo each other at every `apply`.
    if (scaler && deployment.spec.replicas !== undefined) wrong.push(`${service} has replicas beside a scaler`);
    if ((scaler?.spec.minReplicas ?? 0) < 2) wrong.push(`${service} may be down to one instance`);
    if (!one(objects, "PodDisruptionBudget", service)) wrong.push(`${service} has no budget of disruptions`);
  }
  const unknown = of(objects, "Deployment").filter(({ metadata }) => !services.includes(metadata.name));
  return [...wrong, ...unknown.map(({ metadata }) => `${metadata.name} is no service of the shop`)];
}

/** Selectors find the pods that they mean, and only those; only `nobody` selects nothing. */
export function selectorsFindTheirPods(objects) {
  const wrong = [];
  const deployments = of(objects, "Deployment");
  for (const object of [...deployments, ...of(objects, "PodDisruptionBudget"), ...of(objects, "Service")]) {
    const { name } = object.metadata;
    const selector = object.kind === "Service" ? object.spec.selector : object.spec.selector?.matchLabels;
    if (!selector || Object.keys(selector).length === 0) {
      if (name !== "nobody") wrong.push(`${object.kind} ${name} selects nothing`);
      continue;
    }
    const found = deployments.filter(({ spec }) => matches(selector, spec.template.metadata.labels));
    const meant = object.metadata.labels?.[COMPONENT];
    if (found.length !== 1 || found[0].metadata.name !== meant) {
      wrong.push(`${object.kind} ${name} of ${meant} selects ${found.map(({ metadata }) => metadata.name)}`);
    }
  }
  for (const policy of of(objects, "NetworkPolicy")) {
    const selector = policy.spec.podSelector.matchLabels ?? {};
    if (!podsOf(objects).some(({ spec }) => matches(selector, spec.template.metadata.labels))) {
      wrong.push(`NetworkPolicy ${policy.metadata.name} selects nothing`);
    }
  }
  return wrong;
}

/** Ports are those that the configuration listens on, by the names that others use. */
export function portsFit(objects, { config }) {
  const wrong = [];
  const ports = { http: PUBLIC_PORT, internal: INTERNAL_PORT };
  if (config.server.listen !== `0.0.0.0:${PUBLIC_PORT}`) wrong.push(`server.listen is ${config.server.listen}`);
  if (config.internal.listen !== `0.0.0.0:${INTERNAL_PORT}`) wrong.push(`internal.listen is ${config.internal.listen}`);
  for (const { metadata, spec } of of(objects, "Deployment")) {
    const [container] = spec.template.spec.containers;
    const open = Object.fromEntries((container.ports ?? []).map(({ name, containerPort }) => [name, containerPort]));
    if (JSON.stringify(open) !== JSON.stringify(ports)) wrong.push(`${metadata.name} opens ${JSON.stringify(open)}`);
    const paths = { startupProbe: "/healthz", livenessProbe: "/healthz", readinessProbe: "/readyz" };
    for (const [probe, path] of Object.entries(paths)) {
      const get = container[probe]?.httpGet;
      if (get?.path !== path || get?.port !== "http") wrong.push(`${metadata.name}: ${probe} does not ask ${path}`);
    }
  }
  for (const { metadata, spec } of of(objects, "Service")) {
    for (const { name, port, targetPort } of spec.ports) {
      if (ports[name] !== port) wrong.push(`Service ${metadata.name} has ${name} at ${port}`);
      if (metadata.name !== "nobody" && targetPort !== name)
        wrong.push(`Service ${metadata.name} leads ${name} to ${targetPort}`);
    }
  }
  return wrong;
}

/** Where the configuration says that a service is, there is a headless Service with its internal port. */
export function addressesLeadThere(objects, { services, config }) {
  const wrong = [];
  for (const service of services.filter((name) => name !== "web")) {
    const url = config.services[service]?.url;
    if (url !== `http://${service}:${INTERNAL_PORT}`) wrong.push(`services.${service}.url is ${url}`);
    const { spec } = one(objects, "Service", service) ?? { spec: {} };
    // Callers share their calls among all addresses of a name themselves.
    if (spec.clusterIP !== "None") wrong.push(`Service ${service} is not headless`);
    if (!spec.ports?.some(({ name }) => name === "internal")) wrong.push(`Service ${service} has no internal port`);
  }
  return wrong;
}

/** Outsiders reach `http` of web and of the sandbox gateway, and nothing of what is for operators or other services. */
export function outsidersReachTheShopAlone(objects) {
  const wrong = [];
  const routes = of(objects, "Ingress").flatMap(({ spec }) => spec.rules.flatMap(({ http }) => http.paths));
  for (const { path, backend } of routes) {
    const { name, port } = backend.service;
    if (port.name !== "http" || port.number) wrong.push(`${path} leads to a port ${port.name ?? port.number}`);
    if (!["web", "sandbox-gateway", "nobody"].includes(name)) wrong.push(`${path} leads to ${name}`);
    if (!one(objects, "Service", name)) wrong.push(`${path} leads to ${name}, which is not there`);
  }
  for (const path of ["/metrics", "/healthz", "/readyz"]) {
    const route = routes.find((candidate) => candidate.path === path);
    if (route?.backend.service.name !== "nobody") wrong.push(`${path} is open to the world`);
  }
  for (const { metadata, spec } of of(objects, "Service")) {
    if (spec.type && spec.type !== "ClusterIP") wrong.push(`Service ${metadata.name} is of type ${spec.type}`);
  }
  return wrong;
}

/** All pods are closed, the internal port is open to the shop's own alone, and `http` to the ingress and the monitoring. */
export function networksAreClosed(objects) {
  const wrong = [];
  const policies = of(objects, "NetworkPolicy");
  const closed = policies.find(({ spec }) => !spec.ingress && spec.policyTypes.includes("Ingress"));
  if (!closed || JSON.stringify(closed.spec.podSelector) !== JSON.stringify({ matchLabels: { [NAME]: "souk" } })) {
    wrong.push("no policy closes all pods of the shop");
  }
  for (const { metadata, spec } of policies) {
    for (const { from, ports } of spec.ingress ?? []) {
      if (!from?.length || !ports?.length) wrong.push(`${metadata.name} opens to everybody, or everything`);
      const own = from?.every(
        ({ podSelector, namespaceSelector }) => podSelector?.matchLabels?.[NAME] === "souk" && !namespaceSelector,
      );
      if (ports?.some(({ port }) => port !== "http") && !own)
        wrong.push(`${metadata.name} opens the internal port to others`);
    }
  }
  return wrong;
}

/** No container is root, may become it, or writes anywhere but in its volumes. */
export function containersAreLocked(objects) {
  return podsOf(objects).flatMap(({ metadata, spec }) => {
    const pod = spec.template.spec;
    const containers = [...(pod.initContainers ?? []), ...pod.containers];
    const holds = {
      "may be root": pod.securityContext?.runAsNonRoot === true && pod.securityContext.runAsUser > 0,
      "has no seccomp profile": pod.securityContext?.seccompProfile?.type === "RuntimeDefault",
      "has a token of the cluster": pod.automountServiceAccountToken === false,
      "may gain privileges": containers.every((it) => it.securityContext?.allowPrivilegeEscalation === false),
      "writes to its root": containers.every((it) => it.securityContext?.readOnlyRootFilesystem === true),
      "has capabilities": containers.every((it) => it.securityContext?.capabilities?.drop?.includes("ALL")),
      "has no limit of memory": containers.every((it) => it.resources?.limits?.memory && it.resources?.requests?.cpu),
      "has a writable folder too few": containers.every((it) =>
        it.volumeMounts?.some(({ mountPath }) => mountPath === "/data"),
      ),
    };
    return Object.entries(holds)
      .filter(([, held]) => !held)
      .map(([wrong]) => `${metadata.name} ${wrong}`);
  });
}

/** What is mounted or read from is declared; the Secret's keys are those of the example. */
export function referencesResolve(objects, { secret }) {
  const wrong = [];
  const known = Object.keys(secret.stringData);
  for (const { metadata, spec } of podsOf(objects)) {
    const { containers, volumes } = spec.template.spec;
    for (const { env = [], volumeMounts = [] } of containers) {
      for (const { valueFrom } of env.filter((variable) => variable.valueFrom)) {
        const { name, key } = valueFrom.secretKeyRef;
        if (name !== secret.metadata.name || !known.includes(key)) wrong.push(`${metadata.name} reads ${name}/${key}`);
      }
      for (const { name } of volumeMounts) {
        if (!volumes.some((volume) => volume.name === name)) wrong.push(`${metadata.name} mounts ${name}`);
      }
    }
    for (const volume of volumes) {
      const claim = volume.persistentVolumeClaim?.claimName;
      if (claim && !one(objects, "PersistentVolumeClaim", claim)) wrong.push(`${metadata.name} claims ${claim}`);
      const map = volume.configMap?.name;
      if (map && !one(objects, "ConfigMap", map)) wrong.push(`${metadata.name} wants the ConfigMap ${map}`);
      const keys = volume.secret?.items?.map(({ key }) => key) ?? [];
      if (!keys.every((key) => known.includes(key))) wrong.push(`${metadata.name} wants ${keys} of the Secret`);
    }
  }
  return wrong;
}

/** The files that the configuration names are where volumes put them, and the shared ones where those services see them that have to. */
export function foldersAreMounted(objects, { config }) {
  const wrong = [];
  for (const { metadata, spec } of of(objects, "Deployment")) {
    const mounts = spec.template.spec.containers[0].volumeMounts.map(({ mountPath }) => mountPath);
    const mounted = (path) => mounts.some((mount) => path === mount || path.startsWith(`${mount}/`));
    const wanted = [config.data.folder, config.data.secret, "/tmp"];
    if (FILES_ARE_SEEN_BY.includes(metadata.name)) wanted.push(config.data.files);
    else if (mounted(config.data.files)) wrong.push(`${metadata.name} sees the shared files`);
    wrong.push(
      ...wanted.filter((path) => !mounted(path)).map((path) => `${metadata.name} has nothing mounted for ${path}`),
    );
  }
  return wrong;
}

/** A stop has the time that it may take: while it still serves, then the limit for requests, and again for events and jobs. */
export function stopsHaveTime(objects, { config }) {
  return of(objects, "Deployment").flatMap(({ metadata, spec }) => {
    const pod = spec.template.spec;
    const drain = config.server.drain_s ?? 0;
    const needed = drain + 2 * config.server.stop_within_s;
    const wrong = [];
    // Names are looked up every five seconds.
    if (drain <= 5) wrong.push(`${metadata.name} stops before its callers know`);
    if (pod.terminationGracePeriodSeconds < needed + 5)
      wrong.push(`${metadata.name} is killed before ${needed} s are over`);
    return wrong;
  });
}

/** What the README asks of Postgres is enough: for as few instances as there always are, for as many as there may be, and one more of each. */
export function databaseHasRoom(objects, { readme }) {
  const scalers = of(objects, "HorizontalPodAutoscaler");
  const connections = (replicas) =>
    scalers.reduce((sum, { metadata, spec }) => sum + connectionsOf(metadata.name) * (spec[replicas] + 1), 0);
  const [, few, many] = /`max_connections` to (\d+) .* and to (\d+) /s.exec(readme) ?? [];
  return [
    ["minReplicas", few],
    ["maxReplicas", many],
  ]
    .filter(([replicas, room]) => !(connections(replicas) <= room))
    .map(([replicas, room]) => `Postgres has ${room} connections for ${connections(replicas)} of ${replicas}`);
}

export const RULES = [
  everyServiceIsThere,
  selectorsFindTheirPods,
  portsFit,
  addressesLeadThere,
  outsidersReachTheShopAlone,
  networksAreClosed,
  containersAreLocked,
  referencesResolve,
  foldersAreMounted,
  stopsHaveTime,
  databaseHasRoom,
];
