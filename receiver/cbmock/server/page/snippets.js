// A request as a line to copy: for a shell, for Python, for JavaScript, for a test, as HAR.

const SKIPPED = new Set(["host", "content-length", "connection", "transfer-encoding", "accept-encoding"]);

const kept = (request) => request.headers.filter(([name]) => !SKIPPED.has(name.toLowerCase()));
const shell = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const python = (value) => (value === null ? "None" : value === true ? "True" : value === false ? "False" : JSON.stringify(value));

export function curl({ method, url, ...request }) {
  const fields = kept(request).map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`);
  const line = ["curl", `-X ${method}`, ...fields];
  if (request.body_base64) return `echo ${request.body_base64} | base64 -d | ${[...line, "--data-binary @-", shell(url)].join(" ")}`;
  if (request.body) line.push(`--data-binary ${shell(request.body)}`);
  return [...line, shell(url)].join(" ");
}

function content(request) {
  if (request.body_base64) return `base64.b64decode(${python(request.body_base64)})`;
  return request.body ? `${python(request.body)}.encode()` : null;
}

export function httpx({ method, url, ...request }) {
  const body = content(request);
  const fields = kept(request).map(([name, value]) => `(${python(name)}, ${python(value)})`).join(", ");
  return `httpx.request(${python(method)}, ${python(url)}, headers=[${fields}]${body ? `, content=${body}` : ""})`;
}

export function fetchLine({ method, url, ...request }) {
  const body = request.body_base64 ? `Uint8Array.from(atob(${JSON.stringify(request.body_base64)}), (c) => c.charCodeAt(0))` : request.body ? JSON.stringify(request.body) : null;
  return `await fetch(${JSON.stringify(url)}, { method: ${JSON.stringify(method)}, headers: ${JSON.stringify(kept(request))}${body ? `, body: ${body}` : ""} });`;
}

export function pytest(call, url) {
  const name = (call.operation?.name ?? "call").replaceAll(/\W+/g, "_");
  const expected = call.operation ? `\n    call = cbmock.wait_for(${python(call.operation.name)})\n    assert call.valid` : "";
  return `def test_${name}(cbmock):\n    # what the sender did in call ${call.id}\n    ${httpx({ ...call.request, url }).replace(JSON.stringify(url), `cbmock.url + ${python(call.request.target)}`)}${expected}\n`;
}

const pairs = (headers) => headers.map(([name, value]) => ({ name, value }));

export function har(call, url) {
  const { request, response } = call;
  const postData = request.body === null && !request.body_base64 ? {} : { postData: { mimeType: request.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "", text: request.body ?? request.body_base64, ...(request.body_base64 ? { _encoding: "base64" } : {}) } };
  const entry = {
    startedDateTime: call.received_at,
    time: call.duration_ms,
    request: { method: request.method, url, httpVersion: "HTTP/1.1", cookies: [], headers: pairs(request.headers), queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })), headersSize: -1, bodySize: -1, ...postData },
    response: { status: response.status, statusText: "", httpVersion: "HTTP/1.1", cookies: [], headers: pairs(response.headers), content: { size: response.body.length, mimeType: "", text: response.body }, redirectURL: "", headersSize: -1, bodySize: -1 },
    cache: {},
    timings: { send: 0, wait: call.duration_ms, receive: 0 },
  };
  return JSON.stringify({ log: { version: "1.2", creator: { name: "cbmock", version: "" }, entries: [entry] } }, null, 2);
}
