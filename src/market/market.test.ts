/** Market state by slots and by time, instrument_market with it: what each kind of slot does, and what bad ones do not. */

import { describe, expect, test } from "bun:test";
import { present } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { SlotFlag, SlotKind } from "../model/market_slot.ts";
import { BarFlag } from "./bar_series.ts";
import { BookSide } from "./book.ts";
import { BookFlag } from "./book_sync.ts";
import { Feed, instrumentOf, type Levels } from "./feed.testing.ts";
import { type InstrumentMarket, MarketEvent } from "./market.ts";

const BIDS: Levels = Array.from({ length: 30 }, (_, n) => [1_000 - n, 10 + n] as const);
const ASKS: Levels = Array.from({ length: 30 }, (_, n) => [1_001 + n, 20 + n] as const);

function marketOf(feed: Feed): InstrumentMarket {
  return present(feed.market.instrument(feed.instrument));
}

describe("quotes", () => {
  test("the newest id stands; an older one is dropped and counted, until the venue's ids begin again", () => {
    const feed = new Feed();
    const market = marketOf(feed);
    expect(feed.quote(100, 1, 102, 2, 50)).toBe(MarketEvent.Quote);
    expect(feed.quote(90, 1, 92, 2, 49)).toBe(0);
    expect([market.bidPrice, market.quotesOld, market.quoteUpdateId]).toEqual([100, 1, 50]);
    for (let id = 1; id < 15; id++) feed.quote(80, 1, 82, 2, id);
    expect(market.bidPrice).toBe(100);
    expect(feed.quote(80, 1, 82, 2, 16)).toBe(MarketEvent.Quote);
    expect([market.bidPrice, market.quoteUpdateId]).toEqual([80, 16]);
  });

  test("reference price: mid of the quote, else of a valid book, else the last trade; never a crossed quote", () => {
    const feed = new Feed();
    const market = marketOf(feed);
    expect([market.referencePrice(), market.referenceTimeUs]).toEqual([0, 0]);
    feed.trade(1, 900, 5);
    expect([market.referencePrice(), market.referenceTimeUs]).toEqual([900, feed.nowUs]);
    feed.snapshot(10, BIDS, ASKS);
    expect(market.referencePrice()).toBe(1_001);
    feed.quote(1_010, 1, 1_020, 1, 11);
    expect(market.referencePrice()).toBe(1_015);
    feed.quote(1_030, 1, 1_020, 1, 12);
    expect(market.referencePrice()).toBe(1_001);
    feed.quote(1_010, 1, 1_020, 1, 13);
    // The quote stream falls silent for more than a second while the book goes on.
    feed.nowUs += 2_000_000;
    feed.diff(11, -1, 12, [], []);
    expect([market.referencePrice(), market.referenceTimeUs]).toEqual([1_001, feed.nowUs]);
  });

  test("partial depth is the quote where there is no ticker, and never touches the synced book", () => {
    const feed = new Feed();
    const market = marketOf(feed);
    expect(feed.top(5, [[99, 1], [98, 2]], [[101, 3]])).toBe(MarketEvent.Book | MarketEvent.Quote); // biome-ignore format: one line.
    expect([market.bidPrice, market.askPrice, market.askQty]).toEqual([99, 101, 3]);
    expect(present(market.top).priceAt(BookSide.Bid, 1)).toBe(98);
    expect(market.book).toBeUndefined();
    feed.quote(97, 1, 103, 1, 4);
    expect(feed.top(6, [[96, 1]], [[104, 1]])).toBe(MarketEvent.Book);
    expect(market.bidPrice).toBe(97);
  });
});

