/** Bars against a plain reference that keeps every trade: out of order, late, silent stretches, closed by time. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { BarFlag, BarSeries } from "./bar_series.ts";

const INTERVAL = 1_000;
const RUNS = process.env["MELTICA_FUZZ"] === "large" ? 20_000 : 600;
const HISTORY = 8;

type Step =
  | { readonly kind: "trade"; readonly timeUs: number; readonly price: number; readonly qty: number }
  | { readonly kind: "time"; readonly passedUs: number }
  | { readonly kind: "gap" };

interface Trade {
  readonly timeUs: number;
  readonly price: number;
  readonly qty: number;
}

interface PlainBar {
  readonly startUs: number;
  readonly trades: Trade[];
  flags: number;
  skipped: number;
}

/** Every accepted trade kept, prices taken from them sorted by time. */
function plainBars(steps: readonly Step[], knownFromUs: number): { closed: PlainBar[]; late: number } {
  const closed: PlainBar[] = [];
  let forming: PlainBar | undefined;
  let late = 0;
  let waiting = 0;
  const mark = (flag: number): void => {
    if (forming === undefined) waiting |= flag;
    else forming.flags |= flag;
  };
  for (const step of steps) {
    if (step.kind === "gap") mark(BarFlag.FeedGap);
    else if (step.kind === "time") {
      if (forming === undefined || step.passedUs < forming.startUs + INTERVAL) continue;
      forming.flags |= BarFlag.ByTime;
      closed.push(forming);
      forming = undefined;
    } else {
      const startUs = Math.floor(step.timeUs / INTERVAL) * INTERVAL;
      const newest: PlainBar | undefined = forming ?? closed.at(-1);
      if (newest !== undefined && (startUs < newest.startUs || (forming === undefined && startUs === newest.startUs))) {
        late++;
        mark(BarFlag.LateTrades);
        continue;
      }
      if (forming?.startUs === startUs) {
        forming.trades.push(step);
        continue;
      }
      if (forming !== undefined) closed.push(forming);
      const skipped = newest === undefined ? 0 : (startUs - newest.startUs) / INTERVAL - 1;
      const partial = newest === undefined && !(knownFromUs > 0 && knownFromUs < startUs);
      forming = { startUs, trades: [step], flags: waiting, skipped };
      waiting = 0;
      if (partial) forming.flags |= BarFlag.PartialStart;
      if (skipped > 0) forming.flags |= BarFlag.GapBefore;
    }
  }
  return { closed, late };
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("trade" as const),
      timeUs: fc.integer({ min: 0, max: 400 }),
      price: fc.integer({ min: 1, max: 500 }),
      qty: fc.integer({ min: 1, max: 1_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("time" as const), passedUs: fc.integer({ min: 0, max: 3_000 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "gap" as const }) },
);

test("bars equal the plain reference over random trades and clocks", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(step, fc.integer({ min: -1_500, max: 900 })), { minLength: 1, maxLength: 120 }),
      fc.constantFrom(0, 1_700_000_000_000_500, 1_700_000_000_001_999),
      (raw, knownFromUs) => {
        // Time moves on by a random walk, and a trade now and then comes from the past.
        let now = 1_700_000_000_002_000;
        const steps = raw.map(([item, move]): Step => {
          if (move > 0) now += move;
          if (item.kind === "trade") return { ...item, timeUs: now + item.timeUs + Math.min(0, move) };
          return item.kind === "time" ? { ...item, passedUs: now + item.passedUs - 1_500 } : item;
        });
        compare(steps, knownFromUs);
      },
    ),
    { numRuns: RUNS },
  );
});

function compare(steps: readonly Step[], knownFromUs: number): void {
  const series = new BarSeries(INTERVAL, HISTORY, knownFromUs);
  let closes = 0;
  for (const item of steps) {
    let closed = false;
    if (item.kind === "trade") closed = series.trade(item.timeUs, item.price, item.qty);
    else if (item.kind === "time") closed = series.time(item.passedUs);
    else series.feedGap();
    if (closed) closes++;
    expect(series.closedCount).toBe(closes);
  }
  const plain = plainBars(steps, knownFromUs);
  expect(series.closedCount).toBe(plain.closed.length);
  expect(series.lateTrades).toBe(plain.late);
  expect(series.length).toBe(Math.min(HISTORY, plain.closed.length));
  for (let back = 0; back < series.length; back++) {
    const bar = plain.closed[plain.closed.length - 1 - back] as PlainBar;
    const byTime = bar.trades.map((trade, index) => ({ ...trade, index }));
    byTime.sort((a, b) => a.timeUs - b.timeUs || a.index - b.index);
    const prices = byTime.map((trade) => trade.price);
    const whole = (bar.flags & (BarFlag.PartialStart | BarFlag.FeedGap)) === 0;
    expect({
      startUs: series.startUs(back),
      open: series.open(back),
      high: series.high(back),
      low: series.low(back),
      close: series.close(back),
      volume: series.volume(back),
      count: series.count(back),
      skipped: series.skipped(back),
      flags: series.flags(back),
    }).toEqual({
      startUs: bar.startUs,
      open: prices[0] as number,
      high: Math.max(...prices),
      low: Math.min(...prices),
      close: prices.at(-1) as number,
      volume: bar.trades.reduce((sum, trade) => sum + trade.qty, 0),
      count: bar.trades.length,
      skipped: bar.skipped,
      flags: whole ? bar.flags | BarFlag.Complete : bar.flags,
    });
  }
}
