import swagger from "@fastify/swagger";
import Fastify from "fastify";
import { BY_HAND, RECEIPT, write } from "./matrix.mjs";

const nullable = (schema) => ({ ...schema, type: ["string", "null"] });
const Paid = {
  $id: "Paid",
  type: "object",
  required: ["kind", "order_id", "amount", "at", "due", "lines"],
  properties: {
    kind: { type: "string", const: "paid" },
    order_id: { type: "integer" },
    amount: { type: "string", pattern: "^\\d+\\.\\d\\d$" },
    at: { type: "string", format: "date-time" },
    due: nullable({ format: "date" }),
    note: { type: "string" },
    lines: {
      type: "array",
      items: {
        type: "object",
        properties: { sku: { type: "string" }, quantity: { type: "integer" } },
      },
    },
  },
};
const Refunded = {
  $id: "Refunded",
  type: "object",
  required: ["kind", "order_id", "reason"],
  properties: {
    kind: { type: "string", const: "refunded" },
    order_id: { type: "integer" },
    reason: { enum: ["lost", "broken"] },
  },
};
const Event = {
  $id: "Event",
  discriminator: { propertyName: "kind" },
  oneOf: [{ $ref: "Paid#" }, { $ref: "Refunded#" }],
};
const Shipped = {
  $id: "Shipped",
  type: "object",
  required: ["id", "weight", "shipped_on", "pickup", "tracking", "parcels"],
  properties: {
    id: { type: "string", format: "uuid" },
    weight: { type: "number" },
    shipped_on: { type: "string", format: "date" },
    pickup: { type: "string", format: "time" },
    tracking: nullable({}),
    parcels: { type: "object", additionalProperties: { type: "integer" } },
  },
};
const Receipt = { $id: "Receipt", ...BY_HAND.receipt };

async function application(version) {
  const app = Fastify({ ajv: { customOptions: { discriminator: true } } });
  await app.register(swagger, {
    openapi: {
      ...version,
      webhooks: BY_HAND.webhooks,
      components: { securitySchemes: BY_HAND.securitySchemes },
    },
    refResolver: { buildLocalReference: (json) => json.$id },
  });
  for (const schema of [Paid, Refunded, Event, Shipped, Receipt]) app.addSchema(schema);
  const body = {
    type: "object",
    properties: { callback_url: { type: "string", format: "uri" } },
  };
  app.post("/orders", { schema: { body, callbacks: BY_HAND.callbacks } }, () => "");
  for (const [name, value] of Object.entries(VALUES)) {
    const id = name === "shipped" ? "Shipped#" : "Event#";
    const response = { 200: { $ref: id } };
    app.get(`/${name}`, { schema: { response } }, () => value);
  }
  await app.ready();
  return app;
}

const at = new Date(Date.UTC(2026, 10, 29, 12, 30));
const lines = [{ sku: "a", quantity: 2 }];
const VALUES = {
  paid: { kind: "paid", order_id: 7, amount: "12.50", at, due: null, lines },
  refunded: { kind: "refunded", order_id: 7, reason: "lost" },
  shipped: {
    id: "f1b0c6de-4f0a-4b6e-9a53-0f6a3c1d2e3f",
    weight: 0.25,
    shipped_on: at,
    pickup: at,
    tracking: null,
    parcels: { a: 2 },
  },
};

async function bodies(app) {
  const texts = { receipt: RECEIPT };
  for (const name of Object.keys(VALUES)) texts[name] = (await app.inject(`/${name}`)).body;
  return texts;
}

const written = await application({});
write("written", written.swagger(), await bodies(written));

const app = await application({ openapi: "3.1.0" });
const cured = structuredClone(app.swagger());
cured.paths["/orders"].post.callbacks = BY_HAND.callbacks;
write("cured", cured, await bodies(app), { time: "offset-optional" });
