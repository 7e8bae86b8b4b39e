// Bodies, pretty-printed, with each violation marked at its place.

import { h } from "./dom.js";

const LONGEST = 200_000; // characters that are laid out; the rest is in the raw bytes
const HEX_BYTES = 4096;

export function bytesOf(message) {
  if (message.body_base64) return Uint8Array.from(atob(message.body_base64), (each) => each.charCodeAt(0));
  return new TextEncoder().encode(message.body ?? "");
}

export const contentType = (message) => message.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";

export function sentence(violation) {
  const what = [violation.location.replace("_", " "), violation.pointer ?? violation.name].filter(Boolean).join(" ");
  return h("span", { class: `sentence ${violation.severity}` }, `${violation.severity}: ${what}: ${violation.detail}`);
}

export function pretty(message, violations = []) {
  const type = contentType(message).split(";")[0].trim().toLowerCase();
  const text = message.body ?? "";
  if (message.body_base64) return type.startsWith("multipart/") ? parts(new TextDecoder().decode(bytesOf(message)), message) : hex(bytesOf(message));
  if (!text) return h("p", { class: "quiet" }, "no body");
  if (text.length > LONGEST) return h("pre", {}, text.slice(0, LONGEST), "\n…");
  const tree = json(text);
  if (tree !== undefined) return h("pre", {}, ...value(tree, [], marks(violations), 0));
  if (type === "application/x-www-form-urlencoded") return fields([...new URLSearchParams(text)], violations);
  if (type.startsWith("multipart/")) return parts(text, message);
  if (type.endsWith("xml")) return h("pre", {}, xml(text));
  return h("pre", {}, text);
}

function json(text) {
  try {
    // Numbers stay as they were written: 1.0 and 2^63 are no other numbers here.
    return JSON.parse(text, (_key, each, context) => (typeof each === "number" && context?.source ? new Written(context.source) : each));
  } catch {
    return undefined;
  }
}

class Written {
  constructor(source) {
    this.source = source;
  }
}

function marks(violations) {
  const found = new Map();
  for (const each of violations) {
    if (each.location !== "body" || each.pointer === null) continue;
    let key = each.pointer;
    try {
      key = decodeURIComponent(key);
    } catch {
      key = each.pointer; // no percent-encoding that can be read: it is what it is
    }
    found.set(key, [...(found.get(key) ?? []), each]);
  }
  return found;
}

const pointer = (path) => `#${path.map((each) => `/${String(each).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")}`;

function value(tree, path, marked, depth) {
  const here = marked.get(pointer(path)) ?? [];
  const laid = depth > 100 ? ["…"] : laidOut(tree, path, marked, depth);
  if (!here.length) return laid;
  return [h("mark", { "data-pointer": pointer(path) }, ...laid), ...here.map(sentence)];
}

function laidOut(tree, path, marked, depth) {
  if (tree instanceof Written) return [tree.source];
  if (tree === null || typeof tree !== "object") return [JSON.stringify(tree)];
  const isList = Array.isArray(tree);
  const entries = isList ? [...tree.entries()] : Object.entries(tree);
  const [open, close] = isList ? "[]" : "{}";
  if (!entries.length) return [open + close];
  const indent = "  ".repeat(depth + 1);
  const lines = entries.flatMap(([key, each], index) => [
    index ? ",\n" : "\n",
    indent,
    isList ? "" : `${JSON.stringify(key)}: `,
    ...value(each, [...path, key], marked, depth + 1),
  ]);
  return [open, ...lines, `\n${"  ".repeat(depth)}`, close];
}

function fields(pairs, violations) {
  const rows = pairs.map(([name, each]) => {
    const wrong = violations.filter((v) => v.location === "body" && (v.pointer === `#/${name}` || v.pointer?.startsWith(`#/${name}/`)));
    return h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, wrong.length ? h("mark", {}, each) : each, wrong.map(sentence)));
  });
  return h("table", {}, h("tbody", {}, rows));
}

function parts(text, message) {
  const boundary = /boundary="?([^";]+)/i.exec(contentType(message))?.[1];
  if (!boundary) return h("pre", {}, text);
  const shown = text.split(`--${boundary}`).slice(1, -1).map((part) => {
    const [head, ...rest] = part.replace(/^\r?\n/, "").split(/\r?\n\r?\n/);
    return [h("pre", { class: "quiet" }, head), h("pre", {}, rest.join("\n\n").replace(/\r?\n$/, ""))];
  });
  return h("div", {}, shown);
}

function xml(text) {
  let depth = 0;
  return text.split(/(<[^>]*>)/).filter((each) => each.trim()).map((each) => {
    if (each.startsWith("</")) depth = Math.max(0, depth - 1);
    const line = `${"  ".repeat(depth)}${each.trim()}`;
    if (/^<[^/!?]/.test(each) && !each.endsWith("/>")) depth += 1;
    return line;
  }).join("\n");
}

function hex(bytes) {
  const lines = [];
  for (let start = 0; start < Math.min(bytes.length, HEX_BYTES); start += 16) {
    const part = [...bytes.slice(start, start + 16)];
    const codes = part.map((each) => each.toString(16).padStart(2, "0")).join(" ");
    const text = part.map((each) => (each > 31 && each < 127 ? String.fromCharCode(each) : ".")).join("");
    lines.push(`${start.toString(16).padStart(8, "0")}  ${codes.padEnd(47)}  ${text}`);
  }
  if (bytes.length > HEX_BYTES) lines.push(`… ${bytes.length - HEX_BYTES} more bytes`);
  return h("pre", {}, lines.join("\n"));
}
