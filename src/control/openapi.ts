/** The OpenAPI document of the routes' own schemas, with what Elysia does not know: security, problems, the stream. */

import type { AnyElysia } from "elysia";
import { ProblemView } from "./views.ts";

type Json = Record<string, unknown>;

const OPEN = new Set(["/healthz", "/readyz", "/api/v1/login"]);
const KEY_HEADER = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  schema: { type: "string", minLength: 1, maxLength: 128 },
  description: "The same key and body never make a second order, also after a restart.",
};

/** Made when first asked: the generator is loaded only then. */
export async function openapiDocument(app: AnyElysia, version: string): Promise<string> {
  const { toOpenAPISchema } = await import("@elysiajs/openapi");
  const { paths } = toOpenAPISchema(app, undefined, undefined, undefined, "3.1.2");
  const documented: Json = {};
  for (const [path, operations] of Object.entries(paths as Record<string, Json>)) {
    if (!path.startsWith("/api/v1/") && !/^\/(healthz|readyz|metrics)$/.test(path)) continue;
    const item: Json = {};
    for (const [method, operation] of Object.entries(operations)) {
      item[method] = completed(path, method, operation as Json);
    }
    documented[path] = item;
  }
  documented["/api/v1/stream"] = { get: STREAM };
  const document = {
    openapi: "3.1.2",
    info: {
      title: "Meltica",
      version,
      description:
        "Auto-trading gateway. Decimals are strings, times ISO-8601 beside epoch µs, errors RFC 9457 problems. " +
        "Every answer names the `record` of the read model; `?since=record` waits for one.",
      license: { name: "MIT", identifier: "MIT" },
    },
    security: [{ bearer: [] }, { session: [] }],
    paths: documented,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "the text of the file token in the data directory" },
        session: { type: "apiKey", in: "cookie", name: "meltica_session" },
      },
      schemas: { Problem: ProblemView },
    },
  };
  return JSON.stringify(document);
}

function completed(path: string, method: string, operation: Json): Json {
  const responses = { ...(operation["responses"] as Json | undefined) };
  if (path === "/metrics") {
    responses["200"] = { description: "Prometheus text", content: { "text/plain": { schema: { type: "string" } } } };
  }
  for (const [status, response] of Object.entries(responses)) {
    responses[status] = { description: status === "503" ? "Not ready" : "Done", ...(response as Json) };
  }
  responses["default"] = {
    description: "A problem",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
  const parameters = [...((operation["parameters"] as unknown[] | undefined) ?? [])];
  if (path === "/api/v1/orders" && method === "post") parameters.push(KEY_HEADER);
  return {
    ...operation,
    ...(parameters.length === 0 ? {} : { parameters }),
    responses,
    ...(OPEN.has(path) ? { security: [] } : {}),
  };
}

const STREAM: Json = {
  tags: ["stream"],
  operationId: "getApiV1Stream",
  summary: "WebSocket of quotes, bars, orders, fills, positions, pnl and status",
  description:
    "Send {op: subscribe, channels, resume?}. Each channel answers with a snapshot, or with what came after the " +
    "sequence in resume; then updates with dense sequences. Readers that are too slow are closed with code 4008.",
  parameters: [
    { name: "ticket", in: "query", required: false, schema: { type: "string" }, description: "in place of a header" },
  ],
  responses: {
    "101": { description: "WebSocket" },
    default: {
      description: "A problem",
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  },
};
