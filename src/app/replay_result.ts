/** What a replay found: counts, the final book, orders, money and the proofs. Printed by the CLI as a table or as JSON. */

import type { Problem } from "../core/problem.ts";

/** Amounts, prices and sizes are decimal text, exact to the last digit; counts are numbers. */
export interface ReplayResult {
  readonly files: readonly string[];
  readonly venue: string;
  /** Canonical name, e.g. `binance:ETH-USDT`. */
  readonly instrument: string;
  /** The venue's symbol, e.g. `ETHUSDT`. */
  readonly symbol: string;
  readonly strategy: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;

  /** Inputs of the engine: frames, reports, ticks, commands. */
  readonly inputs: number;
  /** Frames of the capture. */
  readonly messages: number;
  readonly byStream: Readonly<Record<string, number>>;
  /** Frames and lines that were set aside, by reason. */
  readonly setAside: Readonly<Record<string, number>>;
  readonly problems: readonly Problem[];
  readonly firstReceiveTimeUs: number;
  readonly lastReceiveTimeUs: number;
  readonly spanSeconds: number;

  readonly depthSequenceGaps: number;
  readonly depthApplied: number;
  readonly depthDropped: number;
  readonly bboChecksAgainstBookTicker: number;
  readonly bboMismatches: number;
  readonly tradeIdGaps: number;
  readonly trades: number;
  readonly tradeVolume: string;
  readonly tradeQuoteVolume: string;
  readonly tradeHigh: string;
  readonly tradeLow: string;
  /** Receive time minus exchange time; negative when the receiver's clock is behind. */
  readonly latencyUs: { readonly min: number; readonly p50: number; readonly p99: number; readonly max: number };
  readonly final: FinalBook;

  readonly orders: OrderCounts;
  /** Why orders were denied, by denial code. */
  readonly denials: Readonly<Record<string, number>>;
  readonly fills: {
    readonly count: number;
    readonly maker: number;
    readonly taker: number;
    /** In the base asset. */
    readonly volume: string;
    /** Asset → what we paid (negative: rebates won). */
    readonly fees: Readonly<Record<string, string>>;
  };
  /** Net quantity at the end, in the base asset. */
  readonly position: string;
  readonly pnl: {
    readonly asset: string;
    readonly realized: string;
    readonly unrealized: string;
    readonly fees: string;
    readonly total: string;
    readonly equityStart: string;
    readonly equityEnd: string;
  };

  /** Trading records written. */
  readonly records: number;
  /** Hexadecimal. `durable` is the hash of D at the end, `session` the hash over all records. */
  readonly hashes: { readonly durable: string; readonly session: string };
  /** Null when the check was not asked for. */
  readonly verified: { readonly applyAlone: boolean; readonly decideAgain: boolean } | null;
  /** Fastest of `passes` passes from memory, book and strategy included; short captures are run again to warm up. */
  readonly framesPerSecond: number;
  readonly passes: number;
  readonly framesPerSecondFirstPass: number;
  readonly elapsedMs: number;
}

export interface FinalBook {
  readonly updateId: number;
  /** Price and size as text; null when the side is empty. */
  readonly bestBid: readonly [price: string, qty: string] | null;
  readonly bestAsk: readonly [price: string, qty: string] | null;
  readonly bidLevels: number;
  readonly askLevels: number;
  /** Names of the quality flags that are set: `valid`, `stale`, `gap`, `crossed`, … */
  readonly flags: readonly string[];
}

export interface OrderCounts {
  readonly placed: number;
  readonly denied: number;
  readonly sent: number;
  readonly filled: number;
  readonly canceled: number;
  readonly expired: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly open: number;
}
