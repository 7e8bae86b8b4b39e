import { Hono } from "hono";
import { describeRoute, generateSpecs, resolver, validator } from "hono-openapi";
import { BY_HAND, byHand, write } from "./matrix.mjs";
import * as models from "./zod_models.mjs";

const app = new Hono();
const nothing = (c) => c.body(null, 204);
app.post(
  "/orders",
  describeRoute({ callbacks: BY_HAND.callbacks }),
  validator("json", models.Order),
  nothing,
);
app.post("/event", validator("json", models.Event), nothing);
app.post("/shipped", validator("json", models.Shipped), nothing);
app.post("/receipt", validator("form", models.Receipt), nothing);
const document = await generateSpecs(app, {
  documentation: {
    webhooks: BY_HAND.webhooks,
    components: { securitySchemes: BY_HAND.securitySchemes },
  },
});
const schema = (path, type) =>
  document.paths[path].post.requestBody.content[type].schema;
document.components.schemas = {
  ...document.components.schemas,
  Event: schema("/event", "application/json"),
  Shipped: schema("/shipped", "application/json"),
  Receipt: schema("/receipt", "multipart/form-data"),
};
write("written", document, models.bodies);
