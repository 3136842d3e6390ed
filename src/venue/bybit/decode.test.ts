/** Frames in, slots out: every channel, what is set aside and why, a real capture; no bytes can hurt. Covers channel, book_ids, fast_path, correct_path. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { Code } from "../../core/code.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { BookSide } from "../../market/book.ts";
import { instrumentOf } from "../../market/feed.testing.ts";
import { MarketState } from "../../market/market.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { testAnyBytes } from "../wire/topic_rig.testing.ts";
import { BookIds } from "./book_ids.ts";
import { BybitDecoder } from "./decode.ts";
import { BybitRig, SAMPLES } from "./decode_rig.testing.ts";

const MUTATIONS = process.env["MELTICA_FUZZ"] === "large" ? 10_000_000 : 200_000;
const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed

/** A decoder and the market that it feeds. */
class World {
  readonly lane = MarketLane.create(DEFAULT_LIMITS);
  readonly decoder = new BybitDecoder(this.lane, DEFAULT_LIMITS);
  readonly market = new MarketState(DEFAULT_LIMITS, { checkQuotes: false });

  constructor(symbol: string, scales: { readonly priceScale: number; readonly qtyScale: number }) {
    this.decoder.define({ symbol, instrument: 0, revision: 1, ...scales });
    this.market.define(instrumentOf({ name: `bybit:${symbol}`, venue: "bybit", venueSymbol: symbol, ...scales }));
  }

  decode(text: string): Code {
    const code = this.decoder.decode(text, 1_733_011_201_000_000);
    const count = this.lane.pending();
    for (let n = 0; n < count; n++) this.market.onSlot(this.lane, this.lane.peek(n));
    this.lane.release(count);
    return code;
  }

  get book() {
    const book = this.market.instrument(0)?.book;
    if (book === undefined) throw new Error("no book");
    return book;
  }

  side(side: BookSide): [number, number][] {
    const { book } = this.book;
    return Array.from({ length: book.levels(side) }, (_, n) => [book.priceAt(side, n), book.qtyAt(side, n)]);
  }
}

