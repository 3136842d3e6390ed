/** Price ranges out of bars and trades: nothing outside the times asked for, nothing inside left out. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Problem } from "../../core/problem.ts";
import { RequestBudget } from "./budget.ts";
import { type HistoryDialect, type HistoryTrade, PriceHistory, type PriceRange, partsOf } from "./price_history.ts";
import type { RestAnswer } from "./rest.ts";

const MINUTE_MS = 60_000;
const BARS_MS = [60 * MINUTE_MS, 10 * MINUTE_MS, MINUTE_MS];
const SCALE = 2;

/** A venue of three trades to a page and four bars to an answer, that answers what its URL asks. */
class Venue {
  asked: string[] = [];
  answer: (text: string) => Partial<RestAnswer> = (text) => ({ text });
  readonly dialect: HistoryDialect = {
    barsMs: BARS_MS,
    barsMax: 4,
    tradesMax: 3,
    bars: (symbol, barMs, fromMs, toMs) => ({ url: `bars ${symbol} ${barMs} ${fromMs} ${toMs}`, weight: 1 }),
    trades: (symbol, fromMs, toMs, afterId) => ({ url: `trades ${symbol} ${fromMs} ${toMs} ${afterId}`, weight: 2 }),
    readBars: (value) => (Array.isArray(value) ? (value as { high: string; low: string }[]) : undefined),
    readTrades: (value) => (Array.isArray(value) ? (value as HistoryTrade[]) : undefined),
  };

  constructor(readonly trades: readonly HistoryTrade[]) {}

  ask(fromMs: number, toMs: number, weightMax = 1_000): PriceRange | Problem | undefined {
    const limits = { weightMax, windowUs: 60_000_000, requestsMax: 100 };
    const queue: (() => void)[] = [];
    const rest = {
      get: (url: string, done: (answer: RestAnswer) => void) => {
        this.asked.push(url);
        queue.push(() =>
          done({ status: 200, text: "", headers: {}, ...this.answer(JSON.stringify(this.#reply(url))) }),
        );
      },
    };
    const history = new PriceHistory(this.dialect, { nowUs: () => 1, rest, budget: new RequestBudget(limits) });
    let got: PriceRange | Problem | undefined;
    let calls = 0;
    const question = { symbol: "X", priceScale: SCALE, fromUs: fromMs * 1_000, toUs: toMs * 1_000 };
    history.ask(question, (range) => {
      got = range;
      calls++;
    });
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) next();
    expect(calls).toBe(1);
    return got;
  }

  #reply(url: string): unknown {
    const [kind, , a, b, c] = url.split(" ");
    const [first, second, third] = [parseInt(a as string, 10), parseInt(b as string, 10), parseInt(c as string, 10)];
    if (kind === "trades") {
      const fits = ({ id, timeMs }: HistoryTrade) => (third < 0 ? timeMs >= first && timeMs < second : id > third);
      return this.trades.filter(fits).slice(0, 3);
    }
    const bars: { high: string; low: string }[] = [];
    for (let openMs = second; openMs < third; openMs += first) {
      const prices = this.trades
        .filter(({ timeMs }) => timeMs >= openMs && timeMs < openMs + first)
        .map(({ price }) => price);
      if (prices.length === 0) continue;
      prices.sort((x, y) => parseFloat(x) - parseFloat(y));
      bars.push({ high: prices.at(-1) as string, low: prices[0] as string });
    }
    return bars;
  }
}

describe("price history", () => {
  test("equals the highest and lowest of the trades between the two times, whatever bars it takes", () => {
    const trades = fc.array(fc.tuple(fc.nat(90_000), fc.integer({ min: 1, max: 9_999 })), { maxLength: 60 });
    const times = fc.tuple(fc.nat(4 * 60 * MINUTE_MS), fc.nat(3 * 60 * MINUTE_MS));
    fc.assert(
      fc.property(trades, times, (gaps, [fromMs, forMs]) => {
        let timeMs = 0;
        const all = gaps.map(([gap, cents], id) => {
          timeMs += gap * 4;
          return { id, timeMs, price: `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}`, cents };
        });
        const venue = new Venue(all);
        const inside = all.filter((trade) => trade.timeMs >= fromMs && trade.timeMs < fromMs + forMs);
        const cents = inside.map((trade) => trade.cents);
        const wanted = cents.length === 0 ? { high: 0, low: 0 } : { high: Math.max(...cents), low: Math.min(...cents) };
        expect(venue.ask(fromMs, fromMs + forMs)).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  test("parts cover the time without a gap or an overlap, with few questions even for a month", () => {
    const parts = partsOf([1_440 * MINUTE_MS, ...BARS_MS], 1_234_567, 1_234_567 + 30 * 1_440 * MINUTE_MS);
    parts.forEach((part, i) => {
      if (i > 0) expect(part.fromMs).toBe(parts[i - 1]?.toMs as number);
      if (part.barMs > 0) expect([part.fromMs % part.barMs, part.toMs % part.barMs]).toEqual([0, 0]);
      else expect(part.toMs - part.fromMs).toBeLessThan(MINUTE_MS);
    });
    expect([parts[0]?.fromMs, parts.at(-1)?.toMs]).toEqual([1_234_567, 1_234_567 + 30 * 1_440 * MINUTE_MS]);
    expect(parts.length).toBeLessThanOrEqual(9);
    expect(partsOf(BARS_MS, 5, 5)).toEqual([]);
  });

  test.each([
    ["HTTP 500", () => ({ status: 500, text: "oops" })],
    ["lost", () => ({ status: 0, problem: { code: "SocketLost", detail: "lost" } as Problem })],
    ["no JSON", () => ({ text: "<html>" })],
    ["unknown form", () => ({ text: '{"a":1}' })],
    ["is no price", () => ({ text: '[{"id":1,"timeMs":5,"price":"1e5","high":"-","low":"-"}]' })],
    ["no order", () => ({ text: JSON.stringify([1, 1, 1].map((id) => ({ id, timeMs: 5, price: "1" }))) })],
  ] as const)("%s: a problem, once", (why, answer) => {
    const venue = new Venue([]);
    venue.answer = answer;
    const got = venue.ask(1, 20_000) as Problem;
    expect(got.code).toBe("HistoryUnknown");
    expect(got.detail).toContain(why);
  });

  test("beyond the budget nobody is asked; a venue that always has one more page is asked so often and no more", () => {
    const venue = new Venue([]);
    expect((venue.ask(1, 200_000, 2) as Problem).detail).toContain("budget");
    expect(venue.asked).toEqual(["trades X 1 60000 -1"]);
    const endless = new Venue([]);
    let id = 0;
    endless.answer = () => ({ text: JSON.stringify([1, 2, 3].map(() => ({ id: ++id, timeMs: 5, price: "1" }))) });
    expect((endless.ask(1, 20_000) as Problem).detail).toContain("more than 32 requests");
    expect(endless.asked.length).toBe(32);
  });
});
