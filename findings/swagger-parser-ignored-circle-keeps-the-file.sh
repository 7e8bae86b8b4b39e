#!/usr/bin/env bash
# @apidevtools/swagger-parser 13.1.0 (npm): `dereference` with `circular: "ignore"` is the
# way to dereference what refers to itself. A reference to another file that has a circle
# anywhere below it stays as it is, not only the circular one: the result is no longer one
# document, and whoever serves it without the file beside it loses a whole webhook.
#
# Guessed: the circular `$ref` alone stays.
# Seen: the webhook, which is no part of the circle, is `{"$ref": "parts.json#/Shipped"}`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @apidevtools/swagger-parser@13.1.0 > npm.txt 2>&1
cat > openapi.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": {"title": "t", "version": "1"},
  "webhooks": {
    "shipped": {"$ref": "parts.json#/Shipped"},
    "paid": {"$ref": "parts.json#/Paid"}
  }
}
JSON
cat > parts.json <<'JSON'
{
  "Parcel": {"type": "object", "properties": {"inside": {"$ref": "#/Parcel"}}},
  "Shipped": {"post": {
    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/Parcel"}}}},
    "responses": {"204": {"description": "-"}}
  }},
  "Paid": {"post": {"responses": {"204": {"description": "-"}}}}
}
JSON
cat > try.mjs <<'JS'
import SwaggerParser from "@apidevtools/swagger-parser";

const options = { dereference: { circular: "ignore" } };
const { webhooks } = await SwaggerParser.dereference("openapi.json", options);
for (const name of ["shipped", "paid"]) console.log(name, JSON.stringify(webhooks[name]));
JS
node try.mjs | tee seen
diff seen - <<'EXPECTED'
shipped {"$ref":"parts.json#/Shipped"}
paid {"post":{"responses":{"204":{"description":"-"}}}}
EXPECTED
