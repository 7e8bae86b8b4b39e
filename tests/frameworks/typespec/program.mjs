import { readFileSync } from "node:fs";
import { RECEIPT, byHand, write } from "./matrix.mjs";

const document = byHand(JSON.parse(readFileSync("emitted/openapi.json", "utf8")));
const bodies = {
  paid: JSON.stringify({
    kind: "paid",
    order_id: 7,
    amount: 12.5,
    at: new Date(Date.UTC(2026, 10, 29, 12, 30)),
    due: null,
    lines: [{ sku: "a", quantity: 2 }],
  }),
  refunded: JSON.stringify({ kind: "refunded", order_id: 7, reason: "lost" }),
  shipped: JSON.stringify({
    id: "f1b0c6de",
    weight: 0.25,
    shipped_on: "2026-11-29",
    pickup: "09:30:00",
    transit: "P1DT2H",
    tracking: null,
    label: Buffer.from("label").toString("base64"),
    parcels: { a: 2 },
  }),
  receipt: RECEIPT,
};
write("written", document, bodies);
write("cured", document, bodies, { time: "offset-optional" });
