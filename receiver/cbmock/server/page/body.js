// Bodies, pretty-printed, with each violation marked at its place.

import { fieldOf } from "./api.js";
import { h } from "./dom.js";
import { form, parts } from "./fields.js";
import { Places, paragraphs, said } from "./places.js";
import { tree as xml } from "./xml.js";

const LONGEST = 200_000; // characters of a text that are shown; the rest is in the raw bytes
const LONGEST_STRING = 2_000; // of a JSON string
const MOST = 100; // members of one array or object, besides those where something is wrong
const MOST_LINES = 4_000;
const DEEPEST = 100;
const HEX_BYTES = 4096;

export function bytesOf(message) {
  if (message.body_base64) return Uint8Array.from(atob(message.body_base64), (each) => each.charCodeAt(0));
  return new TextEncoder().encode(message.body ?? "");
}

export function pretty(message, violations = []) {
  const type = fieldOf(message, "content-type") ?? "";
  const kind = type.split(";")[0].trim().toLowerCase();
  const places = new Places(violations);
  if (kind.startsWith("multipart/")) return parts(bytesOf(message), type, places);
  if (message.body_base64) return [...paragraphs(places.all), hex(bytesOf(message))];
  const text = message.body ?? "";
  if (!text) return [h("p", { class: "quiet" }, "no body"), ...paragraphs(places.all)];
  if (kind === "application/x-www-form-urlencoded") return form([...new URLSearchParams(text)], places);
  return written(text, kind, places);
}

// A text by its media type, whatever it is a part of.
export function written(text, kind, places) {
  const tree = json(text);
  if (tree !== undefined) return h("pre", {}, laidOut(tree, places));
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}\n…` : text;
  if (/[/+]xml$/.test(kind)) return h("pre", {}, xml(cut, places));
  return [...paragraphs(places.all), h("pre", {}, places.isEmpty ? cut : h("mark", {}, cut))];
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

function laidOut(tree, places) {
  const left = { lines: MOST_LINES };
  return value(tree, places, 0, "", left);
}

// A value and what follows it in its line, before the sentences of what is wrong with it.
function value(tree, places, depth, after, left) {
  // What is wrong with a member that is not there is said where it would be.
  const has = (token) => tree !== null && typeof tree === "object" && !(tree instanceof Written) && Object.hasOwn(tree, token);
  const wrong = [...places.here, ...[...places.below].filter(([token]) => !has(token)).flatMap(([, each]) => each.all)];
  const mark = (text) => (wrong.length ? h("mark", {}, text) : text);
  if (tree instanceof Written) return [mark(tree.source), after, said(wrong)];
  if (tree === null || typeof tree !== "object") return [mark(scalar(tree)), after, said(wrong)];
  const isList = Array.isArray(tree);
  const entries = isList ? [...tree.entries()] : Object.entries(tree);
  const [open, close] = isList ? "[]" : "{}";
  if (!entries.length) return [mark(open + close), after, said(wrong)];
  if (depth >= DEEPEST && !places.below.size) return [mark(`${open}…${close}`), after, said(wrong)];
  const shown = entries.filter(([key], index) => !places.at(key).isEmpty || (index < MOST && left.lines-- > 0));
  const indent = `\n${"  ".repeat(depth + 1)}`;
  const lines = shown.map(([key, each], index) => [
    indent,
    isList ? "" : `${JSON.stringify(key)}: `,
    value(each, places.at(key), depth + 1, index < entries.length - 1 ? "," : "", left),
  ]);
  const hidden = entries.length - shown.length;
  // What an object lacks is said where it begins.
  return [mark(open), said(wrong), lines, hidden ? [indent, h("span", { class: "quiet" }, `… ${hidden} more`)] : [], `\n${"  ".repeat(depth)}${close}${after}`];
}

function scalar(each) {
  if (typeof each !== "string" || each.length <= LONGEST_STRING) return JSON.stringify(each);
  return `${JSON.stringify(each.slice(0, LONGEST_STRING))} … ${each.length - LONGEST_STRING} more characters`;
}

export function hex(bytes) {
  const lines = [];
  for (let start = 0; start < Math.min(bytes.length, HEX_BYTES); start += 16) {
    const part = [...bytes.slice(start, start + 16)];
    const codes = part.map((each) => each.toString(16).padStart(2, "0")).join(" ");
    const text = part.map((each) => (each > 31 && each < 127 ? String.fromCharCode(each) : ".")).join("");
    lines.push(`${start.toString(16).padStart(8, "0")}  ${codes.padEnd(47)}  ${text}`);
  }
  if (bytes.length > HEX_BYTES) lines.push(`… ${bytes.length - HEX_BYTES} more bytes`);
  return h("pre", { class: "hex", tabindex: "0", role: "region", "aria-label": "Bytes" }, lines.join("\n"));
}