describe("trades", () => {
  test("volume, high, low and last are exact; duplicates, gaps and late ones are told apart", () => {
    const feed = new Feed();
    const market = marketOf(feed);
    market.bars(1_000_000);
    expect(feed.trade(10, 1_000, 5)).toBe(MarketEvent.Trade);
    expect(feed.trade(12, 1_200, 5, undefined, SlotFlag.Sell)).toBe(MarketEvent.Trade | MarketEvent.Flags);
    expect(feed.trade(12, 1_200, 5)).toBe(0);
    expect(feed.trade(11, 800, 5)).toBe(MarketEvent.Trade);
    expect(feed.trade(11, 800, 5)).toBe(0);
    expect([market.tradeCount, market.tradeIdGaps, market.tradeDuplicates]).toEqual([3, 1, 2]);
    expect([market.high, market.low, market.lastPrice, market.lastSide]).toEqual([1_200, 800, 1_200, 2]);
    expect([market.volume.toNumber(), market.quoteVolume.toNumber()]).toEqual([15, 15_000]);
    expect(market.bars(1_000_000).formingFlags & BarFlag.FeedGap).toBe(BarFlag.FeedGap);
  });

  test("volume passes 2^53 without losing a unit", () => {
    const feed = new Feed();
    const market = marketOf(feed);
    const most = 9_007_199_254_740_991;
    for (let id = 1; id <= 3; id++) feed.trade(id, 1_000_003, most);
    expect(BigInt(market.volume.hi) * 2n ** 53n + BigInt(market.volume.lo)).toBe(BigInt(most) * 3n);
    const quote = BigInt(market.quoteVolume.hi) * 2n ** 53n + BigInt(market.quoteVolume.lo);
    expect(quote).toBe(BigInt(most) * 1_000_003n * 3n);
    // One that no sum could hold is set aside, however often it comes.
    for (let id = 4; id <= 9; id++) feed.trade(id, most, most);
    expect([market.tradeCount, market.badTrades]).toEqual([3, 6]);
    for (let id = 10; id <= 19; id++) feed.trade(id, 2 ** 52, 2 ** 53 - 1);
    expect(market.tradeCount + market.badTrades).toBe(19);
  });

  test("insurance-fund trades, the second kind of stream and empty trades make no volume and no bars", () => {
    const feed = new Feed();
    const market = marketOf(feed);
    feed.trade(1, 1_000, 5);
    expect(feed.trade(2, 1, 5, undefined, SlotFlag.NotMarket)).toBe(0);
    expect(feed.trade(900, 1, 5, undefined, SlotFlag.Aggregate)).toBe(0);
    expect(feed.trade(3, 0, 5)).toBe(0);
    expect(feed.trade(4, 5, 0)).toBe(0);
    expect([market.tradeCount, market.notMarketTrades, market.otherKindTrades, market.badTrades]).toEqual([1, 1, 1, 2]);
    expect([market.low, market.tradeIdGaps]).toEqual([1_000, 0]);
  });

  test("bars with a venue clock 1.27 s ahead: closed by time at end + offset + grace, by engine time", () => {
    const feed = new Feed();
    feed.aheadUs = 1_270_000;
    feed.nowUs = 1_000_000_000;
    const market = marketOf(feed);
    const bars = market.bars(1_000_000);
    feed.trade(1, 1_000, 5); // Exchange time 1,001.27 s: the bar ends at 1,002 s, which is 1,000.73 s here.
    expect(feed.market.onTime(1_000_979_999)).toBe(0);
    expect(feed.market.onTime(1_000_980_000)).toBe(MarketEvent.Bar);
    expect([bars.closedCount, bars.startUs(0), market.negativeLatencyCount]).toEqual([1, 1_001_000_000, 1]);
    expect([market.latencyMinUs, market.latencyMaxUs]).toEqual([-1_270_000, -1_270_000]);
    feed.nowUs = 1_002_000_000;
    expect(feed.trade(2, 1_000, 5)).toBe(MarketEvent.Trade);
    feed.nowUs = 1_003_000_000;
    expect(feed.trade(3, 1_000, 5)).toBe(MarketEvent.Trade | MarketEvent.Bar);
    expect([bars.skipped(0), bars.flags(0)]).toEqual([1, BarFlag.Complete | BarFlag.GapBefore]);
  });

  test("one trade with a time of next year does not end all bars", () => {
    const feed = new Feed();
    const bars = marketOf(feed).bars(1_000_000);
    feed.trade(1, 1_000, 5);
    feed.trade(2, 1_000, 5, feed.nowUs + 3e13);
    feed.trade(3, 1_000, 5);
    expect([bars.closedCount, bars.formingCount, marketOf(feed).tradeCount]).toEqual([0, 2, 3]);
  });

  test("a series begun in a running stream has a whole first bar when it starts later than what was seen", () => {
    const feed = new Feed();
    feed.nowUs = 10_500_000;
    feed.trade(1, 1_000, 5);
    const bars = marketOf(feed).bars(1_000_000);
    expect(marketOf(feed).bars(1_000_000)).toBe(bars);
    for (const [id, nowUs] of [
      [2, 11_500_000],
      [3, 12_500_000],
    ] as const) {
      feed.nowUs = nowUs;
      feed.trade(id, 1_000, 5);
    }
    expect(bars.flags(0)).toBe(BarFlag.Complete);
  });
});

