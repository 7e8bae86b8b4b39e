#!/usr/bin/env bash
# @asteasolutions/zod-to-openapi 9.1.0 with zod 4.6.7 (npm): of `z.literal(["sent", 2, null])`,
# one of three constants of different types, only those of the first one's type reach the
# document. It forbids two values that zod takes, null among them, which its own `type`
# allows. zod's `z.toJSONSchema` has all three.
#
# Guessed: `enum: ["sent", 2, null]`, or an error that they cannot be written.
# Seen: an enum of one, in documents of 3.0 and of 3.1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @asteasolutions/zod-to-openapi@9.1.0 zod@4.6.7 > npm.txt 2>&1
cat > try.mjs <<'JS'
import * as lib from "@asteasolutions/zod-to-openapi";
import { z } from "zod";

lib.extendZodWithOpenApi(z);
const registry = new lib.OpenAPIRegistry();
const Status = registry.register("Status", z.literal(["sent", 2, null]));
console.log("zod takes", ["sent", 2, null].every((each) => Status.safeParse(each).success));
console.log("zod writes", JSON.stringify(z.toJSONSchema(Status).enum));
for (const [version, Generator] of [["3.0.3", lib.OpenApiGeneratorV3], ["3.1.0", lib.OpenApiGeneratorV31]]) {
  const { schemas } = new Generator(registry.definitions).generateComponents().components;
  console.log(version, JSON.stringify(schemas.Status));
}
JS
node try.mjs | tee seen
diff seen - <<'EXPECTED'
zod takes true
zod writes ["sent",2,null]
3.0.3 {"type":"string","nullable":true,"enum":["sent"]}
3.1.0 {"type":["string","null"],"enum":["sent"]}
EXPECTED
