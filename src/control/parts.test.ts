/** The small parts: exact money, times, rings, cursors, jobs, the route table. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mantissaText, wideText } from "../core/decimal.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { ProblemError } from "../core/problem.ts";
import { Wide } from "../core/wide.ts";
import { START_US } from "../engine/engine.testing.ts";
import type { Instance } from "../engine/instances.ts";
import { RecordKind as K, TradingRecord } from "../model/record.ts";
import { cursorText, readCursor, readLimit } from "./cursor.ts";
import { bigAt, bigOf, bigText } from "./exact.ts";
import { HttpProblem } from "./http_problem.ts";
import { definitionOf } from "./instance_definition.ts";
import { JobList } from "./jobs.ts";
import { ControlMemory } from "./memory.ts";
import { RouteTable } from "./route_table.ts";
import { RowRing } from "./row_ring.ts";
import { timeframeText, timeOf, timeOrNull } from "./time.ts";

describe("exact money", () => {
  const limbs = fc.tuple(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.maxSafeNat());

  test("reads and writes as the core does", () => {
    fc.assert(
      fc.property(limbs, ([hi, lo]) => {
        const wide = new Wide().setLimbs(hi, lo);
        expect(bigText(bigOf(wide))).toBe(wideText(wide, 18));
      }),
    );
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 18 }), (mantissa, scale) => {
        const text = mantissaText(mantissa, scale, 18);
        expect(bigText(bigAt(BigInt(mantissa), scale))).toBe(text.replace(/\.?0+$/, "").replace(/^-0$/, "0"));
      }),
    );
  });

  test("cuts toward zero", () => {
    expect([bigText(1_999_999_999_999_999_999n, 2), bigText(-19n * 10n ** 16n, 1), bigText(-1n, 4)]).toEqual([
      "1.99",
      "-0.1",
      "0",
    ]);
  });
});

test("times are ISO-8601 with microseconds; timeframes take their largest unit", () => {
  expect(timeOf(1_700_000_000_123_456)).toEqual({ iso: "2023-11-14T22:13:20.123456Z", us: 1_700_000_000_123_456 });
  expect(timeOrNull(0)).toBeNull();
  expect(() => timeOf(Number.NaN)).toThrow(/ValueOutOfRange/);
  expect([1e6, 3e8, 3.6e9, 86.4e9, 6.048e11, 250_000, 7].map(timeframeText)).toEqual([
    "1s",
    "5m",
    "1h",
    "1d",
    "1w",
    "250ms",
    "7us",
  ]);
});

test("a ring keeps the newest rows under their positions", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(40), fc.nat(12), (capacity, count, limit) => {
      const ring = new RowRing<number>(capacity);
      const all = Array.from({ length: count }, (_, n) => n);
      for (const n of all) ring.push(n);
      expect(ring.last(limit)).toEqual(limit === 0 ? [] : all.slice(-Math.min(limit, capacity)));
      for (const n of all) expect(ring.at(n)).toBe(n >= count - capacity ? n : undefined);
      expect([ring.at(-1), ring.at(count)]).toEqual([undefined, undefined]);
    }),
  );
});

test("cursors come back; those of other lists, or of nobody, do not", () => {
  fc.assert(fc.property(fc.nat(), (at) => expect(readCursor("orders", cursorText("orders", at), 0)).toBe(at)));
  fc.assert(fc.property(fc.string(), (text) => expect(() => readCursor("orders", text, 0)).toThrow(HttpProblem)));
  expect(() => readCursor("orders", cursorText("pnl", 1), 0)).toThrow(HttpProblem);
  expect([readLimit(undefined, 500, 100), readLimit("0", 500), readLimit("99999", 500)]).toEqual([100, 1, 500]);
});

test("jobs tell how they ended, and the list is bounded", async () => {
  const jobs = new JobList({ ...DEFAULT_LIMITS, pageRowsMax: 3 }, () => 7);
  let finish = (): void => undefined;
  const running = jobs.run("prepare", "a", () => new Promise((resolve) => (finish = () => resolve(undefined))));
  expect(jobs.all()[0]).toMatchObject({ state: "running", ended: null, subject: "a" });
  finish();
  expect(await running).toBeUndefined();
  expect(jobs.all()[0]).toMatchObject({ state: "done", ended: { us: 7 }, problem: null });
  const problem = { code: "StrategyType", detail: "no", hint: "", file: "x.ts", line: 3 };
  expect(await jobs.run("prepare", "b", async () => problem)).toBe(problem);
  expect(jobs.all()[0]).toMatchObject({ state: "failed", problem: "x.ts:3: no [StrategyType]" });
  const secret = new Error("a path that is nobody's business");
  expect(jobs.run("prepare", "c", () => Promise.reject(secret))).rejects.toBe(secret);
  expect(jobs.run("prepare", "d", () => Promise.reject(new ProblemError(problem)))).rejects.toThrow();
  await Bun.sleep(0);
  expect(jobs.all().map((job) => job.subject)).toEqual(["d", "c", "b"]);
  expect(JSON.stringify(jobs.all())).not.toContain("business");
});

test("the route table finds what a router would", () => {
  const table = new RouteTable([
    { method: "GET", path: "/a" },
    { method: "POST", path: "/a" },
    { method: "GET", path: "/a/:id" },
    { method: "GET", path: "/f/*" },
    { method: "GET", path: "/x.json" },
  ]);
  expect(table.find("/a")).toEqual({ path: "/a", methods: ["GET", "POST"] });
  expect(table.find("/a/7")?.path).toBe("/a/:id");
  expect(table.find("/f/b/c")?.path).toBe("/f/*");
  for (const path of ["/", "/a/", "/a/7/8", "/f/", "/x-json", "/b"]) expect(table.find(path)).toBeUndefined();
});

test("any definition of an instance is read: what is odd is left out", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (definition) => {
      const read = definitionOf(instanceOf(definition));
      expect(read.name).not.toBe("");
      expect(typeof read.strategy).toBe("string");
    }),
  );
  const numbered = { strategy: "s", markets: { main: { instrument: 0, account: 1, tf: "1s" }, odd: 3 } };
  expect(definitionOf(instanceOf(JSON.stringify(numbered)))).toEqual({
    name: "instance-3",
    strategy: "s",
    params: {},
    markets: { main: { instrument: 0, account: 1, tf: "1s" } },
  });
});

function instanceOf(definition: string): Instance {
  return { id: 3, definition, cells: "" } as Instance;
}

test("an order's time is its newest record's: also of one that was adopted, triggered or resized", () => {
  const memory = new ControlMemory(DEFAULT_LIMITS);
  const kinds = [K.OrderAdopted, K.OrderIntent, K.OrderTriggered, K.WatermarkMoved, K.OrderResized, K.FillBusted];
  kinds.forEach((kind, n) => {
    memory.onRecord(Object.assign(new TradingRecord().reset(kind), { order: 5, timeUs: START_US + n }));
    expect([K[kind], memory.orderUpdatedUs(5)]).toEqual([K[kind], START_US + n]);
  });
  memory.onRecord(Object.assign(new TradingRecord().reset(K.PositionBroken), { timeUs: START_US + 99 }));
  expect(memory.orderUpdatedUs(0)).toBe(0);
});
