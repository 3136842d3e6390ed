/** Cash by account, asset and cause: every unit that moves has a reason, and the total is the sum of the reasons. */

import { AMOUNT_HI_MAX } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type PendingRows, type RowHash, RowMark } from "../core/hash.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide, wideAdd } from "../core/wide.ts";
import { CashCause } from "../model/order.ts";
import { WHOLE } from "./position.ts";

/** One row of the cash report. */
export interface CashRow {
  readonly account: number;
  readonly asset: number;
  /** Whose flows these are; WHOLE: all of the account. */
  readonly instance: number;
  readonly total: Readonly<Wide>;
  /** By CashCause number; index 0 is unused. */
  readonly causes: readonly Readonly<Wide>[];
}

/** A row that postings may be made to, by the table that it is of. */
export interface OpenRow extends CashRow {
  readonly total: Wide;
  readonly causes: readonly Wide[];
  readonly marks: readonly RowMark[];
  /** Causes that wait to be hashed, as bits. */
  changed: number;
}

const ROUNDING = 8; // A borrow or carry per addend, with room to spare.
const CAUSE_COUNT = CashCause.Adjustment + 1;
const VERSION = 1;

/** Rows of whole accounts, which are the balances, and rows of instances: what their fills and funding moved of them. */
export class CashTable implements Saved, PendingRows {
  readonly #index = new Map<number, OpenRow>();
  readonly #accounts: OpenRow[] = [];
  readonly #instances: OpenRow[] = [];
  /** Changed and not hashed yet; longer than its count, so that it never grows twice. */
  readonly #changed: OpenRow[] = [];
  #changedCount = 0;

  constructor(
    readonly accountsMax: number,
    readonly assetsMax: number,
    readonly hash: RowHash,
    readonly table: number,
  ) {
    hash.askBeforeRead(this);
  }

  /** True for a cause that this version knows. */
  static knows(cause: number): boolean {
    return Number.isInteger(cause) && cause >= CashCause.OpeningBalance && cause < CAUSE_COUNT;
  }

  find(account: number, asset: number, instance = WHOLE): OpenRow | undefined {
    return this.#index.get(this.#key(account, asset, instance));
  }

  /** The row, made at its first use: that it exists is part of D. */
  take(account: number, asset: number, instance = WHOLE): OpenRow {
    const key = this.#key(account, asset, instance);
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    assert(Number.isSafeInteger(key), Code.ValueOutOfRange);
    const causes = Array.from({ length: CAUSE_COUNT }, () => new Wide());
    const marks = Array.from({ length: CAUSE_COUNT }, () => new RowMark());
    const row: OpenRow = { account, asset, instance, total: new Wide(), causes, marks, changed: 0 };
    this.#index.set(key, row);
    (instance === WHOLE ? this.#accounts : this.#instances).push(row);
    this.#note(row, (1 << CAUSE_COUNT) - 1);
    return row;
  }

  /**
   * True when movements of these sizes keep every sum of the row in range, whatever their signs. Several, because one
   * fill may touch an asset more than once; `others` is the sum of their high limbs. No row: one that is still empty.
   */
  static fits(row: OpenRow | undefined, cause: CashCause, amount: Wide, others = 0): boolean {
    const moved = Math.abs(amount.hi) + others + ROUNDING;
    if (row === undefined) return moved <= AMOUNT_HI_MAX;
    if (Math.abs(row.total.hi) + moved > AMOUNT_HI_MAX) return false;
    return Math.abs((row.causes[cause] as Wide).hi) + moved <= AMOUNT_HI_MAX;
  }

  hasRoom(account: number, asset: number, cause: CashCause, amount: Wide, others = 0, instance = WHOLE): boolean {
    return CashTable.fits(this.find(account, asset, instance), cause, amount, others);
  }

  /** Adds a signed amount. The caller has asked `fits`. */
  add(row: OpenRow, cause: CashCause, amount: Wide): void {
    assert(CashTable.knows(cause), Code.ValueOutOfRange);
    const sum = row.causes[cause] as Wide;
    wideAdd(sum, sum, amount);
    wideAdd(row.total, row.total, amount);
    assert(Math.abs(row.total.hi) <= AMOUNT_HI_MAX, Code.ValueOutOfRange);
    this.#note(row, 1 << cause);
  }

  post(account: number, asset: number, cause: CashCause, amount: Wide, instance = WHOLE): void {
    this.add(this.take(account, asset, instance), cause, amount);
  }

  putPending(): void {
    for (let i = 0; i < this.#changedCount; i++) {
      const row = this.#changed[i] as OpenRow;
      for (let cause = 0; cause < CAUSE_COUNT; cause++) {
        if ((row.changed & (1 << cause)) !== 0) this.#rehash(row, cause);
      }
      row.changed = 0;
    }
    this.#changedCount = 0;
  }

  total(account: number, asset: number, out: Wide, instance = WHOLE): Wide {
    const row = this.#index.get(this.#key(account, asset, instance));
    return row === undefined ? out.zero() : out.set(row.total);
  }

  byCause(account: number, asset: number, cause: CashCause, out: Wide, instance = WHOLE): Wide {
    const sum = this.#index.get(this.#key(account, asset, instance))?.causes[cause];
    return sum === undefined ? out.zero() : out.set(sum);
  }

  /** Rows of whole accounts in the order in which they were first touched. The table's own list: read only. */
  rows(): readonly CashRow[] {
    return this.#accounts;
  }

  /** Rows of instances in the order in which they were first touched. The table's own list: read only. */
  instanceRows(): readonly CashRow[] {
    return this.#instances;
  }

  save(out: StateWriter): void {
    out.part("ledger.cash", VERSION);
    for (const rows of [this.#accounts, this.#instances]) {
      out.u32(rows.length);
      for (const row of rows) {
        out.f64(row.instance).u32(row.account).u32(row.asset).u32(row.causes.length);
        for (const sum of row.causes) out.wide(sum);
      }
    }
  }

  load(from: StateReader): void {
    assert(this.#index.size === 0, Code.InvariantBroken);
    from.part("ledger.cash", VERSION);
    for (let list = 0; list < 2; list++) {
      for (let left = from.u32(); left > 0; left--) {
        const instance = from.f64();
        const row = this.take(from.u32(), from.u32(), instance);
        const causes = from.u32();
        assert(causes <= CAUSE_COUNT, Code.InvariantBroken);
        for (let cause = 0; cause < causes; cause++) {
          const sum = (row.causes[cause] as Wide).set(from.wide());
          wideAdd(row.total, row.total, sum);
        }
      }
    }
  }

  #note(row: OpenRow, causes: number): void {
    if (row.changed === 0) {
      this.#changed[this.#changedCount] = row;
      this.#changedCount++;
    }
    row.changed |= causes;
  }

  #key(account: number, asset: number, instance: number): number {
    return ((instance + 1) * this.accountsMax + account) * this.assetsMax + asset;
  }

  #rehash({ account, asset, instance, causes, marks }: OpenRow, cause: number): void {
    const sum = causes[cause] as Wide;
    this.hash.begin(this.table, asset).add(account).add(instance).add(cause).add(sum.hi).add(sum.lo);
    this.hash.replace(marks[cause] as RowMark);
  }
}
