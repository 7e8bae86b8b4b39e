// smee-client forwards what it reads from a channel: ours, on loopback, in place of smee.io.
import { createServer } from "node:http";
import { SmeeClient } from "smee-client";
import { each, url } from "./events.mjs";

let channel;
const server = createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("event: ready\ndata: {}\n\n");
  channel = response;
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const client = new SmeeClient({
  source: `http://127.0.0.1:${server.address().port}/channel`,
  target: url,
  logger: { info() {}, error: console.error },
});
await client.start();

await each((event) => {
  const delivery = {
    "user-agent": "GitHub-Hookshot/abc",
    "x-github-event": "ping",
    "x-github-delivery": `72d3162e-cc78-11e3-81ab-${event.padStart(12, "0")}`,
    body: { zen: "Anything added dilutes everything else.", hook_id: 7, phase: event },
    query: {},
    timestamp: 1795000000000,
  };
  channel.write(`data: ${JSON.stringify(delivery)}\n\n`);
});
