/** Durable records in order, from the trading ring when near, from the journal's files when behind; never waits for either. */

import type { Limits } from "../core/limits.ts";
import { RecordCursor } from "../journal/record_cursor.ts";
import { TradingRecord } from "../model/record.ts";
import { TradingRingReader } from "../ring/trading_ring.ts";

export class RecordSource {
  /** How often the ring had overtaken it. */
  lapped = 0;
  /** Records that came from the files. */
  fromFiles = 0;
  readonly #files: RecordCursor;
  readonly #held = new TradingRecord();
  #ring: TradingRingReader | undefined;
  #isHeld = false;

  constructor(
    readonly journalDir: string,
    readonly limits: Limits,
    /** Last record that was handed out. */
    public record: number,
  ) {
    this.#files = new RecordCursor(journalDir);
  }

  /** First record that the journal still has; 0 = it has none. */
  firstRecord(): number {
    return this.#files.firstRecord();
  }

  /** Follows a new engine's ring, from whatever stands in it next; what lies before is in the files. */
  follow(ring: SharedArrayBuffer): void {
    this.#ring = new TradingRingReader(ring, this.limits, false);
    this.#isHeld = false;
  }

  /**
   * Hands out what is durable, some `count` records (from the files whole batches), in one object; answers how many.
   * Throws as `RecordCursor.read` does.
   */
  take(durableRecord: number, count: number, onRecord: (record: Readonly<TradingRecord>) => void): number {
    const before = this.record;
    this.#fromRing(durableRecord, count, onRecord);
    const left = count - (this.record - before);
    if (left > 0 && this.record < durableRecord) {
      const from = this.record + 1;
      const handOut = (record: Readonly<TradingRecord>) => {
        onRecord(record);
        this.record = record.record;
      };
      this.#files.read(from, durableRecord, left, handOut);
      this.fromFiles += this.record - from + 1;
    }
    return this.record - before;
  }

  #fromRing(durableRecord: number, count: number, onRecord: (record: Readonly<TradingRecord>) => void): void {
    const ring = this.#ring;
    const end = Math.min(durableRecord, this.record + count);
    while (ring !== undefined && this.record < end) {
      if (!this.#isHeld) {
        const got = ring.read(this.#held);
        if (got === "empty") return;
        if (got === "lapped") {
          this.lapped++;
          ring.rejoin();
          return;
        }
        this.#isHeld = true;
      }
      const { record } = this.#held;
      if (record > this.record + 1 || record > durableRecord) return;
      this.#isHeld = false;
      if (record <= this.record) continue;
      onRecord(this.#held);
      this.record = record;
    }
  }
}
