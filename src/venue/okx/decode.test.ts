/**
 * Frames in, slots out: every channel, what is set aside and why, every recorded message; no bytes can hurt.
 * Covers channel, fast_path, correct_path, book_ids.
 */

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { Code } from "../../core/code.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { BookSide } from "../../market/book.ts";
import { instrumentOf } from "../../market/feed.testing.ts";
import { MarketState } from "../../market/market.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { testAnyBytes } from "../wire/topic_rig.testing.ts";
import { BookIds } from "./book_ids.ts";
import { OkxDecoder } from "./decode.ts";
import { OkxRig, SAMPLES } from "./decode_rig.testing.ts";

const MUTATIONS = process.env["MELTICA_FUZZ"] === "large" ? 10_000_000 : 300_000;
const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed

describe("channels", () => {
  test("trades: one slot for each, in order, the last one ends the frame", () => {
    const rig = new OkxRig();
    expect(rig.decode(SAMPLES.trades)).toEqual({
      code: Code.Ok,
      slots: [
        "Trade Sell i0r0 @1630048897897000 422199000 120603060000 1630048897897000 130639472 #130639474",
        "Trade LastOfFrame i0r0 @1630048897898000 422200000 5000000000 1630048897898000 0 #130639475",
      ],
    });
  });

  test("best quote", () => {
    expect(new OkxRig().decode(SAMPLES.quote).slots).toEqual([
      "Quote LastOfFrame i1r3 @1670324386802000 1110500 57745000000000 1110600 55154000000000 #363996337",
    ]);
  });

  test("snapshot, update and the keep-alive without levels", () => {
    const rig = new OkxRig();
    expect(rig.decode(SAMPLES.snapshot).slots).toEqual([
      "DepthSnapshot Window i0r0 @1597026383085000 123456 -1 1 2 #123456",
      "Level Sell i0r0 @0 84769800 415000000000 0 0 #0",
      "Level Sell i0r0 @0 84770000 7000000000 0 0 #0",
      "Level LastOfFrame i0r0 @0 84760000 256000000000 0 0 #0",
    ]);
    expect(rig.decode(SAMPLES.update).slots).toEqual([
      "DepthDiff  i0r0 @1597026383185000 123456 123456 1 0 #123460",
      "Level LastOfFrame i0r0 @0 84760000 0 0 0 #0",
    ]);
    expect(rig.decode(SAMPLES.keepAlive).slots).toEqual([
      "DepthDiff LastOfFrame i0r0 @1597026443185000 123460 123460 0 0 #123460",
    ]);
  });

  test("mark price and funding come apart and are told together", () => {
    const rig = new OkxRig();
    expect(rig.decode(SAMPLES.mark).slots).toEqual(["Mark LastOfFrame i1r3 @1597026383085000 4231010000000 0 0 0 #0"]);
    expect(rig.decode(SAMPLES.funding).slots).toEqual([
      "Mark LastOfFrame i1r3 @1597026383900000 4231010000000 0 -18750000 1597046400000000 #0",
    ]);
  });

  test("the index of a pair belongs to its swap; decimals beyond what is reckoned with are cut off", () => {
    const rig = new OkxRig();
    rig.decode(SAMPLES.mark);
    expect(rig.decode(SAMPLES.index).slots).toEqual([
      "Mark LastOfFrame i1r3 @1597026383999000 4231010000000 4231234567891 0 0 #0",
    ]);
    const long = SAMPLES.funding.replace("-0.001875", "-0.0001875391284828");
    expect(rig.decode(long).slots).toEqual([
      "Mark LastOfFrame i1r3 @1597026383900000 4231010000000 4231234567891 -1875391 1597046400000000 #0",
    ]);
  });

  test("liquidations: one frame is one run; the order's side; contracts; instruments that are not ours are passed over", () => {
    const rig = new OkxRig();
    expect(rig.decode(SAMPLES.liquidations).slots).toEqual([
      "Liquidation Sell i1r3 @1692266434010000 423101000 13000000000 1692266434010000 0 #0",
      "Liquidation LastOfFrame i1r3 @1692266433900000 423112345 500000000 1692266433900000 0 #0",
    ]);
    expect(rig.decoder.stats.byStream()).toEqual({ "liquidation-orders": 1 });
    const ours = '"instId":"BTC-USDT-SWAP"';
    expect(rig.decode(SAMPLES.liquidations.replace('"instId":"IOST-USDT-SWAP"', ours)).slots).toHaveLength(3);
  });

  test.each([
    ["", Code.FrameEmpty],
    ["pong", Code.ControlMessage],
    ["{", Code.FrameTruncated],
    ["x", Code.FrameNotJson],
    ["[1]", Code.MessageUnknown],
    ['{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"},"connId":"a"}', Code.ControlMessage],
    ['{"event":"error","code":"60012","msg":"Invalid request"}', Code.VenueError],
    ['{"event":"strange"}', Code.MessageUnknown],
    ['{"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{}]}', Code.MessageUnknown],
    [SAMPLES.trades.replaceAll("BTC-USDT", "ZZZ-USDT"), Code.SymbolUnknown],
    [SAMPLES.trades.replace('"side":"sell"', '"side":"hold"'), Code.EnumUnknown],
    [SAMPLES.trades.replace('"px":"42219.9"', '"px":42219.9'), Code.FieldType],
    [SAMPLES.trades.replace('"px":"42219.9"', '"px":"-1"'), Code.NumberNegative],
    [SAMPLES.trades.replace('"px":"42219.9"', '"px":"1.00000001"'), Code.NumberPrecision],
    [SAMPLES.trades.replace('{"instId":"BTC-USDT","tradeId"', '{"instId":"ETH-USDT","tradeId"'), Code.FieldType],
    [SAMPLES.update.replace('"prevSeqId":123456', '"prevSeqId":123461'), Code.NumberRange],
    [SAMPLES.update.replace('"prevSeqId":123456', '"prevSeqId":-1'), Code.NumberRange],
    [SAMPLES.snapshot.replace('"prevSeqId":-1', '"prevSeqId":7'), Code.NumberRange],
    [SAMPLES.index.replace('"instId":"BTC-USDT"}', '"instId":"XYZ-USDT"}'), Code.SymbolUnknown],
    [SAMPLES.trades.replace('"count":"3"', '"count":"0"'), Code.NumberRange],
    [SAMPLES.trades.replace('"count":"3"', '"count":"130639476"'), Code.NumberRange],
    ['{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{}]}', Code.FieldMissing],
    [SAMPLES.liquidations.replace("BTC-USDT-SWAP", "DOGE-USDT-SWAP"), Code.SymbolUnknown],
    [SAMPLES.liquidations.replace('"side":"sell"', '"side":"net"'), Code.EnumUnknown],
    [SAMPLES.liquidations.replace('"sz":"13"', '"sz":"0"'), Code.NumberRange],
    [SAMPLES.liquidations.replace('"bkPx":"42310.1"', '"bkPx":""'), Code.NumberMalformed],
    [SAMPLES.update.replace(',"prevSeqId":123456', ""), Code.FieldMissing],
    [SAMPLES.snapshot.replace('"snapshot"', '"other"'), Code.EnumUnknown],
    [SAMPLES.quote.replace("}]}", "},{}]}"), Code.TooManyLevels],
    ['{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[]}', Code.FieldMissing],
  ])("%s is set aside", (text, code) => {
    const found = new OkxRig().decode(text);
    expect(Code[found.code]).toBe(Code[code]);
    expect(found.slots).toHaveLength(1);
    expect(found.slots[0]).toStartWith("SetAside LastOfFrame");
  });

  test("usual frames take the fast path: JSON.parse is not needed for them", () => {
    const rig = new OkxRig();
    const parse = JSON.parse;
    JSON.parse = () => {
      throw new Error("parsed");
    };
    try {
      const { trades, tradesAll, quote, snapshot, update, keepAlive } = SAMPLES;
      for (const text of [trades, tradesAll, quote, snapshot, update, keepAlive])
        expect(rig.decode(text).code).toBe(Code.Ok);
    } finally {
      JSON.parse = parse;
    }
  });
});

