/** One symbol's state: the full book and diffs in any order of arrival, bars, and the streams that are made here. */

import { describe, expect, test } from "bun:test";
import { Bars } from "./bars.ts";
import { Channels, type Subscriber } from "./channels.ts";
import { Derived } from "./derived.ts";
import { type Listing, type SimVenue, streamKind } from "./feed.ts";
import { familyOf, isServedOn, parseStreamName, streamNamesOfPath } from "./stream_name.ts";
import { pictureOf, SymbolMarket } from "./symbol_market.ts";

const listing = (venue: SimVenue = "binance-spot"): Listing => ({
  venue,
  symbol: "ABCUSDT",
  base: "ABC",
  quote: "USDT",
  tick: "0.01",
  step: "0.01",
  priceDecimals: 2,
  qtyDecimals: 2,
});

const frame = (stream: string, message: object, venue: SimVenue = "binance-spot") => ({
  timeUs: 0,
  venue,
  symbol: "ABCUSDT",
  stream: stream === "" ? "" : `abcusdt@${stream}`,
  data: JSON.stringify(message),
  envelope: undefined,
});

const diff = (U: number, u: number, b: [string, string][], a: [string, string][] = [], E = 1) =>
  frame("depth@100ms", { e: "depthUpdate", E, s: "ABCUSDT", U, u, b, a });

const trade = (t: number, p: string, q: string, T: number, m = false) =>
  frame("trade", { e: "trade", E: T, s: "ABCUSDT", t, p, q, T, m });

describe("SymbolMarket", () => {
  const book = { lastUpdateId: 12, bids: [["1.00", "5"]], asks: [["1.10", "5"]] };

  test("diffs that came before their full book count where they are newer", () => {
    let upcoming: string | undefined = JSON.stringify(book);
    const market = new SymbolMarket(listing(), () => upcoming);
    market.take(diff(9, 11, [["0.90", "1"]]));
    market.take(diff(12, 14, [["1.00", "7"]]));
    // Until then the answer is the one that the capturing client got.
    expect(market.picture()).toMatchObject({ lastUpdateId: 12, bids: [["1.00", "5"]] });
    upcoming = undefined;
    expect(market.take(frame("", book))).toBe("book");
    expect(market.picture()).toMatchObject({ lastUpdateId: 12, bids: [["1.00", "5"]] });
    expect(market.book.bestBid).toEqual(["1.00", "7"]);
    market.take(diff(15, 15, [["1.00", "0"]]));
    expect(market.picture()).toMatchObject({ lastUpdateId: 15, bids: [] });
  });

  test("a later full book counts only after a hole", () => {
    let upcoming: string | undefined;
    const market = new SymbolMarket(listing(), () => upcoming);
    market.take(diff(1, 2, [["1.00", "1"]]));
    expect(market.take(frame("", book))).toBe("other");
    upcoming = JSON.stringify(book);
    market.take(diff(9, 13, [["0.95", "2"]]));
    upcoming = undefined;
    expect(market.take(frame("", book))).toBe("book");
    expect(market.picture()).toMatchObject({ lastUpdateId: 12 });
    market.take(diff(14, 14, []));
    expect(market.picture()).toMatchObject({
      lastUpdateId: 14,
      bids: [
        ["1.00", "5"],
        ["0.95", "2"],
      ],
    });
  });

  test("a stale answer is older than anything that was sent lately", () => {
    const market = new SymbolMarket(listing(), () => undefined);
    for (let n = 1; n <= 10; n++) market.take(diff(n, n, [["1.00", `${n}`]]));
    expect(market.stalePicture().lastUpdateId).toBe(1);
    for (let n = 11; n <= 100; n++) market.take(diff(n, n, [["1.00", `${n}`]]));
    expect(market.stalePicture()).toMatchObject({ lastUpdateId: 64, bids: [["1.00", "64"]] });
    market.clear();
    expect(market.picture()).toMatchObject({ lastUpdateId: 0, bids: [] });
    expect([pictureOf("{}"), pictureOf("x")]).toEqual([undefined, undefined]);
  });

  test("a feed that has aggregates only has its trades from them", () => {
    const market = new SymbolMarket(listing(), () => undefined, "aggTrade");
    const message = { e: "aggTrade", E: 1, s: "ABCUSDT", a: 7, p: "1.00", q: "2", f: 1, l: 3, T: 1, m: true };
    expect(market.take(frame("aggTrade", message))).toBe("trade");
    expect(market.trades).toEqual([{ id: 7, price: "1.00", qty: "2", timeMs: 1, buyerIsMaker: true }]);
  });

  test("trades of the insurance fund and broken messages are none", () => {
    const market = new SymbolMarket(listing("binance-usdm"), () => undefined);
    const bad = [
      frame("trade", { e: "trade", s: "ABCUSDT", t: 1, p: "1", q: "1", T: 1, X: "INSURANCE_FUND" }),
      frame("trade", { e: "trade", s: "ABCUSDT", t: 1, p: 1, q: "1", T: 1 }),
      frame("depth@100ms", { e: "depthUpdate", u: "x" }),
      { ...frame("trade", {}), data: "{" },
    ];
    expect(bad.map((each) => market.take(each))).toEqual(["other", "other", "other", "other"]);
    expect(market.take(frame("markPrice@1s", { e: "markPriceUpdate", p: "1" }))).toBe("mark");
    expect(market.take(frame("bookTicker", { u: 1, b: "1" }))).toBe("quote");
    expect(market.trades).toEqual([]);
  });
});

