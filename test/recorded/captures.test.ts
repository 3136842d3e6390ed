/** Captured traffic of every venue through our decoder and books: the figures of independent replays, checksum by checksum. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Code, codeName } from "../../src/core/code.ts";
import { wideText } from "../../src/core/decimal.ts";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../support/fixtures.ts";
import { bestFirst, World } from "./world.ts";

interface Line {
  readonly recv?: string;
  readonly recvNs?: number;
  readonly sent?: boolean;
  readonly rest?: string;
  readonly msg: Record<string, unknown>;
}

const linesOf = (path: string) =>
  readFileSync(fixture(path), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
const lean = (levels: readonly (readonly string[])[]) =>
  levels.map((level) => level.slice(0, 2).map((text) => text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")));

interface BinanceExpected {
  readonly sequenceGaps: number;
  readonly depthEventsDropped: number;
  readonly depthEventsApplied: number;
  readonly finalUpdateId: number;
  readonly top5Bids: string[][];
  readonly top5Asks: string[][];
  readonly bidLevels: number;
  readonly askLevels: number;
  readonly trades: number;
  readonly tradeVolume: string;
}

describe.skipIf(!fixturesPresent)(`captures (${FIXTURES_REASON})`, () => {
  test.each(["binance-spot", "binance-usdm"] as const)("%s: book, ids, gaps, trades and their volume", (venue) => {
    const name = `${venue}/capture.btcusdt.20240808`;
    const expected = JSON.parse(readFileSync(fixture(`${name}.expected.json`), "utf8")) as BinanceExpected;
    const world = new World(venue, "BTCUSDT", { priceScale: 2, qtyScale: 8 });
    const codes: Record<string, number> = {};
    for (const { recvNs = 0, rest, msg } of linesOf(`${name}.jsonl`)) {
      const text = JSON.stringify(msg);
      const us = Math.round(recvNs / 1_000);
      const code = rest === undefined ? world.decode(text, us) : world.snapshot(text, us);
      codes[codeName(code)] = (codes[codeName(code)] ?? 0) + 1;
    }
    const { sync, market } = world;
    expect(Object.keys(codes)).toEqual(["Ok"]);
    expect(sync.valid).toBe(true);
    expect({
      sequenceGaps: sync.gaps,
      depthEventsDropped: sync.dropped,
      depthEventsApplied: sync.applied,
      finalUpdateId: sync.lastUpdateId,
      trades: market.tradeCount,
    }).toMatchObject({
      sequenceGaps: expected.sequenceGaps,
      depthEventsDropped: expected.depthEventsDropped,
      depthEventsApplied: expected.depthEventsApplied,
      finalUpdateId: expected.finalUpdateId,
      trades: expected.trades,
    });
    const { bids, asks } = bestFirst(world, 5);
    expect([bids, asks] as unknown).toEqual([lean(expected.top5Bids), lean(expected.top5Asks)]);
    const all = bestFirst(world, 10_000);
    expect([all.bids.length, all.asks.length]).toEqual([expected.bidLevels, expected.askLevels]);
    expect([wideText(market.volume, 8)]).toEqual(lean([[expected.tradeVolume]])[0] as string[]);
    expect(market.quoteCheck?.mismatches ?? 0).toBe(0);
  });

  test("okx: after each of its messages the book has the venue's own checksum", () => {
    const expected = JSON.parse(readFileSync(fixture("okx/capture.BTC-USDT.expected.json"), "utf8"));
    const world = new World("okx", "BTC-USDT", { priceScale: 2, qtyScale: 8 });
    let [seqId, matching, failing] = [1_000, 0, 0];
    for (const { recv = "0", sent, msg } of linesOf("okx/capture.BTC-USDT.books-trades-tickers.jsonl")) {
      const { arg, action, data } = msg as {
        arg?: { channel?: string; instId?: string };
        action?: string;
        data?: unknown;
      };
      if (sent === true || data === undefined || arg?.channel !== "books" || arg.instId !== "BTC-USDT") continue;
      const book = (data as Record<string, unknown>[])[0] as Record<string, unknown>;
      const checksum = book["checksum"] as number;
      // The venue numbers its messages since then, and sends no checksums any more.
      book["prevSeqId"] = action === "snapshot" ? -1 : seqId;
      book["seqId"] = action === "snapshot" ? seqId : ++seqId;
      book["checksum"] = 0;
      expect(world.decode(JSON.stringify(msg), Math.round(Number(recv) * 1e6))).toBe(Code.Ok); // number-ok: a time
      if (okxChecksum(world) === checksum) matching++;
      else failing++;
    }
    expect([matching + failing, matching, failing]).toEqual([
      expected.bookMessages,
      expected.checksumsMatching,
      expected.checksumsFailing,
    ]);
    const { bids, asks } = bestFirst(world, 500);
    const { bestBid, bestAsk, bidLevels, askLevels } = expected.final["BTC-USDT"];
    expect([bids[0], asks[0], bids.length, asks.length] as unknown).toEqual([
      ...lean([bestBid, bestAsk]),
      bidLevels,
      askLevels,
    ]);
  });

  test("bybit: a snapshot of 500 and its deltas, against a book of maps", () => {
    const world = new World("bybit", "XRPUSDT", { priceScale: 4, qtyScale: 4 });
    const plain = { b: new Map<string, string>(), a: new Map<string, string>() };
    let compared = 0;
    for (const { type, ts, data } of linesOf(
      "bybit/capture.orderbook500.XRPUSDT.first15.jsonl",
    ) as unknown as Delta[]) {
      const text = JSON.stringify({ topic: "orderbook.500.XRPUSDT", type, ts, data, cts: ts });
      expect(world.decode(text, ts * 1_000)).toBe(Code.Ok);
      for (const side of ["b", "a"] as const) {
        if (type === "snapshot") plain[side].clear();
        for (const [price, qty] of data[side]) qty === "0" ? plain[side].delete(price) : plain[side].set(price, qty);
      }
      const sorted = (side: "b" | "a", sign: number) =>
        [...plain[side]].sort(([one], [two]) => sign * (Number(one) - Number(two))); // number-ok: an order of prices
      const { bids, asks } = bestFirst(world, 1_000);
      expect([bids, asks] as unknown).toEqual([lean(sorted("b", -1)), lean(sorted("a", 1))]);
      compared++;
    }
    expect([compared, world.sync.valid, world.sync.gaps]).toEqual([15, true, 0]);
  });
});

interface Delta {
  readonly type: string;
  readonly ts: number;
  readonly data: { readonly b: readonly [string, string][]; readonly a: readonly [string, string][] };
}

/** CRC-32, signed, of the best 25 levels: `bid:size:ask:size:…`. */
function okxChecksum(world: World): number {
  const { bids, asks } = bestFirst(world, 25);
  const parts = Array.from({ length: 25 }, (_, n) => [bids[n], asks[n]])
    .flat()
    .filter((level) => level !== undefined);
  return Bun.hash.crc32(parts.map((level) => level.join(":")).join(":")) | 0;
}
