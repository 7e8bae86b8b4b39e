#!/usr/bin/env bash
# fastify 5.12.8 (npm): a `Date` in a member of `format: time` is written as "12:30:00". The
# same application refuses that text where it takes the same schema, because the `time` of
# ajv-formats is RFC 3339's, with an offset. What one service sends, its twin refuses.
#
# Guessed: "12:30:00Z", or the text of toISOString from the T on.
# Seen: no offset when it writes, 400 for the same text when it reads; with Z it is taken.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund fastify@5.12.8 > npm.txt 2>&1
cat > try.mjs <<'JS'
import Fastify from "fastify";

const schema = { type: "object", properties: { at: { type: "string", format: "time" } } };
const app = Fastify();
app.get("/", { schema: { response: { 200: schema } } }, () => ({
  at: new Date("2026-11-29T12:30:00Z"),
}));
app.post("/", { schema: { body: schema } }, () => "taken");
const written = (await app.inject("/")).json();
console.log("written:", written.at);
for (const at of [written.at, `${written.at}Z`]) {
  const answer = await app.inject({ method: "POST", url: "/", payload: { at } });
  console.log("read:   ", at, answer.statusCode, answer.json?.message ?? "");
}
JS
node try.mjs | sed 's/ *$//' | tee seen
diff seen - <<'EXPECTED'
written: 12:30:00
read:    12:30:00 400
read:    12:30:00Z 200
EXPECTED
