#!/usr/bin/env bash
# cloudevents 10.0.0 (npm): in structured mode, data that is `false`, `0` or an empty text is lost
# while the event is read; `true`, `1` and any other text arrive. Data may be any JSON value
# (CloudEvents 1.0.2, JSON Event Format 3.1). The package writes all of them itself: a flag
# that is switched off comes as an event without data, one that is switched on as it is.
#
# Guessed: what HTTP.structured writes, HTTP.toEvent reads.
# Seen: `undefined` for three of six.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund cloudevents@10.0.0 > npm.txt 2>&1
cat > try.mjs <<'JS'
import { CloudEvent, HTTP } from "cloudevents";

for (const data of [true, 1, "on", false, 0, ""]) {
  const message = HTTP.structured(new CloudEvent({ source: "/s", type: "t", data }));
  const written = JSON.stringify(JSON.parse(message.body).data);
  console.log(written, "->", JSON.stringify(HTTP.toEvent(message).data));
}
JS
node try.mjs | tee seen
diff seen - <<'EXPECTED'
true -> true
1 -> 1
"on" -> "on"
false -> undefined
0 -> undefined
"" -> undefined
EXPECTED
