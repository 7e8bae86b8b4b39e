#!/usr/bin/env bash
# openapi-merge 2.0.2 (npm): of two components with one name, those that are equal become one,
# and others get a name of their own. Two references are equal where their targets are; what
# stands beside `$ref`, which counts since OpenAPI 3.1, is not compared. The events below
# become one schema: what the first document allows, the merged one forbids.
#
# Guessed: `Event` and `Event1`, as without the reference.
# Seen: the constraint of the last document for both webhooks; the other one is gone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund openapi-merge@2.0.2 > npm.txt 2>&1
cat > try.cjs <<'JS'
const { merge } = require("openapi-merge");

const input = (name, amount) => {
  const schema = { $ref: "#/components/schemas/Event" };
  const requestBody = { content: { "application/json": { schema } } };
  const oas = {
    openapi: "3.1.1",
    info: { title: name, version: "1" },
    paths: {},
    webhooks: { [name]: { post: { requestBody, responses: { 204: { description: "-" } } } } },
    components: { schemas: { Amount: { type: "integer" }, Event: { properties: { amount } } } },
  };
  return { oas };
};
for (const amount of [{ $ref: "#/components/schemas/Amount" }, { type: "integer" }]) {
  const { output } = merge([
    input("paid", { ...amount, minimum: 1 }),
    input("refunded", { ...amount, maximum: -1 }),
  ]);
  for (const [name, { post }] of Object.entries(output.webhooks)) {
    const target = post.requestBody.content["application/json"].schema.$ref.split("/")[3];
    console.log(name, target, JSON.stringify(output.components.schemas[target].properties.amount));
  }
}
JS
node try.cjs | tee seen
diff seen - <<'EXPECTED'
paid Event {"$ref":"#/components/schemas/Amount","maximum":-1}
refunded Event {"$ref":"#/components/schemas/Amount","maximum":-1}
paid Event {"type":"integer","minimum":1}
refunded Event1 {"type":"integer","maximum":-1}
EXPECTED
