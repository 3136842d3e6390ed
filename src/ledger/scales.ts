/** Scales of every instrument revision seen: a late fill may carry mantissas of an older one. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { SCALE_MAX } from "../core/decimal.ts";
import type { RowHash } from "../core/hash.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import type { InstrumentTable } from "../model/instrument.ts";

const REVISIONS = 65_536; // The record's column is a u16.
const PACK = 32; // Above SCALE_MAX.

const VERSION = 1;

export class ScaleTable implements Saved {
  readonly #packed = new Map<number, number>();

  constructor(
    readonly instruments: InstrumentTable,
    readonly hash: RowHash,
    readonly table: number,
  ) {}

  /** Remembers a revision. False when the scales are impossible or the revision is known with others. */
  note(instrument: number, revision: number, priceScale: number, qtyScale: number): boolean {
    if (!isScale(priceScale) || !isScale(qtyScale) || priceScale + qtyScale > SCALE_MAX) return false;
    if (!Number.isInteger(revision) || revision < 0 || revision >= REVISIONS) return false;
    const key = instrument * REVISIONS + revision;
    const packed = priceScale * PACK + qtyScale;
    const known = this.#packed.get(key);
    if (known !== undefined) return known === packed;
    assert(Number.isSafeInteger(key), Code.ValueOutOfRange);
    this.#packed.set(key, packed);
    this.hash.begin(this.table, instrument).add(revision).add(packed).putIn();
    return true;
  }

  /** priceScale of a revision, or -1 when it is not known. */
  priceScale(instrument: number, revision: number): number {
    const packed = this.#find(instrument, revision);
    return packed < 0 ? -1 : Math.floor(packed / PACK);
  }

  /** qtyScale of a revision, or -1 when it is not known. */
  qtyScale(instrument: number, revision: number): number {
    const packed = this.#find(instrument, revision);
    return packed < 0 ? -1 : packed % PACK;
  }

  save(out: StateWriter): void {
    out.part("ledger.scales", VERSION).u32(this.#packed.size);
    for (const [key, packed] of this.#packed) out.f64(key).u32(packed);
  }

  load(from: StateReader): void {
    assert(this.#packed.size === 0, Code.InvariantBroken);
    from.part("ledger.scales", VERSION);
    for (let left = from.u32(); left > 0; left--) {
      const [key, packed] = [from.f64(), from.u32()];
      const [instrument, revision] = [Math.floor(key / REVISIONS), key % REVISIONS];
      const noted = this.note(instrument, revision, Math.floor(packed / PACK), packed % PACK);
      assert(noted, Code.InvariantBroken);
    }
  }

  #find(instrument: number, revision: number): number {
    const packed = this.#packed.get(instrument * REVISIONS + revision);
    if (packed !== undefined) return packed;
    const newest = this.instruments.get(instrument);
    return newest?.revision === revision ? newest.priceScale * PACK + newest.qtyScale : -1;
  }
}

function isScale(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= SCALE_MAX;
}
