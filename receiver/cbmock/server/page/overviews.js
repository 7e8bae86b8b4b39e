// What all calls together show: coverage as a matrix, deliveries over time, the verdict.

import { ask, identity } from "./api.js";
import { delivered, took } from "./calls.js";
import { badge, button, clock, h, heads, replace, scrolls, several } from "./dom.js";
import { link } from "./filters.js";
import { sentence } from "./places.js";

const MOST_LANES = 200;
const MOST_CALLS = 200;
const ROWS = 500; // that are asked for at once

const title = (again, ...text) => h("div", { class: "title" }, h("h2", {}, text), button("Look again", again));
const cell = (item) => (item ? h("td", { class: item.seen ? "seen" : "unseen" }, item.seen ? "✓ seen" : "not seen") : h("td", { class: "none" }));
const counts = (item) => item.seen || !("omitted" in item);

export async function coverage(main, { filters, again }) {
  const found = await ask(`coverage?${new URLSearchParams(filters)}`);
  const statuses = [...new Set(found.operations.flatMap((each) => each.responses.filter(counts).map(({ status }) => status)))].sort();
  const bar = h("i", { class: "good" });
  bar.style.width = `${found.percent}%`;
  replace(
    main,
    title(again, `Coverage: ${found.percent} %`),
    h("div", { class: "bar wide" }, bar),
    h("p", {}, `${found.covered} of ${found.total} operations, responses and branches were seen.${found.left_out ? ` ${several(found.left_out, "call")} did not count: only valid ones do.` : ""}`),
    found.operations.length ? scrolls("Coverage", h("table", { class: "matrix" }, heads(["operation", "valid calls", ...statuses, "branches"]), h("tbody", {}, found.operations.map((each) => covered(each, statuses))))) : h("p", { class: "quiet" }, "The mock serves no operation."),
  );
}

function covered({ operation, calls, responses, branches }, statuses) {
  const branch = (each) => h("li", { class: each.seen ? "seen" : "unseen" }, `${each.seen ? "✓ " : ""}${each.name}`, each.seen ? null : h("span", { class: "quiet" }, " not seen"));
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("a", { href: link("calls", undefined, { operation: identity(operation), valid: "true" }) }, operation.name), " ", h("span", { class: "quiet" }, operation.method ?? "")),
    h("td", { class: calls ? "number" : "number quiet" }, calls.toLocaleString("en")),
    statuses.map((status) => cell(responses.filter(counts).find((each) => each.status === status))),
    h("td", {}, h("ul", { class: "plain" }, branches.map(branch))),
  );
}

async function rowsOf(ids) {
  const rows = new Map();
  for (let start = 0; start < ids.length; start += ROWS) {
    const { calls } = await ask(`calls/summaries?ids=${ids.slice(start, start + ROWS)}`);
    for (const call of calls) rows.set(call.id, call);
  }
  return rows;
}

export async function deliveries(main, { filters, again }) {
  const { deliveries: found } = await ask(`deliveries?${new URLSearchParams(filters)}`);
  const lanes = found.slice(-MOST_LANES);
  const rows = await rowsOf([...new Set(lanes.flatMap((each) => each.attempts))]);
  const times = [...rows.values()].map((each) => Date.parse(each.received_at)).sort((left, right) => left - right);
  const [from, to] = [times[0], times.at(-1)];
  const seconds = times.length ? (to - from) / 1000 : 0;
  const failed = found.filter((each) => !each.delivered).length;
  replace(
    main,
    title(again, `Deliveries: ${found.length.toLocaleString("en")}`),
    lanes.length ? h("p", { class: "quiet" }, `${failed ? `${failed.toLocaleString("en")} not delivered. ` : ""}${found.length > lanes.length ? `The last ${lanes.length}, ` : "All "}from ${clock(from)} to ${clock(to)}.`) : h("p", { class: "empty" }, "No deliveries yet: each event of a sender gets a lane with its attempts."),
    lanes.length ? scrolls("Deliveries", h("table", { class: "lanes" }, heads(["operation", "identity", `attempts within ${seconds.toFixed(seconds < 10 ? 1 : 0)} s`, "result"]), h("tbody", {}, lanes.map((each) => lane(each, rows, from, to))))) : null,
  );
}

function lane(each, rows, from, to) {
  return h(
    "tr",
    {},
    h("td", {}, each.operation.name),
    h("td", { class: "url" }, each.identity ?? ""),
    h("td", {}, h("div", { class: "lane" }, each.attempts.map((id) => attempt(rows.get(id), from, to)))),
    h("td", {}, delivered(each), each.attempts.length > 1 ? h("span", { class: "quiet" }, ` ${each.attempts.length} attempts`) : null, each.violations.map((one) => sentence(one))),
  );
}

function attempt(call, from, to) {
  if (!call) return null;
  const made = h("a", { class: took(call) ? "ok" : "", href: link("call", call.id), "aria-label": `call ${call.id}, answered ${call.status}`, title: `call ${call.id}: ${call.status}` });
  const share = to === from ? 0 : (Date.parse(call.received_at) - from) / (to - from);
  made.style.left = `calc(${share} * (100% - 24px))`;
  return made;
}

export async function verify(main, { filters, again }) {
  const [measured, { ids }, { triggers, strays }] = await Promise.all([
    ask(`coverage?${new URLSearchParams(filters)}`),
    ask(`calls/ids?${new URLSearchParams({ ...filters, valid: "false" })}`),
    ask("triggers"),
  ]);
  const missing = triggers.flatMap((each) => each.violations);
  const good = !ids.length && !missing.length && !strays.length;
  const invalid = await Promise.all(ids.slice(0, MOST_CALLS).map((id) => ask(`calls/${id}`)));
  const facts = { "invalid calls": ids.length, "callbacks that are missing": missing.length, "calls that nothing asked for": strays.length };
  replace(
    main,
    title(again, badge(good ? "good" : "bad", good ? "The contract was kept" : "The contract was broken")),
    h("dl", { class: "facts" }, Object.entries(facts).map(([text, count]) => h("div", {}, h("dt", {}, text), h("dd", { class: count ? "bad" : "good" }, count.toLocaleString("en")))), h("div", {}, h("dt", {}, "covered"), h("dd", {}, `${measured.percent} %`))),
    missing.length ? [h("h3", {}, "Missing callbacks"), h("ul", { class: "plain" }, missing.map((each) => h("li", {}, sentence(each))))] : null,
    invalid.length ? [h("h3", {}, "Invalid calls"), h("ul", { class: "plain cases" }, invalid.map(broken))] : null,
    ids.length > invalid.length ? h("p", {}, h("a", { href: link("calls", undefined, { ...filters, valid: "false" }) }, `All ${ids.length.toLocaleString("en")} invalid calls`)) : null,
  );
}

function broken(call) {
  return h("li", {}, h("a", { href: link("call", call.id) }, `call ${call.id}`), " ", call.operation?.name ?? h("span", { class: "url" }, call.request.target), call.violations.map((each) => sentence(each)));
}
