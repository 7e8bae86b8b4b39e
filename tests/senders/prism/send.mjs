// Prism mocks an operation and sends the callback that the document gives for it.
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { each, url } from "./events.mjs";

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

const port = await new Promise((resolve) => {
  const free = createServer().listen(0, "127.0.0.1", () => {
    const { port } = free.address();
    free.close(() => resolve(port));
  });
});
const server = spawn("node_modules/.bin/prism", ["mock", file, "--port", `${port}`], {
  stdio: ["ignore", 2, 2],
});
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
    body: JSON.stringify({ id: event, callback_url: url }),
  }).then((answer) => {
    if (answer.status !== 201) throw new Error(`${answer.status}`);
  }),
);
