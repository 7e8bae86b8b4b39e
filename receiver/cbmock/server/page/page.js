// The live page: operations, calls as they come, and one call in full. All that was
// received is written as text nodes only, never as markup.

const API = "api/";
const MOST_ROWS = 500;
const at = (id) => document.getElementById(id);

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text ?? "";
  if (className) made.className = className;
  return made;
}

function row(cells) {
  const made = document.createElement("tr");
  for (const cell of cells) {
    const data = document.createElement("td");
    data.append(cell instanceof Node ? cell : document.createTextNode(cell ?? ""));
    made.append(data);
  }
  return made;
}

async function ask(path, options) {
  const answer = await fetch(API + path, options);
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer.json();
}

function verdict(call) {
  if (call.outcome === "handshake") return call.valid ? "handshake" : "violation";
  if (call.operation === null || call.outcome === "malformed") return call.outcome.replace("_", " ");
  return call.valid ? "ok" : "violation";
}

function headers(pairs) {
  return pairs.map(([name, value]) => `${name}: ${value}`).join("\n");
}

function body(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text ?? "";
  }
}

function show(call) {
  const { request, response } = call;
  at("call").hidden = false;
  at("call-title").textContent = `Call ${call.id}: ${verdict(call)}`;
  at("violations").replaceChildren(
    ...call.violations.map((each) => {
      const place = [each.location.replace("_", " "), each.pointer ?? each.name];
      const text = `${each.severity}: ${place.filter(Boolean).join(" ")}: ${each.detail}`;
      return element("li", text, each.severity === "error" ? "bad" : "");
    }),
  );
  if (!call.violations.length) at("violations").append(element("li", "none"));
  const sent = request.body_base64 === null ? body(request.body) : `base64: ${request.body_base64}`;
  at("request").textContent =
    `${request.method} ${request.target}\n${headers(request.headers)}\n\n${sent}`;
  at("response").textContent =
    `${response.status}${response.sent === "whole" ? "" : ` (${response.sent} was sent)`}\n` +
    `${headers(response.headers)}\n\n${body(response.body)}`;
  at("call-title").focus();
}

function add(call) {
  const open = element("button", String(call.id));
  open.type = "button";
  open.addEventListener("click", async () => {
    try {
      show(await ask(`calls/${call.id}`));
    } catch (error) {
      at("state").textContent = error.message;
    }
  });
  const word = verdict(call);
  at("calls").prepend(
    row([
      open,
      call.received_at.slice(11, 23),
      element("span", word, word === "ok" ? "ok" : "bad"),
      `${call.request.method} ${call.request.target}`,
      call.operation?.name ?? "",
      String(call.response.status),
    ]),
  );
  while (at("calls").rows.length > MOST_ROWS) at("calls").lastElementChild.remove();
}

async function start() {
  const listing = await ask("operations");
  at("document").textContent = listing.document;
  at("operations").replaceChildren(
    ...listing.operations.map((each) => row([each.name, each.method, each.url])),
  );
  const events = new EventSource(`${API}events`);
  events.addEventListener("call", (event) => add(JSON.parse(event.data)));
  events.addEventListener("open", () => (at("state").textContent = "live"));
  events.addEventListener("error", () => (at("state").textContent = "connection lost, trying again…"));
  at("clear").addEventListener("click", async () => {
    await ask("calls", { method: "DELETE" });
    at("calls").replaceChildren();
    at("call").hidden = true;
  });
}

start().catch((error) => (at("state").textContent = error.message));
