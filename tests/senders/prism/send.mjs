// Prism mocks an operation and sends the callback that the document gives for it.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { each, url } from "./events.mjs";
import { freePort, ordered, started } from "./servers.mjs";

const json = (schema) => ({ content: { "application/json": { schema } } });
const text = { type: "string" };
const paid = {
  requestBody: json({
    type: "object",
    required: ["type", "amount"],
    properties: { type: { const: "order.paid" }, amount: { type: "integer", minimum: 0 } },
  }),
  responses: { 204: { description: "Heard." } },
};
const document = {
  openapi: "3.1.0",
  info: { title: "Orders", version: "1" },
  paths: {
    "/orders": {
      post: {
        requestBody: json({ type: "object", properties: { id: text, callback_url: text } }),
        responses: { 201: { description: "Taken." } },
        callbacks: { paid: { "{$request.body#/callback_url}/orders/{$request.body#/id}": { post: paid } } },
      },
    },
  },
};
const file = join(mkdtempSync(join(tmpdir(), "prism-")), "openapi.json");
writeFileSync(file, JSON.stringify(document));

const port = await freePort();
const orders = `http://127.0.0.1:${port}/orders`;
await started("prism", ["mock", file, "--port", `${port}`], orders);
await each((event) => ordered(orders, { id: event, callback_url: url }));
