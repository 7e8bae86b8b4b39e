import "./extended.mjs";
import { OpenAPIHono, createRoute, z } from "@hono/zod-openapi";
import { BY_HAND, write } from "./matrix.mjs";
import * as models from "./zod_models.mjs";

const Receipt = models.Receipt.extend({
  file: z.instanceof(Blob).openapi({ type: "string", format: "binary" }),
});
const app = new OpenAPIHono();
const responses = { 204: { description: "received" } };
const body = (schema, type = "application/json") => ({
  body: { required: true, content: { [type]: { schema } } },
});
const security = [{ token: [] }];
for (const [name, scheme] of Object.entries(BY_HAND.securitySchemes))
  app.openAPIRegistry.registerComponent("securitySchemes", name, scheme);
app.openAPIRegistry.register("Event", models.Event);
const order = createRoute({
  method: "post",
  path: "/orders",
  request: body(models.Order),
  callbacks: BY_HAND.callbacks,
  responses,
});
app.openapi(order, (c) => c.body(null, 204));
for (const [name, request] of Object.entries({
  shipped: body(models.Shipped),
  receipt: body(Receipt, "multipart/form-data"),
}))
  app.openAPIRegistry.registerWebhook({
    method: "post",
    path: name,
    request,
    security,
    responses,
  });
// What a schema of one's own in `.openapi()` would say.
function cure({ webhooks }) {
  const { schema } = webhooks.shipped.post.requestBody.content["application/json"];
  schema.properties.status = { enum: ["sent", 2, null] };
}
const info = { title: "t", version: "1" };
const generate = () => app.getOpenAPI31Document({ openapi: "3.1.0", info });
write("written", generate(), models.bodies);
const cured = generate();
cure(cured);
write("cured", cured, models.bodies, { time: "offset-optional" });
