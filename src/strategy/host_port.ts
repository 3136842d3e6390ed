/** What the inline host needs of the engine: D and V to read, wishes to write. And of the app: a meter, if wanted. */

import type { Code } from "../core/code.ts";
import type { InstrumentMarket } from "../market/instrument_market.ts";
import type { Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import type { TradingRecord } from "../model/record.ts";

export interface HostPort {
  nowUs(): number;
  instrument(id: number): Instrument | undefined;
  market(instrument: number): InstrumentMarket | undefined;
  /** The instance's own signed position, mantissa. */
  positionQty(instance: number, account: number, instrument: number): number;
  /** As a number at the price scale's unit; 0 when flat. Display only. */
  averageEntry(instance: number, account: number, instrument: number): number;
  cashNumber(account: number, asset: string): number;
  equityNumber(account: number, asset: string): number;
  /** Queues a CommandPlace; answers the order number reserved for it (its legs have those that follow), 0 when the step has asked for too much. */
  place(wish: Readonly<TradingRecord>): number;
  /** The denial for which the last `place` gave no number, when a flood of it is being counted; None = no room. */
  refusedAs?(): Denial;
  cancel(order: number, instance: number, why: string): void;
  /** price, qty or trigger 0 = keep. */
  amend(order: number, instance: number, price: number, qty: number, why: string, triggerPrice: number): void;
  schedule(dueUs: number, payload: number): void;
  note(code: Code, instance: number, detail: string): void;
}

/** Measures handlers with a clock that this floor does not have; absent in replay, where time is not ours. */
export interface HandlerMeter {
  /** Before a handler of this instance; what it answers is given back to `end`. */
  begin(instance: number): number;
  end(instance: number, begun: number): void;
}
