/** Leverage by (account, instrument), in hundredths; cross margin. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type RowHash, RowMark } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";

/** 1×: what nobody has set is fully paid for. */
export const LEVERAGE_ONE = 100;
const VERSION = 1;

interface Row {
  readonly account: number;
  readonly instrument: number;
  cents: number;
  readonly mark: RowMark;
}

export class LeverageTable implements Saved {
  readonly #rows = new Map<number, Row>();

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
    readonly table: number,
  ) {}

  /** True for whole hundredths from 1× to the largest that is taken. */
  static allows(cents: number, limits: Limits): boolean {
    return Number.isInteger(cents) && cents >= LEVERAGE_ONE && cents <= limits.leverageCentsMax;
  }

  set(account: number, instrument: number, cents: number): void {
    assert(LeverageTable.allows(cents, this.limits), Code.ValueOutOfRange);
    const key = account * this.limits.instrumentsMax + instrument;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = { account, instrument, cents, mark: new RowMark() };
      this.#rows.set(key, row);
    }
    row.cents = cents;
    this.hash.begin(this.table, instrument).add(account).add(cents).replace(row.mark);
  }

  /** Hundredths; LEVERAGE_ONE when none was set. */
  get(account: number, instrument: number): number {
    return this.#rows.get(account * this.limits.instrumentsMax + instrument)?.cents ?? LEVERAGE_ONE;
  }

  save(out: StateWriter): void {
    out.part("ledger.leverage", VERSION).u32(this.#rows.size);
    for (const { account, instrument, cents } of this.#rows.values()) out.u32(account).u32(instrument).u32(cents);
  }

  load(from: StateReader): void {
    assert(this.#rows.size === 0, Code.InvariantBroken);
    from.part("ledger.leverage", VERSION);
    for (let left = from.u32(); left > 0; left--) this.set(from.u32(), from.u32(), from.u32());
  }
}
