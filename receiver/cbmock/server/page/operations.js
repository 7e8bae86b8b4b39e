// The operations: what to hand out, a documented request to copy, and what to make them do.

import { ask, identity, tell } from "./api.js";
import { at, button, complain, copy, doing, encoded, h, replace, say, several } from "./dom.js";
import { link } from "./filters.js";

const SCRIPTS = {
  "503, 503, then 200": { replies: [{ status: 503, times: 2 }, { status: 200 }] },
  "429 with Retry-After: 2": { replies: [{ status: 429, headers: { "retry-after": "2" } }] },
  silence: { replies: [{ fault: "silence" }] },
  "a reset connection": { replies: [{ fault: "reset" }] },
};
const IDLE = 1000; // milliseconds without a call after which calls may be read again
const PART = 500; // calls that are read at once
const MANY = 10; // operations among which one has to be looked for

// How each operation is named in filters: by the shortest text that no other one has.
export function namesOf(operations) {
  const count = new Map();
  const shorter = (each) => [...new Set([each.name, each.operation_id].filter(Boolean))];
  for (const name of operations.flatMap(shorter)) count.set(name, (count.get(name) ?? 0) + 1);
  return new Map(operations.map((each) => [each, shorter(each).find((name) => count.get(name) === 1) ?? identity(each)]));
}

// What came so far. Calls are counted by the journal, which reads none for it. Which responses
// were seen is read from the calls, so a part at a time, and only while no calls come.
export class Tally {
  constructor() {
    this.counts = new Map(); // by the operation's identity
    this.countedTo = null; // the last call that is in the counts; null until they are there
    this.newest = 0; // the last call that is known
    this.early = []; // rows that came before
    this.cards = new Map();
    this.readTo = 0;
    this.generation = 0; // another one after calls were deleted
  }

  async start() {
    this.generation += 1;
    this.readTo = this.newest = 0;
    for (const card of this.cards.values()) replace(card.responses);
    await this.recount();
    this.wait();
  }

  add(row) {
    this.newest = Math.max(this.newest, row.id);
    if (this.countedTo === null) this.early.push(row);
    else if (row.id > this.countedTo && row.identity !== null) {
      const seen = this.counts.get(row.identity) ?? { received: 0, valid: 0 };
      this.counts.set(row.identity, { received: seen.received + 1, valid: seen.valid + (row.valid ? 1 : 0) });
      this.show(row.identity);
    }
    this.wait();
  }

  async recount() {
    const { counts, last_id } = await ask("calls/counts");
    this.counts = new Map(counts.map((each) => [each.identity, each]));
    this.countedTo = last_id;
    for (const row of this.early.splice(0)) this.add(row);
    for (const each of this.cards.keys()) this.show(each);
    if (last_id > this.newest) {
      this.newest = last_id;
      this.wait();
    }
  }

  show(key) {
    const card = this.cards.get(key);
    const { received, valid } = this.counts.get(key) ?? { received: 0, valid: 0 };
    if (!card || (card.received === received && card.valid === valid)) return;
    Object.assign(card, { received, valid });
    card.text.textContent = received ? `${received.toLocaleString("en")} received, ${valid.toLocaleString("en")} valid` : "no calls yet";
    card.good.style.width = received ? `${(valid / received) * 100}%` : "0";
    card.bad.style.width = received ? `${((received - valid) / received) * 100}%` : "0";
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.read().catch(complain), IDLE);
  }

  async read() {
    const { timer, generation } = this; // another timer: calls came meanwhile
    do {
      const before = Math.min(this.readTo + PART, this.newest) + 1;
      const found = await ask(`coverage?after=${this.readTo}&before=${before}`);
      if (generation !== this.generation) return;
      this.readTo = before - 1;
      for (const { operation, responses } of found.operations) this.mark(this.cards.get(identity(operation)), responses);
    } while (this.readTo < this.newest && timer === this.timer);
    if (timer !== this.timer || this.findings) return;
    this.findings = (await ask("findings")).findings;
    for (const { operation, findings } of this.cards.values()) replace(findings, findingsOf(operation, this.findings));
  }

  mark(card, responses) {
    if (!card) return;
    const wanted = responses.filter((each) => each.seen || !("omitted" in each));
    if (card.responses.childElementCount !== wanted.length) replace(card.responses, wanted.map(({ status }) => h("li", { title: "not answered yet" }, status)));
    wanted.forEach(({ seen }, index) => {
      if (!seen) return;
      const chip = card.responses.children[index];
      Object.assign(chip, { className: "seen", title: "answered to a valid call" });
    });
  }
}

