import { createRouter, Response } from "fets";
import { BY_HAND, RECEIPT, byHand, write } from "./matrix.mjs";

const object = (properties, required = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const text = (more = {}) => ({ type: "string", ...more });
const schemas = {
  Paid: object(
    {
      kind: { const: "paid" },
      order_id: { type: "integer" },
      amount: text(),
      at: text({ format: "date-time" }),
      due: { type: ["string", "null"], format: "date" },
      note: text(),
    },
    ["kind", "order_id", "amount", "at", "due"],
  ),
  Refunded: object({
    kind: { const: "refunded" },
    order_id: { type: "integer" },
    reason: { enum: ["lost", "broken"] },
  }),
  Shipped: object({
    id: text({ format: "uuid" }),
    weight: { type: "number" },
    tracking: { type: ["string", "null"] },
    parcels: { type: "object", additionalProperties: { type: "integer" } },
  }),
};
schemas.Event = {
  oneOf: ["Paid", "Refunded"].map((name) => ({ $ref: `#/components/schemas/${name}` })),
};

function router(openAPI) {
  return createRouter({ openAPI }).route({
    method: "POST",
    path: "/orders",
    callbacks: BY_HAND.callbacks,
    schemas: { request: { json: object({ callback_url: text() }) } },
    handler: () => new Response(null, { status: 204 }),
  });
}

async function document(openAPI) {
  const answer = await router(openAPI).fetch("http://localhost/openapi.json");
  return answer.json();
}

const json = async (value) => Response.json(value).text();
const at = new Date(Date.UTC(2026, 10, 29, 12, 30));
const bodies = {
  paid: await json({ kind: "paid", order_id: 7, amount: "12.50", at, due: null }),
  refunded: await json({ kind: "refunded", order_id: 7, reason: "lost" }),
  shipped: await json({
    id: "f1b0c6de-4f0a-4b6e-9a53-0f6a3c1d2e3f",
    weight: 0.25,
    tracking: null,
    parcels: { a: 2 },
  }),
  receipt: RECEIPT,
};
const { webhooks, securitySchemes, receipt: Receipt } = BY_HAND;
const components = { schemas: { ...schemas, Receipt }, securitySchemes };
write("written", await document({ webhooks, components }), bodies);
const cured = await document({ openapi: "3.1.0", components });
write("cured", byHand(cured), bodies);
