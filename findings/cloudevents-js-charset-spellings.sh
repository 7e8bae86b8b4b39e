#!/usr/bin/env bash
# cloudevents 10.0.0 (npm): media types are looked up as text, in two spellings: without a charset,
# and with `; charset=utf-8`. Names and this value are case-insensitive, and the space is
# optional (RFC 9110, 5.6.6 and 8.3.2), so many senders write another: in structured mode
# their event is a ValidationError, in binary mode JSON stays text without a word.
#
# Guessed: five spellings of one type, the same event from each.
# Seen: from two of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund cloudevents@10.0.0 > npm.txt 2>&1
cat > try.mjs <<'JS'
import { HTTP } from "cloudevents";

const attributes = { id: "1", source: "/s", type: "t", specversion: "1.0" };
const inHeaders = Object.fromEntries(
  Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]),
);
const data = { paid: 1 };
const read = (contentType, headers, body) => {
  try {
    return JSON.stringify(HTTP.toEvent({ headers: { ...headers, "content-type": contentType }, body }).data);
  } catch (error) {
    return error.constructor.name;
  }
};
for (const end of ["", "; charset=utf-8", ";charset=utf-8", "; charset=UTF-8", '; charset="utf-8"']) {
  const structured = read(`application/cloudevents+json${end}`, {}, JSON.stringify({ ...attributes, data }));
  const binary = read(`application/json${end}`, inHeaders, JSON.stringify(data));
  console.log(`${end || "-"} | ${structured} | ${binary}`);
}
JS
node try.mjs | tee seen
diff seen - <<'EXPECTED'
- | {"paid":1} | {"paid":1}
; charset=utf-8 | {"paid":1} | {"paid":1}
;charset=utf-8 | ValidationError | "{\"paid\":1}"
; charset=UTF-8 | ValidationError | "{\"paid\":1}"
; charset="utf-8" | ValidationError | "{\"paid\":1}"
EXPECTED
