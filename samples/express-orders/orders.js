// An API that takes orders, and announces each payment: signed, and again where that fails.
import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import express from "express";

export const SECRET = "whsec_" + Buffer.from("the secret of the orders").toString("base64");
const ATTEMPTS = 4;

// `unit` is the first gap in milliseconds, each one later is twice as long; `mistake` is a
// way to err: "wrong-type", "unsigned", "new-id", "gives-up" or "never-stops".
export function createApp({ unit = 60_000, mistake = process.env.ORDERS_MISTAKE } = {}) {
  const app = express();
  app.use(express.json());
  app.post("/orders", (request, response) => {
    response.status(201).end();
    const { id, amount, callback_url: base } = request.body;
    const event = {
      type: "order.paid",
      timestamp: new Date().toISOString(),
      data: { id, amount: mistake === "wrong-type" ? amount / 100 : amount },
    };
    deliver(`${base}/orders/${id}`, JSON.stringify(event), unit, mistake);
  });
  return app;
}

async function deliver(url, body, unit, mistake) {
  let id = `msg_${randomUUID()}`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (mistake === "new-id") id = `msg_${randomUUID()}`;
    const headers = { "content-type": "application/json", ...signed(id, body, mistake) };
    const status = await post(url, headers, body);
    const over = status < 300 || status === 410 || mistake === "gives-up";
    if (over && mistake !== "never-stops") return;
    await pause(unit * 2 ** attempt);
  }
}

async function post(url, headers, body) {
  try {
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual" });
    return answer.status;
  } catch {
    return 599; // nobody there
  }
}

function signed(id, body, mistake) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(SECRET.replace("whsec_", ""), "base64");
  const digest = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp };
  return mistake === "unsigned" ? headers : { ...headers, "webhook-signature": `v1,${digest}` };
}