describe("books", () => {
  test("Book comes with the last slot of what changed the book, not with what waits or is old", () => {
    const feed = new Feed();
    expect(feed.diff(9, -1, 12, [[999, 1]], [])).toBe(0);
    expect(feed.snapshot(10, BIDS, ASKS)).toBe(MarketEvent.Book | MarketEvent.Flags);
    expect(feed.diff(13, -1, 13, [[1_000, 3]], [])).toBe(MarketEvent.Book);
    expect(feed.diff(13, -1, 13, [[1_000, 4]], [])).toBe(0);
    expect(feed.diff(15, -1, 15, [[1_000, 5]], [])).toBe(MarketEvent.Flags);
    const book = present(marketOf(feed).book);
    expect([book.book.bestBidQty, book.flags]).toEqual([3, BookFlag.Gap]);
  });

  test("time makes it stale, an update fresh again", () => {
    const feed = new Feed();
    feed.snapshot(10, BIDS, ASKS);
    expect(feed.market.onTime(feed.nowUs + 4_999_999)).toBe(0);
    expect(feed.market.onTime(feed.nowUs + 5_000_000)).toBe(MarketEvent.Flags);
    feed.nowUs += 6_000_000;
    expect(feed.diff(11, -1, 11, [], [])).toBe(MarketEvent.Book | MarketEvent.Flags);
    expect(feed.market.onTime(feed.nowUs + 5_000_000)).toBe(MarketEvent.Flags);
  });

  test("a frame cut inside a diff, and a head inside another's levels, make it invalid", () => {
    const feed = new Feed();
    feed.snapshot(10, BIDS, ASKS);
    feed.put(SlotKind.DepthDiff, 0, 11, -1, 2, 0, 11);
    feed.put(SlotKind.Level, 0, 1_000, 1, 0, 0, 0);
    expect(feed.take() & MarketEvent.Flags).toBe(MarketEvent.Flags);
    expect(present(marketOf(feed).book).valid).toBe(false);
    feed.snapshot(11, BIDS, ASKS);
    feed.put(SlotKind.DepthDiff, 0, 12, -1, 2, 0, 12);
    feed.put(SlotKind.Quote, 0, 1_000, 1, 1_001, 1, 12);
    feed.take();
    expect([present(marketOf(feed).book).valid, present(marketOf(feed).book).broken]).toEqual([false, 2]);
    feed.put(SlotKind.Level, 0, 1_000, 1, 0, 0, 0); // A level without a head.
    expect(feed.take()).toBe(0);
  });

  test("a frame set aside makes its book doubtful only when it may have been a diff", () => {
    const feed = new Feed();
    expect(feed.setAside(Code.FrameTruncated, SlotKind.DepthDiff, 5)).toBe(0);
    feed.snapshot(10, BIDS, ASKS);
    expect(feed.setAside(Code.ControlMessage, 0, 0)).toBe(0);
    expect(feed.setAside(Code.NumberMalformed, SlotKind.Quote, 0)).toBe(0);
    expect(feed.setAside(Code.NumberMalformed, SlotKind.DepthDiff, 11)).toBe(MarketEvent.Flags);
    expect(present(marketOf(feed).book).flags).toBe(BookFlag.Doubtful);
    feed.instrument = 0xffff_ffff;
    expect(feed.setAside(Code.FrameNotJson, 0, 0)).toBe(0);
    expect(feed.market.setAside).toBe(5);
  });

  test("a new connection empties the book and lets ids begin again", () => {
    const feed = new Feed();
    feed.snapshot(1_000, BIDS, ASKS);
    feed.quote(1_000, 1, 1_001, 1, 1_000);
    feed.trade(500, 1_000, 1);
    feed.market.onReconnect(0);
    const market = marketOf(feed);
    expect([present(market.book).flags, present(market.book).needsSnapshot]).toEqual([0, true]);
    expect(feed.snapshot(5, BIDS, ASKS) & MarketEvent.Book).toBe(MarketEvent.Book);
    expect(feed.quote(1_000, 1, 1_001, 1, 5)).toBe(MarketEvent.Quote);
    expect(feed.trade(3, 1_000, 1)).toBe(MarketEvent.Trade);
  });
});

