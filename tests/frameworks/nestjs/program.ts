import "reflect-metadata";
import { Body, Controller, Module, Post } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import {
  ApiBody,
  ApiCallbacks,
  ApiConsumes,
  ApiExtraModels,
  ApiHeader,
  ApiProperty,
  ApiPropertyOptional,
  ApiSecurity,
  ApiWebhook,
  DocumentBuilder,
  SwaggerModule,
  getSchemaPath,
} from "@nestjs/swagger";
import { Expose, instanceToPlain } from "class-transformer";
import { BY_HAND, RECEIPT, write } from "./matrix.mjs";

class Line {
  @ApiProperty() sku: string;
  @ApiProperty({ type: "integer" }) quantity: number;
}

class Paid {
  @ApiProperty({ enum: ["paid"] }) kind = "paid";
  @ApiProperty({ type: "integer" }) order_id: number;
  @ApiProperty() amount: string;
  @ApiProperty() at: Date;
  @ApiProperty({ type: String, format: "date", nullable: true }) due: string | null;
  @ApiPropertyOptional() note?: string;
  @ApiProperty({ type: [Line] }) lines: Line[];
}

class Refunded {
  @ApiProperty({ enum: ["refunded"] }) kind = "refunded";
  @ApiProperty({ type: "integer" }) order_id: number;
  @ApiProperty({ enum: ["lost", "broken"], enumName: "Reason" }) reason: string;
}

class Shipped {
  @ApiProperty({ format: "uuid" }) id: string;
  @ApiProperty() weight: number;
  @ApiProperty({ format: "date" }) shipped_on: Date;
  @ApiProperty({ type: String, nullable: true }) tracking: string | null;
  @ApiProperty({ type: "object", additionalProperties: { type: "integer" } })
  parcels: Record<string, number>;
}

class Receipt {
  @ApiProperty({ type: String, format: "binary" }) file: unknown;
  @ApiProperty() amount: string;
  @ApiProperty({ type: String, format: "date" }) issued: string;
}

class Order {
  @ApiProperty() callback_url: string;
}

const event = {
  oneOf: [{ $ref: getSchemaPath(Paid) }, { $ref: getSchemaPath(Refunded) }],
  discriminator: {
    propertyName: "kind",
    mapping: { paid: getSchemaPath(Paid), refunded: getSchemaPath(Refunded) },
  },
};
const callback = {
  name: "paid",
  callbackUrl: "{$request.body#/callback_url}/orders/{order_id}",
  method: "post",
  requestBody: { type: Paid },
  expectedResponse: { status: 204 },
};

@Controller()
class AsWritten {
  @Post("orders")
  @ApiCallbacks(callback)
  order(@Body() order: Order) {}

  @Post("shipped")
  @ApiWebhook("shipped")
  @ApiSecurity("token")
  shipped(@Body() body: Shipped) {}

  @Post("receipt")
  @ApiWebhook("receipt")
  @ApiSecurity("token")
  @ApiConsumes("multipart/form-data")
  receipt(@Body() body: Receipt) {}
}

@Controller()
@ApiExtraModels(Paid, Refunded)
class Cured extends AsWritten {}

@Module({ controllers: [AsWritten] })
class WrittenModule {}

@Module({ controllers: [Cured] })
class CuredModule {}

async function document(module: unknown, version?: string) {
  const app = await NestFactory.create(module, { logger: false });
  const config = new DocumentBuilder()
    .addBearerAuth({ type: "http", scheme: "bearer" }, "bearer")
    .addApiKey({ type: "apiKey", in: "header", name: "X-Token" }, "token");
  if (version) config.setOpenAPIVersion(version);
  return SwaggerModule.createDocument(app, config.build());
}

const text = (type: new () => object, values: object) =>
  JSON.stringify(instanceToPlain(Object.assign(new type(), values)));
const at = new Date(Date.UTC(2026, 10, 29, 12, 30));
const bodies = {
  paid: text(Paid, {
    order_id: 7,
    amount: "12.50",
    at,
    due: null,
    lines: [{ sku: "a", quantity: 2 }],
  }),
  refunded: text(Refunded, { order_id: 7, reason: "lost" }),
  shipped: text(Shipped, {
    id: "f1b0c6de-4f0a-4b6e-9a53-0f6a3c1d2e3f",
    weight: 0.25,
    shipped_on: at,
    tracking: null,
    parcels: { a: 2 },
  }),
  receipt: RECEIPT,
};
write("written", await document(WrittenModule), bodies);

const cured = await document(CuredModule, "3.1.0");
const path = callback.callbackUrl;
const operation = cured.paths["/orders"].post.callbacks.paid[path].post;
const { security, parameters } = BY_HAND.callbacks.paid[path].post;
Object.assign(operation, { security, parameters });
operation.requestBody.content["application/json"].schema = event;
const shipped = cured.components.schemas.Shipped.properties;
shipped.shipped_on.format = "date-time";
shipped.tracking = { type: ["string", "null"] };
cured.components.schemas.Paid.properties.due = { type: ["string", "null"], format: "date" };
write("cured", cured, bodies);
