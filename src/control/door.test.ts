/** Who gets in: token, session, ticket; host, origin, rate; every route without a token. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client, ORDER, Rig, TOKEN } from "./rig.testing.ts";
import { SecretTable, sameSecret } from "./secret_table.ts";
import { TokenBucket } from "./token_bucket.ts";

const rig = new Rig();
const client = new Client(rig);
let nowUs = 1_000_000_000_000;

/** What may be asked without a token, and nothing else. */
const OPEN = ["GET /", "GET /assets/*", "GET /healthz", "GET /readyz", "POST /api/v1/login"];

beforeAll(() => {
  rig.nowUs = () => nowUs;
  rig.start({ pageAssets: async () => ({ html: "", js: "", css: "" }) });
  rig.quote(19_999_900, 20_000_100);
});
afterAll(() => rig.control.stop());

const url = (path: string) => rig.control.url + path;
const ask = (path: string, init: RequestInit = {}) => rig.control.handle(new Request(url(path), init));

/** Logs in; answers the Cookie header. */
async function login(body: object): Promise<string> {
  const response = await ask("/api/v1/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return (response.headers.get("set-cookie") ?? "").split(";")[0] as string;
}

describe("token", () => {
  test("every route but the named few is 401 without a token, with a wrong one, and with another scheme", async () => {
    const open: string[] = [];
    let tried = 0;
    for (const { method, path } of rig.control.routes.routes) {
      const concrete = path.replace(/:\w+/g, "1").replace("*", "page.js");
      const headers = [
        {},
        { authorization: `Bearer ${TOKEN}x` },
        { authorization: `Bearer ${TOKEN.slice(0, -1)}` },
        { authorization: `Basic ${TOKEN}` },
        { authorization: "Bearer" },
        { cookie: "meltica_session=none" },
      ];
      for (const header of headers) {
        const { status } = await ask(concrete, { method, headers: header as Record<string, string> });
        tried++;
        if (status !== 401) open.push(`${method} ${path}`);
      }
    }
    process.stdout.write(`  ${rig.control.routes.routes.length} routes, ${tried} requests without a good token\n`);
    expect([...new Set(open)].sort()).toEqual(OPEN);
    expect(rig.control.routes.routes.length).toBeGreaterThan(38);
  });

  test("a 401 says how to come in", async () => {
    const response = await fetch(url("/api/v1/status"));
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="meltica"']);
    expect(((await response.json()) as { hint: string }).hint).toContain("<dataDir>/token");
    expect((await ask("/api/v1/none")).status).toBe(401);
  });

  test("secrets are compared whole, whatever their length", () => {
    expect(sameSecret(TOKEN, TOKEN)).toBe(true);
    for (const wrong of ["", "x", TOKEN.slice(1), `${TOKEN} `]) expect(sameSecret(wrong, TOKEN)).toBe(false);
  });
});

describe("sessions", () => {
  test("a code works once and for ten minutes; the cookie is HttpOnly and SameSite=Strict", async () => {
    const code = rig.control.loginCode();
    const response = await ask("/api/v1/login", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    });
    const cookie = response.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^meltica_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=36000$/);
    const again = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ code }) };
    expect((await ask("/api/v1/login", again)).status).toBe(401);
    const late = rig.control.loginCode();
    nowUs += 600_000_000;
    expect((await ask("/api/v1/login", { ...again, body: JSON.stringify({ code: late }) })).status).toBe(401);
    nowUs += 600_000_000;
  });

  test("reads need the cookie; changes need X-Meltica and our own origin as well", async () => {
    const cookie = await login({ token: TOKEN });
    const origin = rig.control.url;
    expect((await ask("/api/v1/status", { headers: { cookie } })).status).toBe(200);
    const body = JSON.stringify({ ...ORDER, price: "1900" });
    const cases: [Record<string, string>, number][] = [
      [{}, 403],
      [{ "x-meltica": "1" }, 403],
      [{ origin }, 403],
      [{ "x-meltica": "1", origin: "http://evil.example" }, 403],
      [{ "x-meltica": "1", origin: "null" }, 403],
      [{ "x-meltica": "1", "sec-fetch-site": "cross-site" }, 403],
      [{ "x-meltica": "1", "sec-fetch-site": "same-site", origin }, 403],
      [{ "x-meltica": "1", origin }, 201],
      [{ "x-meltica": "1", "sec-fetch-site": "same-origin" }, 201],
    ];
    for (const [headers, status] of cases) {
      const all = { cookie, "content-type": "application/json", ...headers };
      const response = await ask("/api/v1/orders", { method: "POST", headers: all, body });
      expect([headers, response.status]).toEqual([headers, status]);
    }
  });

  test("a session ends when idle, after ten hours, and at logout", async () => {
    const cookie = await login({ token: TOKEN });
    const status = async () => (await ask("/api/v1/status", { headers: { cookie } })).status;
    nowUs += 899_000_000;
    expect(await status()).toBe(200);
    nowUs += 900_000_000;
    expect(await status()).toBe(401);
    const other = await login({ token: TOKEN });
    for (let n = 0; n < 41; n++) {
      nowUs += 890_000_000;
      const { status: now } = await ask("/api/v1/status", { headers: { cookie: other } });
      expect([n, now]).toEqual([n, n < 40 ? 200 : 401]);
    }
    const last = await login({ token: TOKEN });
    const headers = { cookie: last, "x-meltica": "1", origin: rig.control.url };
    expect((await ask("/api/v1/logout", { method: "POST", headers })).status).toBe(200);
    expect((await ask("/api/v1/status", { headers: { cookie: last } })).status).toBe(401);
  });

  test("10,000 guesses: five fail at once, then one in twelve seconds; a login from elsewhere is refused", async () => {
    let tried = 0;
    for (let n = 0; n < 10_000; n++) {
      const headers = { "content-type": "application/json" };
      const { status } = await ask("/api/v1/login", { method: "POST", headers, body: `{"code":"guess-${n}"}` });
      expect([401, 429]).toContain(status);
      if (status === 401) tried++;
      if (n % 100 === 0) nowUs += 600_000; // One minute in all.
    }
    expect(tried).toBeGreaterThanOrEqual(5);
    expect(tried).toBeLessThanOrEqual(11);
    nowUs += 60_000_000;
    const foreign = { "content-type": "application/json", origin: "http://evil.example" };
    const body = JSON.stringify({ token: TOKEN });
    expect((await ask("/api/v1/login", { method: "POST", headers: foreign, body })).status).toBe(403);
    await login({ token: TOKEN });
  }, 20_000);

  test("the table is bounded: the first given out ends first; only digests are kept", () => {
    const table = new SecretTable(2, 100, 1_000);
    const [a, b, c] = [table.give(0), table.give(0, "who"), table.give(0)];
    expect([table.touch(a, 1), table.size]).toEqual([undefined, 2]);
    expect(table.spend(b, 50)).toBe("who");
    expect(table.spend(b, 50)).toBeUndefined();
    expect(table.touch(c, 100)).toBeUndefined();
    expect(JSON.stringify(table)).not.toContain(c);
  });
});

