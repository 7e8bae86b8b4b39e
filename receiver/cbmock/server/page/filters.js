// What the page shows lives in its URL: `#view?filters`, so that a link shows the same.

import { decoded, encoded } from "./dom.js";

export const FILTERS = ["operation", "valid", "token", "text", "pointer", "equals"];

export function place() {
  const [path, ...query] = location.hash.slice(1).split("?");
  const [view, ...rest] = (path || "calls").split("/");
  const given = new URLSearchParams(query.join("?"));
  const filters = {};
  for (const name of FILTERS) if (given.get(name)) filters[name] = given.get(name);
  if (filters.equals !== undefined && !filters.pointer) delete filters.equals;
  return { view, argument: rest.map(decoded).join("/"), filters };
}

export function link(view, argument, filters = place().filters) {
  const query = new URLSearchParams(filters).toString();
  return `#${view}${argument === undefined ? "" : `/${encoded(argument)}`}${query ? `?${query}` : ""}`;
}

export function fill(form, filters) {
  for (const name of FILTERS) if (form.elements[name].value !== (filters[name] ?? "")) form.elements[name].value = filters[name] ?? "";
}

export function read(form) {
  return Object.fromEntries(FILTERS.map((name) => [name, form.elements[name].value.trim()]).filter(([, value]) => value));
}
