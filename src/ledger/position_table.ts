/** Positions by (account, instrument, leg), and the instances' parts of each, which sum to the whole. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { PendingRows, RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind } from "../model/order.ts";
import type { HoldingScratch } from "./holding.ts";
import { Position, WHOLE } from "./position.ts";

const LEGS = 3;
const VERSION = 1;
const NO_PARTS: readonly Position[] = Object.freeze([]);

export class PositionTable implements Saved, PendingRows {
  readonly #index = new Map<number, Position>();
  readonly #wholes: Position[] = [];
  readonly #parts: Position[] = [];
  /** Parts by their whole's key. */
  readonly #partsOf = new Map<number, Position[]>();
  /** Changed and not hashed yet; longer than its count, so that it never grows twice. */
  readonly #changed: Position[] = [];
  #changedCount = 0;

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
    readonly table: number,
  ) {
    const keys = (limits.instancesMax + 2) * limits.accountsMax * limits.instrumentsMax * LEGS;
    assert(Number.isSafeInteger(keys), Code.LimitRelationBroken);
    hash.askBeforeRead(this);
  }

  /** All wholes in the order of their first fill; the table's own list: read only. */
  get wholes(): readonly Position[] {
    return this.#wholes;
  }

  get parts(): readonly Position[] {
    return this.#parts;
  }

  find(account: number, instrument: number, leg: number, instance = WHOLE): Position | undefined {
    return this.#index.get(this.#key(account, instrument, leg, instance));
  }

  /** The parts of one whole, in the order of their first fill. */
  partsOf(account: number, instrument: number, leg: number): readonly Position[] {
    return this.#partsOf.get(this.#key(account, instrument, leg, WHOLE)) ?? NO_PARTS;
  }

  /** The row, made at its first use. */
  take(account: number, instrument: Instrument, leg: number, instance = WHOLE): Position {
    const known = this.find(account, instrument.id, leg, instance);
    if (known !== undefined) return known;
    const isInverse = instrument.kind === InstrumentKind.InversePerpetual;
    const row = new Position(account, instrument.id, leg, instrument.qtyScale, isInverse, instance);
    this.#add(row);
    this.changed(row);
    return row;
  }

  /** To be called after each change of a row. */
  changed(row: Position): void {
    if (row.isChanged) return;
    row.isChanged = true;
    this.#changed[this.#changedCount] = row;
    this.#changedCount++;
    assert(this.#changedCount <= this.#wholes.length + this.#parts.length, Code.InvariantBroken);
  }

  putPending(): void {
    for (let i = 0; i < this.#changedCount; i++) {
      const row = this.#changed[i] as Position;
      row.isChanged = false;
      row.rehash(this.hash, this.table);
    }
    this.#changedCount = 0;
  }

  /** Multiplies every holding of the instrument, exactly. False when one would not fit: it stays as it is. */
  rescale(instrument: number, qtyScale: number, scratch: HoldingScratch): boolean {
    let fits = true;
    for (const rows of [this.#wholes, this.#parts]) {
      for (const row of rows) {
        if (row.instrument !== instrument || row.holding.qtyScale >= qtyScale) continue;
        if (!row.holding.rescale(qtyScale, scratch)) fits = false;
        this.changed(row);
      }
    }
    return fits;
  }

  save(out: StateWriter): void {
    out.part("ledger.positions", VERSION);
    for (const rows of [this.#wholes, this.#parts]) {
      out.u32(rows.length);
      for (const row of rows) {
        out.f64(row.instance).u32(row.account).u32(row.instrument).u32(row.leg).bool(row.isInverse);
        row.save(out);
      }
    }
  }

  load(from: StateReader): void {
    assert(this.#index.size === 0, Code.InvariantBroken);
    from.part("ledger.positions", VERSION);
    for (let list = 0; list < 2; list++) {
      for (let left = from.u32(); left > 0; left--) {
        const instance = from.f64();
        const [account, instrument, leg] = [from.u32(), from.u32(), from.u32()];
        const row = new Position(account, instrument, leg, 0, from.bool(), instance);
        row.load(from);
        this.#add(row);
        this.changed(row);
      }
    }
  }

  #add(row: Position): void {
    const { account, instrument, leg, instance } = row;
    const key = this.#key(account, instrument, leg, instance);
    assert(!this.#index.has(key), Code.InvariantBroken);
    this.#index.set(key, row);
    if (instance === WHOLE) {
      this.#wholes.push(row);
      return;
    }
    this.#parts.push(row);
    const whole = this.#key(account, instrument, leg, WHOLE);
    const parts = this.#partsOf.get(whole);
    if (parts === undefined) this.#partsOf.set(whole, [row]);
    else parts.push(row);
  }

  #key(account: number, instrument: number, leg: number, instance: number): number {
    const { accountsMax, instrumentsMax } = this.limits;
    return (((instance + 1) * accountsMax + account) * instrumentsMax + instrument) * LEGS + leg;
  }
}
