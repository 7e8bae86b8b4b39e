#!/usr/bin/env bash
# openapi-format 1.33.6 (npm): `--convertTo` renames `x-webhooks` to `webhooks`, as 3.1 has
# it. A document of 3.1 that has both (one part of it came from a 3.0 tool) loses all
# webhooks that were there already; it reports success.
#
# Guessed: the two are merged, or the second is left alone.
# Seen: `shipped` is gone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund openapi-format@1.33.6 > npm.txt 2>&1
cat > openapi.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": {"title": "t", "version": "1"},
  "webhooks": {"shipped": {"post": {"responses": {"204": {"description": "-"}}}}},
  "x-webhooks": {"receipt": {"post": {"responses": {"204": {"description": "-"}}}}}
}
JSON
npx openapi-format openapi.json --no-sort --convertTo 3.2 -o converted.json 2>&1 |
    grep -o 'formatted successfully' | tee seen
node -p 'const d = require("./converted.json"); `${d.openapi} ${Object.keys(d.webhooks)} ${"x-webhooks" in d}`' | tee -a seen
diff seen - <<'EXPECTED'
formatted successfully
3.2.0 receipt false
EXPECTED
