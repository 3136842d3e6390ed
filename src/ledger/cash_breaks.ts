/**
 * Balances at the venue that are not ours: told, for people, until an adjustment or a later statement closes them; they
 * stop nothing. Part of D.
 */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type RowHash, RowMark } from "../core/hash.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide, wideCmp } from "../core/wide.ts";

const VERSION = 2;

export interface CashBreak {
  readonly account: number;
  readonly asset: number;
  /** In all, as the venue has it and as we had it, at 10^-18. */
  readonly theirs: Readonly<Wide>;
  readonly ours: Readonly<Wide>;
  /** When the venue said so. */
  readonly timeUs: number;
}

interface Row extends CashBreak {
  readonly theirs: Wide;
  readonly ours: Wide;
  timeUs: number;
  readonly mark: RowMark;
}

export class CashBreaks implements Saved {
  readonly #rows = new Map<number, Row>();

  constructor(
    readonly assetsMax: number,
    readonly hash: RowHash,
    readonly table: number,
  ) {}

  get count(): number {
    return this.#rows.size;
  }

  /** Notes a statement: a difference opens or renews the break, none closes it. */
  state(account: number, asset: number, theirs: Wide, ours: Wide, timeUs: number): void {
    if (wideCmp(theirs, ours) === 0) {
      this.close(account, asset);
      return;
    }
    const key = this.#key(account, asset);
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = { account, asset, theirs: new Wide(), ours: new Wide(), timeUs, mark: new RowMark() };
      this.#rows.set(key, row);
    }
    row.theirs.set(theirs);
    row.ours.set(ours);
    row.timeUs = timeUs;
    this.#columns(row).replace(row.mark);
  }

  close(account: number, asset: number): void {
    const key = this.#key(account, asset);
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#columns(row).takeOut();
    this.#rows.delete(key);
  }

  get(account: number, asset: number): CashBreak | undefined {
    return this.#rows.get(this.#key(account, asset));
  }

  all(): readonly CashBreak[] {
    return [...this.#rows.values()];
  }

  save(out: StateWriter): void {
    out.part("ledger.breaks", VERSION).u32(this.#rows.size);
    for (const { account, asset, theirs, ours, timeUs } of this.#rows.values()) {
      out.u32(account).u32(asset).wide(theirs).wide(ours).f64(timeUs);
    }
  }

  load(from: StateReader): void {
    assert(this.#rows.size === 0, Code.InvariantBroken);
    from.part("ledger.breaks", VERSION);
    for (let left = from.u32(); left > 0; left--) {
      this.state(from.u32(), from.u32(), from.wide(), from.wide(), from.f64());
    }
  }

  #key(account: number, asset: number): number {
    return account * this.assetsMax + asset;
  }

  #columns({ account, asset, theirs, ours, timeUs }: Row): RowHash {
    this.hash.begin(this.table, asset).add(account);
    return this.hash.add(theirs.hi).add(theirs.lo).add(ours.hi).add(ours.lo).add(timeUs);
  }
}
