import { openapi } from "@elysiajs/openapi";
import { Elysia, t } from "elysia";
import { BY_HAND, RECEIPT, write } from "./matrix.mjs";

const models = {
  Paid: t.Object({
    kind: t.Literal("paid"),
    order_id: t.Integer(),
    amount: t.String({ pattern: "^\\d+\\.\\d\\d$" }),
    at: t.Date(),
    due: t.Nullable(t.String({ format: "date" })),
    note: t.Optional(t.String()),
    lines: t.Array(t.Object({ sku: t.String(), quantity: t.Integer() })),
  }),
  Refunded: t.Object({
    kind: t.Literal("refunded"),
    order_id: t.Integer(),
    reason: t.UnionEnum(["lost", "broken"]),
  }),
  Shipped: t.Object({
    id: t.String({ format: "uuid" }),
    weight: t.Numeric(),
    shipped_on: t.String({ format: "date" }),
    pickup: t.String({ format: "time" }),
    tracking: t.MaybeEmpty(t.String()),
    express: t.BooleanString(),
    parcels: t.Record(t.String(), t.Integer()),
  }),
  Receipt: t.Object({
    file: t.File({ type: "application/pdf" }),
    amount: t.Numeric(),
    issued: t.Date(),
  }),
};
models.Event = t.Union([models.Paid, models.Refunded]);

const app = new Elysia()
  .use(
    openapi({
      documentation: {
        webhooks: BY_HAND.webhooks,
        components: { securitySchemes: BY_HAND.securitySchemes },
      },
    }),
  )
  .model(models)
  .post("/orders", () => "", {
    body: t.Object({ callback_url: t.String({ format: "uri" }) }),
    detail: { callbacks: BY_HAND.callbacks },
  })
  .post("/event", ({ body }) => body, { body: "Event" })
  .post("/shipped", ({ body }) => body, { body: "Shipped", response: "Shipped" })
  .post("/receipt", () => "", { body: "Receipt" });

const answer = await app.handle(new Request("http://localhost/openapi/json"));
const document = await answer.json();
const bodies = {
  paid: JSON.stringify({
    kind: "paid",
    order_id: 7,
    amount: "12.50",
    at: new Date(Date.UTC(2026, 10, 29, 12, 30)),
    due: null,
    lines: [{ sku: "a", quantity: 2 }],
  }),
  refunded: JSON.stringify({ kind: "refunded", order_id: 7, reason: "lost" }),
  shipped: JSON.stringify({
    id: "00000000-0000-0000-0000-000000000007",
    weight: 0.25,
    shipped_on: "2026-11-29",
    pickup: "09:30:00Z",
    tracking: null,
    express: true,
    parcels: { a: 2 },
  }),
  receipt: RECEIPT,
};
write("written", document, bodies);
