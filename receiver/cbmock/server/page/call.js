// One call: request and answer, what is wrong and where; its delivery and its trigger below.

import { ask, tell, urlOf } from "./api.js";
import { bytesOf, pretty } from "./body.js";
import { answered, verdict } from "./calls.js";
import { deliveryOf, triggersOf } from "./delivery.js";
import { badge, button, clock, copy, decoded, doing, download, encoded, h, replace, say, several } from "./dom.js";
import { link } from "./filters.js";
import { sentence } from "./places.js";
import { curl, har, pytest } from "./snippets.js";
import { lines } from "./source.js";

export async function show(main, { argument, filters }) {
  const call = await ask(`calls/${encoded(argument)}`);
  const url = urlOf(call.request.target);
  const word = verdict(call);
  const later = h("div", {});
  const title = h("h2", { tabindex: "-1", id: "call-title" }, `Call ${call.id} `, badge(call.valid ? "good" : "bad", word), call.operation ? ` ${call.operation.name}` : "");
  replace(
    main,
    h("p", {}, h("a", { href: link("calls", undefined, filters) }, "← all calls")),
    title,
    h("p", { class: "quiet" }, `${clock(call.received_at)}, answered ${answered(call.response)} after ${call.duration_ms} ms${call.token ? `, test ${call.token}` : ""}`),
    h(
      "div",
      { class: "acts" },
      button("Copy as curl", () => copy(curl({ ...call.request, url }))),
      button("Copy as pytest", () => copy(pytest(call, url))),
      button("Copy as HAR", () => copy(har(call, url))),
      button("Download the raw bytes", () => download(`call-${call.id}.bin`, [bytesOf(call.request)])),
      replayForm(call),
    ),
    violations(call.violations),
    h("div", { class: "two" }, requestOf(call), answerOf(call)),
    later,
  );
  title.focus({ preventScroll: true });
  // Both are looked for among all calls, which may take a moment.
  replace(later, ...(await Promise.all([deliveryOf(call, filters), triggersOf(call)])));
}

function replayForm(call) {
  const to = h("input", { type: "url", required: true, placeholder: "http://127.0.0.1:8000/", "aria-label": "Replay at this URL" });
  const act = doing(async () => {
    const { replayed } = await tell("POST", "replay", { id: call.id, to: to.value });
    say(replayed.map((each) => `sent again: answered ${each.response?.status ?? "nothing"}`).join(", "));
  });
  return h("form", { class: "acts", onsubmit: act }, to, h("button", {}, "Replay"));
}

function violations(found) {
  if (!found.length) return null;
  return h("section", { "aria-label": "Violations" }, h("h3", {}, several(found.length, "violation")), h("ul", { class: "plain", id: "violations" }, found.map((each) => h("li", {}, sentence(each), each.schema ? rule(each) : null))));
}

function rule(violation) {
  const place = h("div", {});
  const opened = doing(async (event) => {
    if (event.target.open && !place.childNodes.length) place.append(await lines({ pointer: violation.schema, around: 4 }));
  });
  return h("details", { ontoggle: opened }, h("summary", {}, `the rule, ${violation.schema.split("#")[0]}${violation.line ? ` line ${violation.line}` : ""}`), h("code", { class: "quiet" }, violation.schema), place);
}

const isOf = (name) => (each) => each.name?.toLowerCase() === name.toLowerCase();

function headers(pairs, found = []) {
  const own = found.filter((each) => ["header", "signature", "cookie", "media_type", "security"].includes(each.location));
  const rows = pairs.map(([name, value]) => {
    const wrong = own.filter((each) => (each.location === "cookie" ? name.toLowerCase() === "cookie" : each.location === "media_type" ? name.toLowerCase() === "content-type" : isOf(name)(each)));
    return h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "url" }, !wrong.length ? value : name.toLowerCase() === "cookie" ? cookies(value, wrong) : h("mark", {}, value), wrong.map((each) => sentence(each, true))));
  });
  const missing = own.filter((each) => each.name && !["cookie", "media_type"].includes(each.location) && !pairs.some(([name]) => isOf(name)(each)));
  const absent = missing.map((each) => h("tr", {}, h("th", { scope: "row" }, each.name), h("td", {}, h("mark", {}, "missing"), sentence(each, true))));
  if (!pairs.length && !absent.length) return null;
  return h("table", { class: "fields" }, h("tbody", {}, absent, rows));
}

// The cookies, those marked that are wrong.
function cookies(value, wrong) {
  const isWrong = (pair) => wrong.some((each) => each.name === pair.split("=")[0].trim());
  return value.split(";").map((pair, index) => [index ? ";" : "", isWrong(pair) ? h("mark", {}, pair) : pair]);
}

// The request line, with what is wrong in it.
function target({ method, target: text }, found) {
  const is = (...locations) => found.filter((each) => locations.includes(each.location));
  const [path, ...rest] = text.split("?");
  const named = (part) => decoded(part.split("=")[0].replaceAll("+", " "));
  const wrong = is("query");
  const query = rest.length ? rest.join("?").split("&") : [];
  const marks = query.map((part) => wrong.some((each) => each.name && (named(part) === each.name || named(part).startsWith(`${each.name}[`))));
  const said = [...is("method", "url", "path"), ...wrong];
  return h(
    "p",
    { class: "url target" },
    is("method").length ? h("mark", {}, method) : method,
    " ",
    is("url", "path").length ? h("mark", {}, path) : path,
    query.map((part, index) => [index ? "&" : "?", marks[index] ? h("mark", {}, part) : part]),
    said.map((each) => sentence(each)),
  );
}

function requestOf(call) {
  const { request, violations: found, signature } = call;
  const wrong = found.filter((each) => each.location === "signature");
  return h(
    "section",
    { "aria-label": "Request" },
    h("h3", {}, "Request"),
    target(request, found),
    signature ? h("p", {}, "Signature ", badge({ good: "good", wrong: "bad" }[signature] ?? "warn", signature), wrong.map((each) => sentence(each, true))) : null,
    headers(request.headers, found),
    pretty(request, found),
  );
}

function answerOf({ response, scripted }) {
  return h(
    "section",
    { "aria-label": "Answer" },
    h("h3", {}, "Answer"),
    h("p", { class: "target" }, answered(response), scripted ? h("span", { class: "quiet" }, " as scripted") : null),
    headers(response.headers),
    pretty(response),
  );
}
