/** The real captures through the whole engine: every figure equals the independent one, every proof holds. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { REPLAY_DEFAULTS, type ReplayOptions } from "../../src/app/replay_options.ts";
import type { ReplayResult } from "../../src/app/replay_result.ts";
import { runReplay } from "../../src/app/replay_session.ts";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../support/fixtures.ts";

interface Expected {
  readonly files: string[];
  readonly messages: number;
  readonly byStream: Record<string, number>;
  readonly depthSequenceGaps: number;
  readonly depthApplied: number;
  readonly depthDropped: number;
  readonly bboChecksAgainstBookTicker: number;
  readonly bboMismatches: number;
  readonly tradeIdGaps: number;
  readonly tradeVolume: string;
  readonly tradeQuoteVolume: string;
  readonly tradeHigh: string;
  readonly tradeLow: string;
  readonly recvMinusEventMs: { min: number; p50: number; p99: number };
  readonly final: { updateId: number; bestBid: [string, string]; bestAsk: [string, string] } & Record<string, number>;
}

function options(files: string[], strategy: string, params: Record<string, string>): ReplayOptions {
  return {
    ...REPLAY_DEFAULTS,
    files,
    strategy,
    params,
    instrumentFile: undefined,
    venue: undefined,
    symbol: undefined,
    balances: {},
    limits: {},
    makerFee: undefined,
    takerFee: undefined,
  };
}

function check(result: ReplayResult, expected: Expected): void {
  expect(result.messages).toBe(expected.messages);
  expect(result.byStream).toEqual(expected.byStream);
  expect(result.depthSequenceGaps).toBe(expected.depthSequenceGaps);
  expect(result.depthApplied).toBe(expected.depthApplied);
  expect(result.depthDropped).toBe(expected.depthDropped);
  expect(result.bboChecksAgainstBookTicker).toBe(expected.bboChecksAgainstBookTicker);
  expect(result.bboMismatches).toBe(expected.bboMismatches);
  expect(result.tradeIdGaps).toBe(expected.tradeIdGaps);
  expect(result.tradeVolume).toBe(expected.tradeVolume);
  expect(result.tradeQuoteVolume).toBe(expected.tradeQuoteVolume);
  expect(result.tradeHigh).toBe(expected.tradeHigh);
  expect(result.tradeLow).toBe(expected.tradeLow);
  expect(result.final).toMatchObject(expected.final);
  expect(result.setAside).toEqual({});
  expect(result.verified).toEqual({ applyAlone: true, decideAgain: true });
}

const runs = [
  { index: 0, strategy: "ema-cross", params: { tf: "1s" } },
  { index: 0, strategy: "market-making", params: {} },
  { index: 1, strategy: "ema-cross", params: { tf: "1s" } },
  { index: 1, strategy: "market-making", params: {} },
] as const;

describe.skipIf(!fixturesPresent)(`real captures (${FIXTURES_REASON})`, () => {
  for (const { index, strategy, params } of runs) {
    test(`${index === 0 ? "spot" : "USD-M"} with ${strategy}: figures, hashes, proofs`, async () => {
      const all = JSON.parse(readFileSync(fixture("marketdata/expected.json"), "utf8")) as Expected[];
      const expected = all[index] as Expected;
      const files = expected.files.map((f) => fixture(`marketdata/${f}`));
      const first = await runReplay(options(files, strategy, params));
      check(first, expected);
      expect(first.orders.placed).toBeGreaterThan(0);
      expect(first.fills.count).toBeGreaterThan(0);
      const second = await runReplay(options(files, strategy, params));
      expect(second.hashes).toEqual(first.hashes);
    });
  }

  test("the two small captures in JSON lines: gaps, drops, last update, volumes, top of book", async () => {
    for (const venue of ["binance-spot", "binance-usdm"]) {
      const stem = `${venue}/capture.btcusdt.20240808`;
      const expected = JSON.parse(readFileSync(fixture(`${stem}.expected.json`), "utf8"));
      const result = await runReplay(options([fixture(`${stem}.jsonl`)], "noop", {}));
      expect(result.venue).toBe(venue);
      expect(result.depthSequenceGaps).toBe(expected.sequenceGaps);
      expect(result.depthDropped).toBe(expected.depthEventsDropped);
      expect(result.depthApplied).toBe(expected.depthEventsApplied);
      expect(result.final.updateId).toBe(expected.finalUpdateId);
      expect(result.final.bestBid).toEqual(expected.top5Bids[0]);
      expect(result.final.bestAsk).toEqual(expected.top5Asks[0]);
      expect(result.final.bidLevels).toBe(expected.bidLevels);
      expect(result.final.askLevels).toBe(expected.askLevels);
      expect(result.trades).toBe(expected.trades);
      expect(result.tradeVolume).toBe(expected.tradeVolume);
    }
  });
});
