// Where things are, and the programs that look at them: `cargo xtask deploy` installs these and names them by variables.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { parseAllDocuments } from "yaml";

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
const PROGRAM_MS_MAX = 60_000;

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The text of a file of the tree. */
export function read(path) {
  return readFileSync(join(ROOT, path), "utf8");
}

/** All objects of a YAML text; what is no YAML, or says a key twice, is an error. */
export function objects(text) {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

/** Every service of the shop, from the list that the shop itself goes by. */
export function services() {
  const [, list] = /pub const SERVICES: \[&str; \d+\] =\s*\[([^\]]*)\]/.exec(read("souk/src/fleet.rs"));
  return [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name);
}

/** Who opens the shared files: pictures, imports, and copies of the search index. */
export const FILES_ARE_SEEN_BY = ["catalog", "search", "web"];

/** Connections to Postgres that an instance keeps at most: `search` has an index instead, and the sandbox gateway is a second database. */
export function connectionsOf(service) {
  const [, each] = /^connections_max = (\d+)/m.exec(read("souk.example.toml"));
  return each * ({ search: 0, payments: 2 }[service] ?? 1);
}

/** Runs a program to its end; answers what it printed, or throws what it complained of. */
export async function program(path, args, { env = {} } = {}) {
  // Variables of the surroundings that set the shop are left out: they would go before the file that is looked at.
  const surroundings = Object.entries(process.env).filter(([name]) => !name.startsWith("SOUK_"));
  const running = run(path, args, {
    cwd: ROOT,
    env: { ...Object.fromEntries(surroundings), ...env },
    maxBuffer: OUTPUT_BYTES_MAX,
    timeout: PROGRAM_MS_MAX,
  });
  running.child.stdin.end();
  try {
    return (await running).stdout;
  } catch (error) {
    throw new Error(`${path} ${args.join(" ")}: ${error.stderr || error.stdout || error.message}`);
  }
}

/** The path of a program that the variable names. */
export function named(variable) {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} is not set: run these tests by \`cargo xtask deploy\``);
  return path;
}

/** Has the shop read its configuration as serving does. */
export function configCheck(file, env) {
  return program(named("SOUK_BIN"), ["--config", join(ROOT, file), "config", "check"], { env });
}