describe("channels", () => {
  test("trades: one slot for each, in order; no id that a float could hold; block trades are none of the market", () => {
    const rig = new BybitRig();
    expect(rig.decode(SAMPLES.trades)).toEqual({
      code: Code.Ok,
      slots: [
        "Trade Sell i0r0 @1672304486865000 165785000 1000000 1672304486865000 0 #0",
        "Trade LastOfFrame|NotMarket i0r0 @1672304486866000 165790000 2000000000 1672304486866000 0 #0",
      ],
    });
    expect(rig.decode(SAMPLES.spotTrade).slots).toEqual([
      "Trade LastOfFrame i1r3 @1672304486867000 12182500 500000000 1672304486867000 0 #0",
    ]);
  });

  test("liquidations: Buy is a long position, which a sale ended; one frame is one run", () => {
    const rig = new BybitRig();
    expect(rig.decode(SAMPLES.liquidations).slots).toEqual([
      "Liquidation  i0r0 @1739502303204000 164935000 200000000 1739502302929000 0 #0",
      "Liquidation LastOfFrame|Sell i0r0 @1739502303204000 164001234 1500000000 1739502302930000 0 #0",
    ]);
    expect(rig.decoder.stats.byStream()).toEqual({ allLiquidation: 1 });
    const spoiled = (from: string, to: string) => Code[rig.decode(SAMPLES.liquidations.replace(from, to)).code];
    expect([
      spoiled('"S":"Sell"', '"S":"long"'),
      spoiled('"v":"0.2"', '"v":"0"'),
      spoiled('"s":"BTCUSDT"', '"s":"ETHUSDT"'),
      spoiled('"T":1739502302929', '"T":"x"'),
      spoiled("allLiquidation.BTCUSDT", "allLiquidation.NONE"),
    ]).toEqual(["EnumUnknown", "NumberRange", "FieldType", "FieldType", "SymbolUnknown"]);
  });

  test("level 1 is a best quote, ordered by seq", () => {
    expect(new BybitRig().decode(SAMPLES.quote).slots).toEqual([
      "Quote LastOfFrame i1r3 @1672304484978000 12182400 7500000000 12182500 250000000 #7961638724",
    ]);
  });

  test("snapshot, delta, a delta without levels", () => {
    const rig = new BybitRig();
    expect(rig.decode(SAMPLES.snapshot).slots).toEqual([
      "DepthSnapshot Window i0r0 @1672304484978000 18521288 -1 2 1 #18521288",
      "Level  i0r0 @0 164935000 6000000 0 0 #0",
      "Level  i0r0 @0 164930000 100000000 0 0 #0",
      "Level LastOfFrame|Sell i0r0 @0 166110000 29000000 0 0 #0",
    ]);
    expect(rig.decode(SAMPLES.delta).slots).toEqual([
      "DepthDiff  i0r0 @1672304484998000 18521289 -1 1 2 #18521289",
      "Level  i0r0 @0 164935000 0 0 0 #0",
      "Level Sell i0r0 @0 166120000 2000000000 0 0 #0",
      "Level LastOfFrame|Sell i0r0 @0 166110000 500000000 0 0 #0",
    ]);
    expect(rig.decode(SAMPLES.emptyDelta).slots).toEqual([
      "DepthDiff LastOfFrame i0r0 @1672304485098000 18521290 -1 0 0 #18521290",
    ]);
  });

  test("a linear ticker's delta changes what it says; spot's says nothing of ours", () => {
    const rig = new BybitRig();
    const delta = (fields: object) =>
      JSON.stringify({
        topic: "tickers.BTCUSDT",
        type: "delta",
        data: { symbol: "BTCUSDT", ...fields },
        ts: 1_673_272_861_786,
      });
    expect(Code[rig.decode(delta({ markPrice: "1" })).code]).toBe("FieldMissing");
    expect(rig.decode(SAMPLES.ticker).slots).toEqual([
      "Mark LastOfFrame i0r0 @1673272861686000 1721733000000 1722736000000 -2120000 1673280000000000 #0",
    ]);
    expect(rig.decode(delta({ markPrice: "17218" })).slots).toEqual([
      "Mark LastOfFrame i0r0 @1673272861786000 1721800000000 1722736000000 -2120000 1673280000000000 #0",
    ]);
    expect(rig.decode(delta({ fundingRate: "0.0001" })).slots[0]).toContain(" 1721800000000 1722736000000 1000000 ");
    const spot =
      '{"topic":"tickers.BTCUSDT","ts":1,"type":"snapshot","cs":1,"data":{"symbol":"BTCUSDT","usdIndexPrice":"1"}}';
    expect(Code[rig.decode(spot).code]).toBe("MessageUnknown");
  });

  test.each([
    ["", Code.FrameEmpty],
    ["{", Code.FrameTruncated],
    ["x", Code.FrameNotJson],
    ["[1]", Code.MessageUnknown],
    ['{"success":true,"ret_msg":"","conn_id":"a","op":"subscribe"}', Code.ControlMessage],
    ['{"success":true,"ret_msg":"pong","conn_id":"a","op":"ping"}', Code.ControlMessage],
    ['{"success":false,"ret_msg":"error:handler not found","conn_id":"a","op":"subscribe"}', Code.VenueError],
    ['{"op":"strange"}', Code.MessageUnknown],
    ['{"topic":"kline.1.BTCUSDT","data":[]}', Code.MessageUnknown],
    [SAMPLES.delta.replace("orderbook.50.", "orderbook.7."), Code.MessageUnknown],
    [SAMPLES.trades.replaceAll("BTCUSDT", "ZZZUSDT"), Code.SymbolUnknown],
    [SAMPLES.trades.replace('"S":"Sell"', '"S":"sell"'), Code.EnumUnknown],
    [SAMPLES.trades.replace('"p":"16578.50"', '"p":16578.5'), Code.FieldType],
    [SAMPLES.trades.replace('"p":"16578.50"', '"p":"-1"'), Code.NumberNegative],
    [SAMPLES.trades.replace('"p":"16578.50"', '"p":"1.00000001"'), Code.NumberPrecision],
    [SAMPLES.trades.replace('"s":"BTCUSDT"', '"s":"ETHUSDT"'), Code.FieldType],
    [SAMPLES.trades.replace('"BT":false', '"BT":1'), Code.FieldType],
    [SAMPLES.delta.replace('"u":18521289', '"u":-1'), Code.NumberRange],
    [SAMPLES.delta.replace('"u":18521289,', ""), Code.FieldMissing],
    [SAMPLES.delta.replace('"type":"delta"', '"type":"other"'), Code.EnumUnknown],
    [SAMPLES.quote.replace('"type":"snapshot"', '"type":"delta"'), Code.EnumUnknown],
    [SAMPLES.quote.replace('[["1218.24","7.5"]]', "[]"), Code.FieldMissing],
    ['{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1,"data":[]}', Code.FieldMissing],
  ])("%s is set aside", (text, code) => {
    const found = new BybitRig().decode(text);
    expect(Code[found.code]).toBe(Code[code]);
    expect(found.slots).toHaveLength(1);
    expect(found.slots[0]).toStartWith("SetAside LastOfFrame");
  });

  test("usual frames take the fast path: JSON.parse is not needed for them", () => {
    const rig = new BybitRig();
    const parse = JSON.parse;
    JSON.parse = () => {
      throw new Error("parsed");
    };
    try {
      const { ticker: _, liquidations: __, ...fast } = SAMPLES;
      for (const text of Object.values(fast)) expect(rig.decode(text).code).toBe(Code.Ok);
    } finally {
      JSON.parse = parse;
    }
  });
});

