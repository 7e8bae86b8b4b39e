import { createDocument } from "zod-openapi";
import { BY_HAND, write } from "./matrix.mjs";
import { Attempt, Event, Order, OrderId, Receipt, Shipped, bodies } from "./zod_models.mjs";

const responses = { 204: { description: "received" } };
const json = (schema) => ({
  required: true,
  content: { "application/json": { schema } },
});
const security = [{ token: [] }];
const form = { required: true, content: { "multipart/form-data": { schema: Receipt } } };
const paid = {
  requestParams: { path: OrderId, header: Attempt },
  requestBody: json(Event),
  security: [{ bearer: [] }],
  responses,
};
const document = createDocument({
  openapi: "3.1.0",
  info: { title: "t", version: "1" },
  paths: {
    "/orders": {
      post: {
        requestBody: json(Order),
        callbacks: {
          paid: { "{$request.body#/callback_url}/orders/{order_id}": { post: paid } },
        },
        responses,
      },
    },
  },
  webhooks: {
    shipped: { post: { requestBody: json(Shipped), security, responses } },
    receipt: { post: { requestBody: form, security, responses } },
  },
  components: {
    securitySchemes: BY_HAND.securitySchemes,
    schemas: { Event, Shipped },
  },
});
write("written", document, bodies);
