#!/usr/bin/env bash
# @apiture/openapi-down-convert 0.14.2 (npm): on the way from 3.1 to 3.0, `const` becomes an `enum`
# of one, for 3.0 has no `const`. It does where the constant is true, a number or a text, but
# not where it is false, 0, "" or null: those stay as `const`, which 3.0 ignores, so that
# the member may be anything. A member named `const` becomes one that is named `enum`.
#
# Guessed: `enum: [false]`, and names of members left alone.
# Seen: four of seven constants are lost, and a member has another name and no schema.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @apiture/openapi-down-convert@0.14.2 > npm.txt 2>&1
cat > try.cjs <<'JS'
const { Converter } = require("@apiture/openapi-down-convert");

const down = (schema) => {
  const components = { schemas: { Paid: schema } };
  const document = { openapi: "3.1.1", info: { title: "t", version: "1" }, paths: {}, components };
  const converted = new Converter(document).convert();
  return `${converted.openapi} ${JSON.stringify(converted.components.schemas.Paid)}`;
};
for (const value of ["paid", 1, true, "", 0, false, null]) {
  console.log(JSON.stringify(value).padEnd(6), down({ const: value }));
}
console.log("named ", down({ properties: { const: { type: "string" } }, required: ["const"] }));
JS
node try.cjs | tee seen
diff seen - <<'EXPECTED'
"paid" 3.0.3 {"enum":["paid"]}
1      3.0.3 {"enum":[1]}
true   3.0.3 {"enum":[true]}
""     3.0.3 {"const":""}
0      3.0.3 {"const":0}
false  3.0.3 {"const":false}
null   3.0.3 {"const":null}
named  3.0.3 {"properties":{"enum":[{"type":"string"}]},"required":["const"]}
EXPECTED