describe("host and origin", () => {
  test("another name in the Host header is refused on loopback", async () => {
    for (const [host, status] of [
      ["evil.example", 403],
      ["evil.example:8880", 403],
      ["127.0.0.1.evil.example", 403],
      ["localhost:1", 200],
      ["[::1]:8880", 200],
      ["LOCALHOST", 200],
    ] as const) {
      expect([host, (await fetch(url("/healthz"), { headers: { host } })).status]).toEqual([host, status]);
    }
  });
});

describe("rate", () => {
  test("reads and writes have budgets, exits one of their own, kill none", async () => {
    nowUs += 10_000_000;
    const inside = new Client(rig, true);
    const { readsPerSecondMax, writesPerSecondMax } = rig.desk.limits;
    const count = async (n: number, method: string, path: string, body?: unknown) => {
      let refused = 0;
      for (let i = 0; i < n; i++) if ((await inside.ask(method, path, body)).status === 429) refused++;
      return refused;
    };
    expect(await count(2 * readsPerSecondMax + 50, "GET", "/healthz")).toBe(50);
    expect(await count(2 * writesPerSecondMax + 50, "POST", "/api/v1/orders", "{}")).toBe(50);
    const limited = await inside.post("/api/v1/orders", ORDER);
    expect([limited.status, limited.json.code, limited.headers.get("retry-after")]).toEqual([
      429,
      "TooManyRequests",
      "1",
    ]);
    expect((await inside.post("/api/v1/orders/cancel-all")).status).toBe(200);
    expect(await count(1_000, "POST", "/api/v1/risk/kill", {})).toBe(0);
    nowUs += 1_000_000;
    expect((await inside.post("/api/v1/risk/resume", { scope: "firm", why: "test" })).status).toBe(200);
    expect((await client.get("/api/v1/status")).status).toBe(200);
  });

  test("a bucket lets through its rate and no more", () => {
    const bucket = new TokenBucket(10, 20, 0);
    let passed = 0;
    for (let us = 0; us < 10_000_000; us += 1_000) if (bucket.take(us)) passed++;
    expect(passed).toBeGreaterThanOrEqual(118);
    expect(passed).toBeLessThanOrEqual(120);
    expect(bucket.waitSeconds(10_000_000)).toBeLessThanOrEqual(1);
  });
});
