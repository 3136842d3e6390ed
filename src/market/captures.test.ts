/** Real captures end with exactly the numbers that an independent implementation computed: books, volumes, gaps. */

import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { present } from "../core/assert.ts";
import { parseMantissa, wideText } from "../core/decimal.ts";
import { BarFlag, type BarSeries } from "./bar_series.ts";
import { BookSide } from "./book.ts";
import { BookFlag } from "./book_sync.ts";
import { Feed, PRICE_SCALE, priceText, QTY_SCALE, qtyText } from "./feed.testing.ts";

const ROOT = `${process.env["MELTICA_FIXTURES"] ?? "../shared/fixtures"}/marketdata`;
const PRESENT = existsSync(`${ROOT}/expected.json`);

interface Expected {
  readonly files: readonly string[];
  readonly depthApplied: number;
  readonly depthDropped: number;
  readonly depthSequenceGaps: number;
  readonly bboChecksAgainstBookTicker: number;
  readonly bboMismatches: number;
  readonly byStream: Readonly<Record<string, number>>;
  readonly tradeIdGaps: number;
  readonly tradeVolume: string;
  readonly tradeQuoteVolume: string;
  readonly tradeHigh: string;
  readonly tradeLow: string;
  readonly recvMinusEventMs: { readonly min: number };
  readonly final: {
    readonly updateId: number;
    readonly bestBid: readonly [string, string];
    readonly bestAsk: readonly [string, string];
    readonly bidLevels: number;
    readonly askLevels: number;
  };
}

const cases: Expected[] = PRESENT ? JSON.parse(readFileSync(`${ROOT}/expected.json`, "utf8")) : [];

/** Feeds all lines of the case, with engine time told before each as the engine does. */
function replay(expected: Expected): { feed: Feed; lines: readonly string[]; bars: BarSeries } {
  const feed = new Feed({ checkQuotes: true });
  const bars = present(feed.market.instrument(0)).bars(1_000_000);
  const text = expected.files.map((file) => gunzipSync(readFileSync(`${ROOT}/${file}`)).toString()).join("");
  const lines = text.trimEnd().split("\n");
  for (const line of lines) {
    feed.market.onTime(Number(line.slice(0, 16)));
    feed.line(line);
  }
  return { feed, lines, bars };
}