testAnyBytes(() => new OkxRig(), Object.values(SAMPLES), MUTATIONS, SEED);

describe.skipIf(!fixturesPresent)(`the capture of 2022 (${FIXTURES_REASON})`, () => {
  interface Line {
    readonly sent?: boolean;
    readonly msg: { arg?: { channel: string }; action?: string; data?: Record<string, unknown>[] };
  }
  const lines = () =>
    readFileSync(fixture("okx/capture.BTC-USDT.books-trades-tickers.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Line)
      .filter((line) => line.sent !== true);

  test("trades are read; books without sequence numbers are set aside, never believed", () => {
    const rig = new OkxRig();
    let trades = 0;
    for (const { msg } of lines()) {
      const { code, slots } = rig.decode(JSON.stringify(msg));
      if (msg.arg?.channel === "trades" && msg.data !== undefined) {
        expect(code).toBe(Code.Ok);
        trades += slots.length;
      }
      if (msg.arg?.channel === "books" && msg.data !== undefined) expect(Code[code]).toBe("FieldMissing");
    }
    expect(trades).toBe(69);
  });

  test("with the sequence numbers of today its book ends as the independent figures say", () => {
    const { final } = JSON.parse(readFileSync(fixture("okx/capture.BTC-USDT.expected.json"), "utf8")) as {
      final: Record<string, { bestBid: string[]; bestAsk: string[]; bidLevels: number; askLevels: number }>;
    };
    const lane = MarketLane.create(DEFAULT_LIMITS);
    const decoder = new OkxDecoder(lane, DEFAULT_LIMITS);
    const market = new MarketState(DEFAULT_LIMITS, { checkQuotes: false });
    const scales = { priceScale: 2, qtyScale: 8 };
    decoder.define({ symbol: "BTC-USDT", instrument: 0, revision: 1, ...scales });
    market.define(instrumentOf({ name: "okx:BTC-USDT", venue: "okx", venueSymbol: "BTC-USDT", ...scales }));
    let seqId = 1_000;
    for (const { msg } of lines()) {
      if (msg.arg?.channel !== "books" || msg.data === undefined) continue;
      const book = msg.data[0] as Record<string, unknown>;
      book["prevSeqId"] = msg.action === "snapshot" ? -1 : seqId;
      seqId += msg.action === "snapshot" ? 0 : 7;
      book["seqId"] = seqId;
      book["checksum"] = 0;
      expect(decoder.decode(JSON.stringify(msg), 1_652_459_225_000_000)).toBe(Code.Ok);
      const count = lane.pending();
      for (let n = 0; n < count; n++) market.onSlot(lane, lane.peek(n));
      lane.release(count);
    }
    const sync = market.instrument(0)?.book;
    const expected = final["BTC-USDT"];
    expect(sync?.valid).toBe(true);
    expect([sync?.book.priceAt(BookSide.Bid, 0), sync?.book.qtyAt(BookSide.Bid, 0)]).toEqual([3_023_610, 18_050_747]);
    expect([sync?.book.priceAt(BookSide.Ask, 0), sync?.book.qtyAt(BookSide.Ask, 0)]).toEqual([3_023_620, 100_000]);
    expect([expected?.bestBid.slice(0, 2), expected?.bestAsk.slice(0, 2)]).toEqual([
      ["30236.1", "0.18050747"],
      ["30236.2", "0.001"],
    ]);
    expect([sync?.book.levels(BookSide.Bid), sync?.book.levels(BookSide.Ask)]).toEqual([400, 400]);
  });
});

describe("sequence numbers", () => {
  const update = (previous: number, seqId: number) =>
    SAMPLES.update.replace('"prevSeqId":123456,"seqId":123460', `"prevSeqId":${previous},"seqId":${seqId}`);
  const snapshot = (seqId: number) => SAMPLES.snapshot.replace("123456", String(seqId));
  /** First, previous and last id of the head; the code where it is set aside. */
  const idsOf = (rig: OkxRig, text: string): string => {
    const { code, slots } = rig.decode(text);
    const [head = ""] = slots;
    if (code !== Code.Ok) return `${Code[code]} #${head.split("#")[1]}`;
    const [first, previous] = head.replace(/^.*@\d+ /, "").split(" ");
    return `${first} ${previous} #${head.split("#")[1]}`;
  };

  test.each([true, false])("ids go on over a reset after maintenance (fast path: %p)", (fastPathOn) => {
    const rig = new OkxRig();
    rig.decoder.fastPathOn = fastPathOn;
    expect(idsOf(rig, snapshot(10))).toBe("10 -1 #10");
    expect(idsOf(rig, update(10, 15))).toBe("10 10 #15");
    expect(idsOf(rig, update(15, 15))).toBe("15 15 #15");
    // The venue's own example: 3 follows 15, then 5 follows 3.
    expect(idsOf(rig, update(15, 3))).toBe("15 15 #16");
    expect(idsOf(rig, update(3, 5))).toBe("16 16 #18");
    // A message that comes twice proves nothing.
    expect(idsOf(rig, update(3, 5))).toBe("17 17 #18");
    // A gap stays one.
    expect(idsOf(rig, update(7, 9))).toBe("20 20 #22");
    expect(idsOf(rig, snapshot(4))).toBe("23 -1 #23");
  });

  test("a reset that was lost: nothing is believed until a snapshot comes", () => {
    const rig = new OkxRig();
    idsOf(rig, snapshot(100));
    idsOf(rig, update(100, 110));
    expect(idsOf(rig, update(3, 5))).toBe("NumberRange #0");
    expect(idsOf(rig, update(5, 120))).toBe("NumberRange #0");
    expect(idsOf(rig, snapshot(6))).toBe("111 -1 #111");
    expect(idsOf(rig, update(6, 8))).toBe("111 111 #113");
  });

  test("numbers out of range, once, do not end a book for ever", () => {
    const rig = new OkxRig();
    const highest = Number.MAX_SAFE_INTEGER;
    expect(idsOf(rig, snapshot(highest))).toBe(`${highest} -1 #${highest}`);
    expect(idsOf(rig, snapshot(12))).toBe("12 -1 #12");
    expect(idsOf(rig, update(12, 14))).toBe("12 12 #14");
    const ids = new BookIds();
    expect(ids.ofUpdate({ instrument: 1, revision: 1 }, 5, 4)).toBe(false);
    expect(ids.ofUpdate({ instrument: 1, revision: 1 }, 5, highest)).toBe(false);
  });

  test("an update that goes on absurdly far is believed neither when it follows nor after a gap; a snapshot ends it", () => {
    for (const previous of [12, 13]) {
      const rig = new OkxRig();
      idsOf(rig, snapshot(12));
      expect(rig.decode(update(previous, 2 ** 52)).code).toBe(Code.NumberRange);
      expect(rig.decode(update(12, 14)).code).toBe(Code.NumberRange);
      expect(idsOf(rig, snapshot(14))).toBe("14 -1 #14");
      expect(idsOf(rig, update(14, 15))).toBe("14 14 #15");
    }
  });
});

describe.skipIf(!fixturesPresent)(`recorded messages (${FIXTURES_REASON})`, () => {
  /** Everything in a file that looks like a frame: an object with `arg` or `event`, wherever it stands. */
  function framesIn(value: unknown, found: Record<string, unknown>[] = []): Record<string, unknown>[] {
    if (typeof value !== "object" || value === null) return found;
    const object = value as Record<string, unknown>;
    if (typeof object["event"] === "string" || (typeof object["arg"] === "object" && object["data"] !== undefined)) {
      found.push(object);
    } else for (const inner of Object.values(object)) framesIn(inner, found);
    return found;
  }

  test("each is decoded, or set aside by the name of its channel or by what is missing in it", () => {
    const folder = fixture("okx");
    const names = readdirSync(folder).filter((name) => /ws|capture.*jsonl|tardis/.test(name));
    const rig = new OkxRig();
    const listed = new Set(["BTC-USDT", "BTC-USDT-SWAP"]);
    const outcomes: Record<string, number> = {};
    for (const name of names) {
      const text = readFileSync(`${folder}/${name}`, "utf8");
      const values = name.endsWith("jsonl")
        ? text
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line))
        : [JSON.parse(text)];
      for (const frame of values.flatMap((value) => framesIn(value))) {
        const arg = (frame["arg"] ?? {}) as { channel?: string; instId?: string };
        if (arg.instId !== undefined && !listed.has(arg.instId)) {
          rig.decoder.define({ symbol: arg.instId, instrument: listed.size, revision: 0, priceScale: 4, qtyScale: 9 });
          listed.add(arg.instId);
        }
        const { code, slots } = rig.decode(JSON.stringify(frame));
        expect(slots.length).toBeGreaterThan(0);
        const what = frame["event"] === undefined ? `${arg.channel}` : "event";
        const key = `${what} ${Code[code]}`;
        outcomes[key] = (outcomes[key] ?? 0) + 1;
      }
    }
    expect(outcomes).toMatchSnapshot();
  });
});

test("what names its own toString is refused, not converted (found by test/fuzz)", () => {
  const rig = new OkxRig();
  const row = { instId: [{ toString: -1 }], idxPx: "42000", ts: "1597026383999" };
  const frame = { arg: { channel: "index-tickers", instId: "BTC-USDT" }, data: [row] };
  expect(Code[rig.decode(JSON.stringify(frame)).code]).toBe("FieldType");
});
