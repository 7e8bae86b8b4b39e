#!/usr/bin/env bash
# valibot 1.5.0 with @valibot/to-json-schema 1.8.0 (npm): `v.isoDateTime()` takes times to the minute
# and without an offset, `2026-01-01T12:30`. It is documented as `format: date-time`, RFC 3339's,
# where seconds and an offset are required: no text is both. `v.isoTime()` and `format: time` are
# as far apart. `v.isoTimeSecond()` beside them is written as the pattern that it is.
#
# Guessed: a pattern each, or validators that take what the format allows.
# Seen: what the application takes, ajv-formats 3.0.1 refuses by its own document, and the reverse.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund valibot@1.5.0 @valibot/to-json-schema@1.8.0 \
    ajv@8.20.0 ajv-formats@3.0.1 > npm.txt 2>&1
cat > try.mjs <<'JS'
import { toJsonSchema } from "@valibot/to-json-schema";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import * as v from "valibot";

const ajv = addFormats(new Ajv());
const texts = {
  isoDateTime: ["2026-01-01T12:30", "2026-01-01T12:30:00Z", "2026-01-01T12:30:00+01:00"],
  isoTime: ["12:30", "12:30:00Z", "12:30:00+01:00"],
  isoTimeSecond: ["12:30:00"],
};
for (const [action, values] of Object.entries(texts)) {
  const schema = v.pipe(v.string(), v[action]());
  const { format, pattern, ...rest } = toJsonSchema(schema, { target: "draft-2020-12" });
  const accepts = ajv.compile({ ...rest, ...(format ? { format } : { pattern }) });
  for (const value of values) {
    const ours = v.safeParse(schema, value).success;
    console.log(action, format ?? "pattern", value, "valibot:", ours, "ajv:", accepts(value));
  }
}
JS
node try.mjs | tee seen
diff seen - <<'EXPECTED'
isoDateTime date-time 2026-01-01T12:30 valibot: true ajv: false
isoDateTime date-time 2026-01-01T12:30:00Z valibot: false ajv: true
isoDateTime date-time 2026-01-01T12:30:00+01:00 valibot: false ajv: true
isoTime time 12:30 valibot: true ajv: false
isoTime time 12:30:00Z valibot: false ajv: true
isoTime time 12:30:00+01:00 valibot: false ajv: true
isoTimeSecond pattern 12:30:00 valibot: true ajv: true
EXPECTED
