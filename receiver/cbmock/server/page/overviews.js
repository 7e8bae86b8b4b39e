// What all calls together show: coverage as a matrix, deliveries over time, the verdict.

import { ask } from "./api.js";
import { sentence } from "./body.js";
import { h } from "./dom.js";
import { link } from "./filters.js";

const MOST_LANES = 200;

const query = (filters) => new URLSearchParams(Object.fromEntries(Object.entries(filters).filter(([name]) => ["operation", "token", "valid"].includes(name))));

export async function coverage(main, filters) {
  const found = await ask(`coverage?${query(filters)}`);
  const statuses = [...new Set(found.operations.flatMap((each) => each.responses.map((response) => response.status)))].sort();
  const cell = (seen) => h("td", { class: seen ? "good" : "bad" }, seen ? "seen" : "not seen");
  main.replaceChildren(
    h("h2", {}, `Coverage: ${found.percent} %`),
    h("p", {}, `${found.covered} of ${found.total} operations, responses and branches were seen${found.left_out ? `; ${found.left_out} calls do not count, being invalid` : ""}.`),
    h("table", {},
      h("thead", {}, h("tr", {}, ["operation", "calls", ...statuses, "branches"].map((each) => h("th", { scope: "col" }, each)))),
      h("tbody", {}, found.operations.map(({ operation, calls, responses, branches }) => h("tr", {},
        h("th", { scope: "row" }, operation.name),
        h("td", {}, String(calls)),
        statuses.map((status) => {
          const response = responses.find((each) => each.status === status);
          return response ? cell(response.seen) : h("td", {});
        }),
        h("td", {}, h("ul", { class: "plain" }, branches.map((each) => h("li", { class: each.seen ? "good" : "bad" }, `${each.name}: ${each.seen ? "seen" : "not seen"}`)))),
      ))),
    ),
  );
}

export async function deliveries(main, filters) {
  const { deliveries: found } = await ask(`deliveries?${query(filters)}`);
  const lanes = found.slice(-MOST_LANES);
  const ids = [...new Set(lanes.flatMap((each) => each.attempts))].sort((left, right) => left - right);
  const rows = new Map();
  for (let start = 0; start < ids.length; start += 100) {
    const part = ids.slice(start, start + 100);
    const { calls } = await ask(`calls/summaries?after=${part[0] - 1}&before=${part.at(-1) + 1}`);
    for (const call of calls) rows.set(call.id, call);
  }
  const times = [...rows.values()].map((each) => Date.parse(each.received_at));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  main.replaceChildren(
    h("h2", {}, `Deliveries: ${found.length}`),
    h("p", { class: "quiet" }, lanes.length ? `${new Date(from).toISOString()} to ${new Date(to).toISOString()}${found.length > lanes.length ? `; the last ${lanes.length}` : ""}` : "no deliveries"),
    h("table", {},
      h("thead", {}, h("tr", {}, ["operation", "identity", "attempts over time", ""].map((each) => h("th", { scope: "col" }, each)))),
      h("tbody", {}, lanes.map((each) => h("tr", {},
        h("td", {}, each.operation.name),
        h("td", { class: "url" }, each.identity ?? ""),
        h("td", {}, h("div", { class: "lane" }, each.attempts.map((id) => attempt(rows.get(id), from, to)))),
        h("td", {}, each.delivered ? "delivered" : "not delivered", each.violations.map(sentence)),
      ))),
    ),
  );
}

function attempt(call, from, to) {
  if (!call) return null;
  const ok = call.status < 300 && call.sent === "whole";
  const made = h("a", { class: ok ? "ok" : "", href: link("call", call.id), "aria-label": `call ${call.id}, answered ${call.status}`, title: `call ${call.id}: ${call.status}` });
  const share = to === from ? 0 : (Date.parse(call.received_at) - from) / (to - from);
  made.style.left = `calc(${share} * (100% - 14px))`;
  return made;
}

export async function verify(main, filters) {
  const [measured, { calls: invalid }, { triggers, strays }] = await Promise.all([
    ask(`coverage?${query(filters)}`),
    ask(`calls?${new URLSearchParams({ ...Object.fromEntries(query(filters)), valid: "false" })}`),
    ask("triggers"),
  ]);
  const missing = triggers.flatMap((each) => each.violations);
  const good = !invalid.length && !missing.length && !strays.length;
  main.replaceChildren(
    h("h2", { class: good ? "good" : "bad" }, good ? "The contract was kept" : "The contract was broken"),
    h("p", {}, `${invalid.length} invalid calls, ${missing.length} callbacks missing, ${strays.length} that nothing asked for; ${measured.percent} % covered.`),
    h("ul", { class: "plain" }, invalid.slice(0, 200).map((call) => h("li", {}, h("a", { href: link("call", call.id) }, `call ${call.id}`), ` ${call.operation?.name ?? call.request.target}`, call.violations.map(sentence)))),
    h("ul", { class: "plain" }, missing.map((each) => h("li", {}, sentence(each)))),
  );
}