describe("Bars", () => {
  test("minutes, and longer ones out of them", () => {
    const bars = new Bars();
    const add = (id: number, price: string, qty: string, timeMs: number, buyerIsMaker = false) =>
      bars.add({ id, price, qty, timeMs, buyerIsMaker });
    add(1, "9.50", "1", 60_000);
    add(2, "10.10", "0.5", 61_000, true);
    add(3, "9.40", "2", 119_999);
    add(4, "11.00", "1", 185_000);
    const [one, two] = bars.of("1m");
    expect([one?.open, one?.high, one?.low, one?.close, one?.trades, one?.closeMs]).toEqual([
      "9.50",
      "10.10",
      "9.40",
      "9.40",
      3,
      119_999,
    ]);
    expect([one?.volume.text(2), one?.quoteVolume.text(3), one?.takerVolume.text(2), two?.openMs]).toEqual([
      "3.50",
      "33.350",
      "3.00",
      180_000,
    ]);
    const five = bars.last("5m");
    expect([
      five?.openMs,
      five?.open,
      five?.high,
      five?.close,
      five?.firstId,
      five?.lastId,
      five?.volume.text(1),
    ]).toEqual([0, "9.50", "11.00", "11.00", 1, 4, "4.5"]);
    bars.clear();
    expect(bars.last("1m")).toBeUndefined();
  });
});

describe("stream names", () => {
  test("are parsed, and what is none is refused", () => {
    expect(parseStreamName("btcusdt@depth20@100ms")).toEqual({ symbol: "btcusdt", kind: "depth20@100ms" });
    expect(parseStreamName("!bookTicker")).toEqual({ symbol: "", kind: "!bookTicker" });
    for (const name of [
      "BTCUSDT@trade",
      "btcusdt",
      "btcusdt@depth7",
      "btcusdt@kline_7m",
      "@trade",
      "btcusdt@toString",
      "0",
    ]) {
      expect(parseStreamName(name)).toBeUndefined();
    }
    expect([familyOf("depth@0ms"), familyOf("depth20@100ms"), familyOf("markPrice@1s"), familyOf("trade")]).toEqual([
      "depth",
      "depth20",
      "markPrice",
      "trade",
    ]);
    expect([
      streamNamesOfPath("/ws/a@trade/b@depth"),
      streamNamesOfPath("/stream?streams=a%40trade"),
      streamNamesOfPath("/ws"),
      streamNamesOfPath("/ws/%"),
    ]).toEqual([["a@trade", "b@depth"], ["a@trade"], [], []]);
    expect(streamKind("a@depth@100ms")).toBe("depth@100ms");
  });

  test("USD-M paths carry their own streams only", () => {
    expect(isServedOn("public", "binance-usdm", "depth@100ms")).toBe(true);
    expect(isServedOn("market", "binance-usdm", "depth@100ms")).toBe(false);
    expect(isServedOn("public", "binance-usdm", "aggTrade")).toBe(false);
    expect(isServedOn("public", "binance-usdm", "trade") && isServedOn("market", "binance-usdm", "trade")).toBe(true);
    expect(isServedOn("all", "binance-usdm", "aggTrade")).toBe(true);
  });
});

