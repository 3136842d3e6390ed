/** The table of a replay: a full result, drawn without colours, compared as a whole. */

import { describe, expect, test } from "bun:test";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import type { ReplayResult } from "../app/replay_result.ts";
import { replayReport } from "./replay_report.ts";

const RESULT: ReplayResult = {
  files: ["day1.gz", "day2.gz"],
  venue: "binance-spot",
  instrument: "binance:ETH-USDT",
  symbol: "ETHUSDT",
  strategy: "ema-cross",
  params: { tf: "1s", fast: 12 },
  inputs: 80_001,
  messages: 79_744,
  byStream: { bookTicker: 58_758, trade: 14_515 },
  setAside: { MessageUnknown: 2 },
  problems: [{ code: "LineMalformed", detail: "no receive time", hint: "set aside", file: "day1.gz", line: 7 }],
  firstReceiveTimeUs: 1_723_161_254_024_619,
  lastReceiveTimeUs: 1_723_161_904_543_279,
  spanSeconds: 650.5,
  depthSequenceGaps: 0,
  depthApplied: 6_468,
  depthDropped: 2,
  bboChecksAgainstBookTicker: 6_468,
  bboMismatches: 0,
  tradeIdGaps: 0,
  trades: 14_515,
  tradeVolume: "4272.72410000",
  tradeQuoteVolume: "11454209.126352",
  tradeHigh: "2685.37000000",
  tradeLow: "2673.60000000",
  latencyUs: { min: -1_276_100, p50: -1_272_800, p99: -1_270_300, max: -1_200_000 },
  final: {
    updateId: 35_346_924_199,
    bestBid: ["2677.60000000", "13.04490000"],
    bestAsk: null,
    bidLevels: 1_744,
    askLevels: 0,
    flags: ["valid"],
  },
  orders: { placed: 12, denied: 1, sent: 11, filled: 9, canceled: 0, expired: 0, rejected: 0, unknown: 0, open: 2 },
  denials: { MaxPosition: 1 },
  fills: { count: 9, maker: 4, taker: 5, volume: "1.5", fees: { USDT: "4.01", BNB: "0.01" } },
  position: "0.5",
  pnl: {
    asset: "USDT",
    realized: "-12.25",
    unrealized: "3.5",
    fees: "4.01",
    total: "-12.76",
    equityStart: "10000",
    equityEnd: "9987.24",
  },
  records: 1_234,
  hashes: { durable: "0123456789abcdef", session: "fedcba9876543210" },
  verified: { applyAlone: true, decideAgain: false },
  framesPerSecond: 1_654_321.7,
  framesPerSecondFirstPass: 900_000,
  passes: 2,
  elapsedMs: 500,
};

describe("replayReport", () => {
  test("a full result", () => {
    expect(replayReport(RESULT, new MemoryTerminal())).toMatchSnapshot();
  });

  test("says when the check was left out, and has no problems section without problems", () => {
    const text = replayReport({ ...RESULT, verified: null, problems: [] }, new MemoryTerminal());
    expect(text).toContain("not asked for");
    expect(text).not.toContain("Problems");
  });

  test("shows five problems and counts the rest", () => {
    const one = RESULT.problems[0] as ReplayResult["problems"][number];
    const text = replayReport({ ...RESULT, problems: Array(1_007).fill(one) }, new MemoryTerminal());
    expect(text).toContain("and 1,002 more: see --json");
  });
});
