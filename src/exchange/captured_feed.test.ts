/** Captures as a feed: both formats give the same frames, byte for byte; several files are one; bad lines are set aside. */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Problem } from "../core/problem.ts";
import { smallCapture } from "./capture.testing.ts";
import { readCaptureFile } from "./capture_file.ts";
import { CapturedFeed } from "./captured_feed.ts";
import type { FeedFrame } from "./feed.ts";
import { ListingGuess, splitSymbol } from "./listing_guess.ts";
import { objectOf, wholeOf } from "./message.ts";

const drain = (feed: CapturedFeed) => {
  const frames: (FeedFrame & { readonly dueUs: number })[] = [];
  for (let dueUs = feed.nextTimeUs(); dueUs !== undefined; dueUs = feed.nextTimeUs())
    frames.push({ ...feed.take(), dueUs });
  return frames;
};

function file(text: string | Buffer): string {
  const path = join(mkdtempSync(join(tmpdir(), "meltica-simulate-")), "capture");
  writeFileSync(path, text);
  return path;
}

describe("CapturedFeed", () => {
  test.each([
    ["plain lines", {}],
    ["JSON lines", { jsonLines: true }],
    ["gzip", { gzip: true }],
    ["USD-M", { usdm: true, jsonLines: true, gzip: true }],
  ])("%s: frames come verbatim and in order, the full book apart", (_, options) => {
    const capture = smallCapture(options);
    const venue = "usdm" in options ? "binance-usdm" : "binance-spot";
    const feed = new CapturedFeed([capture.file], [venue]);
    expect(feed.upcomingBook(venue, "ABCUSDT")).toContain("lastUpdateId");
    const frames = drain(feed);
    expect(frames.filter((frame) => frame.stream !== "").map((frame) => frame.envelope)).toEqual([
      ...capture.envelopes,
    ]);
    const books = frames.filter((frame) => frame.stream === "");
    expect(books.map(({ symbol, venue }) => [symbol, venue])).toEqual([["ABCUSDT", venue]]);
    expect(frames.every(({ data, envelope }) => envelope === undefined || envelope.endsWith(`"data":${data}}`))).toBe(
      true,
    );
    expect(frames.every(({ dueUs }, at) => at === 0 || dueUs >= (frames[at - 1]?.dueUs as number))).toBe(true);
    expect(feed.upcomingBook(venue, "ABCUSDT")).toBeUndefined();
    expect(feed.streams.map(({ stream }) => stream).sort()).toEqual([
      "abcusdt@bookTicker",
      "abcusdt@depth@100ms",
      "abcusdt@trade",
    ]);
  });

  test("begins again with later times", () => {
    const feed = new CapturedFeed([smallCapture().file], ["binance-spot"]);
    const first = drain(feed);
    expect(feed.rewind()).toBe(true);
    const second = drain(feed);
    expect(second.map(({ data }) => data)).toEqual(first.map(({ data }) => data));
    expect(second[0]?.dueUs).toBe(first.at(-1)?.dueUs as number);
  });

  test("two files of a venue follow each other; two venues are merged by time", () => {
    const one = smallCapture({ diffs: 5 });
    const two = smallCapture({ diffs: 5, firstId: 2_000 });
    const joined = drain(new CapturedFeed([one.file, two.file], ["binance-spot"]));
    const texts = joined.flatMap(({ envelope }) => (envelope === undefined ? [] : [envelope]));
    expect(texts).toEqual([...one.envelopes, ...two.envelopes]);
    const usdm = smallCapture({ diffs: 5, usdm: true, stepUs: 15_000 });
    const merged = drain(new CapturedFeed([usdm.file, one.file], ["binance-spot", "binance-usdm"]));
    expect(merged.every(({ timeUs }, at) => at === 0 || timeUs >= (merged[at - 1]?.timeUs as number))).toBe(true);
    expect(new Set(merged.map(({ venue }) => venue)).size).toBe(2);
  });

  test("a capture of a venue that is not served, or of nothing, is refused", () => {
    expect(() => new CapturedFeed([smallCapture({ usdm: true }).file], ["binance-spot"])).toThrow(
      "add --venue binance-usdm",
    );
    expect(() => new CapturedFeed([file('1700000000000000000 {"result":null}\n')], ["binance-spot"])).toThrow(
      "NoInstrument",
    );
    expect(() => new CapturedFeed(["/nowhere/x.gz"], ["binance-spot"])).toThrow("FileNotFound");
  });

  test("messages captured without an envelope get the stream of their kind, and envelopes may be written either way", () => {
    const messages = [
      '{"u":5,"s":"ABCUSDT","b":"1.0","B":"2","a":"1.1","A":"3"}',
      '{"e":"depthUpdate","E":1,"s":"ABCUSDT","U":1,"u":2,"b":[],"a":[]}',
      '{ "data" : {"e":"trade","s":"ABCUSDT","t":1,"p":"1.0","q":"1","T":1}, "stream":"abcusdt@trade" }',
      '{"stream":"abcusdt@depth5","data":{"lastUpdateId":7,"bids":[["1.0","2"]],"asks":[]}}',
    ];
    const feed = new CapturedFeed(
      [file(messages.map((text, i) => `170000000000000${i}000 ${text}`).join("\n"))],
      ["binance-spot"],
    );
    expect(drain(feed).map(({ stream, symbol, data }) => [stream, symbol, data])).toEqual([
      ["abcusdt@bookTicker", "ABCUSDT", messages[0] as string],
      ["abcusdt@depth@100ms", "ABCUSDT", messages[1] as string],
      ["abcusdt@trade", "ABCUSDT", '{"e":"trade","s":"ABCUSDT","t":1,"p":"1.0","q":"1","T":1}'],
      ["abcusdt@depth5", "ABCUSDT", '{"lastUpdateId":7,"bids":[["1.0","2"]],"asks":[]}'],
    ]);
  });

  test("a full book without a name belongs to the symbol whose diffs bridge it", () => {
    const lines = [
      '{"stream":"xusdt@depth@100ms","data":{"e":"depthUpdate","s":"XUSDT","U":1,"u":9,"b":[],"a":[]}}',
      '{"lastUpdateId":505,"bids":[],"asks":[]}',
      '{"stream":"yusdt@depth@100ms","data":{"e":"depthUpdate","s":"YUSDT","U":500,"u":510,"b":[],"a":[]}}',
    ];
    const feed = new CapturedFeed(
      [file(lines.map((text, i) => `170000000000000${i}000 ${text}`).join("\n"))],
      ["binance-spot"],
    );
    expect(drain(feed).map(({ symbol }) => symbol)).toEqual(["XUSDT", "YUSDT", "YUSDT"]);
  });
});