describe("revisions", () => {
  test("finer scales convert book, quote, volume and bars exactly; slots of the old scales are ignored", () => {
    const feed = new Feed();
    const market = marketOf(feed);
    feed.snapshot(10, BIDS, ASKS);
    feed.quote(1_000, 1, 1_001, 1, 10);
    feed.trade(1, 1_000, 5);
    const bars = market.bars(1_000_000);
    feed.trade(2, 1_000, 5);
    feed.market.define(instrumentOf({ revision: 2, tick: 50 }));
    expect(feed.quote(1_000, 2, 1_001, 2, 11)).toBe(MarketEvent.Quote);
    feed.market.define(instrumentOf({ revision: 3, priceScale: 5, qtyScale: 8 }));
    expect([market.bidPrice, market.bidQty, market.lastQty, bars.formingHigh]).toEqual([10_000, 200, 500, 10_000]);
    expect([market.volume.toNumber(), market.quoteVolume.toNumber()]).toEqual([1_000, 10_000_000]);
    expect([present(market.book).book.bestAsk, present(market.book).valid]).toEqual([10_010, true]);
    expect(feed.quote(1_000, 1, 1_001, 1, 12)).toBe(0);
    expect(market.wrongRevisionSlots).toBe(1);
    feed.revision = 3;
    expect(feed.diff(11, -1, 11, [[10_000, 7]], [])).toBe(MarketEvent.Book);
  });

  test("a coarser scale keeps nothing that would be read wrongly", () => {
    const feed = new Feed();
    const market = marketOf(feed);
    feed.snapshot(10, BIDS, ASKS);
    feed.quote(1_000, 1, 1_001, 1, 10);
    feed.trade(1, 1_000, 5);
    feed.market.define(instrumentOf({ revision: 2, priceScale: 2 }));
    expect([market.referencePrice(), market.high, market.tradeCount, market.volume.isZero()]).toEqual([0, 0, 0, true]);
    expect([present(market.book).valid, present(market.book).needsSnapshot]).toEqual([false, true]);
  });
});

test("marks, venue bars and slots of unknown instruments", () => {
  const feed = new Feed();
  const market = marketOf(feed);
  feed.put(SlotKind.Mark, 0, 5, 6, -7, 8, 0);
  expect(feed.take()).toBe(MarketEvent.Mark);
  expect([market.markPrice, market.indexPrice, market.fundingRate, market.nextFundingTimeUs]).toEqual([5, 6, -7, 8]);
  feed.put(SlotKind.Bar, 0, 1, 2, 1, 2, 0);
  feed.put(SlotKind.BarVolume, 0, 1, 2, 1, 2, 0);
  expect([feed.take(), market.venueBars]).toEqual([0, 1]);
  feed.instrument = 7;
  expect(feed.quote(1, 1, 2, 1, 1)).toBe(0);
  expect(feed.diff(1, -1, 1, [[5, 5]], [])).toBe(0);
  expect(feed.market.instrument(7)).toBeUndefined();
});

test("liquidations are told and counted, move no price and make no volume; without one the digest is as ever", () => {
  const [feed, other] = [new Feed(), new Feed()];
  for (const each of [feed, other]) each.trade(1, 1_000, 5);
  const market = marketOf(feed);
  feed.put(SlotKind.Liquidation, SlotFlag.Sell, 0, 7, 33, 0, 0);
  feed.put(SlotKind.Liquidation, 0, 990, 0, 33, 0, 0);
  expect([feed.take(), market.liquidationCount, feed.market.hash()]).toEqual([0, 0, other.market.hash()]);
  feed.put(SlotKind.Liquidation, SlotFlag.Sell, 990, 7, 33, 0, 0);
  expect(feed.take()).toBe(MarketEvent.Liquidation);
  const { liquidationPrice, liquidationQty, liquidationSide, liquidationTimeUs, liquidationCount } = market;
  const told = [liquidationPrice, liquidationQty, liquidationSide, liquidationTimeUs, liquidationCount];
  expect(told).toEqual([990, 7, 2, 33, 1]);
  expect([market.lastPrice, market.tradeCount, market.referencePrice()]).toEqual([1_000, 1, 1_000]);
  expect(feed.market.hash()).not.toBe(other.market.hash());
  feed.market.define(instrumentOf({ revision: 2, priceScale: market.instrument.priceScale + 1 }));
  expect([market.liquidationPrice, market.liquidationQty]).toEqual([9_900, 7]);
});

test("the hash is the state's: same slots same hash, one more trade another", () => {
  const make = (): Feed => {
    const feed = new Feed();
    feed.snapshot(10, BIDS, ASKS);
    feed.quote(1_000, 1, 1_001, 1, 10);
    marketOf(feed).bars(1_000_000);
    feed.trade(1, 1_000, 5);
    return feed;
  };
  const [a, b] = [make(), make()];
  expect(a.market.hash()).toBe(b.market.hash());
  b.trade(2, 1_000, 5);
  expect(a.market.hash()).not.toBe(b.market.hash());
  a.trade(2, 1_000, 5);
  expect(a.market.hash()).toBe(b.market.hash());
  a.diff(11, -1, 11, [[971, 1]], []);
  expect(a.market.hash()).not.toBe(b.market.hash());
});
