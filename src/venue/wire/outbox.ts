/** Reports on their way into the private lane: in order, kept while it is full, and when too many wait the loss is told. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { TradingRecord } from "../../model/record.ts";

/** Where reports go: the engine's private lane. False = full. */
export interface ReportSink {
  put(record: Readonly<TradingRecord>): boolean;
}

export class Outbox {
  readonly #waiting: TradingRecord[] = [];
  /** Reports that found no room: the account must be reconciled. */
  lost = 0;
  told = 0;

  constructor(
    readonly sink: ReportSink,
    readonly reportsMax: number,
  ) {
    assert(reportsMax > 0, Code.LimitRelationBroken);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** False when it was lost. */
  put(record: TradingRecord): boolean {
    if (this.#waiting.length === 0 && this.sink.put(record)) {
      this.told++;
      return true;
    }
    if (this.#waiting.length >= this.reportsMax) {
      this.lost++;
      return false;
    }
    this.#waiting.push(record);
    return true;
  }

  flush(): void {
    let sent = 0;
    while (sent < this.#waiting.length && this.sink.put(this.#waiting[sent] as TradingRecord)) sent++;
    this.told += sent;
    if (sent > 0) this.#waiting.splice(0, sent);
  }
}