describe("readCaptureFile", () => {
  test("sets bad lines aside with their place, skips what the client sent", () => {
    const problems: Problem[] = [];
    const text =
      'x\n1700000000000000001 {"a":1}\n{"sent":true,"msg":{"b":1}}\n{"recvNs":1700000000000,"msg":{"c":1}}\n{"msg":5}\n';
    const path = file(text);
    expect(readCaptureFile(path, problems)).toEqual([
      { timeUs: 1_700_000_000_000_000, text: '{"a":1}', restSymbol: undefined },
      { timeUs: 1_700_000_000_000_000, text: '{"c":1}', restSymbol: undefined },
    ]);
    expect(problems.map(({ line, code }) => [line, code])).toEqual([
      [1, "LineMalformed"],
      [5, "LineMalformed"],
    ]);
  });

  test("a gzip file that ends early gives its whole lines", () => {
    const lines = Array.from(
      { length: 2_000 },
      (_, i) => `17000000000000${String(i).padStart(5, "0")} {"n":${i * 7919}}`,
    );
    const whole = gzipSync(`${lines.join("\n")}\n`);
    const problems: Problem[] = [];
    const read = readCaptureFile(file(whole.subarray(0, whole.length >> 1)), problems);
    expect(read.length).toBeGreaterThan(100);
    expect(read.every(({ text }, i) => text === `{"n":${i * 7919}}`)).toBe(true);
    expect(problems.map(({ code }) => code)).toEqual(["FileCorrupt"]);
    expect(() => readCaptureFile(file(Buffer.from([0x1f, 0x8b, 1, 2, 3])), [])).toThrow("FileCorrupt");
  });
});

describe("listings", () => {
  test("tick and step are the decimals that carry value, written as the venue writes them", () => {
    const guess = new ListingGuess();
    guess.add("binance-spot", "ETHUSDT", { e: "trade", p: "2683.81000000", q: "0.00460000" });
    guess.add("binance-usdm", "ETHUSDT", { e: "depthUpdate", b: [["2683.8", "1.250"]], a: [["2683.81", "x"], 5] });
    guess.add("binance-usdm", "ETHUSDT", { b: "2683.80", B: "1.5", a: "2683.9", A: "2.001" });
    expect(guess.listings()).toMatchObject([
      { tick: "0.01000000", step: "0.00010000", base: "ETH", quote: "USDT", priceDecimals: 8 },
      { tick: "0.01", step: "0.001", qtyDecimals: 3 },
    ]);
  });

  test("symbols are split at their quote", () => {
    expect([
      splitSymbol("BTCFDUSD"),
      splitSymbol("ETHBTC"),
      splitSymbol("BTCUSDT_260327"),
      splitSymbol("ABCXYZ"),
    ]).toEqual([
      ["BTC", "FDUSD"],
      ["ETH", "BTC"],
      ["BTC", "USDT"],
      ["ABC", "XYZ"],
    ]);
    expect([objectOf("[1]"), objectOf("{"), wholeOf(1.5), wholeOf(7)]).toEqual([undefined, undefined, undefined, 7]);
  });
});
