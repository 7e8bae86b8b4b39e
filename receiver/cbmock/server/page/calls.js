// The list of calls: rows are made for what is in sight only, and fetched when they get there.

import { ask, eventsAfter } from "./api.js";
import { at, h, say } from "./dom.js";
import { link, place } from "./filters.js";

const HEIGHT = 32; // of a row, as page.css has it
const PAGE = 100;
const MARGIN = 10;
const FARTHEST = 15_000_000; // pixels: browsers end an element not far beyond

export function verdict(call) {
  if (call.outcome === "handshake") return call.valid ? "handshake" : "violation";
  if (call.operation === null || call.outcome === "malformed") return call.outcome.replace("_", " ");
  return call.valid ? "ok" : "violation";
}

// What left as the answer; `answer` has a status and what of it was sent.
export function answered(answer) {
  if (answer.sent === "nothing") return "nothing";
  return answer.sent === "part" ? `${answer.status} in part` : String(answer.status);
}

export class CallList {
  constructor(filters, onrow, onmany) {
    this.filters = filters;
    this.onrow = onrow;
    this.onmany = onmany;
    this.rows = new Map(); // by number; what was fetched or streamed
    this.pages = new Set(); // pages of numbers that were asked for
    this.ids = []; // the numbers of the calls that the filters leave, the newest last
    this.selected = 0;
    this.inner = h("div", { role: "presentation" });
    this.node = h("div", { id: "list", role: "listbox", tabindex: "0", "aria-label": "Calls, the newest first" }, this.inner);
    this.node.addEventListener("scroll", () => this.draw());
    this.node.addEventListener("click", (event) => this.open(Number(event.target.closest(".row")?.dataset.id)));
  }

  async start() {
    this.ids = (await ask(`calls/ids?${new URLSearchParams(this.filters)}`)).ids;
    this.events = eventsAfter(this.ids.at(-1) ?? 0, this.filters);
    this.events.addEventListener("call", (event) => this.add(JSON.parse(event.data)));
    this.events.addEventListener("calls", (event) => this.addMany(JSON.parse(event.data).ids));
    this.events.addEventListener("open", () => say("live"));
    this.events.addEventListener("error", () => say("connection lost, trying again…"));
    this.draw();
  }

  stop() {
    this.events?.close();
  }

  get length() {
    return this.ids.length;
  }

  // The number of the call at a place; the newest is at 0.
  id(index) {
    return this.ids.at(-1 - index);
  }

  index(id) {
    return this.length - 1 - this.ids.lastIndexOf(id);
  }

  add(row) {
    this.rows.set(row.id, row);
    this.ids.push(row.id);
    this.onrow(row);
    this.added(1);
  }

  // Many calls have come: only their numbers, as rows are fetched when they are in sight.
  addMany(ids) {
    this.ids.push(...ids);
    for (const id of ids) this.pages.delete(Math.floor(id / PAGE));
    this.onmany();
    this.added(ids.length);
  }

  added(count) {
    // Whoever has scrolled down goes on seeing what they look at.
    if (this.node.scrollTop > HEIGHT) this.node.scrollTop += count * HEIGHT;
    this.soon();
  }

  soon() {
    this.drawing ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.drawing = undefined;
    const whole = this.length * HEIGHT;
    const shown = Math.min(whole, FARTHEST);
    const top = this.node.scrollTop * (shown > this.node.clientHeight ? (whole - this.node.clientHeight) / (shown - this.node.clientHeight) : 1);
    const shift = this.node.scrollTop - top;
    const from = Math.max(0, Math.floor(top / HEIGHT) - MARGIN);
    const to = Math.min(this.length, Math.ceil((top + this.node.clientHeight) / HEIGHT) + MARGIN);
    this.inner.style.height = `${shown}px`;
    const made = [];
    for (let index = from; index < to; index += 1) made.push(this.row(this.id(index), index * HEIGHT + shift));
    if (!this.length) made.push(h("p", { class: "quiet row" }, "no calls"));
    this.inner.replaceChildren(...made);
    const chosen = this.rows.has(this.selected) ? `call-${this.selected}` : null;
    if (chosen && at(chosen)) this.node.setAttribute("aria-activedescendant", chosen);
    else this.node.removeAttribute("aria-activedescendant");
    this.fetch(from, to);
  }

  row(id, top) {
    const call = this.rows.get(id);
    const word = call && verdict(call);
    const made = h(
      "div",
      { class: "row", id: `call-${id}`, role: "option", "data-id": id, "aria-selected": String(id === this.selected) },
      h("span", {}, String(id)),
      h("span", {}, call ? call.received_at.slice(11, 23) : ""),
      h("span", { class: word === "ok" || word === "handshake" ? "good" : "bad" }, word ?? "…"),
      h("span", { class: "url" }, call ? `${call.method} ${call.target}` : ""),
      h("span", {}, call?.operation ?? ""),
      h("span", {}, call ? answered(call) : ""),
    );
    made.style.top = `${top}px`;
    return made;
  }

  async fetch(from, to) {
    const missing = new Set();
    for (let index = from; index < to; index += 1) {
      const id = this.id(index);
      const page = Math.floor(id / PAGE);
      if (this.rows.has(id) || this.pages.has(page)) continue;
      missing.add(page);
      this.pages.add(page); // before waiting, so that nobody else asks for it
    }
    for (const page of missing) {
      const query = new URLSearchParams({ after: page * PAGE - 1 < 0 ? 0 : page * PAGE - 1, before: (page + 1) * PAGE });
      try {
        const { calls } = await ask(`calls/summaries?${query}`);
        for (const call of calls) this.rows.set(call.id, call);
      } catch (error) {
        this.pages.delete(page);
        say(error.message);
      }
    }
    if (missing.size) this.soon();
  }

  move(step) {
    if (!this.length) return;
    const index = this.selected ? this.index(this.selected) + step : 0;
    this.selected = this.id(Math.min(Math.max(index, 0), this.length - 1));
    const top = this.index(this.selected) * HEIGHT;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    if (top + HEIGHT > this.node.scrollTop + this.node.clientHeight) this.node.scrollTop = top + HEIGHT - this.node.clientHeight;
    this.draw();
  }

  open(id = this.selected) {
    if (id) location.hash = link("call", id, place().filters);
  }
}
