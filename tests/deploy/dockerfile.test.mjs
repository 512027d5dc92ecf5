// The Dockerfile: whether it is one, keeps to what the manifests promise, and is given all that the program is built of.
import assert from "node:assert/strict";
import { test } from "node:test";

import { DockerfileParser } from "dockerfile-ast";
import { validate } from "dockerfile-utils";

import { named, program, read } from "./tree.mjs";

const text = read("Dockerfile");
const instructions = DockerfileParser.parse(text).getInstructions();
const of = (keyword) => instructions.filter((instruction) => instruction.getKeyword() === keyword);
const last = (keyword) => of(keyword).at(-1)?.getRawArgumentsContent();

/** What a linter has against it. */
const complaints = (dockerfile) =>
  validate(dockerfile, {}).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`);

test("the Dockerfile is sound", () => {
  assert.deepEqual(complaints(text), []);
  assert.notDeepEqual(complaints(text.replace("USER 10001:10001", "USR 10001:10001")), []);
  assert.notDeepEqual(complaints(text.replace("EXPOSE 8080", "EXPOSE shop")), []);
});

test("the image builds with the Rust that the workspace names, from public images by name", () => {
  const [, version] = /rust-version = "([\d.]+)"/.exec(read("Cargo.toml"));
  assert.deepEqual(
    of("FROM").map((from) => from.getImage()),
    [`rust:${version}-bookworm`, "debian:bookworm-slim"],
  );
});

test("the image runs the shop, as nobody in particular, and can be asked whether it is well", async () => {
  assert.match(last("USER"), /^[1-9]\d*:[1-9]\d*$/);
  assert.equal(last("ENTRYPOINT"), '["souk"]');
  assert.equal(last("CMD"), '["serve"]');
  assert.match(last("HEALTHCHECK"), /\/readyz/);
  const pairs = of("ENV").flatMap((env) =>
    env.getProperties().map((property) => [property.getName(), property.getValue()]),
  );
  const shown = await program(named("SOUK_BIN"), ["config", "check"], { env: Object.fromEntries(pairs) });
  assert.match(shown, /listen = "0\.0\.0\.0:8080"/);
  assert.match(shown, /folder = "\/data"/);
});

test("nothing that the program is built of is kept from the build", async () => {
  const left = read(".dockerignore")
    .split("\n")
    .filter((line) => line && !line.startsWith("#") && !line.includes("*"));
  const files = (await program("git", ["ls-files"])).split("\n");
  const kept = files.filter((file) => left.some((path) => file === path || file.startsWith(`${path}/`)));
  assert.deepEqual(
    kept.filter((file) => /\.(rs|toml|sql|lock)$/.test(file) && /(^|\/)(Cargo\.|src\/|migrations\/)/.test(file)),
    [],
  );
  const built = read("Cargo.toml")
    .match(/members = \[([^\]]*)\]/)[1]
    .match(/"[^"]+"/g)
    .map((member) => member.replaceAll(/"|\/\*/g, ""));
  assert.deepEqual(
    built.filter((member) => left.includes(member)),
    [],
  );
});