for (const expected of cases) {
  describe(expected.files.join(" + "), () => {
    const { feed, lines, bars } = replay(expected);
    const market = present(feed.market.instrument(0));
    const sync = present(market.book);
    const priceDecimals = present(expected.final.bestBid[0].split(".")[1]).length;
    const qtyDecimals = present(expected.final.bestBid[1].split(".")[1]).length;

    test("book: updates applied and dropped, no gap, valid, last id, best levels with sizes, level counts", () => {
      expect(sync.applied).toBe(expected.depthApplied);
      expect(sync.dropped).toBe(expected.depthDropped);
      expect(sync.gaps).toBe(expected.depthSequenceGaps);
      expect(sync.duplicates + sync.broken + sync.crossedCount + sync.snapshotsTooOld).toBe(0);
      expect(sync.lastUpdateId).toBe(expected.final.updateId);
      expect(sync.flags & BookFlag.Valid).toBe(BookFlag.Valid);
      const { book } = sync;
      expect([priceText(book.bestBid, priceDecimals), qtyText(book.bestBidQty, qtyDecimals)]).toEqual([
        ...expected.final.bestBid,
      ]);
      expect([priceText(book.bestAsk, priceDecimals), qtyText(book.bestAskQty, qtyDecimals)]).toEqual([
        ...expected.final.bestAsk,
      ]);
      expect(book.levels(BookSide.Bid)).toBe(expected.final.bidLevels);
      expect(book.levels(BookSide.Ask)).toBe(expected.final.askLevels);
    });

    test("book equals the venue's best quotes at the same update id", () => {
      const check = present(market.quoteCheck);
      expect(check.checks).toBe(expected.bboChecksAgainstBookTicker);
      expect(check.mismatches).toBe(expected.bboMismatches);
    });

    test("trades: count, volume, quote volume, high, low, id gaps; latency is negative and harmless", () => {
      expect(market.tradeCount).toBe(present(expected.byStream["trade"]));
      expect(wideText(market.volume, QTY_SCALE)).toBe(expected.tradeVolume.replace(/0+$/, ""));
      expect(wideText(market.quoteVolume, PRICE_SCALE + QTY_SCALE)).toBe(expected.tradeQuoteVolume);
      expect(priceText(market.high, priceDecimals)).toBe(expected.tradeHigh);
      expect(priceText(market.low, priceDecimals)).toBe(expected.tradeLow);
      expect(market.tradeIdGaps).toBe(expected.tradeIdGaps);
      expect(market.tradeDuplicates).toBe(0);
      expect(market.quoteCount).toBe(present(expected.byStream["bookTicker"]));
      // The expected minimum is of depth messages alone; trades may lie a little lower.
      expect(Math.abs(market.latencyMinUs / 1_000 - expected.recvMinusEventMs.min)).toBeLessThan(1);
      expect(market.clock.offsetUs).toBeLessThan(-1_000_000);
      expect(market.clock.jumps).toBe(0);
    });

    test("one-second bars equal trades grouped by exchange time", () => {
      const plain = plainBars(lines, 1_000);
      expect(bars.lateTrades).toBe(0);
      const startsMs = [...plain.keys()];
      // The last group is still forming, unless time has closed it.
      const closed = startsMs.slice(0, bars.closedCount);
      expect(startsMs.length - bars.closedCount).toBe(bars.formingCount > 0 ? 1 : 0);
      for (const [index, startMs] of closed.entries()) {
        const back = bars.closedCount - 1 - index;
        const bar = present(plain.get(startMs));
        const before = index === 0 ? startMs : present(startsMs[index - 1]) + 1_000;
        expect([bars.startUs(back), bars.open(back), bars.high(back), bars.low(back), bars.close(back)]).toEqual([
          startMs * 1_000,
          ...bar.prices(),
        ]);
        expect([bars.volume(back), bars.count(back)]).toEqual([bar.volume, bar.count]);
        expect(bars.skipped(back)).toBe((startMs - before) / 1_000);
        const flags = bars.flags(back) & ~BarFlag.ByTime;
        const whole = bars.skipped(back) > 0 ? BarFlag.Complete | BarFlag.GapBefore : BarFlag.Complete;
        expect(flags).toBe(index === 0 ? BarFlag.PartialStart : whole);
      }
    });

    test("a second run gives the same hash, and another order of frames another", () => {
      expect(replay(expected).feed.market.hash()).toBe(feed.market.hash());
      const before = feed.market.hash();
      feed.quote(1, 1, 2, 1, 9e15);
      expect(feed.market.hash()).not.toBe(before);
    });
  });
}

test.skipIf(PRESENT)("captures are skipped: shared fixtures are not here", () => {
  expect(PRESENT).toBe(false);
});

/** One bar the plain way: all its trades, in exchange-time order as they came. */
class PlainBar {
  volume = 0;
  count = 0;
  readonly #prices: number[] = [];

  add(price: number, qty: number): void {
    this.#prices.push(price);
    this.volume += qty;
    this.count++;
  }

  prices(): number[] {
    const first = present(this.#prices[0]);
    return [first, Math.max(...this.#prices), Math.min(...this.#prices), present(this.#prices.at(-1))];
  }
}

function plainBars(lines: readonly string[], intervalMs: number): Map<number, PlainBar> {
  const bars = new Map<number, PlainBar>();
  for (const line of lines) {
    if (!line.includes("@trade")) continue;
    const data = JSON.parse(line.slice(line.indexOf(" ") + 1)).data;
    const start = Math.floor(data.T / intervalMs) * intervalMs;
    if (!bars.has(start)) bars.set(start, new PlainBar());
    present(bars.get(start)).add(
      parseMantissa(data.p, PRICE_SCALE).mantissa,
      parseMantissa(data.q, QTY_SCALE).mantissa,
    );
  }
  return bars;
}
