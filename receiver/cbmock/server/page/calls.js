// The list of calls: rows are made for what is in sight only, and fetched when they get there.

import { ask, eventsAfter } from "./api.js";
import { at, badge, clock, complain, h, say, several } from "./dom.js";
import { link, place } from "./filters.js";

const HEIGHT = 32; // of a row, as page.css has it
const MARGIN = 10; // rows made above and below what is in sight
const MOST = 500; // rows that are asked for at once
const KEPT = 5000; // rows that are remembered
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

// Whether an answer tells its sender that the event has been taken.
export const took = (answer) => answer.status < 300 && answer.sent === "whole";

export const delivered = (delivery) => (delivery.delivered ? badge("good", "delivered") : badge("bad", "not delivered"));

// How many calls have come and were not deleted.
async function cameSoFar() {
  const { calls, dropped } = await ask("health");
  return calls + dropped;
}

export class CallList {
  constructor(filters, tally) {
    this.filters = filters;
    this.tally = tally;
    this.rows = new Map(); // by id; what was fetched or streamed
    this.asked = new Set(); // ids of rows that are on their way
    this.ids = []; // of the calls that the filters leave, the newest last
    this.selected = 0;
    this.number = h("span", { class: "quiet" });
    this.inner = h("div", { role: "presentation" });
    this.box = h("div", { id: "list", role: "listbox", tabindex: "0", "aria-label": "Calls, the newest first", "aria-busy": "true" }, this.inner);
    const heads = ["call", "at", "verdict", "request", "operation", "answer"].map((each) => h("span", {}, each));
    this.node = h("div", { class: "list" }, h("div", { class: "row heads", "aria-hidden": "true" }, heads), this.box);
    this.box.addEventListener("scroll", () => this.soon());
    this.box.addEventListener("click", (event) => this.open(Number(event.target.closest(".row")?.dataset.id)));
  }

  async start() {
    const { ids, calls, up_to: upTo, came } = await ask(`calls/ids?${new URLSearchParams({ ...this.filters, newest: Math.ceil(innerHeight / HEIGHT) })}`);
    this.ids = ids;
    this.came = came;
    this.counted = ids.length; // how many were listed when `came` was counted
    this.newest = ids.at(-1) ?? 0;
    for (const call of calls) this.rows.set(call.id, call);
    this.box.setAttribute("aria-busy", "false");
    this.draw();
    if (this.stopped) return;
    this.events = eventsAfter(upTo, this.filters);
    this.events.addEventListener("call", (event) => this.add(JSON.parse(event.data)));
    this.events.addEventListener("calls", (event) => this.addMany(JSON.parse(event.data).ids));
    this.events.addEventListener("open", () => this.opened());
    this.events.addEventListener("error", () => {
      this.lost = true;
      say("connection lost, trying again…");
    });
    // Until its state is said, so that it does not replace what is said next.
    await Promise.race(["open", "error"].map((each) => new Promise((done) => this.events.addEventListener(each, done, { once: true }))));
  }

  // The stream goes on where it was, unless another mock is there now, which counts from 1.
  async opened() {
    say("live");
    if (!this.lost) return;
    this.lost = false;
    const { last_id } = await ask("health");
    if (last_id < this.newest) await this.again();
  }

  async again() {
    this.events.close();
    this.rows.clear();
    await Promise.all([this.start(), this.tally.start()]);
  }

  // Calls may be deleted elsewhere, of which no stream tells. Looked for only while none come;
  // returns whether it was.
  async look() {
    const { length, looked } = this;
    this.looked = length;
    if (this.lost || !this.events || looked !== length) return false;
    const least = this.came + length - this.counted;
    this.came = await cameSoFar();
    this.counted = length;
    if (this.came < least && !this.stopped) await this.again();
    return true;
  }

  stop() {
    this.stopped = true;
    this.events?.close();
  }

  get length() {
    return this.ids.length;
  }

  // The id of the call at a place; the newest is at 0.
  id(index) {
    return this.ids.at(-1 - index);
  }

  index(id) {
    return this.length - 1 - this.ids.lastIndexOf(id);
  }

  add(row) {
    if (row.id <= this.newest) return this.addMany([row.id]);
    this.rows.set(row.id, row);
    this.tally.add(row);
    this.added([row.id]);
  }

