#!/usr/bin/env bash
# cloudevents 10.0.0 (npm): data that comes as `data_base64` is handed out as a Uint32Array, a word
# of four bytes for each byte. Written to a file or sent on in binary mode, as a bridge between
# the two modes does, each byte is followed by three zeros. `Buffer.from(data)` hides it,
# because it copies numbers; in structured mode the event is right again.
#
# Guessed: a Buffer, as it was given to the sender's event, or a Uint8Array.
# Seen: 8 bytes go in, 32 arrive.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund cloudevents@10.0.0 > npm.txt 2>&1
cat > try.mjs <<'JS'
import { CloudEvent, HTTP } from "cloudevents";

const sent = new CloudEvent({
  source: "/s",
  type: "t",
  datacontenttype: "application/pdf",
  data: Buffer.from("%PDF-1.7"),
});
const event = HTTP.toEvent(HTTP.structured(sent));
const { headers, body } = HTTP.binary(event);
const request = new Request("http://receiver.example/", { method: "POST", headers, body });
const arrived = Buffer.from(await request.arrayBuffer());
console.log(event.data.constructor.name, sent.data.length, arrived.length);
console.log(arrived.subarray(0, 8).toString("hex"));
console.log(atob(JSON.parse(HTTP.structured(event).body).data_base64));
JS
node try.mjs | tee seen
diff seen - <<'EXPECTED'
Uint32Array 8 32
2500000050000000
%PDF-1.7
EXPECTED
