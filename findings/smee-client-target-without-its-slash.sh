#!/usr/bin/env bash
# smee-client 5.0.0 (npm): the slash at the end of the target's path is cut off, and the media type
# of what is forwarded is always application/json, whatever the first sender said. A receiver
# at /hook/ is called at /hook: Django and others answer that with a redirect, and the POST is lost.
#
# Guessed: the target is called as it was given.
# Seen: another path.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund smee-client@5.0.0 >/dev/null
cat > try.mjs <<'JS'
import { createServer } from "node:http";
import { SmeeClient } from "smee-client";

const event = { body: { paid: true }, query: {}, "content-type": "application/vnd.order+json" };
const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`data: ${JSON.stringify(event)}\n\n`);
    return;
  }
  console.log(request.method, request.url, request.headers["content-type"]);
  process.exit(0);
});
server.listen(0, "127.0.0.1", async () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  const quiet = { info() {}, error() {} };
  const client = new SmeeClient({ source: `${base}/channel`, target: `${base}/hook/`, logger: quiet });
  await client.start();
});
JS
timeout 60 node try.mjs | tee seen
diff seen - <<'EXPECTED'
POST /hook application/json
EXPECTED