// What lint says of an operation: at its key, or at anything below it.
function findingsOf({ pointer, error }, findings) {
  const item = pointer.slice(0, pointer.lastIndexOf("/"));
  const own = findings.filter((each) => each.pointer === item || `${each.pointer}/`.startsWith(`${pointer}/`));
  if (error || !own.length) return null;
  return h("details", {}, h("summary", { class: own.some((each) => each.severity === "error") ? "error" : "warning" }, several(own.length, "finding")), h("ul", { class: "plain" }, own.map((each) => h("li", {}, h("a", { href: link("document", each.pointer, {}) }, each.code), ` ${each.detail}`))));
}

export function show(operations, names, tally) {
  replace(at("operations"), operations.map((each) => entry(each, names.get(each), tally)));
  if (!operations.length) replace(at("operations"), h("li", { class: "quiet" }, "The document has no callbacks or webhooks."));
  const find = at("find");
  find.hidden = operations.length < MANY;
  find.addEventListener("input", () => {
    const text = find.value.trim().toLowerCase();
    operations.forEach((each, index) => (at("operations").children[index].hidden = !`${each.name} ${each.operation_id ?? ""} ${each.url ?? ""}`.toLowerCase().includes(text)));
  });
  for (const { identity: key } of operations) tally.show(key);
}

function entry(operation, name, tally) {
  const kind = h("span", { class: "quiet kind" }, `${operation.kind} ${operation.method ?? ""}`);
  const title = h("h3", {}, operation.error ? operation.name : h("a", { href: link("calls", undefined, { operation: name }) }, operation.name));
  const findings = h("div", {});
  if (operation.error) return h("li", {}, h("div", { class: "head" }, title, kind), h("p", { class: "bad" }, `Cannot be read: ${operation.error} `, h("a", { href: link("document", operation.pointer, {}) }, "Show it")));
  const card = { operation, findings, text: h("span", { class: "quiet" }, "no calls yet"), good: h("i", { class: "good" }), bad: h("i", {}), responses: h("ul", { class: "chips", "aria-label": "Documented responses" }), received: 0, valid: 0 };
  tally.cards.set(operation.identity, card);
  return h(
    "li",
    {},
    h("div", { class: "head" }, title, kind),
    operation.url ? h("div", { class: "url" }, operation.url) : h("p", { class: "quiet" }, "not served: nothing refers to it"),
    card.text,
    h("div", { class: "bar" }, card.good, card.bad),
    card.responses,
    findings,
    operation.url ? acts(operation) : null,
  );
}

function acts(operation) {
  const path = encoded(operation.identity);
  const copied = (make) => doing(async () => {
    const [{ [make]: written }, request] = await Promise.all([import("./snippets.js"), ask(`examples/${path}`)]);
    await copy(written(request));
  });
  const line = (text, make) => button(text, copied(make), { "aria-label": `Copy ${text === "curl" ? "a curl" : text === "httpx" ? "an httpx" : "a fetch"} line for ${operation.name}` });
  return [
    h("div", { class: "acts small" }, h("span", { class: "quiet" }, "Copy"), button("URL", () => copy(operation.url), { "aria-label": `Copy the URL of ${operation.name}` }), line("curl", "curl"), line("httpx", "httpx"), line("fetch", "fetchLine")),
    h("details", {}, h("summary", {}, "Script, fire"), scriptForm(operation, `responses/${path}`), fireForm(operation)),
  ];
}

function scriptForm(operation, path) {
  const scripts = Object.entries(SCRIPTS).map(([text, data]) => button(text, doing(async () => {
    await tell("PUT", path, data);
    say(`${operation.name} answers next: ${text}`);
  })));
  const documented = button("as documented", doing(async () => {
    await tell("DELETE", path);
    say(`${operation.name} answers as documented`);
  }));
  return h("fieldset", {}, h("legend", {}, "Answer the next calls with"), h("div", { class: "acts small" }, scripts, documented));
}

function fireForm(operation) {
  const to = h("input", { type: "url", required: true, placeholder: "http://127.0.0.1:8000/hook", "aria-label": `Fire an example of ${operation.name} at this URL` });
  const act = doing(async () => {
    say(`firing ${operation.name}…`);
    const answer = await tell("POST", "fire", { operation: operation.identity, to: to.value });
    say(`fired: answered ${answer.response?.status ?? "nothing"}`);
  });
  return h("form", { onsubmit: act }, h("fieldset", {}, h("legend", {}, "Fire a documented delivery at"), h("div", { class: "acts small" }, to, h("button", {}, "Fire"))));
}
