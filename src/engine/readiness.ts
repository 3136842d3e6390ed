/** Whether an account may trade an instrument: reconciled with its venue, or not yet, or in contradiction. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { Side } from "../model/order.ts";
import { Readiness, RecordKind, type TradingRecord } from "../model/record.ts";
import { ALL_INSTRUMENTS } from "./ports.ts";

const TABLE_STATE = 60;
const TABLE_BREAK = 61;

interface State {
  readonly account: number;
  /** ALL_INSTRUMENTS: the account as a whole. */
  readonly instrument: number;
  readonly readiness: Readiness;
  readonly why: string;
  readonly timeUs: number;
}

/** A position that is another at the venue. Quantities signed. */
export interface PositionBreak {
  readonly account: number;
  readonly instrument: number;
  readonly leg: number;
  readonly venueQty: number;
  readonly ourQty: number;
  readonly timeUs: number;
}

/** Rows by account or (account, instrument); a break by its leg too. What nobody reconciles has no row. */
export class ReadinessTable implements Saved {
  readonly #states = new Map<number, State>();
  readonly #breaks = new Map<number, PositionBreak>();

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
  ) {}

  apply(record: Readonly<TradingRecord>): void {
    assert(record.account < this.limits.accountsMax, Code.ValueOutOfRange);
    switch (record.kind) {
      case RecordKind.ReadinessChanged:
        this.#set(record);
        return;
      case RecordKind.PositionBroken:
        this.#break(record);
        return;
      case RecordKind.PositionAdjusted:
        this.#closeBreak(this.#breakKey(record.account, record.instrument, record.leg));
        return;
      default:
        assert(false, Code.EnumUnknown);
    }
  }

  /** The worse of the account's and the pair's; undefined: nobody has ever reconciled the account. */
  of(account: number, instrument: number): Readiness | undefined {
    const whole = this.#states.get(this.#key(account, ALL_INSTRUMENTS))?.readiness;
    if (whole === Readiness.Broken) return whole;
    const own = this.#states.get(this.#key(account, instrument))?.readiness;
    if (own === Readiness.Broken || this.#hasBreak(account, instrument)) return Readiness.Broken;
    if (whole === Readiness.Syncing || own === Readiness.Syncing) return Readiness.Syncing;
    return whole ?? own;
  }

  ofAccount(account: number): Readiness | undefined {
    return this.#states.get(this.#key(account, ALL_INSTRUMENTS))?.readiness;
  }

  whyOf(account: number, instrument = ALL_INSTRUMENTS): string {
    return this.#states.get(this.#key(account, instrument))?.why ?? "";
  }

  /** When it got the readiness that it has; 0 when it has none of its own. */
  sinceUs(account: number, instrument: number): number {
    return this.#states.get(this.#key(account, instrument))?.timeUs ?? 0;
  }

  /** Open breaks, oldest first. */
  breaks(): PositionBreak[] {
    return [...this.#breaks.values()];
  }

  breakOf(account: number, instrument: number, leg: number): PositionBreak | undefined {
    return this.#breaks.get(this.#breakKey(account, instrument, leg));
  }

  addRowsTo(hash: RowHash): void {
    for (const [key, state] of this.#states) stateRow(hash, key, state).putIn();
    for (const [key, row] of this.#breaks) breakRow(hash, key, row).putIn();
  }

  save(out: StateWriter): void {
    out.part("readiness", 2).u32(this.#states.size);
    for (const { account, instrument, readiness, why, timeUs } of this.#states.values()) {
      out.u32(account).u32(instrument).u32(readiness).text(why).f64(timeUs);
    }
    out.u32(this.#breaks.size);
    for (const { account, instrument, leg, venueQty, ourQty, timeUs } of this.#breaks.values()) {
      out.u32(account).u32(instrument).u32(leg).f64(venueQty).f64(ourQty).f64(timeUs);
    }
  }

  load(from: StateReader): void {
    assert(this.#states.size === 0 && this.#breaks.size === 0, Code.InvariantBroken);
    from.part("readiness", 2);
    for (let left = from.u32(); left > 0; left--) {
      const [account, instrument, readiness] = [from.u32(), from.u32(), from.u32()];
      this.#putState({ account, instrument, readiness, why: from.text(), timeUs: from.f64() });
    }
    for (let left = from.u32(); left > 0; left--) {
      const [account, instrument, leg] = [from.u32(), from.u32(), from.u32()];
      this.#putBreak({ account, instrument, leg, venueQty: from.f64(), ourQty: from.f64(), timeUs: from.f64() });
    }
  }

  #set(record: Readonly<TradingRecord>): void {
    const { account, instrument, code, text, timeUs } = record;
    assert(code >= Readiness.Syncing && code <= Readiness.Broken, Code.EnumUnknown);
    const key = this.#key(account, instrument);
    const known = this.#states.get(key);
    if (known !== undefined) {
      stateRow(this.hash, key, known).takeOut();
      this.#states.delete(key);
    }
    // A pair that is ready again says nothing beside its account: no row.
    if (code === Readiness.Ready && instrument !== ALL_INSTRUMENTS) this.#closeBreaks(account, instrument);
    else this.#putState({ account, instrument, readiness: code, why: text, timeUs });
  }

  #break(record: Readonly<TradingRecord>): void {
    const { account, instrument, leg, qty, side, cumQty, timeUs } = record;
    this.#closeBreak(this.#breakKey(account, instrument, leg));
    const venueQty = side === Side.Sell ? -qty : qty;
    this.#putBreak({ account, instrument, leg, venueQty, ourQty: cumQty, timeUs });
  }

  #hasBreak(account: number, instrument: number): boolean {
    if (this.#breaks.size === 0) return false;
    for (let leg = 0; leg < LEGS; leg++) if (this.#breaks.has(this.#breakKey(account, instrument, leg))) return true;
    return false;
  }

  #closeBreaks(account: number, instrument: number): void {
    for (let leg = 0; leg < LEGS; leg++) this.#closeBreak(this.#breakKey(account, instrument, leg));
  }

  #closeBreak(key: number): void {
    const known = this.#breaks.get(key);
    if (known === undefined) return;
    breakRow(this.hash, key, known).takeOut();
    this.#breaks.delete(key);
  }

  #putState(state: State): void {
    const key = this.#key(state.account, state.instrument);
    this.#states.set(key, state);
    stateRow(this.hash, key, state).putIn();
  }

  #putBreak(row: PositionBreak): void {
    const key = this.#breakKey(row.account, row.instrument, row.leg);
    this.#breaks.set(key, row);
    breakRow(this.hash, key, row).putIn();
  }

  /** The place after the last instrument is the account itself. */
  #key(account: number, instrument: number): number {
    const { instrumentsMax } = this.limits;
    const place = instrument === ALL_INSTRUMENTS ? instrumentsMax : instrument;
    assert(place <= instrumentsMax, Code.ValueOutOfRange);
    return account * (instrumentsMax + 1) + place;
  }

  #breakKey(account: number, instrument: number, leg: number): number {
    assert(leg < LEGS && instrument < this.limits.instrumentsMax, Code.ValueOutOfRange);
    return (account * this.limits.instrumentsMax + instrument) * LEGS + leg;
  }
}

const LEGS = 3;

function stateRow(hash: RowHash, key: number, { readiness, why, timeUs }: State): RowHash {
  return hash.begin(TABLE_STATE, key).add(readiness).add(timeUs).addText(why);
}

function breakRow(hash: RowHash, key: number, { venueQty, ourQty, timeUs }: PositionBreak): RowHash {
  return hash.begin(TABLE_BREAK, key).add(venueQty).add(ourQty).add(timeUs);
}