describe("ids of books", () => {
  test("they never go back: a restart of the service, and a snapshot that comes again", () => {
    const ids = new BookIds();
    const listing = { instrument: 0, revision: 0 };
    const take = (u: number, id: number) => {
      ids.take(listing, u, id);
      return id;
    };
    expect(take(100, ids.ofSnapshot(listing, 100))).toBe(100);
    expect(take(101, ids.ofDelta(listing, 101))).toBe(101);
    expect(ids.ofDelta(listing, 101)).toBe(101);
    expect(take(101, ids.ofSnapshot(listing, 101))).toBe(102);
    expect(take(102, ids.ofDelta(listing, 102))).toBe(103);
    expect(take(1, ids.ofSnapshot(listing, 1))).toBe(104);
    expect(take(2, ids.ofDelta(listing, 2))).toBe(105);
    expect(ids.ofDelta(listing, 4)).toBe(107);
    expect(take(500, ids.ofSnapshot(listing, 500))).toBe(603);
    expect(ids.ofDelta(listing, Number.MAX_SAFE_INTEGER)).toBe(-1);
    expect(ids.ofDelta({ instrument: 1, revision: 0 }, 7)).toBe(7);
  });

  test("an absurd one is believed in a snapshot alone, and only until the next", () => {
    const ids = new BookIds();
    const listing = { instrument: 0, revision: 0 };
    const far = 2 ** 52;
    const take = (u: number, id: number) => {
      ids.take(listing, u, id);
      return id;
    };
    take(100, ids.ofSnapshot(listing, 100));
    expect([ids.ofDelta(listing, far), ids.ofDelta(listing, 101)]).toEqual([-1, -1]);
    expect(take(101, ids.ofSnapshot(listing, 101))).toBe(101);
    expect(take(102, ids.ofDelta(listing, 102))).toBe(102);
    for (const highest of [far, Number.MAX_SAFE_INTEGER]) {
      take(highest, ids.ofSnapshot(listing, highest));
      expect(ids.ofDelta(listing, 103)).toBe(-1);
      const id = take(103, ids.ofSnapshot(listing, 103));
      expect(take(104, ids.ofDelta(listing, 104))).toBe(id + 1);
    }
  });

  const frame = (type: string, u: number, bid: string, ask: string) =>
    `{"topic":"orderbook.50.XUSDT","type":"${type}","ts":1733011200691,"data":{"s":"XUSDT","b":[["${bid}","1"]],"a":[["${ask}","1"]],"u":${u},"seq":9},"cts":1733011200690}`;

  test.each([true, false])(
    "a book that begins anew is the venue's again at once, a lost delta is a gap (fast: %p)",
    (isFast) => {
      const world = new World("XUSDT", { priceScale: 0, qtyScale: 0 });
      world.decoder.fastPathOn = isFast;
      world.decode(frame("snapshot", 700, "10", "20"));
      world.decode(frame("delta", 701, "11", "21"));
      expect([world.book.valid, world.side(BookSide.Bid)]).toEqual([
        true,
        [
          [11, 1],
          [10, 1],
        ],
      ]);
      world.decode(frame("snapshot", 1, "5", "6"));
      expect([world.book.valid, world.side(BookSide.Bid)]).toEqual([true, [[5, 1]]]);
      world.decode(frame("delta", 2, "4", "7"));
      expect([world.book.valid, world.side(BookSide.Bid)]).toEqual([
        true,
        [
          [5, 1],
          [4, 1],
        ],
      ]);
      world.decode(frame("delta", 2, "4", "7"));
      expect([world.book.valid, world.book.duplicates]).toEqual([true, 1]);
      world.decode(frame("delta", 4, "3", "8"));
      expect([world.book.valid, world.book.gaps]).toEqual([false, 1]);
      world.decode(frame("snapshot", 5, "2", "9"));
      expect([world.book.valid, world.side(BookSide.Bid)]).toEqual([true, [[2, 1]]]);
      // The same again, as after a new subscription.
      world.decode(frame("snapshot", 5, "1", "9"));
      expect([world.book.valid, world.side(BookSide.Bid)]).toEqual([true, [[1, 1]]]);
    },
  );
});

