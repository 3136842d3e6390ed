/** The control thread's copy of D: durable records applied in order, from the ring when near, from the files when behind. */

import type { Limits } from "../core/limits.ts";
import { apply } from "../engine/apply.ts";
import { DurableState } from "../engine/durable.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { TradingRingReader } from "../ring/trading_ring.ts";

/** Reads records from the journal's files: `from` to `to`, both included. */
export type FileRecords = (from: number, to: number, onRecord: (record: Readonly<TradingRecord>) => void) => void;

export interface ReplicaEvents {
  onRecord(record: Readonly<TradingRecord>): void;
  /** The engine's hash of D and ours differ. */
  onDiverged(record: number, ours: string, theirs: string): void;
}

export class Replica {
  /** How often it had to read the files. */
  lapped = 0;
  /** Hashes that were compared and were equal. */
  sealsVerified = 0;
  #reader: TradingRingReader | undefined;
  readonly #next = new TradingRecord();
  #isHeld = false;

  constructor(
    readonly limits: Limits,
    readonly files: FileRecords,
    readonly events: ReplicaEvents,
    readonly state: DurableState = new DurableState(limits),
  ) {}

  /** Follows a new engine's ring, which starts right after our last record. */
  follow(ring: SharedArrayBuffer): void {
    this.#reader = new TradingRingReader(ring, this.limits, false);
    this.#isHeld = false;
  }

  /** One durable record. What was applied already is passed over, so that a recovery may read from the start. */
  take(record: Readonly<TradingRecord>): void {
    if (record.record <= this.state.record) return;
    if (record.kind === RecordKind.Sealed) this.#compare(record);
    apply(this.state, record);
    this.events.onRecord(record);
  }

  /** Takes all that is durable by now. */
  pump(durableRecord: number): void {
    const reader = this.#reader;
    while (reader !== undefined && this.state.record < durableRecord) {
      if (!this.#isHeld) {
        const got = reader.read(this.#next);
        if (got === "empty") break;
        if (got === "lapped") {
          this.lapped++;
          reader.rejoin();
          break;
        }
        this.#isHeld = true;
      }
      if (this.#next.record > this.state.record + 1 || this.#next.record > durableRecord) break;
      this.#isHeld = false;
      this.take(this.#next);
    }
    if (this.state.record < durableRecord) this.#catchUp(durableRecord);
  }

  /** Durable, and not to be had from the ring: it is in the files. */
  #catchUp(durableRecord: number): void {
    this.files(this.state.record + 1, durableRecord, (record) => this.take(record));
  }

  #compare(record: Readonly<TradingRecord>): void {
    const ours = this.state.hash();
    if (ours === record.text) this.sealsVerified++;
    else this.events.onDiverged(record.record, ours, record.text);
  }
}
