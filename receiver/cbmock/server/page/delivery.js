// What a call belongs to: the attempts of its delivery, and the request that made it due.

import { ask, fieldOf, identity } from "./api.js";
import { answered, delivered, took } from "./calls.js";
import { badge, h } from "./dom.js";
import { link } from "./filters.js";
import { sentence } from "./places.js";

const MOST_ATTEMPTS = 50;
const MOST_TRIGGERS = 20;

export async function deliveryOf(call, filters) {
  if (!call.delivery || !call.operation) return null;
  const query = new URLSearchParams({ operation: identity(call.operation), ...(call.token ? { token: call.token } : {}) });
  const { deliveries } = await ask(`deliveries?${query}`);
  const delivery = deliveries.find((each) => each.attempts.includes(call.id));
  if (!delivery) return null;
  const attempts = await Promise.all(delivery.attempts.slice(0, MOST_ATTEMPTS).map((id) => ask(`calls/${id}`)));
  return h(
    "section",
    { "aria-label": "Delivery" },
    h("h3", {}, "Delivery ", delivered(delivery), " ", h("code", {}, delivery.identity ?? "")),
    h("ol", { id: "attempts" }, attempts.map((each, index) => attempt(each, attempts[index - 1], call.id, filters))),
    delivery.attempts.length > attempts.length ? h("p", { class: "quiet" }, `… ${delivery.attempts.length - attempts.length} more`) : null,
    h("ul", { class: "plain" }, delivery.violations.map((each) => h("li", {}, sentence(each)))),
  );
}

function attempt(call, before, own, filters) {
  const gap = before ? `+${((Date.parse(call.received_at) - Date.parse(before.received_at)) / 1000).toFixed(3)} s` : "first";
  const wait = fieldOf(call.response, "retry-after");
  return h("li", { class: took(call.response) ? "good" : "bad", "aria-current": call.id === own ? "true" : null }, h("a", { href: link("call", call.id, filters) }, `call ${call.id}`), ` ${gap}, answered ${answered(call.response)}${wait ? `, Retry-After ${wait}` : ""}`);
}

export async function triggersOf(call) {
  const { triggers } = await ask("triggers");
  const due = triggers.flatMap((trigger) => trigger.due.map((each) => ({ trigger, ...each })));
  // Those that this call came for; else those of its operation that it may have missed.
  const came = due.filter((each) => each.calls.includes(call.id));
  const found = came.length ? came : due.filter((each) => each.operation.pointer === call.operation?.pointer && !each.calls.length);
  if (!found.length) return null;
  return h("section", { "aria-label": "Trigger" }, h("h3", {}, "Trigger"), found.slice(0, MOST_TRIGGERS).map((each) => trigger(each, call)));
}

function trigger({ trigger: { request }, urls, state }, call) {
  const due = urls.map((each) => new URL(each, location.href)).map((each) => each.pathname + each.search);
  const path = due.includes(call.request.target) ? call.request.target : due[0];
  const compared = path === undefined ? null : h("dl", { class: "compared url" }, h("dt", {}, "due"), h("dd", {}, difference(path, call.request.target)), h("dt", {}, "called"), h("dd", {}, difference(call.request.target, path)));
  return [h("p", {}, `${request.method} ${request.url}: `, badge({ fulfilled: "good", awaited: "warn", "not-due": "quiet" }[state] ?? "bad", state.replace("-", " "))), compared];
}

// A text with what another one does not have in its middle marked.
function difference(text, other) {
  let start = 0;
  while (start < text.length && text[start] === other[start]) start += 1;
  let end = 0;
  while (end < text.length - start && end < other.length - start && text.at(-1 - end) === other.at(-1 - end)) end += 1;
  const middle = text.slice(start, text.length - end);
  return [text.slice(0, start), middle ? h("mark", {}, middle) : "", text.slice(text.length - end)];
}
