/** What the read model's memory is told, and by whom it is heard. */

import type { TradingRecord } from "../model/record.ts";

export interface ClosedBar {
  readonly instrument: number;
  readonly intervalUs: number;
  readonly startUs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly count: number;
}

/** Listens to what happens, on the control thread; the HTTP interface is one. */
export interface ControlListener {
  /** Each durable record, after it was applied to the replica. */
  onRecord(record: Readonly<TradingRecord>): void;
  /** Each bar that the engine closed. */
  onBar(bar: ClosedBar): void;
}