describe("Channels and Derived", () => {
  function rig(carried: readonly string[], venue: SimVenue = "binance-spot") {
    const market = new SymbolMarket(listing(venue), () => undefined);
    const streams = carried.map((kind) => ({ venue, stream: `abcusdt@${kind}` }));
    const channels = new Channels(streams, new Set([`${venue} ABCUSDT`]));
    const derived = new Derived(market, channels);
    const got: [string, unknown, boolean][] = [];
    const subscriber: Subscriber = {
      venue,
      route: "all",
      deliver: (name, data, envelope) => void got.push([name, JSON.parse(data), envelope !== undefined]),
    };
    const feed = (each: ReturnType<typeof frame>) => {
      const taken = market.take(each);
      channels.publish(venue, each.stream, each.data, `{"stream":"${each.stream}","data":${each.data}}`);
      derived.after(taken);
    };
    return { channels, subscriber, got, feed, derived };
  }

  test("another speed of the same stream is served, in the name that was asked for", () => {
    const { channels, subscriber, got, feed } = rig(["depth@0ms"]);
    channels.join(subscriber, "abcusdt@depth@100ms");
    channels.join(subscriber, "abcusdt@depth@0ms");
    feed({ ...diff(1, 2, []), stream: "abcusdt@depth@0ms" });
    expect(got.map(([name, , verbatim]) => [name, verbatim])).toEqual([
      ["abcusdt@depth@100ms", false],
      ["abcusdt@depth@0ms", true],
    ]);
    channels.leave(subscriber, "abcusdt@depth@0ms");
    channels.leave(subscriber, "abcusdt@depth@100ms");
    expect(channels.isWanted("binance-spot", "abcusdt@depth@0ms")).toBe(false);
    expect(channels.refusal("binance-spot", "xyzusdt@trade")).toContain("unknown symbol");
    expect(channels.refusal("binance-spot", "abcusdt@tarde")).toContain("unknown stream");
  });

  test("what the feed does not carry is made: aggregates, best quotes, best levels, bars", () => {
    const { channels, subscriber, got, feed, derived } = rig(["depth@100ms", "trade"]);
    for (const kind of ["aggTrade", "bookTicker", "depth5@100ms", "kline_1m"])
      channels.join(subscriber, `abcusdt@${kind}`);
    feed(diff(1, 2, [["1.00", "1"]], [["1.10", "2"]], 1_000));
    feed(diff(3, 4, [["0.90", "1"]], [], 1_050));
    feed(trade(1, "1.10", "2", 59_000, true));
    feed(trade(2, "1.20", "1", 61_000));
    expect(got).toMatchObject([
      ["abcusdt@bookTicker", { u: 2, s: "ABCUSDT", b: "1.00", B: "1", a: "1.10", A: "2" }, false],
      ["abcusdt@depth5@100ms", { lastUpdateId: 2, bids: [["1.00", "1"]], asks: [["1.10", "2"]] }, false],
      ["abcusdt@aggTrade", { e: "aggTrade", a: 1, f: 1, l: 1, p: "1.10", m: true, M: true }, false],
      ["abcusdt@kline_1m", { e: "kline", k: { t: 0, o: "1.10", v: "2.00", x: false } }, false],
      ["abcusdt@aggTrade", { a: 2 }, false],
      ["abcusdt@kline_1m", { k: { t: 0, c: "1.10", n: 1, x: true } }, false],
      ["abcusdt@kline_1m", { k: { t: 60_000, o: "1.20", x: false } }, false],
    ]);
    derived.clear();
  });

  test("USD-M shapes have their times and ids", () => {
    const { channels, subscriber, got, feed } = rig(["depth@100ms"], "binance-usdm");
    for (const kind of ["bookTicker", "depth20"]) channels.join(subscriber, `abcusdt@${kind}`);
    feed({ ...diff(1, 2, [["1.00", "1"]], [["1.10", "2"]], 1_000), venue: "binance-usdm" });
    expect(got.map(([, message]) => message)).toMatchObject([
      { e: "bookTicker", u: 2, T: 1_000, E: 1_000 },
      { e: "depthUpdate", u: 2, s: "ABCUSDT", b: [["1.00", "1"]] },
    ]);
  });
});
