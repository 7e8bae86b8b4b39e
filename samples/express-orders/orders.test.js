import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { forTest } from "./cbmock.js";
import { createApp } from "./orders.js";

let server;
let api;

before(async () => {
  await new Promise((ready) => {
    server = createApp({ unit: 20 }).listen(0, "127.0.0.1", ready);
  });
  api = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

async function order(callbackUrl) {
  const answer = await fetch(`${api}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id: "7", amount: 19999, callback_url: callbackUrl }),
  });
  assert.equal(answer.status, 201);
}

function wrong(calls) {
  return calls.flatMap((call) =>
    call.violations.filter((each) => each.severity === "error").map((each) => each.detail),
  );
}

test("a payment is announced once, as documented and signed", async () => {
  const mock = forTest("announced");
  await order(mock.url);
  const [call] = await mock.waitFor("paid");
  assert.deepEqual(wrong([call]), []);
  assert.deepEqual(JSON.parse(call.request.body).data, { id: "7", amount: 19999 });
  await pause(100);
  assert.equal((await mock.calls()).length, 1);
});

test("a receiver that is down hears of it later, and only once", async () => {
  const mock = forTest("retried");
  await mock.respond("paid", { status: 503, times: 2 }, { status: 204 });
  await order(mock.url);
  const calls = await mock.waitFor("paid", 3);
  await pause(200);
  assert.deepEqual(wrong(await mock.calls()), []);
  const [delivery, ...others] = await mock.deliveries("paid");
  assert.deepEqual(others, []);
  assert.deepEqual(delivery.attempts, calls.map((each) => each.id));
  assert.equal(delivery.delivered, true);
});

test("a receiver that is gone is left alone", async () => {
  const mock = forTest("gone");
  await mock.respond("paid", { status: 410 });
  await order(mock.url);
  await mock.waitFor("paid");
  await pause(200);
  assert.equal((await mock.calls()).length, 1);
});
