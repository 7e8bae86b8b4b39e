import { Body, Controller, Post, Route } from "tsoa";

interface Line {
  sku: string;
  /** @isInt */
  quantity: number;
}

interface Paid {
  kind: "paid";
  /** @isInt */
  order_id: number;
  /** @pattern ^\d+\.\d\d$ */
  amount: string;
  at: Date;
  /** @isDate */
  due: Date | null;
  note?: string;
  lines: Line[];
}

interface Refunded {
  kind: "refunded";
  /** @isInt */
  order_id: number;
  reason: "lost" | "broken";
}

type Event = Paid | Refunded;

/** @format uuid */
type Id = string;

interface Shipped {
  id: Id;
  weight: number;
  tracking: string | null;
  parcels: Record<string, number>;
}

@Route("/")
export class Orders extends Controller {
  @Post("orders")
  public async order(@Body() order: { callback_url: string }): Promise<void> {}

  @Post("event")
  public async event(@Body() event: Event): Promise<void> {}

  @Post("shipped")
  public async shipped(@Body() shipped: Shipped): Promise<void> {}
}
