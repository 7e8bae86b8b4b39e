// The document: its lines, with one of them marked, and what is found in it.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { link } from "./filters.js";

export async function lines(document, line, around) {
  const found = await ask(`source?${new URLSearchParams({ ...(document ? { document } : {}), line, around })}`);
  return h("ol", { class: "source plain" }, found.lines.map((text, index) => {
    const number = found.first + index;
    return h("li", { class: number === line ? "here" : "" }, h("span", {}, String(number)), h("code", {}, text));
  }));
}

export async function show(main, argument, operations) {
  const [name, line] = [argument.slice(0, argument.lastIndexOf(":")), Number(argument.slice(argument.lastIndexOf(":") + 1)) || 1];
  main.replaceChildren(h("h2", {}, "Document"), h("p", { class: "quiet" }, "looking for findings…"));
  const { findings } = await ask("findings");
  const place = (each) => h("a", { href: link("document", `${each.document}:${each.line ?? 1}`) }, `${each.document}:${each.line ?? "?"}`);
  let text;
  try {
    text = await lines(name, line, argument ? 40 : 500);
  } catch (error) {
    text = h("p", {}, error.message);
  }
  main.replaceChildren(
    h("h2", {}, "Document"),
    h("h3", {}, "Keys and webhooks"),
    h("table", {}, h("tbody", {}, operations.map((each) => h("tr", {}, h("td", {}, each.kind), h("th", { scope: "row" }, each.name), h("td", { class: "url" }, each.expression ?? ""), h("td", { class: "url" }, each.pointer))))),
    h("h3", {}, `Findings: ${findings.length}`),
    h("ul", { class: "plain", id: "findings" }, findings.slice(0, 500).map((each) => h("li", {}, h("span", { class: each.severity }, `${each.severity} ${each.code}`), ` ${each.detail} `, place(each)))),
    h("h3", {}, name || "Lines"),
    text,
  );
  main.querySelector(".here")?.scrollIntoView({ block: "center" });
}
