// A request as a line to copy: for a shell, for Python, for JavaScript, for a test, as HAR.

import { fieldOf } from "./api.js";

const SKIPPED = new Set(["host", "content-length", "connection", "transfer-encoding", "accept-encoding"]);
const LONGEST_ARGUMENT = 100_000; // Linux allows 128 KiB for one

const kept = (request) => request.headers.filter(([name]) => !SKIPPED.has(name.toLowerCase()));
const shell = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const python = (value) => JSON.stringify(value).replaceAll("\x7f", "\\u007f");

function base64(request) {
  if (request.body_base64) return request.body_base64;
  const text = request.body ?? "";
  if (!text.includes("\0") && text.length < LONGEST_ARGUMENT) return null;
  return btoa([...new TextEncoder().encode(text)].map((each) => String.fromCharCode(each)).join(""));
}

export function curl({ method, url, ...request }) {
  const fields = kept(request).map(([name, value]) => `-H ${shell(value ? `${name}: ${value}` : `${name};`)}`);
  // curl adds these where the sender had none.
  for (const name of ["content-type", "accept", "user-agent"]) if (fieldOf(request, name) === undefined) fields.push(`-H '${name}:'`);
  const line = ["curl", "--globoff", "--path-as-is", method === "HEAD" ? "--head" : `-X ${shell(method)}`, ...fields];
  const encoded = base64(request);
  if (encoded) return `echo ${encoded} | base64 -d | ${[...line, "--data-binary @-", shell(url)].join(" ")}`;
  if (request.body) line.push(`--data-raw ${shell(request.body)}`);
  return [...line, shell(url)].join(" ");
}

function content(request) {
  if (request.body_base64) return `base64.b64decode(${python(request.body_base64)})`;
  return request.body ? `${python(request.body)}.encode()` : null;
}

function call({ method, ...request }, url) {
  const body = content(request);
  const fields = kept(request).map(([name, value]) => `(${python(name)}, ${python(value)})`).join(", ");
  return `httpx.request(${python(method)}, ${url}, headers=[${fields}]${body ? `, content=${body}` : ""})`;
}

const imports = (request) => (request.body_base64 ? ["base64", "httpx"] : ["httpx"]);

export function httpx({ url, ...request }) {
  return `import ${imports(request).join(", ")}; print(${call(request, python(url))})`;
}

export function fetchLine({ method, url, ...request }) {
  const body = request.body_base64 ? `Uint8Array.from(atob(${JSON.stringify(request.body_base64)}), (c) => c.charCodeAt(0))` : request.body ? JSON.stringify(request.body) : null;
  return `await fetch(${JSON.stringify(url)}, { method: ${JSON.stringify(method)}, headers: ${JSON.stringify(kept(request))}${body ? `, body: ${body}` : ""} });`;
}

export function pytest({ id, operation, request, violations, valid }) {
  const name = (operation?.name ?? "call").replaceAll(/\W+/g, "_");
  const codes = [...new Set(violations.filter((each) => each.severity === "error").map((each) => each.code))];
  const allowed = codes.length ? `    cbmock.allow_violations(${codes.map(python).join(", ")})\n` : "";
  const found = valid ? "call.valid" : `{${codes.map(python).join(", ")}} <= {each.code for each in call.violations}`;
  const expected = operation ? `    call = cbmock.wait_for(${python(operation.operation_id ?? operation.name)})\n    assert ${found}\n` : "";
  const lines = imports(request).map((each) => `import ${each}\n`).join("");
  return `${lines}\n\ndef test_${name}(cbmock):\n    # what the sender did in call ${id}\n${allowed}    ${call(request, `cbmock.url + ${python(request.target)}`)}\n${expected}`;
}

const pairs = (headers) => headers.map(([name, value]) => ({ name, value }));
const typeOf = (message) => fieldOf(message, "content-type") ?? "";

export function har({ request, response, received_at: startedDateTime, duration_ms: time }, url) {
  const encoded = request.body_base64 ? { comment: "base64" } : {};
  const postData = request.body === null && !request.body_base64 ? {} : { postData: { mimeType: typeOf(request), text: request.body ?? request.body_base64, ...encoded } };
  const entry = {
    startedDateTime,
    time,
    request: { method: request.method, url, httpVersion: "HTTP/1.1", cookies: [], headers: pairs(request.headers), queryString: pairs([...new URL(url).searchParams]), headersSize: -1, bodySize: -1, ...postData },
    response: { status: response.status, statusText: "", httpVersion: "HTTP/1.1", cookies: [], headers: pairs(response.headers), content: { size: response.body.length, mimeType: typeOf(response), text: response.body }, redirectURL: "", headersSize: -1, bodySize: -1 },
    cache: {},
    timings: { send: 0, wait: time, receive: 0 },
  };
  return JSON.stringify({ log: { version: "1.2", creator: { name: "cbmock", version: "" }, entries: [entry] } }, null, 2);
}
