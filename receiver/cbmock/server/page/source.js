// The document: its lines, with one of them marked, and what is found in it.

import { ask } from "./api.js";
import { badge, h, heads, replace, scrolls, several } from "./dom.js";
import { link } from "./filters.js";

const AROUND = 200; // lines before and after the one that is looked at
const MOST_FINDINGS = 500;

function listed({ lines: texts, first, line }, isMarked) {
  return h("ol", { class: "source plain" }, texts.map((text, index) => {
    const number = first + index;
    return h("li", { class: isMarked && number === line ? "here" : "" }, h("span", {}, String(number)), h("code", {}, text));
  }));
}

export async function lines(query) {
  return listed(await ask(`source?${new URLSearchParams(query)}`), true);
}

// What is looked at: nothing, `document:line`, or a pointer with the document's name.
function wanted(argument) {
  if (!argument) return {};
  if (argument.includes("#")) return { pointer: argument };
  const [, document, line] = /^(.*):(\d+)$/.exec(argument) ?? [null, argument, 1];
  return { document, line };
}

export async function show(main, { argument, listing }) {
  replace(main, h("h2", {}, "Document"), h("p", { class: "quiet" }, "Looking for findings…"));
  const [{ operations }, { findings }, text] = await Promise.all([listing, ask("findings"), source(argument)]);
  replace(
    main,
    h("h2", {}, "Document"),
    h("h3", {}, "Keys and webhooks"),
    scrolls("Keys and webhooks", h("table", { class: "documented" }, heads(["kind", "operation", "key", "at"]), h("tbody", {}, operations.map(documented)))),
    h("h3", {}, several(findings.length, "finding")),
    findings.length ? null : h("p", { class: "quiet" }, "Lint finds nothing in the callbacks and webhooks."),
    h("ul", { class: "plain", id: "findings" }, findings.slice(0, MOST_FINDINGS).map(finding)),
    text,
  );
  if (argument) main.querySelector(".here")?.scrollIntoView({ block: "center" });
}

const pointed = (pointer, text = pointer) => h("a", { href: link("document", pointer, {}) }, text);

function documented(each) {
  return h("tr", {}, h("td", {}, each.kind), h("th", { scope: "row" }, `${each.name} ${each.method ?? ""}`, each.error ? [" ", badge("bad", "cannot be read")] : null), h("td", { class: "url" }, each.expression ?? ""), h("td", { class: "url" }, pointed(each.pointer)));
}

function finding(each) {
  return h("li", {}, h("span", { class: each.severity }, `${each.severity} ${each.code}`), ` ${each.detail} `, each.instead ? `Write ${each.instead}. ` : "", pointed(each.pointer, `${each.document}:${each.line ?? "?"}`));
}

async function source(argument) {
  try {
    const found = await ask(`source?${new URLSearchParams({ ...wanted(argument), around: AROUND })}`);
    const last = found.first + found.lines.length - 1;
    const part = (line, text) => h("a", { href: link("document", `${found.document}:${line}`, {}) }, text);
    return [
      h("h3", {}, found.document),
      found.documents.length > 1 ? h("p", { class: "acts" }, found.documents.map((each) => (each === found.document ? h("b", {}, each) : h("a", { href: link("document", `${each}:1`, {}) }, each)))) : null,
      h("p", { class: "acts quiet" }, `lines ${found.first} to ${last} of ${found.total}`, found.first > 1 ? part(Math.max(1, found.first - AROUND), "earlier lines") : null, last < found.total ? part(last + AROUND, "later lines") : null),
      listed(found, Boolean(argument)),
    ];
  } catch (error) {
    return [h("h3", {}, "Lines"), h("p", { class: "bad" }, error.message)];
  }
}
