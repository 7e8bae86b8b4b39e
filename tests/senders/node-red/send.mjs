// Node-RED runs a flow: what comes in is sent on by an `http request` node.
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import RED from "node-red";
import { each, url } from "./events.mjs";

const userDir = mkdtempSync(join(tmpdir(), "node-red-"));
const flows = [
  { id: "tab", type: "tab", label: "trial" },
  { id: "in", z: "tab", type: "http in", url: "/send", method: "post", wires: [["request"]] },
  { id: "request", z: "tab", type: "http request", method: "POST", url, ret: "txt", wires: [["out"]] },
  { id: "out", z: "tab", type: "http response", wires: [] },
];
writeFileSync(join(userDir, "flows.json"), JSON.stringify(flows));

const server = createServer((request, response) => RED.httpNode(request, response));
RED.init(server, {
  httpAdminRoot: false,
  httpNodeRoot: "/",
  userDir,
  flowFile: "flows.json",
  logging: { console: { level: "error" } },
});
const started = new Promise((resolve) => RED.events.once("flows:started", resolve));
await RED.start();
await started;
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

await each((event) =>
  fetch(`http://127.0.0.1:${server.address().port}/send`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ event, number: 1 }),
  }).then((answer) => {
    if (answer.status === 404) throw new Error("the flow is not there");
  }),
);
