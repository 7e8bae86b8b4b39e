#!/usr/bin/env bash
# @asyncapi/converter 2.0.2 (npm), which makes AsyncAPI 3.0 of OpenAPI 3.0: what is sent without
# being asked for, the callbacks, does not get into the format of events, and nothing says so.
# Of two media types of one body, the last is left. A path with a parameter makes a document that
# @asyncapi/parser 3.6.6 refuses. Of 3.0.0 to 3.0.4, which differ in wording, it takes the first.
#
# Guessed: an operation per callback, and a document that the project's own parser takes.
# Seen: no trace of the callback, text for JSON, and a member `required` that is not allowed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @asyncapi/converter@2.0.2 @asyncapi/parser@3.6.6 > npm.txt 2>&1
cat > try.cjs <<'JS'
const { convertOpenAPI } = require("@asyncapi/converter");
const { Parser } = require("@asyncapi/parser");

const schema = { type: "string" };
const responses = { 204: { description: "-" } };
const callbacks = { paid: { "{$request.query.url}": { post: { responses } } } };
const requestBody = { content: { "application/json": { schema }, "text/plain": { schema } } };
const post = { operationId: "order", requestBody, responses, callbacks };
const id = { name: "id", in: "path", required: true, schema };
const convert = (path, parameters, openapi = "3.0.0") => {
  const paths = { [path]: { parameters, post } };
  const document = { openapi, info: { title: "t", version: "1" }, paths };
  return convertOpenAPI(JSON.stringify(document), "3.0.0", { from: "openapi" });
};

async function main() {
  for (const [path, parameters] of [["/orders", []], ["/orders/{id}", [id]]]) {
    const converted = convert(path, parameters);
    const [channel] = Object.values(converted.channels);
    console.log(channel.address, channel.messages.orderRequest.contentType);
    console.log("  operations:", ...Object.keys(converted.operations));
    console.log("  callback:", JSON.stringify(converted).includes("paid"));
    const { diagnostics } = await new Parser().parse(converted);
    const errors = diagnostics.filter((each) => each.severity === 0);
    console.log("  errors:", ...new Set(errors.map((each) => each.message)));
  }
  for (const version of ["3.0.1", "3.0.4"]) {
    try {
      convert("/orders", [], version);
    } catch (error) {
      console.log(`${version}:`, error.message.split(",")[0]);
    }
  }
}

main();
JS
node try.cjs | sed 's/ *$//' | tee seen
diff seen - <<'EXPECTED'
/orders text/plain
  operations: order
  callback: false
  errors:
/orders/{id} text/plain
  operations: order
  callback: false
  errors: Property "required" is not expected to be here
3.0.1: We are not able to convert OpenAPI 3.0.1 to AsyncAPI
3.0.4: We are not able to convert OpenAPI 3.0.4 to AsyncAPI
EXPECTED
