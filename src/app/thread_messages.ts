/** What the control thread and the engine thread post to each other: rare things; orders and records go by shared memory. */

import type { ClosedBar } from "../control/listener.ts";
import type { MetricSample } from "../control/ports.ts";
import type { BookView } from "../control/views.ts";
import type { Limits } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import type { Config } from "./config_schema.ts";
import type { FeedStatus } from "./feed.ts";
import type { LiveStatus } from "./live_account.ts";
import type { ThreadBuffers } from "./thread_memory.ts";

/** All that an engine thread starts from. */
export interface EngineStart {
  readonly type: "start";
  readonly config: Config;
  readonly limits: Limits;
  readonly limitsHash: string;
  /** Hash of the limits that D was last set up with; "" at the very first start. */
  readonly limitsHashBefore: string;
  readonly dataDir: string;
  readonly journalDir: string;
  readonly buffers: ThreadBuffers;
  readonly words: SharedArrayBuffer;
  readonly epoch: number;
  /** Last durable record: the journal is read up to here. */
  readonly record: number;
  /** Last price that the journal names, by instrument: where the synthetic market goes on. */
  readonly lastPrices: ReadonlyMap<number, number>;
  readonly version: string;
  /** Hash of the executable: see `GatewayOptions`. */
  readonly build: string;
  /** Instance that stalled the engine before this one: it stays paused. 0 = none. */
  readonly suspect: number;
  /** Path of the page that the watchdog process reads; undefined = no account is live. */
  readonly heartbeat: string | undefined;
}

export type ToEngine =
  | EngineStart
  | { readonly type: "wake" }
  | { readonly type: "prepare"; readonly id: number; readonly strategy: string }
  | { readonly type: "book"; readonly id: number; readonly instrument: number; readonly levels: number }
  /** Fault for tests: never to be stopped by a message again. */
  | { readonly type: "loop" }
  | { readonly type: "stop" };

/** What one instrument's market data came to since this engine started; decimals as text. */
export interface MarketFigures {
  readonly instrument: string;
  readonly trades: number;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly high: string;
  readonly low: string;
  readonly tradeIdGaps: number;
  readonly bookValid: boolean;
  readonly bookUpdateId: number;
  readonly bookApplied: number;
  readonly bookGaps: number;
  readonly bookSnapshots: number;
}

export interface EngineStatus {
  /** The engine's last record, durable or not. */
  readonly lastRecord: number;
  readonly markets: readonly MarketFigures[];
  readonly feeds: readonly FeedStatus[];
  readonly live: readonly LiveStatus[];
  readonly missing: readonly string[];
  readonly instanceProblems: ReadonlyMap<number, string>;
  readonly metrics: readonly MetricSample[];
}

export type FromEngine =
  | { readonly type: "loaded" }
  | { readonly type: "running"; readonly hash: string; readonly record: number }
  | { readonly type: "wake" }
  | { readonly type: "status"; readonly status: EngineStatus }
  | { readonly type: "bars"; readonly bars: readonly ClosedBar[] }
  | { readonly type: "prepared"; readonly id: number; readonly problem: Problem | undefined }
  | { readonly type: "book"; readonly id: number; readonly book: BookView | undefined }
  | { readonly type: "problem"; readonly problem: Problem }
  | { readonly type: "failed"; readonly problem: Problem }
  | { readonly type: "stopped" };
