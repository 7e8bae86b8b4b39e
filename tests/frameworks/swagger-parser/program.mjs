import SwaggerParser from "@apidevtools/swagger-parser";
import { written } from "./matrix.mjs";

written("bundle", await SwaggerParser.bundle("ours/openapi.yaml"));
const options = { dereference: { circular: "ignore" } };
written("dereference", await SwaggerParser.dereference("ours/openapi.yaml", options));
