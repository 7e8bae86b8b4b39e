// The bodies of those frameworks that leave them to Zod, whose codecs write them.
import { z } from "zod";
import { RECEIPT } from "./matrix.mjs";

const date = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (value) => value.toISOString(),
});

export const Paid = z.object({
  kind: z.literal("paid"),
  order_id: z.int(),
  amount: z.string().regex(/^\d+\.\d\d$/),
  at: date,
  due: z.iso.date().nullable(),
  note: z.string().optional(),
  lines: z.array(z.strictObject({ sku: z.string(), quantity: z.int().positive() })),
});
export const Refunded = z.object({
  kind: z.literal("refunded"),
  order_id: z.int(),
  reason: z.enum(["lost", "broken"]),
});
export const Event = z.discriminatedUnion("kind", [Paid, Refunded]);
export const Shipped = z.object({
  id: z.uuid(),
  weight: z.number(),
  shipped_on: z.iso.date(),
  pickup: z.iso.time(),
  transit: z.iso.duration(),
  tracking: z.string().nullish(),
  status: z.literal(["sent", 2, null]),
  express: z.stringbool(),
  parcels: z.record(z.string(), z.int()),
  size: z.tuple([z.number(), z.number()]),
});
export const Receipt = z.object({
  file: z.file(),
  amount: z.string(),
  issued: z.iso.date(),
});
export const Order = z.object({ callback_url: z.url() });
export const OrderId = z.object({ order_id: z.int() });
export const Attempt = z.object({ "X-Attempt": z.int() });

const text = (schema, value) => JSON.stringify(z.encode(schema, value));

export const bodies = {
  paid: text(Event, {
    kind: "paid",
    order_id: 7,
    amount: "12.50",
    at: new Date(Date.UTC(2026, 10, 29, 12, 30)),
    due: null,
    lines: [{ sku: "a", quantity: 2 }],
  }),
  refunded: text(Event, { kind: "refunded", order_id: 7, reason: "lost" }),
  shipped: text(Shipped, {
    id: "f1b0c6de-4f0a-4b6e-9a53-0f6a3c1d2e3f",
    weight: 0.25,
    shipped_on: "2026-11-29",
    pickup: "09:30:00",
    transit: "P1DT2H",
    tracking: null,
    status: null,
    express: true,
    parcels: { a: 2 },
    size: [1.5, 2],
  }),
  receipt: RECEIPT,
};
