#!/usr/bin/env bash
# @fastify/swagger 9.9.3 (npm): of the operation of a callback only `requestBody` and
# `responses` reach the document. Its parameters, security, operationId and description are
# dropped without a word, so that a receiver does not learn which header or credential comes.
#
# Guessed: the schema's `callbacks` are written as they are, as its `security` is.
# Seen: two fields of six.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund fastify@5.12.8 @fastify/swagger@9.9.3 > npm.txt 2>&1
cat > try.mjs <<'JS'
import swagger from "@fastify/swagger";
import Fastify from "fastify";

const post = {
  operationId: "paid",
  description: "An order is paid.",
  security: [{ bearer: [] }],
  parameters: [{ name: "X-Attempt", in: "header", schema: { type: "integer" } }],
  requestBody: { content: { "application/json": { schema: { type: "object" } } } },
  responses: { 204: { description: "received" } },
};
const callbacks = { paid: { "{$request.query.url}": { post } } };
const securitySchemes = { bearer: { type: "http", scheme: "bearer" } };
const app = Fastify();
await app.register(swagger, { openapi: { openapi: "3.1.0", components: { securitySchemes } } });
app.post("/orders", { schema: { security: post.security, callbacks } }, () => "");
await app.ready();
const operation = app.swagger().paths["/orders"].post;
console.log("operation:", Object.keys(operation).sort().join(", "));
console.log("callback: ", Object.keys(operation.callbacks.paid["{$request.query.url}"].post).join(", "));
JS
node try.mjs | tee seen
diff seen - <<'EXPECTED'
operation: callbacks, responses, security
callback:  requestBody, responses
EXPECTED
