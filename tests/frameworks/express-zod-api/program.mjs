import { createConfig, defaultEndpointsFactory } from "express-zod-api";
import { Documentation } from "express-zod-api/documentation";
import { z } from "zod";
import { BY_HAND, write } from "./matrix.mjs";
import * as models from "./zod_models.mjs";

const endpoint = (input) =>
  defaultEndpointsFactory.build({
    method: "post",
    input,
    output: z.object({}),
    handler: async () => ({}),
  });

function documentation() {
  return new Documentation({
    routing: {
      orders: endpoint(models.Order),
      paid: endpoint(models.Paid),
      refunded: endpoint(models.Refunded),
      shipped: endpoint(models.Shipped),
    },
    config: createConfig({ http: { listen: 8090 }, cors: false }),
    version: "1",
    title: "t",
    serverUrl: "https://example.com",
    composition: "components",
  });
}

function completed(builder) {
  const { paths } = builder.rootDoc;
  const schema = (path) => {
    const { content } = paths[`/v1${path}`]?.post?.requestBody ?? paths[path].post.requestBody;
    return content["application/json"].schema;
  };
  builder.addSchema("Event", { oneOf: [schema("/paid"), schema("/refunded")] });
  builder.addSchema("Shipped", schema("/shipped"));
  builder.addSchema("Receipt", BY_HAND.receipt);
  for (const [name, scheme] of Object.entries(BY_HAND.securitySchemes))
    builder.addSecurityScheme(name, scheme);
  for (const [name, item] of Object.entries(BY_HAND.webhooks))
    builder.addWebhook(name, item);
  builder.addCallback("paid", BY_HAND.callbacks.paid);
  return builder;
}

write("written", completed(documentation()).getSpecAsYaml(), models.bodies);
const cured = completed(documentation());
cured.rootDoc.paths["/orders"].post.callbacks = {
  paid: { $ref: "#/components/callbacks/paid" },
};
write("cured", cured.getSpecAsYaml(), models.bodies);
