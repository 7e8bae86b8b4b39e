import { bundle } from "@scalar/json-magic/bundle";
import { parseJson, parseYaml, readFiles } from "@scalar/json-magic/bundle/plugins/node";
import { upgrade } from "@scalar/openapi-upgrader";
import { written } from "./matrix.mjs";

const plugins = [readFiles(), parseYaml(), parseJson()];
const bundled = await bundle("./ours/openapi.yaml", { plugins, treeShake: false });
written("bundle", bundled);
written("upgrade to 3.2", upgrade(structuredClone(bundled), "3.2"));
