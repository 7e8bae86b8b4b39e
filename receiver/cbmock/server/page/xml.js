// XML as an indented tree, each violation at the element or attribute that its pointer leads to.

import { h } from "./dom.js";
import { said, sentence } from "./places.js";

const DEEPEST = 200;
const CDATA = "<![CDATA[";
const KINDS = [["<!--", "-->"], [CDATA, "]]>"], ["<?", "?>"]];

// Cut a text into tags and what is between them; linear in its length, whatever it is.
function* pieces(text) {
  let at = 0;
  while (at < text.length) {
    const end = endOfText(text, at);
    const next = end > at ? end : endOf(text, at);
    yield text.slice(at, next);
    at = next;
  }
}

// CDATA sections are a part of text.
function endOfText(text, from) {
  let at = text.indexOf("<", from);
  while (at >= 0 && text.startsWith(CDATA, at)) at = text.indexOf("<", endOf(text, at));
  return at < 0 ? text.length : at;
}

// Where a tag or the like ends: with the text, if nothing closes it.
function endOf(text, begin) {
  const [open, close] = KINDS.find(([opens]) => text.startsWith(opens, begin)) ?? [];
  const end = close ? text.indexOf(close, begin + open.length) : endOfTag(text, begin);
  return end < 0 ? text.length : end + (close?.length ?? 0);
}

function endOfTag(text, begin) {
  let quote = null;
  for (let at = begin + 1; at < text.length; at += 1) {
    const each = text[at];
    if (quote ? each === quote : each === '"' || each === "'") quote = quote ? null : each;
    else if (each === ">" && !quote) return at + 1;
  }
  return -1;
}

const isTag = (piece) => /^<[^!?]/.test(piece);
// A name begins after a blank or a value only, so that no text is looked at twice.
const ATTRIBUTE = /(?<![^\s"'/])[^\s=/>"']+\s*=\s*(?:"[^"]*"|'[^']*')/g;
const attributeName = (written) => written.split("=")[0].trim().replace(/^.*:/, "");
const nameOf = (tag) => (/^<\/?([^\s/>]*)/.exec(tag)?.[1] ?? "").replace(/^.*:/, "");

// The elements: each with its tag, its end, and its children (elements, or text).
function read(text) {
  const root = { tag: null, name: null, children: [], wrong: [], attributes: new Map() };
  const open = [root];
  for (const piece of pieces(text)) {
    const parent = open.at(-1);
    if (!isTag(piece)) {
      if (piece.trim()) parent.children.push(piece.trim());
    } else if (piece.startsWith("</")) {
      if (open.length > 1) open.pop().end = piece;
      else parent.children.push(piece);
    } else {
      const made = { tag: piece, name: nameOf(piece), children: [], wrong: [], attributes: new Map() };
      parent.children.push(made);
      if (!piece.endsWith("/>")) open.push(made);
    }
  }
  return root;
}

const elements = (node) => node.children.filter((each) => each.tag);

// Give each violation to the element that it is about, or to the nearest one above.
function give(found, places) {
  found[0].wrong.push(...places.here);
  for (const [token, below] of places.below) {
    const next = /^\d+$/.test(token) ? item(found, Number(token), below) : children(found[0], token);
    if (next.length) give(next, below);
    else if ((found[0].tag.match(ATTRIBUTE) ?? []).some((each) => attributeName(each) === token)) found[0].attributes.set(token, below.all);
    else found[0].wrong.push(...below.all);
  }
}

const children = (node, name) => elements(node).filter((each) => each.name === name);

// An array is several elements of one name, or the children of one.
function item(found, index, below) {
  const [side, inner] = [found[index], elements(found[0])[index]];
  const fits = (node) => node && [...below.below.keys()].some((name) => children(node, name).length);
  if (found.length > 1 || fits(side) || !inner) return side ? [side] : [];
  const alike = new Set(elements(found[0]).map((each) => each.name)).size === 1;
  return [alike || fits(inner) ? inner : side ?? inner];
}

export function tree(text, places) {
  const root = read(text);
  const tops = elements(root);
  if (!tops.length) return [places.all.map((each) => [sentence(each, true), "\n"]), text];
  give([tops[0]], places);
  return root.children.map((each) => [laid(each, 0), "\n"]);
}

function laid(node, depth) {
  const indent = "  ".repeat(Math.min(depth, 100));
  if (!node.tag) return [indent, node];
  const text = node.children.every((each) => !each.tag) ? node.children.join(" ") : null;
  if (depth > DEEPEST) return [indent, "…"];
  const wrong = said([...node.wrong, ...[...node.attributes.values()].flat()]);
  const mark = (shown) => (node.wrong.length && shown ? h("mark", {}, shown) : shown);
  const tag = node.attributes.size ? tagOf(node) : node.tag;
  if (text !== null) return [indent, text ? tag : mark(tag), mark(text), node.end ?? "", wrong];
  return [indent, mark(tag), wrong, "\n", node.children.map((each) => [laid(each, depth + 1), "\n"]), indent, node.end ?? ""];
}

// A tag with the attributes marked that something is wrong with.
function tagOf(node) {
  const shown = [];
  let at = 0;
  for (const each of node.tag.matchAll(ATTRIBUTE)) {
    if (!node.attributes.has(attributeName(each[0]))) continue;
    shown.push(node.tag.slice(at, each.index), h("mark", {}, each[0]));
    at = each.index + each[0].length;
  }
  return [...shown, node.tag.slice(at)];
}
