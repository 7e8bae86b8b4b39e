// Verdaccio is a registry; it notifies when a package is published.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runServer } from "verdaccio";
import { each, url } from "./events.mjs";

const folder = mkdtempSync(join(tmpdir(), "verdaccio-"));
const server = await runServer({
  self_path: folder,
  configPath: folder,
  storage: join(folder, "storage"),
  auth: { htpasswd: { file: join(folder, "htpasswd") } },
  packages: { "**": { access: "$all", publish: "$all" } },
  log: { type: "stdout", level: "fatal" },
  notify: {
    method: "POST",
    headers: [{ "Content-Type": "application/json" }],
    endpoint: url,
    content: '{"name": "{{name}}", "publisher": "{{publisher.name}}", "tarball": "{{publishedPackage}}"}',
  },
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const registry = `http://127.0.0.1:${server.address().port}`;

await each(async (event) => {
  const name = `phase-${event}`;
  const file = `${name}-1.0.0.tgz`;
  const data = Buffer.from("no archive, which nobody opens");
  const manifest = {
    _id: name,
    name,
    "dist-tags": { latest: "1.0.0" },
    versions: { "1.0.0": { name, version: "1.0.0", dist: { tarball: `${registry}/${name}/-/${file}` } } },
    _attachments: { [file]: { content_type: "application/octet-stream", data: data.toString("base64"), length: data.length } },
  };
  const answer = await fetch(`${registry}/${name}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(manifest),
  });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
});
