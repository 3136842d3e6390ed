/** What the HTTP interface needs of the process around it: the read model, a way to command the engine, its health. */

import type { Problem } from "../core/problem.ts";
import type { DurableState } from "../engine/durable.ts";
import type { Scope, TradingRecord } from "../model/record.ts";
import type { MarketBoard } from "../ring/board.ts";
import type { Store } from "../store/store.ts";
import type { MetricSample } from "../telemetry/metric.ts";
import type { HistoryView } from "./history_answers.ts";
import type { LiveAccountView } from "./live_account_view.ts";
import type { ControlMemory } from "./memory.ts";
import type { BookView, ProviderView, StrategyView } from "./views.ts";

export type { MetricSample } from "../telemetry/metric.ts";

/** The engine's answer to one command, given when all its records are durable and applied to the read model. */
export interface CommandAnswer {
  /** False: denied or refused; `denial` or `problem` says why. */
  readonly ok: boolean;
  /** Last record of the step. */
  readonly record: number;
  /** Order the command was about or made; 0 = none. */
  readonly order: number;
  /** Instance the command was about or made; 0 = none. */
  readonly instance: number;
  /** `Denial`, 0 = none. */
  readonly denial: number;
  readonly problem: Problem | undefined;
}

export interface Commander {
  /**
   * Sends one command (kinds from CommandPlace on) to the engine; `timeUs` is set there. The idempotency key of
   * CommandPlace travels in `fillId` and is kept in the order's OrderIntent or OrderDenied record.
   * Rejects with ProblemError OutcomeUnknown when the engine was replaced before it answered, TooManyRequests when the
   * lane or the table of waiting commands is full, NotReady when there is no engine now.
   */
  send(command: TradingRecord): Promise<CommandAnswer>;
  /** Closes the gate by the shared word and the KILL file first, then sends CommandKill. Never waits for a budget. */
  kill(scope: Scope, key: number, why: string, venue?: string): Promise<CommandAnswer>;
  /** Removes the KILL file, clears the word, sends CommandResume. */
  resume(scope: Scope, key: number, why: string, venue?: string): Promise<CommandAnswer>;
  /** Type-checks and loads a strategy by name or file in the engine; undefined = it is there. */
  prepare(strategy: string): Promise<Problem | undefined>;
  /** The engine's order book, at most `levels` of each side; undefined = no book there. */
  book(instrument: number, levels: number): Promise<BookView | undefined>;
}

export interface AccountHealth {
  readonly venue: string;
  readonly mode: string;
  /** What an arming of the account must name. Absent: the version. */
  readonly approval?: string;
  /** Of accounts with real money. */
  readonly live?: LiveAccountView;
}

export interface EngineHealth {
  readonly ready: boolean;
  /** What is still missing, in words; empty when ready. */
  readonly notReady: readonly string[];
  readonly epoch: number;
  readonly engineRestarts: number;
  readonly durableRecord: number;
  readonly input: number;
  readonly providers: readonly ProviderView[];
  readonly problems: readonly Problem[];
  /** Share of the trading ring that waits for the disk, 0–1. */
  readonly journalOccupancy: number;
  readonly accounts: readonly AccountHealth[];
  /** Why an instance is paused or failed, by id. */
  readonly instanceProblems: ReadonlyMap<number, string>;
}

/** What is asked of the store; each rejects with a ProblemError when it does not answer. */
export type HistoryReads = Pick<
  Store,
  "order" | "orders" | "executions" | "timeline" | "positions" | "positionsAt" | "balances" | "balanceHistory" | "pnl"
>;

export interface History extends HistoryReads {
  /** How far it is behind, and why. */
  view(): HistoryView;
}

export interface ControlPorts {
  /** Replica: `apply` over durable records. Read only. */
  readonly state: DurableState;
  /** What the records before `state.record` have left, out of a snapshot. Absent: nothing yet. */
  readonly memory?: ControlMemory;
  readonly board: MarketBoard;
  readonly commander: Commander;
  health(): EngineHealth;
  metrics(): readonly MetricSample[];
  strategies(): readonly StrategyView[];
  /** Absent: there is no store. */
  readonly history?: History;
  readonly token: string;
  readonly node: number;
  readonly version: string;
  readonly dataDir: string;
  readonly startedUs: number;
  nowUs(): number;
  /** Last lines of the log, newest last, each a JSON object. */
  logs(limit: number): readonly Readonly<Record<string, unknown>>[];
}
