/** The synthetic market as the venue's messages: dense ids, books that follow from diffs, marks, the same for one seed. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { SyntheticInstrument } from "../match/synthetic.ts";
import { btcUsdt, btcUsdtPerp } from "../match/synthetic_specs.ts";
import { BookClient, until } from "./book_client.testing.ts";
import { FarLevels } from "./far_levels.ts";
import type { FeedFrame, SimVenue } from "./feed.ts";
import { LevelBook } from "./level_book.ts";
import { startSimulator } from "./simulator.ts";
import { SyntheticFeed } from "./synthetic_feed.ts";

setDefaultTimeout(120_000);

const START_US = 1_700_000_000_000_000;

const feedOf = (seed: number) =>
  new SyntheticFeed(
    [new SyntheticInstrument(btcUsdt(), seed, START_US), new SyntheticInstrument(btcUsdtPerp(), seed + 1, START_US)],
    START_US,
  );

function frames(feed: SyntheticFeed, count: number): FeedFrame[] {
  return Array.from({ length: count }, () => {
    feed.nextTimeUs();
    return feed.take();
  });
}

/** One frame after the other, so that the model stands where the frame is. */
function* stepwise(feed: SyntheticFeed, count: number): Generator<FeedFrame> {
  for (let n = 0; n < count; n++) {
    feed.nextTimeUs();
    yield feed.take();
  }
}

describe("SyntheticFeed", () => {
  test("equal seeds give equal frames in time order; it never ends", () => {
    const first = frames(feedOf(5), 3_000);
    expect(frames(feedOf(5), 3_000)).toEqual(first);
    expect(frames(feedOf(6), 3_000)).not.toEqual(first);
    expect(first.every(({ timeUs }, at) => at === 0 || timeUs >= (first[at - 1]?.timeUs as number))).toBe(true);
    expect(feedOf(5).rewind()).toBe(false);
    expect(feedOf(5).listings).toMatchObject([
      { venue: "binance-spot", symbol: "BTCUSDT", tick: "0.01000000", step: "0.00001000" },
      { venue: "binance-usdm", symbol: "BTCUSDT", tick: "0.1", step: "0.001" },
    ]);
  });

  test.each(["binance-spot", "binance-usdm"] as const)(
    "%s: ids are dense, books follow from diffs, never crossed",
    (venue: SimVenue) => {
      const book = new LevelBook();
      const tops = new Map<number, string>();
      let lastId = 1;
      let tradeId = 0;
      let checked = 0;
      for (const { stream, data, timeUs } of frames(feedOf(9), 6_000).filter((frame) => frame.venue === venue)) {
        const message = JSON.parse(data);
        if (stream === "") book.seed(message.lastUpdateId, message.bids, message.asks);
        else if (message.e === "depthUpdate") {
          expect(message.U).toBe(lastId + 1);
          if (venue === "binance-usdm") expect(message.pu).toBe(lastId);
          lastId = message.u;
          book.apply(message.u, message.b, message.a);
          expect((timeUs - START_US) % 100_000).toBe(0);
          const [bid, bidQty] = book.bestBid as [string, string];
          const [ask, askQty] = book.bestAsk as [string, string];
          expect(Number(bid)).toBeLessThan(Number(ask));
          const top = tops.get(message.u);
          if (top !== undefined) checked++;
          if (top !== undefined) expect(top).toBe(`${bid} ${bidQty} ${ask} ${askQty}`);
        } else if (message.e === "trade") expect(message.t).toBe(++tradeId);
        else if (message.e === "markPriceUpdate") expect(message.p).toMatch(/^\d+\.\d{8}$/);
        else tops.set(message.u, `${message.b} ${message.B} ${message.a} ${message.A}`);
      }
      expect(tradeId).toBeGreaterThan(50);
      expect(checked).toBeGreaterThan(20);
    },
  );

  test.each([1, 400])("far levels follow the model wherever it goes (speed %i)", (speed) => {
    const instrument = new SyntheticInstrument({ ...btcUsdt(), speed, shocksPerHour: 4 * speed }, 4, START_US);
    const feed = new SyntheticFeed([instrument], START_US);
    const book = new LevelBook();
    const all = Number.MAX_SAFE_INTEGER;
    let levelsMin = all;
    for (const { stream, data } of stepwise(feed, 3_000)) {
      const message = JSON.parse(data);
      if (stream === "") book.seed(message.lastUpdateId, message.bids, message.asks);
      if (message.e !== "depthUpdate") continue;
      book.apply(message.u, message.b, message.a);
      for (const [side, levels] of [
        [instrument.bids, book.bids(all)],
        [instrument.asks, book.asks(all)],
      ] as const) {
        levelsMin = Math.min(levelsMin, levels.length - side.count);
        // The model's levels, and nothing of ours among them.
        const model = Array.from({ length: side.count }, (_, i) => [side.priceAt(i), side.qtyAt(i)]);
        const scale = (text: string, decimals: number) => Math.round(Number(text) * 10 ** decimals);
        expect(levels.slice(0, side.count).map(([p, q]) => [scale(p, 4), scale(q, 7)])).toEqual(model);
      }
    }
    expect(levelsMin).toBeGreaterThanOrEqual(100);
    const far = new FarLevels(instrument.bids, true, 10);
    const set: number[] = [];
    far.update((ticks) => void set.push(ticks));
    far.update((ticks) => void set.push(ticks));
    expect([set.length, new Set(set).size]).toEqual([201, 201]);
  });

  test("the documented bootstrap works on it, from the first frame and later", async () => {
    const simulator = await startSimulator({
      venues: ["binance-spot", "binance-usdm"],
      feed: feedOf(3),
      speed: 20,
      start: "now",
    });
    for (const [path, rest, isUsdm] of [
      ["/stream", "/api/v3/depth", false],
      ["/public/stream", "/fapi/v1/depth", true],
    ] as const) {
      const client = new BookClient(simulator.wsUrl + path, simulator.url + rest, "btcusdt@depth@100ms", isUsdm, 1_000);
      await client.open();
      expect(await until(() => client.applied > 40, 3_000)).toBe(true);
      expect(client.bids.size + client.asks.size).toBeGreaterThan(80);
      expect(client.best(client.bids, true)).toBeDefined();
      client.close();
    }
    await simulator.stop();
  });
});
