import "./extended.mjs";
import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
} from "@asteasolutions/zod-to-openapi";
import { z } from "zod";
import { BY_HAND, write } from "./matrix.mjs";
import * as models from "./zod_models.mjs";

const registry = new OpenAPIRegistry();
for (const [name, scheme] of Object.entries(BY_HAND.securitySchemes))
  registry.registerComponent("securitySchemes", name, scheme);
const Receipt = models.Receipt.extend({
  file: z.instanceof(Blob).openapi({ type: "string", format: "binary" }),
});
registry.register("Event", models.Event);
const responses = { 204: { description: "received" } };
const body = (schema, type = "application/json") => ({
  body: { required: true, content: { [type]: { schema } } },
});
const security = [{ token: [] }];
registry.registerPath({
  method: "post",
  path: "/orders",
  request: body(models.Order),
  callbacks: BY_HAND.callbacks,
  responses,
});
registry.registerWebhook({
  path: "shipped",
  method: "post",
  request: body(models.Shipped),
  security,
  responses,
});
registry.registerWebhook({
  path: "receipt",
  method: "post",
  request: body(Receipt, "multipart/form-data"),
  security,
  responses,
});
// What a schema of one's own in `.openapi()` would say.
function cure({ webhooks }) {
  const { schema } = webhooks.shipped.post.requestBody.content["application/json"];
  schema.properties.status = { enum: ["sent", 2, null] };
}
const info = { title: "t", version: "1" };
const generate = () =>
  new OpenApiGeneratorV31(registry.definitions).generateDocument({ openapi: "3.1.0", info });
write("written", generate(), models.bodies);
const cured = generate();
cure(cured);
write("cured", cured, models.bodies, { time: "offset-optional" });
