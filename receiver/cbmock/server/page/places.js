// Where violations are: those of a message's body by the place that their pointer names.

import { decoded, h } from "./dom.js";
import { link } from "./filters.js";

const tokensOf = (pointer) => pointer.split("/").slice(1).map((each) => each.replaceAll("~1", "/").replaceAll("~0", "~"));

// The violations of a body, by their tokens: a tree of maps.
export class Places {
  constructor(violations = []) {
    this.here = [];
    this.below = new Map();
    for (const each of violations) if (each.location === "body" && each.pointer !== null) this.put(tokensOf(decoded(each.pointer)), each);
  }

  put([first, ...rest], violation) {
    if (first === undefined) this.here.push(violation);
    else {
      if (!this.below.has(first)) this.below.set(first, new Places());
      this.below.get(first).put(rest, violation);
    }
  }

  // What is wrong at a member, or below it; nothing has no places.
  at(token) {
    return this.below.get(String(token)) ?? NOWHERE;
  }

  get isEmpty() {
    return !this.here.length && !this.below.size;
  }

  get all() {
    return [...this.here, ...[...this.below.values()].flatMap((each) => each.all)];
  }
}

const NOWHERE = new Places();

// What is wrong, in a sentence; at its place in a body the place is not said again.
export function sentence(violation, isThere = false) {
  const what = isThere ? [] : [violation.location.replace("_", " "), violation.pointer ?? violation.name].filter(Boolean);
  const line = violation.line ? h("a", { href: link("document", violation.schema ?? "", {}) }, `line ${violation.line}`) : null;
  return h("span", { class: `sentence ${violation.severity}` }, h("b", {}, violation.severity), what.length ? h("code", {}, ` ${what.join(" ")}`) : null, ` ${violation.detail}`, isThere && line ? [" (", line, ")"] : null);
}

// What is wrong at a place, in paragraphs; or in the line of the place.
export const paragraphs = (wrong) => wrong.map((each) => h("p", {}, sentence(each, true)));
export const said = (wrong) => wrong.map((each, index) => [index ? "" : " ", sentence(each, true)]);

// A value, marked if something is wrong with it, and the sentences.
export function marked(shown, wrong) {
  return wrong.length ? [h("mark", {}, shown), " ", wrong.map((each) => sentence(each, true))] : shown;
}
