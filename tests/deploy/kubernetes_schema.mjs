// The schemas of Kubernetes 1.36, made strict: as they come, they allow fields that they do not know.

/** What is wrong with the form of an object. */
export async function faults(object) {
  const validate = await schemaOf(object);
  if (!validate) return [`${object.apiVersion} has no kind ${object.kind}`];
  const seen = new Map();
  const refused = validate(watched(object, seen)) ? [] : validate.errors;
  return [
    ...refused.map(({ instancePath, keyword, params }) => `${instancePath}: ${keyword} ${JSON.stringify(params)}`),
    ...unseen(object, seen, ""),
  ];
}

/** The schema of an object's kind: `apps/v1`, `Deployment` is `IoK8sApiAppsV1Deployment`. */
async function schemaOf({ apiVersion, kind }) {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["core", apiVersion];
  const name = `IoK8sApi${capital(group.split(".")[0])}${capital(version)}${kind}`;
  try {
    return (await import(`kubernetes-models/_schemas/${name}`)).validate;
  } catch (error) {
    if (error.code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

const capital = (word) => word[0].toUpperCase() + word.slice(1);
const isNode = (value) => typeof value === "object" && value !== null;

/** The value as a schema sees it, which notes in `seen` the fields that it is asked for: a schema looks at all that it knows. */
function watched(value, seen) {
  if (!isNode(value)) return value;
  const asked = seen.get(value) ?? seen.set(value, new Set()).get(value);
  return new Proxy(value, {
    get(node, field) {
      asked.add(field);
      return watched(node[field], seen);
    },
  });
}

/** The fields that no schema has asked for. */
function unseen(value, seen, path) {
  if (!isNode(value)) return [];
  return Object.keys(value).flatMap((field) => {
    const here = `${path}/${field}`;
    return seen.get(value)?.has(field) ? unseen(value[field], seen, here) : [`${here}: is not known`];
  });
}
