#!/usr/bin/env bash
# swagger-jsdoc 6.3.0 (npm): what a comment has at its root is a path, unless it is one of a few
# names. `webhooks`, a field of the root since OpenAPI 3.1, is none of them: it becomes the path
# "webhooks", which has no slash and whose webhooks stand where methods do. Consumers see
# neither webhooks nor an error.
#
# Guessed: `webhooks` at the root, as `components` and `tags` are.
# Seen: `paths.webhooks`, while `components` of the same comment arrive where they belong.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund swagger-jsdoc@6.3.0 > npm.txt 2>&1
cat > paid.js <<'JS'
/**
 * @openapi
 * webhooks:
 *   paid:
 *     post:
 *       responses: {"204": {description: received}}
 * components:
 *   schemas:
 *     Paid: {type: object}
 */
JS
cat > try.cjs <<'JS'
const swaggerJsdoc = require("swagger-jsdoc");

const definition = { openapi: "3.1.0", info: { title: "t", version: "1" } };
const document = swaggerJsdoc({ definition, apis: ["paid.js"], failOnErrors: true });
console.log("webhooks:", JSON.stringify(document.webhooks));
console.log("paths:", JSON.stringify(document.paths));
console.log("components:", JSON.stringify(document.components));
JS
node try.cjs | tee seen
diff seen - <<'EXPECTED'
webhooks: undefined
paths: {"webhooks":{"paid":{"post":{"responses":{"204":{"description":"received"}}}}}}
components: {"schemas":{"Paid":{"type":"object"}}}
EXPECTED
