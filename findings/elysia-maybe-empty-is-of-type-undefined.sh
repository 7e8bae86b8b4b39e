#!/usr/bin/env bash
# elysia 1.4.30 with @elysiajs/openapi 1.4.16 (npm): `t.MaybeEmpty(t.String())` (text, null or
# undefined) is documented as three alternatives, the last of them `{"type": "undefined"}`.
# JSON Schema has no such type: the document is no valid OpenAPI 3.1, and what ignores a type
# that it does not know takes every value. The member stays required all the same, for
# the application too.
#
# Guessed: `type: ["string", "null"]`, and a member that may be left out.
# Seen: a type `undefined`, a required member, and 422 without it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund elysia@1.4.30 @elysiajs/openapi@1.4.16 > npm.txt 2>&1
cat > try.mjs <<'JS'
import { openapi } from "@elysiajs/openapi";
import { Elysia, t } from "elysia";

const body = t.Object({ note: t.MaybeEmpty(t.String()) });
const app = new Elysia().use(openapi()).post("/", () => "", { body });
const answer = await app.handle(new Request("http://localhost/openapi/json"));
const document = await answer.json();
const { schema } = document.paths["/"].post.requestBody.content["application/json"];
console.log(document.openapi.slice(0, 3), JSON.stringify(schema.properties.note));
console.log("required:", schema.required.join(", "));
for (const sent of [{ note: null }, {}]) {
  const headers = { "Content-Type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(sent) };
  const { status } = await app.handle(new Request("http://localhost/", request));
  console.log(JSON.stringify(sent), status);
}
JS
node try.mjs | tee seen
diff seen - <<'EXPECTED'
3.1 {"anyOf":[{"type":"string"},{"type":"null"},{"type":"undefined"}]}
required: note
{"note":null} 200
{} 422
EXPECTED