  // Calls have come of which only the ids are known, as rows are fetched when they are in sight.
  // Those that are there already are told again by a stream that goes on.
  addMany(told) {
    const ids = told.filter((id) => id > this.newest || this.ids.lastIndexOf(id) < 0);
    if (!ids.length) return;
    this.tally.recount().catch(complain);
    this.added(ids);
  }

  added(ids) {
    const isInOrder = ids.every((id, index) => id > (index ? ids[index - 1] : this.newest));
    this.ids.push(...ids);
    if (!isInOrder) this.ids.sort((one, other) => one - other);
    this.newest = this.ids.at(-1);
    // Whoever has scrolled down goes on seeing what they look at.
    if (this.box.scrollTop > HEIGHT) this.box.scrollTop += ids.length * HEIGHT;
    this.soon();
  }

  soon() {
    this.drawing ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.drawing = undefined;
    const whole = this.length * HEIGHT;
    const shown = Math.min(whole, FARTHEST);
    const { clientHeight, scrollTop } = this.box;
    const top = scrollTop * (shown > clientHeight ? (whole - clientHeight) / (shown - clientHeight) : 1);
    const from = Math.max(0, Math.floor(top / HEIGHT) - MARGIN);
    const to = Math.min(this.length, Math.ceil((top + clientHeight) / HEIGHT) + MARGIN);
    this.number.textContent = several(this.length, "call");
    this.inner.style.height = `${shown}px`;
    const made = [];
    for (let index = from; index < to; index += 1) made.push(this.row(this.id(index), index * HEIGHT + scrollTop - top));
    if (!this.length) made.push(this.empty());
    this.inner.replaceChildren(...made);
    const chosen = this.rows.has(this.selected) ? `call-${this.selected}` : null;
    if (chosen && at(chosen)) this.box.setAttribute("aria-activedescendant", chosen);
    else this.box.removeAttribute("aria-activedescendant");
    this.fetch(from, to);
  }

  empty() {
    const filtered = Object.keys(this.filters).length > 0;
    const text = filtered ? "There are no calls that the filters leave." : "No calls yet. Give the URL of an operation to your sender, or copy its curl line and run it in a terminal.";
    return h("p", { class: "empty", role: "option", "aria-selected": "false" }, text);
  }

  row(id, top) {
    const call = this.rows.get(id);
    const word = call && verdict(call);
    const made = h(
      "div",
      { class: "row", id: `call-${id}`, role: "option", "data-id": id, "aria-selected": String(id === this.selected) },
      h("span", {}, String(id)),
      h("span", { title: call?.received_at }, call ? clock(call.received_at) : ""),
      h("span", {}, word ? badge(word === "ok" || word === "handshake" ? "good" : "bad", word) : "…"),
      h("span", { class: "url", title: call?.target }, call ? `${call.method} ${call.target}` : ""),
      h("span", { title: call?.operation }, call?.operation ?? ""),
      h("span", {}, call ? answered(call) : ""),
    );
    made.style.top = `${top}px`;
    return made;
  }

  async fetch(from, to) {
    const missing = [];
    for (let index = from; index < to; index += 1) {
      const id = this.id(index);
      if (!this.rows.has(id) && !this.asked.has(id)) missing.push(id);
    }
    if (!missing.length) return;
    missing.splice(MOST);
    for (const id of missing) this.asked.add(id); // before waiting, so that nobody else asks for it
    try {
      const { calls } = await ask(`calls/summaries?ids=${missing}`);
      if (this.rows.size > KEPT) this.rows.clear();
      for (const call of calls) this.rows.set(call.id, call);
    } catch (error) {
      complain(error);
    }
    for (const id of missing) this.asked.delete(id);
    if (missing.some((id) => this.rows.has(id))) this.soon();
  }

  move(step) {
    if (!this.length) return;
    const index = this.selected ? this.index(this.selected) + step : 0;
    this.selected = this.id(Math.min(Math.max(index, 0), this.length - 1));
    const top = this.index(this.selected) * HEIGHT;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    if (top + HEIGHT > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + HEIGHT - this.box.clientHeight;
    this.draw();
  }

  open(id = this.selected) {
    if (id) location.hash = link("call", id, place().filters);
  }
}
