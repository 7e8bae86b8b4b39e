// Before any schema is made: only those made afterwards have `.openapi()`.
import { extendZodWithOpenApi } from "@hono/zod-openapi";
import { z } from "zod";

extendZodWithOpenApi(z);
