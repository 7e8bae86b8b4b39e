import { OpenAPIGenerator } from "@orpc/openapi";
import { os } from "@orpc/server";
import { ZodToJsonSchemaConverter } from "@orpc/zod/zod4";
import { BY_HAND, write } from "./matrix.mjs";
import * as models from "./zod_models.mjs";

const nothing = () => undefined;
const route = (path, input, spec) =>
  os.route({ method: "POST", path, spec }).input(input).handler(nothing);
const router = {
  order: route("/orders", models.Order, (spec) => ({
    ...spec,
    callbacks: BY_HAND.callbacks,
  })),
  receipt: route("/receipt", models.Receipt),
};
const generator = new OpenAPIGenerator({
  schemaConverters: [new ZodToJsonSchemaConverter()],
});
const document = await generator.generate(router, {
  info: { title: "t", version: "1" },
  webhooks: BY_HAND.webhooks,
  components: { securitySchemes: BY_HAND.securitySchemes },
  commonSchemas: {
    Event: { schema: models.Event },
    Shipped: { schema: models.Shipped },
    Receipt: { schema: models.Receipt },
  },
});
write("written", document, models.bodies);
write("cured", document, models.bodies, { time: "offset-optional" });
