// The live page: which view is shown, what the keys do, and the filters in the URL.

import { ask } from "./api.js";
import { show as showCall } from "./call.js";
import { CallList } from "./calls.js";
import { at, button, doing, h, say } from "./dom.js";
import { fill, link, place, read } from "./filters.js";
import { count, measure, recount, show as showOperations } from "./operations.js";
import { coverage, deliveries, verify } from "./overviews.js";
import { show as showDocument } from "./source.js";

const VIEWS = { calls: "Calls", coverage: "Coverage", deliveries: "Deliveries", document: "Document", verify: "Verify" };
let operations = [];
let list = null;

function leave() {
  list?.stop();
  list = null;
}

async function showCalls(main, filters) {
  list = new CallList(filters, count, recount);
  const clear = doing(async () => {
    const { deleted } = await ask("calls", { method: "DELETE" });
    await draw();
    say(`${deleted} calls deleted`);
  });
  main.replaceChildren(h("div", { class: "acts" }, h("h2", {}, "Calls"), button("Delete all", clear)), list.node);
  await list.start();
}

const draw = doing(async () => {
  const { view, argument, filters } = place();
  const main = at("main");
  leave();
  fill(at("filters"), filters);
  at("views").replaceChildren(...Object.entries(VIEWS).map(([name, text]) => h("a", { href: link(name, undefined, filters), "aria-current": name === view ? "page" : null }, text)));
  if (view === "call") await showCall(main, argument, filters);
  else if (view === "coverage") await coverage(main, filters);
  else if (view === "deliveries") await deliveries(main, filters);
  else if (view === "document") await showDocument(main, argument, operations);
  else if (view === "verify") await verify(main, filters);
  else await showCalls(main, filters);
  if (list === null) say(`as of ${new Date().toLocaleTimeString()}`); // only calls are live
});

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const acts = {
    j: () => list?.move(1),
    k: () => list?.move(-1),
    Enter: () => event.target.matches("a, button, summary") || list?.open(),
    "/": () => at("filters").elements.text.focus(),
    "?": () => at("help").showModal(),
    Escape: () => place().view !== "calls" && (location.hash = link("calls")),
  };
  if (!(event.key in acts)) return;
  acts[event.key]();
  if (event.key !== "Enter") event.preventDefault();
}

const start = doing(async () => {
  const listing = await ask("operations");
  operations = listing.operations;
  at("document").textContent = listing.document;
  const choice = at("filters").elements.operation;
  for (const each of operations) choice.append(h("option", { value: each.operation_id ?? each.name }, each.name));
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  at("filters").addEventListener("change", () => (location.hash = link("calls", undefined, read(at("filters")))));
  at("filters").addEventListener("reset", () => (location.hash = link("calls", undefined, {})));
  addEventListener("hashchange", draw);
  addEventListener("keydown", keys);
  showOperations(operations);
  await draw();
  await measure();
});

start();
