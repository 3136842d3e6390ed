/** A journal in memory whose disk is slow, and whose last records die with the process. */

import type { Limits } from "../../src/core/limits.ts";
import { MemoryJournal } from "../../src/journal/memory.ts";
import { RecordKind, Scope, TradingRecord } from "../../src/model/record.ts";

export class StormJournal extends MemoryJournal {
  /** Told of each record as it is appended. */
  onAppend: ((record: Readonly<TradingRecord>) => void) | undefined;
  /** Records that stand on the disk. */
  synced = 0;
  last = 0;
  /** How often each order was asked for: intents by order and attempt. */
  readonly intents = new Map<string, number>();
  /** The firm is killed, as the records say. */
  killed = false;

  constructor(limits: Limits) {
    super(limits);
  }

  override append(record: Readonly<TradingRecord>): void {
    super.append(record);
    this.last = record.record;
    const { kind } = record;
    if (kind === RecordKind.OrderIntent || kind === RecordKind.ReplaceIntent) {
      const key = `${record.order}/${record.attempt}`;
      this.intents.set(key, this.intents.has(key) ? -1 : record.record);
    } else if (kind === RecordKind.Killed && record.scope === Scope.Firm) this.killed = true;
    else if (kind === RecordKind.Resumed && record.scope === Scope.Firm) this.killed = false;
    this.onAppend?.(record);
  }

  override durableRecord(): number {
    return this.synced;
  }

  sync(): void {
    this.synced = this.last;
  }

  /** What a next process finds: the first `count` records. */
  copy(count: number): StormJournal {
    const copied = new StormJournal(this.limits);
    this.replay(new TradingRecord(), (record) => {
      if (record.record <= count) copied.append(record);
    });
    copied.sync();
    return copied;
  }
}
