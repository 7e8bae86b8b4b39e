// The operations: what to hand out, a documented request to copy, and what came so far.

import { ask, named, tell } from "./api.js";
import { at, button, copy, doing, h, say } from "./dom.js";
import { link } from "./filters.js";
import { curl, fetchLine, httpx } from "./snippets.js";

const SCRIPTS = {
  "503 twice, then 200": { replies: [{ status: 503, times: 2 }, { status: 200 }] },
  "silence, once": { replies: [{ fault: "silence" }] },
  "reset, once": { replies: [{ fault: "reset" }] },
  "429 with Retry-After 2, once": { replies: [{ status: 429, headers: { "retry-after": "2" } }] },
};

const counts = new Map(); // of the calls that came, by the operation's name
let countedTo = null; // the last call that is in the counts; null until they are there
let names = [];
let early = []; // rows that came before

export function count(row) {
  if (countedTo === null) early.push(row);
  else if (row.id > countedTo) {
    const seen = counts.get(row.operation) ?? { received: 0, valid: 0 };
    seen.received += 1;
    seen.valid += row.valid ? 1 : 0;
    counts.set(row.operation, seen);
    at(`bars-${row.operation}`)?.replaceWith(bar(row.operation));
  }
}

function bar(name) {
  const { received, valid } = counts.get(name) ?? { received: 0, valid: 0 };
  const good = h("i", { class: "good" });
  const bad = h("i", {});
  good.style.width = received ? `${(valid / received) * 100}%` : "0";
  bad.style.width = received ? `${((received - valid) / received) * 100}%` : "0";
  const text = `${received} received, ${valid} valid`;
  return h("div", { id: `bars-${name}` }, h("span", { class: "quiet" }, text), h("div", { class: "bar", role: "img", "aria-label": text }, good, bad));
}

export function show(operations) {
  names = operations.map((each) => each.name);
  at("operations").replaceChildren(...operations.map(entry));
}

// All calls that came, as the journal counts them.
export async function recount() {
  const found = await ask("calls/counts");
  counts.clear();
  for (const { operation, received, valid } of found.counts) counts.set(operation, { received, valid });
  countedTo = found.last_id;
  for (const row of early) count(row);
  early = [];
  for (const name of names) at(`bars-${name}`)?.replaceWith(bar(name));
}

// Which documented responses were seen: every call is read for it, which may take a moment.
export async function measure() {
  await recount();
  const measured = await ask("coverage");
  for (const { operation, responses } of measured.operations) {
    const seen = at(`responses-${operation.pointer}`);
    if (seen) seen.textContent = responses.map((each) => `${each.status} ${each.seen ? "✓" : "·"}`).join("  ");
  }
}

function entry(operation) {
  const title = h("strong", {}, operation.name);
  const kind = h("span", { class: "quiet" }, ` ${operation.kind} ${operation.method ?? ""}`);
  if (operation.error) return h("li", {}, title, kind, h("p", { class: "bad" }, `cannot be read: ${operation.error}`));
  const copied = (make) => doing(async () => copy(make(await ask(`examples/${encodeURIComponent(named(operation))}`))));
  return h(
    "li",
    {},
    h("a", { href: link("calls", undefined, { operation: named(operation) }) }, title),
    kind,
    h("div", { class: "url" }, operation.url ?? ""),
    bar(operation.name),
    h("p", { class: "quiet", id: `responses-${operation.pointer}` }),
    h("div", { class: "acts" }, button("URL", () => copy(operation.url ?? ""), { "aria-label": `Copy the URL of ${operation.name}` }), button("curl", copied(curl), { "aria-label": `Copy a curl line for ${operation.name}` }), button("httpx", copied(httpx), { "aria-label": `Copy an httpx line for ${operation.name}` }), button("fetch", copied(fetchLine), { "aria-label": `Copy a fetch line for ${operation.name}` })),
    h("details", {}, h("summary", {}, "Script, fire"), scriptForm(operation), fireForm(operation)),
  );
}

function scriptForm(operation) {
  const path = `responses/${encodeURIComponent(named(operation))}`;
  const scripts = Object.entries(SCRIPTS).map(([text, data]) => button(text, doing(async () => {
    await tell("PUT", path, data);
    say(`${operation.name} answers: ${text}`);
  })));
  const documented = button("as documented", doing(async () => {
    await tell("DELETE", path);
    say(`${operation.name} answers as documented`);
  }));
  return h("div", { class: "acts" }, scripts, documented);
}

function fireForm(operation) {
  const to = h("input", { type: "url", required: true, placeholder: "http://127.0.0.1:8000/hook", "aria-label": `Fire an example of ${operation.name} at this URL` });
  const act = doing(async () => {
    const answer = await tell("POST", "fire", { operation: named(operation), to: to.value });
    say(`fired: answered ${answer.response?.status ?? "nothing"}`);
  });
  return h("form", { class: "acts", onsubmit: act }, to, h("button", {}, "Fire"));
}
