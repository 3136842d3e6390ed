/** Cash by account, asset and cause: every unit that moves has a reason, and the total is the sum of the reasons. */

import { AMOUNT_HI_MAX } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide, wideAdd } from "../core/wide.ts";
import { CashCause } from "../model/order.ts";

/** One row of the cash report. */
export interface CashRow {
  readonly account: number;
  readonly asset: number;
  readonly total: Readonly<Wide>;
  /** By CashCause number; index 0 is unused. */
  readonly causes: readonly Readonly<Wide>[];
}

const ROUNDING = 8; // A borrow or carry per addend, with room to spare.
const CAUSE_COUNT = CashCause.RealizedPnl + 1;

export class CashTable implements Saved {
  readonly #rows = new Map<number, CashRow>();

  constructor(
    readonly assetsMax: number,
    readonly hash: RowHash,
    readonly table: number,
  ) {}

  /** True for a cause that this version knows. */
  static knows(cause: number): boolean {
    return Number.isInteger(cause) && cause >= CashCause.OpeningBalance && cause < CAUSE_COUNT;
  }

  /**
   * True when movements of these sizes keep every sum of the row in range, whatever their signs. Several, because one
   * fill may touch an asset more than once; `others` is the sum of their high limbs.
   */
  hasRoom(account: number, asset: number, cause: CashCause, amount: Wide, others = 0): boolean {
    const moved = Math.abs(amount.hi) + others + ROUNDING;
    const row = this.#rows.get(account * this.assetsMax + asset);
    if (row === undefined) return moved <= AMOUNT_HI_MAX;
    if (Math.abs(row.total.hi) + moved > AMOUNT_HI_MAX) return false;
    return Math.abs((row.causes[cause] as Wide).hi) + moved <= AMOUNT_HI_MAX;
  }

  /** Adds a signed amount. The caller has asked `hasRoom`. */
  post(account: number, asset: number, cause: CashCause, amount: Wide): void {
    assert(CashTable.knows(cause), Code.ValueOutOfRange);
    const row = this.#row(account, asset);
    const sum = row.causes[cause] as Wide;
    this.#hashed(account, asset, cause, sum).takeOut();
    wideAdd(sum, sum, amount);
    wideAdd(row.total as Wide, row.total as Wide, amount);
    assert(Math.abs(row.total.hi) <= AMOUNT_HI_MAX, Code.ValueOutOfRange);
    this.#hashed(account, asset, cause, sum).putIn();
  }

  total(account: number, asset: number, out: Wide): Wide {
    const row = this.#rows.get(account * this.assetsMax + asset);
    return row === undefined ? out.zero() : out.set(row.total as Wide);
  }

  byCause(account: number, asset: number, cause: CashCause, out: Wide): Wide {
    const sum = this.#rows.get(account * this.assetsMax + asset)?.causes[cause];
    return sum === undefined ? out.zero() : out.set(sum as Wide);
  }

  /** All rows in the order in which they were first touched. */
  rows(): readonly CashRow[] {
    return [...this.#rows.values()];
  }

  save(out: StateWriter): void {
    out.part("cash", 1).u32(this.#rows.size).u32(CAUSE_COUNT);
    for (const { account, asset, causes } of this.#rows.values()) {
      out.u32(account).u32(asset);
      for (const sum of causes) out.wide(sum);
    }
  }

  load(from: StateReader): void {
    from.part("cash", 1);
    const rows = from.u32();
    assert(from.u32() === CAUSE_COUNT, Code.InvariantBroken);
    for (let left = rows; left > 0; left--) {
      const account = from.u32();
      const asset = from.u32();
      this.#row(account, asset);
      from.wide(); // Cause 0 is none.
      for (let cause: CashCause = CashCause.OpeningBalance; cause < CAUSE_COUNT; cause++) {
        this.post(account, asset, cause, from.wide());
      }
    }
  }

  #row(account: number, asset: number): CashRow {
    const key = account * this.assetsMax + asset;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const causes = Array.from({ length: CAUSE_COUNT }, () => new Wide());
    const row: CashRow = { account, asset, total: new Wide(), causes };
    this.#rows.set(key, row);
    // Each cause is a row of the hash from the start, so that `post` always has one to take out.
    for (let cause = 0; cause < CAUSE_COUNT; cause++)
      this.#hashed(account, asset, cause, causes[cause] as Wide).putIn();
    return row;
  }

  #hashed(account: number, asset: number, cause: number, sum: Wide): RowHash {
    return this.hash.begin(this.table, asset).add(account).add(cause).add(sum.hi).add(sum.lo);
  }
}
