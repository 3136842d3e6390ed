/** Frames in, slots out: every channel, what is set aside and why, a real capture; no bytes can hurt. Covers channel, fast_path, correct_path. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { Code } from "../../core/code.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { BookSide } from "../../market/book.ts";
import { instrumentOf } from "../../market/feed.testing.ts";
import { MarketState } from "../../market/market.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { Chance, disguised, disguises, mutated } from "../wire/mutate.testing.ts";
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
        "Trade Sell i0r0 @1630048897897000 422199000 120603060000 1630048897897000 0 #130639474",
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
      "DepthSnapshot  i0r0 @1597026383085000 123456 -1 1 2 #123456",
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
      const { trades, quote, snapshot, update, keepAlive } = SAMPLES;
      for (const text of [trades, quote, snapshot, update, keepAlive]) expect(rig.decode(text).code).toBe(Code.Ok);
    } finally {
      JSON.parse = parse;
    }
  });
});

describe("any bytes", () => {
  const frames = Object.values(SAMPLES);

  test(`${MUTATIONS} mutated frames, seed ${SEED}: no throw, no value out of range, both paths agree`, () => {
    const rig = new OkxRig();
    const slow = new OkxRig();
    slow.decoder.fastPathOn = false;
    const chance = new Chance(SEED);
    let faults = 0;
    let differences = 0;
    let accepted = 0;
    let first = "";
    for (let n = 0; n < MUTATIONS; n++) {
      let text = frames[n % frames.length] as string;
      for (let times = 1 + chance.below(2); times > 0; times--) {
        text = mutated(text, frames[chance.below(frames.length)] as string, chance);
      }
      const code = rig.decoder.decode(text, rig.receivedUs);
      const same = slow.decoder.decode(text, slow.receivedUs);
      if (same !== code || slow.take().join() !== rig.peek().join()) {
        differences++;
        if (first === "") first = text;
      }
      if (code === Code.Ok) accepted++;
      const found = rig.faults(code);
      if (found > 0 && first === "") first = text;
      faults += found;
    }
    expect({ faults, differences, first }).toEqual({ faults: 0, differences: 0, first: "" });
    expect(accepted).toBeGreaterThan(MUTATIONS / 100); // Else the mutations would prove nothing.
  }, 120_000);

  test("every frame cut at every unit is set aside", () => {
    const rig = new OkxRig();
    for (const text of frames) {
      for (let to = 1; to < text.length; to++) {
        rig.decode(text);
        const { code, slots } = rig.decode(text.slice(0, to));
        expect([Code[code], slots.length]).toEqual(["FrameTruncated", 1]);
      }
    }
  });

  test("fields shuffled, spaced, extended, escaped: the same slots", () => {
    // Marks remember what came before: a rig of its own for each frame.
    fc.assert(
      fc.property(fc.constantFrom(...frames), disguises, (text, how) => {
        const usual = new OkxRig().decode(text);
        const shuffled = new OkxRig().decode(disguised(text, how));
        const plain = (slots: string[]) => slots.map((slot) => slot.replace("LastOfFrame", "").replace("|", "")).sort();
        expect([shuffled.code, plain(shuffled.slots)]).toEqual([usual.code, plain(usual.slots)]);
      }),
      { numRuns: 500 },
    );
  });
});

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
