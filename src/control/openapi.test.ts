/** The document of the interface: an independent validator takes it, every route is in it, the reader is served from here. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Client, Rig } from "./rig.testing.ts";

const rig = new Rig();
const client = new Client(rig);
beforeAll(() => void rig.start());
afterAll(() => rig.control.stop());

test("the document is valid OpenAPI 3.1 and names every route under /api/v1", async () => {
  const answer = await client.get("/api/openapi.json");
  expect(answer.status).toBe(200);
  const validator = new Validator();
  const result = await validator.validate(structuredClone(answer.json));
  expect(result).toMatchObject({ valid: true });
  expect(validator.version).toBe("3.1");
  const documented = Object.entries(answer.json.paths as Record<string, object>).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = rig.control.routes.routes
    .filter(({ path }) => path.startsWith("/api/v1/") || /^\/(healthz|readyz|metrics)$/.test(path))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  expect(documented.sort()).toEqual([...routes, "GET /api/v1/stream"].sort());
  expect(routes).toMatchSnapshot();
  process.stdout.write(`  ${documented.length} operations, ${answer.text.length} bytes\n`);
});

test("a broken document would be found", async () => {
  const { json } = await client.get("/api/openapi.json");
  json.paths["/api/v1/orders"].get.responses = {};
  json.info.title = 7;
  expect(await new Validator().validate(json)).toMatchObject({ valid: false });
});

test("the reader comes from our own origin, with a policy that allows no other", async () => {
  const page = await client.get("/api/docs");
  expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'self'; script-src 'self';/);
  expect(page.text).not.toMatch(/https?:/);
  const script = await client.get("/api/docs/scalar.js");
  expect(script.type).toContain("javascript");
  expect(script.text.length).toBeGreaterThan(1_000_000);
});
