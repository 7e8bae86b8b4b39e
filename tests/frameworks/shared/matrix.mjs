// How a program hands over what its framework wrote: documents, and bodies that fit them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

export const BY_HAND = JSON.parse(readFileSync("by_hand.json", "utf8"));
export const RECEIPT = { file: "%PDF-1.7", amount: "12.50", issued: "2026-11-29" };

// Add callbacks, webhooks and schemas that the framework has no place for.
export function byHand(document, schemas = {}) {
  const components = (document.components ??= {});
  components.schemas = { Receipt: BY_HAND.receipt, ...components.schemas, ...schemas };
  components.securitySchemes = BY_HAND.securitySchemes;
  document.paths["/orders"].post.callbacks = BY_HAND.callbacks;
  document.webhooks = BY_HAND.webhooks;
  return document;
}

// Write a document, an object or YAML, and return its folder.
export function written(name, document) {
  const folder = `out/${name}`;
  mkdirSync(folder, { recursive: true });
  const isYaml = typeof document === "string";
  const text = isYaml ? document : JSON.stringify(document, null, 1);
  writeFileSync(`${folder}/openapi.${isYaml ? "yaml" : "json"}`, text);
  return folder;
}

// Write a document, the bodies by their names, and settings.
export function write(name, document, bodies, formats) {
  const folder = written(name, document);
  writeFileSync(`${folder}/bodies.json`, JSON.stringify(bodies));
  if (!formats) return;
  const lines = Object.entries(formats).map(([each, how]) => `${each} = "${how}"`);
  writeFileSync(`${folder}/cbmock.toml`, ["[formats]", ...lines].join("\n"));
}
