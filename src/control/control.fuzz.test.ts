/** Hostile requests, seeded: never a 5xx, always problem+json, never a fault of ours, the engine undisturbed. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { ETH } from "../engine/engine.testing.ts";
import { Client, ORDER, Rig } from "./rig.testing.ts";

const REQUESTS = 20_000;
const seed = Number.parseInt(Bun.env["MELTICA_FUZZ_SEED"] ?? "", 10) || Date.now() % 1_000_000;
let state = seed >>> 0;

const rig = new Rig();
let nowUs = 1_000_000_000;
beforeAll(() => {
  rig.nowUs = () => nowUs;
  rig.start();
  rig.quote(19_999_900, 20_000_100);
});
afterAll(() => rig.control.stop());

function random(n: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 4_294_967_296) * n);
}
const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;

const TEXTS = [
  "",
  "0",
  "-1",
  "1e999",
  "NaN",
  "99999999999999999999999",
  "0.00000000000000000001",
  "null",
  "../../etc/passwd",
  "%00",
  "\u0000",
  "\ud800",
  "💥",
  "a".repeat(5_000),
  "__proto__",
  "constructor",
  "' OR 1=1 --",
  "<script>",
  "true",
  ETH.name,
  "desk",
  "ema",
  "ema-cross",
  "1",
  "2000",
  "0.5",
  "2000.01",
  "firm",
  "account",
  "instrument",
  "instance",
  "limit",
  "market",
  "open",
  "1s",
];
const FIELDS = [
  "account",
  "instrument",
  "side",
  "qty",
  "price",
  "type",
  "timeInForce",
  "postOnly",
  "why",
  "name",
  "strategy",
];
const MORE = [
  "params",
  "markets",
  "scope",
  "key",
  "version",
  "maxOrderValue",
  "newOrders",
  "policy",
  "code",
  "token",
  "x",
  "__proto__",
];
const QUERY = ["since", "limit", "cursor", "state", "account", "instrument", "instance", "dryRun", "depth", "tf", "x"];

function value(depth = 0): unknown {
  const kind = random(depth > 3 ? 7 : 10);
  if (kind < 4) return pick(TEXTS);
  if (kind === 4) return pick([0, -1, 1.5, 1e308, -0, 9_007_199_254_740_991, 4_294_967_296]);
  if (kind === 5) return pick([true, false]);
  if (kind === 6) return null;
  if (kind === 7) return Array.from({ length: random(4) }, () => value(depth + 1));
  return object(depth + 1);
}

function object(depth = 0): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (let n = random(6); n > 0; n--) {
    Object.defineProperty(made, pick([...FIELDS, ...MORE]), {
      value: value(depth),
      enumerable: true,
      configurable: true,
    });
  }
  return made;
}

/** A good body with one thing wrong, or two, or none. */
function nearlyGood(): unknown {
  const bodies: Record<string, unknown>[] = [
    { ...ORDER },
    { price: "1999", qty: "0.4" },
    {
      name: "ema",
      strategy: "ema-cross",
      params: { size: 1 },
      markets: { main: { instrument: ETH.name, account: "desk" } },
    },
    { scope: "firm", maxOrderValue: "1000", newOrders: { count: 1, windowUs: 1 } },
    { scope: "instrument", key: ETH.name, why: "x" },
    { policy: "flatten" },
    { params: { size: 2 } },
    { code: "guess" },
  ];
  const body = pick(bodies);
  for (let n = random(3); n > 0; n--) body[pick([...Object.keys(body), ...FIELDS])] = value(1);
  return body;
}

function bodyText(): string {
  const kind = random(20);
  if (kind === 0) return pick(["{", "", "[", '{"a":', "\u0000", "nul", "{}{}", '"', "1e", '{"qty":"1","qty":"2"}']);
  if (kind === 1) return JSON.stringify(value()) ?? "";
  if (kind < 6) return JSON.stringify(object());
  return JSON.stringify(nearlyGood());
}

function path(pattern: string): string {
  const names = [...TEXTS, String(rig.desk.state.orders.nextOrder - 1 - random(20))];
  const concrete = pattern.replace(/:\w+|\*/g, () =>
    random(3) === 0 ? "%zz%" : encodeURIComponent(pick(names).toWellFormed()),
  );
  if (random(3) > 0) return concrete;
  const fields = Array.from(
    { length: 1 + random(3) },
    () => `${pick(QUERY)}=${encodeURIComponent(pick(TEXTS).toWellFormed())}`,
  );
  return `${concrete}?${fields.join("&")}${pick(["", "", "&", "&&=", "&%", "#x"])}`;
}

test(`${REQUESTS} requests, seed ${seed}`, async () => {
  const client = new Client(rig, true);
  const routes = rig.control.routes.routes.filter(
    ({ path: at }) => !at.startsWith("/api/docs") && at !== "/api/openapi.json",
  );
  const statuses = new Map<number, number>();
  for (let n = 0; n < REQUESTS; n++) {
    nowUs += 20_000;
    const route = pick(routes);
    const method = random(20) === 0 ? pick(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) : route.method;
    const headers: Record<string, string> = {};
    if (random(10) === 0)
      headers["content-type"] = pick(["text/plain", "application/json; charset=utf-16", "x", "application/json;"]);
    if (random(5) === 0) headers["idempotency-key"] = pick(["a", "b", "c d", "x".repeat(200), "é", "k#1"]);
    const where = path(route.path).replace(/since=[1-9]\d*/, "since=1");
    const body = method === "GET" ? undefined : bodyText();
    const answer = await client.ask(method, where, body, headers);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    const said = `seed ${seed}, request ${n}: ${method} ${where} ${body} → ${answer.status} ${answer.text.slice(0, 300)}`;
    if (answer.status >= 500 && !(answer.status === 503 && answer.json?.code === "TimedOut")) throw new Error(said);
    if (answer.status >= 400 && answer.type !== "application/problem+json") throw new Error(said);
    if (rig.faults.length > 0) throw new Error(`${said}: ${String(rig.faults[0])}`);
  }
  const sorted = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
  process.stdout.write(`  seed ${seed}: ${sorted.join(", ")}; ${rig.desk.state.orders.nextOrder - 1} orders\n`);
  expect(rig.replica.hash()).toBe(rig.desk.state.hash());
  expect(statuses.get(200) ?? 0).toBeGreaterThan(REQUESTS / 50);
}, 60_000);
