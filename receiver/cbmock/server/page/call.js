// One call: request and answer, what is wrong and where, its delivery, its trigger.

import { ask, named, tell } from "./api.js";
import { bytesOf, pretty, sentence } from "./body.js";
import { answered, verdict } from "./calls.js";
import { button, copy, doing, download, h, say } from "./dom.js";
import { link } from "./filters.js";
import { curl, har, pytest } from "./snippets.js";
import { lines } from "./source.js";

export async function show(main, id, filters) {
  const call = await ask(`calls/${id}`);
  const url = new URL(call.request.target, new URL("../", location.href)).href;
  main.replaceChildren(
    h("p", {}, h("a", { href: link("calls", undefined, filters) }, "← all calls")),
    h("h2", { id: "call-title", tabindex: "-1" }, `Call ${call.id}: `, h("span", { class: call.valid ? "good" : "bad" }, verdict(call)), call.operation ? ` ${call.operation.name}` : ""),
    h(
      "div",
      { class: "acts" },
      button("Copy as curl", () => copy(curl({ ...call.request, url }))),
      button("Copy as pytest", () => copy(pytest(call, url))),
      button("Copy as HAR", () => copy(har(call, url))),
      button("Download the raw bytes", () => download(`call-${call.id}.bin`, [bytesOf(call.request)])),
      replayForm(call),
    ),
    elsewhere(call),
    h("div", { class: "two" }, requestOf(call), answerOf(call)),
    await deliveryOf(call, filters),
    await triggersOf(call),
  );
  main.querySelector("#call-title").focus();
}

function replayForm(call) {
  const to = h("input", { type: "url", required: true, placeholder: "http://127.0.0.1:8000/", "aria-label": "Replay at this URL" });
  const act = doing(async () => {
    const { replayed } = await tell("POST", "replay", { id: call.id, to: to.value });
    say(replayed.map((each) => `sent again: answered ${each.response?.status ?? "nothing"}`).join(", "));
  });
  return h("form", { class: "acts", onsubmit: act }, to, h("button", {}, "Replay"));
}

// What is wrong with no place in the body: URL, header fields, signature, delivery.
function elsewhere(call) {
  const found = call.violations.filter((each) => each.location !== "body" || each.pointer === null);
  const rules = call.violations.filter((each) => each.schema);
  return h(
    "div",
    {},
    found.length || rules.length ? h("h3", {}, "Violations") : null,
    h("ul", { class: "plain" }, found.map((each) => h("li", {}, sentence(each)))),
    rules.map((each) => rule(each)),
  );
}

function rule(violation) {
  const place = h("div", {});
  const opened = doing(async (event) => {
    if (event.target.open && !place.childNodes.length) place.append(await lines(violation.schema.split("#")[0], violation.line ?? 1, 4));
  });
  return h("details", { ontoggle: opened }, h("summary", {}, `${violation.pointer ?? violation.name ?? violation.location}: ${violation.detail} — the rule, ${violation.schema}${violation.line ? `, line ${violation.line}` : ""}`), place);
}

function headers(pairs, violations) {
  return h("table", {}, h("tbody", {}, pairs.map(([name, value]) => {
    const wrong = violations.filter((each) => (each.location === "header" || each.location === "signature") && each.name?.toLowerCase() === name.toLowerCase());
    return h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "url" }, wrong.length ? h("mark", {}, value) : value, wrong.map(sentence)));
  })));
}

function requestOf(call) {
  const signature = call.violations.filter((each) => each.location === "signature");
  return h(
    "section",
    { "aria-label": "Request" },
    h("h3", {}, "Request"),
    h("p", { class: "url" }, `${call.request.method} ${call.request.target}`),
    call.signature ? h("p", { class: call.signature === "wrong" ? "bad" : "" }, `signature: ${[call.signature, ...signature.map((each) => each.code)].join(", ")}`) : null,
    headers(call.request.headers, call.violations),
    pretty(call.request, call.violations),
  );
}

function answerOf({ response, duration_ms, scripted }) {
  const sent = response.sent === "whole" ? "" : ` (${response.sent} was sent)`;
  return h(
    "section",
    { "aria-label": "Answer" },
    h("h3", {}, "Answer"),
    h("p", {}, `${response.status}${sent} after ${duration_ms} ms${scripted ? ", scripted" : ""}`),
    headers(response.headers, []),
    pretty(response),
  );
}

async function deliveryOf(call, filters) {
  if (!call.delivery || !call.operation) return null;
  const { deliveries } = await ask(`deliveries?operation=${encodeURIComponent(named(call.operation))}`);
  const delivery = deliveries.find((each) => each.attempts.includes(call.id));
  if (!delivery) return null;
  const attempts = await Promise.all(delivery.attempts.slice(0, 50).map((id) => ask(`calls/${id}`)));
  return h(
    "section",
    { "aria-label": "Delivery" },
    h("h3", {}, `Delivery ${delivery.identity ?? ""}: ${delivery.delivered ? "delivered" : "not delivered"}`),
    h("ol", { id: "attempts" }, attempts.map((each, index) => attempt(each, attempts[index - 1], filters))),
    h("ul", { class: "plain" }, delivery.violations.map((each) => h("li", {}, sentence(each)))),
  );
}

function attempt(call, before, filters) {
  const gap = before ? `+${((Date.parse(call.received_at) - Date.parse(before.received_at)) / 1000).toFixed(3)} s` : "first";
  const wait = call.response.headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1];
  return h("li", {}, h("a", { href: link("call", call.id, filters) }, `call ${call.id}`), ` ${gap}, answered ${answered(call.response)}${wait ? `, Retry-After ${wait}` : ""}`);
}

async function triggersOf(call) {
  const { triggers } = await ask("triggers");
  const due = triggers.flatMap((trigger) => trigger.due.map((each) => ({ trigger, ...each })));
  // Those that this call came for; else those of its operation that it may have missed.
  const came = due.filter((each) => each.calls.includes(call.id));
  const found = came.length ? came : due.filter((each) => each.operation.pointer === call.operation?.pointer && !each.calls.length);
  if (!found.length) return null;
  return h(
    "section",
    { "aria-label": "Trigger" },
    h("h3", {}, "Trigger"),
    found.slice(0, 20).map(({ trigger, urls, state }) => {
      const [path] = urls.map((each) => new URL(each, location.href).pathname);
      const compared = path === undefined ? [] : ["due    ", ...difference(path, call.request.target), h("br"), "called ", ...difference(call.request.target, path)];
      return [h("p", {}, `${trigger.request.method} ${trigger.request.url}: ${state}`), h("p", { class: "url" }, compared)];
    }),
  );
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
