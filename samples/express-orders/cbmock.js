// The mock as one test sees it, asked over its control API.
import { randomUUID } from "node:crypto";

const MOCK = process.env.CBMOCK_URL ?? "http://127.0.0.1:4020";

async function ask(method, path, query = {}, value = undefined) {
  const url = new URL(`${MOCK}/_cbmock/api/${path}`);
  url.search = new URLSearchParams(query);
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method, headers, body: value && JSON.stringify(value) });
  const found = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${found.detail}`);
  return found;
}

export function forTest(name) {
  // Another token in each run: the mock keeps the calls of earlier runs.
  const token = `${name}-${randomUUID().slice(0, 6)}`;
  return {
    // What a client of the API hands over.
    url: `${MOCK}/t/${token}`,
    // Answers in their order; the last one goes on for ever.
    respond: (operation, ...replies) =>
      ask("PUT", `responses/${operation}`, { token }, { replies }),
    // The calls to an operation as soon as there are `count` of them.
    waitFor: async (operation, count = 1, timeout = 5) =>
      (await ask("GET", "calls/wait", { operation, token, count, timeout })).calls,
    // All calls of this test.
    calls: async () => (await ask("GET", "calls", { token })).calls,
    // Each event with its attempts, and what is wrong between these.
    deliveries: async (operation) =>
      (await ask("GET", "deliveries", { operation, token })).deliveries,
    reset: () => ask("DELETE", "calls", { token }),
  };
}
