/** Profit by instance and instrument as cash flow plus what is held: exact, and it knows when a round trip has ended. */

import { isAmount, unitsFloor } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, pow10 } from "../core/decimal.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide, wideAdd, wideNeg, wideShareFloor, wideSub } from "../core/wide.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind, Side } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { valueAt } from "../model/value.ts";

const TABLE = 56;
const POWER_MAX = 15;

/** What one instance does with one instrument of one account (legs together). Money is in the quote or settle asset at 10^-18. */
export class TripRow {
  /** Signed; fees in the base asset are gone from it. */
  qty = 0;
  /** What the present round trip has brought in, less what it has cost. */
  readonly cash = new Wide();
  /** Profit of the round trips that have ended. */
  readonly closed = new Wide();

  constructor(
    readonly instance: number,
    readonly account: number,
    readonly instrument: number,
    public qtyScale: number,
  ) {}
}

/** What a fill did to a round trip. */
export enum TripOutcome {
  None = 0,
  Won = 1,
  Lost = 2,
}

/** Part of D: written by `apply` alone. Fees in a third asset are not counted here; the ledger has them. */
export class RoundTrips implements Saved {
  readonly #rows = new Map<number, TripRow>();
  readonly #amount = new Wide();
  readonly #share = new Wide();
  readonly #fee = new Wide();

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
  ) {}

  /** OrderFilled and FillBusted. `moneyId`, `baseId`: assets of the fee that are the instrument's own; -1 = not known. */
  apply(record: Readonly<TradingRecord>, instrument: Instrument, moneyId: number, baseId: number): TripOutcome {
    const isBust = record.kind === RecordKind.FillBusted;
    assert(isBust || record.kind === RecordKind.OrderFilled, Code.EnumUnknown);
    const { price, qty } = record;
    // What no ledger posts is no trip either; of an old revision the scales are not known here.
    if (!(qty > 0) || !(price > 0) || record.instrumentRevision !== instrument.revision) return TripOutcome.None;
    if (!isAmount(record.feeHi, record.feeLo)) return TripOutcome.None;
    if (!valueAt(this.#amount, instrument, qty, price)) return TripOutcome.None;
    const row = this.#rowOf(record, instrument);
    if (row === undefined) return TripOutcome.None;
    const buys = (record.side === Side.Buy) !== isBust;
    this.#row(row).takeOut();
    const outcome = this.#trade(row, buys ? qty : -qty, instrument);
    this.#payFee(row, record, instrument, moneyId, baseId, isBust);
    const ended = this.#endIfFlat(row, instrument);
    this.#row(row).putIn();
    if (isBust) return TripOutcome.None;
    return ended === TripOutcome.None ? outcome : ended;
  }

  /** A revision with a larger scale multiplies what is held. */
  revise(instrument: Instrument): void {
    for (const row of this.#rows.values()) {
      const power = instrument.qtyScale - row.qtyScale;
      if (row.instrument !== instrument.id || power === 0) continue;
      this.#row(row).takeOut();
      const factor = power > 0 && power <= POWER_MAX ? pow10(power) : 0;
      const fits = Number.isSafeInteger(row.qty * factor);
      row.qty = fits ? row.qty * factor : 0; // A trip that cannot be followed begins anew.
      row.qtyScale = instrument.qtyScale;
      this.#row(row).putIn();
    }
  }

  rows(): Iterable<Readonly<TripRow>> {
    return this.#rows.values();
  }

  get(instance: number, account: number, instrument: number): Readonly<TripRow> | undefined {
    return this.#rows.get(this.#key(instance, account, instrument));
  }

  save(out: StateWriter): void {
    out.u32(this.#rows.size);
    for (const row of this.#rows.values()) {
      out.u32(row.instance).u32(row.account).u32(row.instrument).u32(row.qtyScale);
      out.f64(row.qty).wide(row.cash).wide(row.closed);
    }
  }

  load(from: StateReader): void {
    assert(this.#rows.size === 0, Code.InvariantBroken);
    for (let left = from.u32(); left > 0; left--) {
      const row = new TripRow(from.u32(), from.u32(), from.u32(), from.u32());
      row.qty = from.f64();
      row.cash.set(from.wide());
      row.closed.set(from.wide());
      this.#rows.set(this.#key(row.instance, row.account, row.instrument), row);
      this.#row(row).putIn();
    }
  }

  /** A fill through zero ends a trip and begins the next: the amount is split by quantity. */
  #trade(row: TripRow, qty: number, instrument: Instrument): TripOutcome {
    const amount = this.#amount;
    const size = Math.abs(qty);
    const closes = Math.min(size, Math.abs(row.qty));
    // An inverse contract is worth less of the base the dearer it is: who buys it is paid, so to speak.
    const isPaid = qty > 0 === (instrument.kind === InstrumentKind.InversePerpetual);
    const isFlip = row.qty !== 0 && row.qty < 0 !== qty < 0 && size > closes;
    if (!isFlip) {
      this.#flow(row, isPaid, amount);
      row.qty += qty;
      return TripOutcome.None;
    }
    const share = wideShareFloor(this.#share, amount, closes, size);
    wideSub(amount, amount, share);
    this.#flow(row, isPaid, share);
    row.qty = 0;
    const outcome = this.#end(row);
    this.#flow(row, isPaid, amount);
    row.qty = qty < 0 ? closes - size : size - closes;
    assert(instrument.qtyScale === row.qtyScale, Code.InvariantBroken);
    return outcome;
  }

  #flow(row: TripRow, isPaid: boolean, amount: Wide): void {
    assert(!amount.isNegative(), Code.NumberNegative);
    if (isPaid) wideAdd(row.cash, row.cash, amount);
    else wideSub(row.cash, row.cash, amount);
  }

  #payFee(
    row: TripRow,
    record: Readonly<TradingRecord>,
    instrument: Instrument,
    moneyId: number,
    baseId: number,
    isBust: boolean,
  ): void {
    if (record.feeHi === 0 && record.feeLo === 0) return;
    const fee = this.#fee.setLimbs(record.feeHi, record.feeLo);
    if (isBust) wideNeg(fee, fee);
    if (record.feeAsset === moneyId) wideSub(row.cash, row.cash, fee);
    else if (record.feeAsset === baseId && instrument.kind === InstrumentKind.Spot) {
      const isRebate = fee.isNegative();
      if (isRebate) wideNeg(fee, fee);
      const units = unitsFloor(this.#share, fee, CASH_SCALE - instrument.qtyScale);
      if (units > 0) row.qty += isRebate ? units : -units;
    }
  }

  /** Less than a lot cannot be traded away: it is flat. */
  #endIfFlat(row: TripRow, instrument: Instrument): TripOutcome {
    if (Math.abs(row.qty) >= instrument.lot || row.cash.isZero()) return TripOutcome.None;
    row.qty = 0;
    return this.#end(row);
  }

  #end(row: TripRow): TripOutcome {
    assert(row.qty === 0, Code.InvariantBroken);
    const isLoss = row.cash.isNegative();
    wideAdd(row.closed, row.closed, row.cash);
    row.cash.zero();
    return isLoss ? TripOutcome.Lost : TripOutcome.Won;
  }

  #rowOf(record: Readonly<TradingRecord>, { qtyScale }: Instrument): TripRow | undefined {
    const { instance, account, instrument } = record;
    const key = this.#key(instance, account, instrument);
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    if (this.#rows.size >= this.limits.ordersMax) return undefined;
    const row = new TripRow(instance, account, instrument, qtyScale);
    this.#rows.set(key, row);
    this.#row(row).putIn();
    return row;
  }

  #key(instance: number, account: number, instrument: number): number {
    return (instance * this.limits.accountsMax + account) * this.limits.instrumentsMax + instrument;
  }

  #row(row: TripRow): RowHash {
    const { hash } = this;
    hash.begin(TABLE, row.instance).add(row.account).add(row.instrument).add(row.qtyScale).add(row.qty);
    return hash.add(row.cash.hi).add(row.cash.lo).add(row.closed.hi).add(row.closed.lo);
  }
}
