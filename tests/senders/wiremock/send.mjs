// WireMock answers a request by a stub, and then sends that stub's webhook.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { each, url } from "./events.mjs";
import { freePort, ordered, started } from "./servers.mjs";

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

const port = await freePort();
const orders = `http://127.0.0.1:${port}/orders`;
await started("wiremock", ["--port", `${port}`, "--root-dir", folder, "--disable-banner"], orders);
await each((event) => ordered(orders, { order: event }));
