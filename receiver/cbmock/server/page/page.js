// The live page: which view is shown, what the keys do, and the filters in the URL.

import { ask } from "./api.js";
import { CallList } from "./calls.js";
import { at, complain, complains, doing, encoded, h, replace, say, several, twice } from "./dom.js";
import { FILTERS, fill, link, place, read } from "./filters.js";
import { Tally, namesOf, show as showOperations } from "./operations.js";

const from = (file, name = "show") => async (...all) => (await import(file))[name](...all);

// A view: its title, the filters that it knows, and what shows it. Only calls are there from
// the beginning; the others are loaded when they are opened.
const VIEWS = {
  calls: { title: "Calls", filters: FILTERS, show: showCalls },
  coverage: { title: "Coverage", filters: FILTERS, show: from("./overviews.js", "coverage") },
  deliveries: { title: "Deliveries", filters: ["operation", "token"], show: from("./overviews.js", "deliveries") },
  document: { title: "Document", filters: [], show: from("./source.js") },
  verify: { title: "Verify", filters: FILTERS, show: from("./overviews.js", "verify") },
  call: { title: null, filters: [], show: from("./call.js") },
  operations: { title: "Operations", filters: FILTERS, show: showCalls }, // beside the calls, if there is room
};
const listing = ask("operations");
const OFTEN = 2000; // milliseconds between looks at what no stream tells
const wide = matchMedia("(min-width: 60.01rem)");
let list = null;
let known = []; // the ids of the calls of the last list, for `j` and `k` of one call
const tally = new Tally();

async function showCalls(main, { filters }) {
  list = new CallList(filters, tally);
  const clear = doing(async () => {
    const { deleted } = await ask(filters.token ? `calls?token=${encoded(filters.token)}` : "calls", { method: "DELETE" });
    await draw();
    await tally.start();
    say(`${several(deleted, "call")} deleted`);
  });
  const text = filters.token ? "Delete this test’s calls" : "Delete all";
  replace(main, h("div", { class: "title" }, h("h2", {}, "Calls"), list.number, twice(text, () => "Press again to delete", clear)), list.node);
  await list.start();
}

async function look() {
  try {
    const isRight = list === null || (await list.look());
    // Only a list without filters is told of every call.
    if (list === null || Object.keys(list.filters).length) await tally.recount();
    if (isRight && complains()) say(list ? "live" : "");
  } catch (error) {
    if (!list?.lost) complain(error); // otherwise it is said already
  }
}

const draw = doing(async () => {
  const { view, argument, filters } = place();
  const name = view in VIEWS ? view : "calls";
  const shown = VIEWS[name];
  list?.stop();
  known = list?.ids ?? known;
  list = null;
  document.body.dataset.view = name;
  document.title = shown.title && name !== "calls" ? `${shown.title} – cbmock` : "cbmock";
  fillIn(shown, filters);
  replace(at("views"), Object.entries(VIEWS).map(([each, { title }]) => title && h("a", { href: link(each, undefined, filters), class: each, "aria-current": each === name ? "page" : null }, title)));
  const main = h("div", {}); // of this view alone: what comes late does not replace the next one
  replace(at("main"), main);
  // Only calls are live. It is said first: what an act says meanwhile stays.
  if (name !== "calls") say(`as of ${new Date().toLocaleTimeString()}`);
  try {
    await shown.show(main, { argument, filters: name === "call" ? filters : only(filters, shown.filters), listing, again: draw });
  } catch (error) {
    replace(main, h("h2", {}, "This cannot be shown"), h("p", { class: "bad" }, error.message), h("p", {}, h("a", { href: link("calls") }, "All calls")));
  }
});

const only = (filters, names) => Object.fromEntries(Object.entries(filters).filter(([name]) => names.includes(name)));

function fillIn(shown, filters) {
  const form = at("filters");
  fill(form, filters);
  for (const name of FILTERS) form.elements[name].parentElement.hidden = !shown.filters.includes(name);
  at("filter-box").hidden = !shown.filters.length;
  const count = Object.keys(filters).length;
  at("filtered").textContent = count ? `(${count})` : "";
}

function filter() {
  const { view } = place();
  location.hash = link(VIEWS[view]?.filters.length ? view : "calls", undefined, read(at("filters")));
}

function step(by) {
  const { view, argument, filters } = place();
  if (list) list.move(by);
  else if (view === "call" && known.length) {
    const next = known[known.lastIndexOf(Number(argument)) - by];
    if (next !== undefined) location.hash = link("call", next, filters);
  }
}

function search() {
  const field = at("filters").elements.text;
  if (field.parentElement.hidden || at("filter-box").hidden) location.hash = link("calls");
  at("filter-box").open = true;
  // The view is drawn when the URL has changed.
  setTimeout(() => field.focus());
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || at("help").open) return;
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const acts = {
    j: () => step(1),
    k: () => step(-1),
    "/": search,
    "?": () => at("help").showModal(),
    Escape: () => place().view !== "calls" && (location.hash = link("calls")),
  };
  if (event.key === "Enter" && !event.target.matches("a, button, summary")) list?.open();
  else if (event.key in acts) {
    acts[event.key]();
    event.preventDefault();
  }
}

function listen() {
  const form = at("filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", filter);
  form.addEventListener("reset", (event) => {
    event.preventDefault(); // its own would put back what was there when the page was loaded
    location.hash = link(place().view, undefined, {});
  });
  at("skip").addEventListener("click", (event) => {
    event.preventDefault();
    at("main").focus();
  });
  const fold = () => (at("filter-box").open = wide.matches || Object.keys(place().filters).length > 0);
  wide.addEventListener("change", fold);
  fold();
  setInterval(() => document.hidden || look(), OFTEN);
  addEventListener("hashchange", draw);
  addEventListener("keydown", keys);
}

const start = doing(async () => {
  // Both requests are on their way at once; filters by a name need no list of names.
  listen();
  const drawn = draw();
  const { operations, document: name } = await listing;
  at("document").textContent = name;
  const choice = at("filters").elements.operation;
  const names = namesOf(operations);
  for (const each of operations) choice.append(h("option", { value: names.get(each) }, names.get(each)));
  fill(at("filters"), place().filters);
  showOperations(operations, names, tally);
  await drawn;
  await tally.start();
});

start();
