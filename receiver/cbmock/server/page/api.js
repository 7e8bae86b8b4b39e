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

// An operation as paths and filters name it: its id where it has one, for names may repeat.
export function named(operation) {
  return operation.operation_id ?? (operation.parent ? `${parentOf(operation)}.${operation.name}` : operation.name);
}

const parentOf = ({ parent }) => parent.operation_id ?? `${parent.method} ${parent.path}`;
