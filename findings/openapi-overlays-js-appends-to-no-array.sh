#!/usr/bin/env bash
# openapi-overlays-js 0.2.0 (npm): where the target of an action is an array, `update` is an
# entry to append to it (Overlay 1.0.0, Action Object). The tool merges the two instead: the
# array becomes an object with the key "0" and those of the entry. The document is written
# without a word, and is no OpenAPI any more.
#
# Guessed: two parameters.
# Seen: an object, in which the second one is spread out beside the first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund openapi-overlays-js@0.2.0 > npm.txt 2>&1
cat > openapi.yaml <<'YAML'
openapi: 3.1.0
info: {title: t, version: "1"}
webhooks:
  paid:
    post:
      parameters:
        - {name: X-Attempt, in: header, schema: {type: integer}}
      responses: {"204": {description: received}}
YAML
cat > overlay.yaml <<'YAML'
overlay: 1.0.0
info: {title: Another header, version: "1"}
actions:
  - target: $.webhooks.paid.post.parameters
    update: {name: X-Region, in: header, schema: {type: string}}
YAML
npx overlayjs --openapi openapi.yaml --overlay overlay.yaml | grep -A 9 parameters | tee seen
diff seen - <<'EXPECTED'
      parameters:
        '0':
          name: X-Attempt
          in: header
          schema:
            type: integer
        name: X-Region
        in: header
        schema:
          type: string
EXPECTED