testAnyBytes(() => new BybitRig(), Object.values(SAMPLES), MUTATIONS, SEED);

describe.skipIf(!fixturesPresent)(`real messages (${FIXTURES_REASON})`, () => {
  test("the capture of 500 levels: the book is what a plain map says after every message, on the fast path", () => {
    const lines = readFileSync(fixture("bybit/capture.orderbook500.XRPUSDT.first15.jsonl"), "utf8").trim().split("\n");
    const world = new World("XRPUSDT", { priceScale: 4, qtyScale: 1 });
    const maps = { b: new Map<number, number>(), a: new Map<number, number>() };
    const mantissa = (text: string, scale: number) => Math.round(Number(text) * 10 ** scale);
    const parse = JSON.parse;
    for (const line of lines) {
      const { type, data } = parse(line);
      JSON.parse = () => {
        throw new Error("parsed");
      };
      try {
        expect(world.decode(line)).toBe(Code.Ok);
      } finally {
        JSON.parse = parse;
      }
      for (const side of ["b", "a"] as const) {
        if (type === "snapshot") maps[side].clear();
        for (const [price, qty] of data[side] as [string, string][]) {
          if (qty === "0") maps[side].delete(mantissa(price, 4));
          else maps[side].set(mantissa(price, 4), mantissa(qty, 1));
        }
      }
      expect(world.book.valid).toBe(true);
      expect(world.book.lastUpdateId).toBe(data.u);
      expect(world.side(BookSide.Bid)).toEqual([...maps.b].sort(([x], [y]) => y - x));
      expect(world.side(BookSide.Ask)).toEqual([...maps.a].sort(([x], [y]) => x - y));
    }
    expect(lines.length).toBe(15);
    expect([world.book.gaps, world.book.applied]).toEqual([0, 14]);
  });

  test("messages that others have recorded: decoded, or set aside by name", () => {
    const rig = new BybitRig();
    const seen: Record<string, number> = {};
    const visit = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      if ("topic" in value || "op" in value) {
        const { code } = rig.decode(JSON.stringify(value));
        seen[Code[code]] = (seen[Code[code]] ?? 0) + 1;
        return;
      }
      for (const each of Object.values(value)) visit(each);
    };
    const names = ["ws_orderbook_delta", "ws_public_trade", "ws_ticker_linear", "ws_kline", "ws_subscription_ack"];
    for (const name of names) visit(JSON.parse(readFileSync(fixture(`bybit/nautilus.${name}.json`), "utf8")));
    for (const name of ["tardis-node.mapper-messages", "jkorf.ws.V5.Spot.Trades", "jkorf.ws.V5.Linear.Liquidations"]) {
      visit(JSON.parse(readFileSync(fixture(`bybit/${name}.json`), "utf8")));
    }
    expect(rig.decoder.stats.frames).toBe(Object.values(seen).reduce((sum, count) => sum + count, 0));
    expect(seen["Ok"] as number).toBeGreaterThan(2);
    expect(Object.keys(seen).sort()).toEqual(
      ["ControlMessage", "EnumUnknown", "MessageUnknown", "Ok", "SymbolUnknown"].sort(),
    );
  });
});
