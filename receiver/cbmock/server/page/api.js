// The control API, relative to the page, so that any prefix of a reverse proxy works.

const API = "api/";

export async function ask(path, options) {
  const answer = await fetch(API + path, options);
  const text = await answer.text();
  let data = null;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error(`${answer.status} ${answer.statusText}`);
  }
  if (!answer.ok) throw new Error(data.detail ?? `${answer.status} ${answer.statusText}`);
  return data;
}

export const tell = (method, path, data) =>
  ask(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(data ?? {}) });

export const eventsAfter = (id, query) => new EventSource(`${API}events?${new URLSearchParams({ ...query, summary: "true", most: 50, after: id })}`);

// The value of a field in the head of a request or an answer.
export const fieldOf = ({ headers }, wanted) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];

// The text that only one operation has, as the control API makes it.
export const identity = (operation) => operation.identity ?? `${operation.pointer} ${operation.expression ?? operation.name}`;

// The URL of what arrived, behind whatever prefix the page is.
export function urlOf(target) {
  const base = new URL("../", location.href);
  return target.startsWith("/") ? base.href.replace(/\/$/, "") + target : new URL(target, base).href;
}
