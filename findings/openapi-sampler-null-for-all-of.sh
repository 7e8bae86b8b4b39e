#!/usr/bin/env bash
# openapi-sampler 1.7.10 (npm), which makes the examples that Redoc shows: the type of a schema
# that names none is inferred from its keywords, so `properties` make an object. Directly inside
# `allOf` they do not: an event that is put together from such parts has the example null. Where
# another part has a `type`, the members of those without are left out, required or not.
#
# Guessed: the same example for a schema, and for `allOf` with just that schema.
# Seen: null, or an event without its required id; by `$ref`, the same part is an object again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund openapi-sampler@1.7.10 > npm.txt 2>&1
cat > try.cjs <<'JS'
const { sample } = require("openapi-sampler");

const id = { properties: { id: { type: "integer" } }, required: ["id"] };
const kind = { properties: { kind: { const: "paid" } }, required: ["kind"] };
const schemas = {
  "one schema": id,
  "in allOf": { allOf: [id] },
  "two of them": { allOf: [id, kind] },
  "by reference": { allOf: [{ $ref: "#/id" }, kind] },
  "with a type": { allOf: [id, { ...kind, type: "object" }] },
};
for (const [name, schema] of Object.entries(schemas)) {
  console.log(`${name}:`, JSON.stringify(sample(schema, {}, { id })));
}
JS
node try.cjs | tee seen
diff seen - <<'EXPECTED'
one schema: {"id":0}
in allOf: null
two of them: null
by reference: {"id":0,"kind":"paid"}
with a type: {"kind":"paid"}
EXPECTED
