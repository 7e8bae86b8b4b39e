// WireMock answers a request by a stub, and then sends that stub's webhook.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { each, url } from "./events.mjs";

const folder = mkdtempSync(join(tmpdir(), "wiremock-"));
mkdirSync(join(folder, "mappings"));
const webhook = {
  method: "POST",
  url,
  headers: { "Content-Type": "application/json" },
  body: '{"type": "order.paid", "order": "{{jsonPath originalRequest.body \'$.order\'}}"}',
};
const stub = {
  request: { method: "POST", urlPath: "/orders" },
  response: { status: 201 },
  serveEventListeners: [{ name: "webhook", parameters: webhook }],
};
writeFileSync(join(folder, "mappings", "orders.json"), JSON.stringify(stub));

const port = await new Promise((resolve) => {
  const free = createServer().listen(0, "127.0.0.1", () => {
    const { port } = free.address();
    free.close(() => resolve(port));
  });
});
const options = ["--port", `${port}`, "--root-dir", folder, "--disable-banner"];
const server = spawn("node_modules/.bin/wiremock", options, { stdio: ["ignore", 2, 2] });
const orders = `http://127.0.0.1:${port}/orders`;
for (let tries = 0; tries < 600; tries += 1) {
  if (await fetch(orders).then(() => true, () => false)) break;
  await new Promise((resolve) => setTimeout(resolve, 100));
}
process.on("exit", () => server.kill());

await each((event) =>
  fetch(orders, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ order: event }),
  }).then((answer) => {
    if (answer.status !== 201) throw new Error(`${answer.status}`);
  }),
);
