// Bodies of named fields: forms, and parts with header fields of their own.

import { hex, written } from "./body.js";
import { h } from "./dom.js";
import { marked, paragraphs } from "./places.js";

const DEEPEST = 2; // multipart bodies in multipart bodies, to be shown as such

// The violations of the nth of several fields with one name are those at its number.
function placeOf(places, name, number, count) {
  const found = places.at(name);
  const numbered = count > 1 && [...found.below.keys()].every((each) => /^\d+$/.test(each));
  return numbered && found.below.size ? found.at(number) : found;
}

function* placed(names, places) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const numbers = new Map();
  for (const name of names) {
    const number = numbers.get(name) ?? 0;
    numbers.set(name, number + 1);
    yield placeOf(places, name, number, counts.get(name));
  }
}

// What is wrong at no field that came: with the whole, or with what is missing.
function elsewhere(names, places) {
  const absent = [...places.below].filter(([name]) => !names.includes(name)).flatMap(([, each]) => each.all);
  return paragraphs([...places.here, ...absent]);
}

export function form(pairs, places) {
  const names = pairs.map(([name]) => name);
  const found = [...placed(names, places)];
  const rows = pairs.map(([name, value], index) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "url" }, marked(value, found[index].all))));
  return [...elsewhere(names, places), h("table", { class: "fields form" }, h("tbody", {}, rows))];
}

// `depth` says in how many multipart bodies this one is a part.
export function parts(bytes, type, places, depth = 0) {
  const boundary = /boundary=(?:"([^"]*)"|([^\s;]+))/i.exec(type);
  // A character for each byte, so that a part with bytes can be cut out.
  const text = new TextDecoder("latin1").decode(bytes);
  const [, ...found] = boundary ? `\r\n${text}`.split(`\r\n--${boundary[1] ?? boundary[2]}`) : [];
  const shown = found.filter((each) => !each.startsWith("--")).map(part);
  if (!shown.length) return written(new TextDecoder().decode(bytes), "", places);
  // Without a name it is its position that a pointer has.
  const names = shown.map((each, index) => each.name || String(index));
  const at = [...placed(names, places)];
  return [
    ...elsewhere(names, places),
    shown.map((each, index) => h("section", { class: "part", "aria-label": `Part ${names[index]}` }, h("pre", { class: "quiet" }, each.head), content(each, at[index], depth))),
  ];
}

function octets(text) {
  return Uint8Array.from(text, (each) => CODES.get(each) ?? each.charCodeAt(0));
}

// "latin1" of browsers is windows-1252: what its characters stand for.
const LATIN1 = [...new TextDecoder("latin1").decode(Uint8Array.from({ length: 256 }, (_, index) => index))];
const CODES = new Map(LATIN1.map((each, index) => [each, index]));

function part(text) {
  const end = text.indexOf("\r\n\r\n");
  const head = new TextDecoder().decode(octets(text.slice(0, Math.max(end, 0)).trim()));
  const [, quoted, bare] = /^content-disposition:.*?[;\s]name=(?:"((?:\\.|[^"\\])*)"|([^\s;]+))/im.exec(head) ?? [];
  const [, type] = /^content-type:[ \t]*(.*)/im.exec(head) ?? [];
  const [, coding] = /^content-transfer-encoding:[ \t]*(\S*)/im.exec(head) ?? [];
  const [, id] = /^content-id:[ \t]*<?([^>\r\n]*)/im.exec(head) ?? [];
  return { head, name: quoted?.replaceAll(/\\(.)/g, "$1") ?? bare ?? id ?? "", type: type ?? "text/plain", bytes: decoded(text.slice(end < 0 ? 0 : end + 4), coding?.toLowerCase()) };
}

// The octets of a part without its transfer encoding, unless it is in none.
function decoded(text, coding) {
  try {
    if (coding === "base64") return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  } catch {
    return octets(text);
  }
  if (coding !== "quoted-printable") return octets(text);
  const plain = text.replaceAll(/[ \t]*=[ \t]*\r?\n/g, "");
  return octets(plain.replaceAll(/=([0-9A-F]{2})/gi, (_, code) => LATIN1[Number.parseInt(code, 16)]));
}

function content({ bytes, type: stated }, places, depth) {
  const type = stated.split(";")[0].trim().toLowerCase();
  if (type.startsWith("multipart/") && depth < DEEPEST) return parts(bytes, stated, places, depth + 1);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // A field that is no JSON looks like JSON if it is a number: its type decides.
    if (type === "application/x-www-form-urlencoded") return form([...new URLSearchParams(text)], places);
    if (type === "text/plain" && places.below.size === 0) return h("pre", {}, marked(text, places.here));
    return written(text, type, places);
  } catch {
    return [...paragraphs(places.all), hex(bytes)];
  }
}
