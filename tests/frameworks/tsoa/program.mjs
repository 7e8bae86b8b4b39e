import { readFileSync } from "node:fs";
import { RECEIPT, byHand, write } from "./matrix.mjs";

const document = byHand(JSON.parse(readFileSync("emitted/swagger.json", "utf8")));
write("written", document, {
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
    id: "f1b0c6de-4f0a-4b6e-9a53-0f6a3c1d2e3f",
    weight: 0.25,
    tracking: null,
    parcels: { a: 2 },
  }),
  receipt: RECEIPT,
});
