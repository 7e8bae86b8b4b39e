import swaggerJsdoc from "swagger-jsdoc";
import { BY_HAND, RECEIPT, write } from "./matrix.mjs";

const document = swaggerJsdoc({
  definition: {
    openapi: "3.1.0",
    info: { title: "t", version: "1" },
    components: { securitySchemes: BY_HAND.securitySchemes },
  },
  apis: ["orders.js"],
});
const bodies = {
  paid: JSON.stringify({
    kind: "paid",
    order_id: 7,
    amount: "12.50",
    at: new Date(Date.UTC(2026, 10, 29, 12, 30)),
    due: null,
  }),
  refunded: JSON.stringify({ kind: "refunded", order_id: 7, reason: "lost" }),
  shipped: JSON.stringify({
    id: "f1b0c6de-4f0a-4b6e-9a53-0f6a3c1d2e3f",
    shipped_on: "2026-11-29",
    tracking: null,
    parcels: { a: 2 },
  }),
  receipt: RECEIPT,
};
write("written", document, bodies);

const { webhooks, ...paths } = document.paths;
write("cured", { ...document, paths, webhooks }, bodies);
