#!/usr/bin/env bash
# openapi-spec-validator 0.9.0 (PyPI) and @seriousme/openapi-schema-validator 2.11.0 (npm): a Callback
# Object may have extensions, `x-…` (OAS 3.1.1, Callback Object). The OpenAPI Initiative's schema
# for 3.1 and 3.2, which these and many other validators bundle, allows them by a `$ref` beside
# `additionalProperties`; that keyword does not see what the reference allows, and takes an
# extension for a Path Item: text or an object of one's own is an error.
#
# Guessed: allowed, as it is in `paths`, whose keys are Path Items as well.
# Seen: allowed in `paths` and in documents of 3.0, refused in callbacks of 3.1 and 3.2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @seriousme/openapi-schema-validator@2.11.0 > npm.txt 2>&1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'openapi-spec-validator==0.9.0'
cat > write.mjs <<'JS'
import { writeFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";

const answer = { responses: { 204: { description: "-" } } };
const extension = { "x-owner": { team: "billing" } };
for (const version of ["3.0.4", "3.1.1", "3.2.0"]) {
  for (const place of ["paths", "callback"]) {
    const within = (name) => (place === name ? extension : {});
    const done = { "{$request.query.url}": { post: answer }, ...within("callback") };
    const document = {
      openapi: version,
      info: { title: "t", version: "1" },
      paths: { "/orders": { post: { ...answer, callbacks: { done } } }, ...within("paths") },
    };
    writeFileSync(`${version}-${place}.json`, JSON.stringify(document));
    const { valid } = await new Validator().validate(document);
    console.log(`npm  ${version} ${place}: ${valid ? "valid" : "refused"}`);
  }
}
JS
node write.mjs | tee seen
for file in 3.*.json; do
    said=refused
    venv/bin/openapi-spec-validator "$file" > "$file.txt" 2>&1 && said=valid
    name=${file%.json}
    echo "PyPI ${name%-*} ${name#*-}: $said"
done | tee -a seen
grep -ho "('team' was unexpected)" 3.*.txt | tee -a seen
diff seen - <<'EXPECTED'
npm  3.0.4 paths: valid
npm  3.0.4 callback: valid
npm  3.1.1 paths: valid
npm  3.1.1 callback: refused
npm  3.2.0 paths: valid
npm  3.2.0 callback: refused
PyPI 3.0.4 callback: valid
PyPI 3.0.4 paths: valid
PyPI 3.1.1 callback: refused
PyPI 3.1.1 paths: valid
PyPI 3.2.0 callback: refused
PyPI 3.2.0 paths: valid
('team' was unexpected)
('team' was unexpected)
EXPECTED
