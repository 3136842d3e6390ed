/** The ledger: positions, cash by cause, fees and realised profit from fills; conserved to the last unit. Part of D. */

import { amountOf, isAmount, isMantissa, powerOfTen, productAmount } from "../core/amount.ts";
import { assert, present } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, pow10 } from "../core/decimal.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide, wideCmp, wideNeg, wideSub } from "../core/wide.ts";
import type { Instrument, InstrumentTable } from "../model/instrument.ts";
import { CashCause, InstrumentKind, Leg, Side } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { AssetTable } from "./assets.ts";
import { type CashRow, CashTable } from "./cash.ts";
import { Holding, HoldingScratch } from "./holding.ts";
import { Position } from "./position.ts";
import { ScaleTable } from "./scales.ts";

const TABLE_ASSET = 40;
const TABLE_SCALE = 41;
const TABLE_CASH = 42;
const TABLE_POSITION = 43;
const TABLE_PART = 44;
const TABLE_COUNTERS = 45;
const LEGS = 3;

/** Why the ledger did not post a record. Counted, never silent; each is a break that reconciliation must find. */
export enum Refusal {
  None = 0,
  /** Account, instrument, instance, leg, side, quantity, price or amount is no value of its kind. */
  Malformed = 1,
  AssetUnknown = 2,
  InstrumentUnknown = 3,
  /** The revision's scales are not known, or a revision would shrink a scale. */
  RevisionUnknown = 4,
  /** Inverse contracts are not posted yet (M1.3): nothing is guessed. */
  KindUnsupported = 5,
  /** A sum would leave the range of amounts or mantissas. */
  RangeExceeded = 6,
}

/** What one instance holds of a position. */
interface Part {
  readonly instance: number;
  readonly position: Position;
  readonly holding: Holding;
}

/**
 * Spot: a fill moves base and quote cash (cause Trade). The position is what trading has left us of the base asset, fees
 * in it included, so that nobody can sell more than is held. Linear perpetuals: no base cash; what closing realises is
 * posted to the settle asset (cause RealizedPnl). Fees go to their stated asset (cause Fee; negative = we paid).
 * Duplicate fills are the order table's to stop: each OrderFilled record that comes here is posted.
 */
export class Ledger implements Saved {
  /** Fills whose stated amount was not price × quantity; the stated one was posted. */
  statedAmountDiffers = 0;
  /** Records that were not posted, and why the last one was not. */
  refusedCount = 0;
  lastRefusal: Refusal = Refusal.None;

  readonly #assets: AssetTable;
  readonly #cash: CashTable;
  readonly #scales: ScaleTable;
  readonly #positions = new Map<number, Position>();
  readonly #parts = new Map<number, Part>();
  readonly #scratch = new HoldingScratch();
  readonly #amount = new Wide();
  readonly #base = new Wide();
  readonly #fee = new Wide();
  readonly #work = new Wide();
  readonly #feeBack = new Wide();
  readonly #flat = new Holding(0);

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
    readonly instruments: InstrumentTable,
  ) {
    this.#assets = new AssetTable(limits.assetsMax, hash, TABLE_ASSET);
    this.#cash = new CashTable(limits.assetsMax, hash, TABLE_CASH);
    this.#scales = new ScaleTable(instruments, hash, TABLE_SCALE);
    this.#counters().putIn();
  }

  /** Posts AssetDefined, CashMoved, OrderFilled, FillBusted; InstrumentDefined rescales; other kinds change nothing. Total. */
  apply(record: Readonly<TradingRecord>): void {
    switch (record.kind) {
      case RecordKind.OrderFilled:
        this.#note(this.#fill(record, 1));
        return;
      case RecordKind.FillBusted:
        this.#note(this.#fill(record, -1));
        return;
      case RecordKind.CashMoved:
        this.#note(this.#moveCash(record));
        return;
      case RecordKind.AssetDefined:
        this.#note(this.#assets.define(record.asset, record.text) ? Refusal.None : Refusal.Malformed);
        return;
      case RecordKind.InstrumentDefined:
        this.#note(this.#revise(record));
        return;
      default:
        return;
    }
  }

  assetId(code: string): number | undefined {
    return this.#assets.id(code);
  }

  assetCode(id: number): string | undefined {
    return this.#assets.code(id);
  }

  /** Assets by dense id. */
  assetCodes(): readonly string[] {
    return this.#assets.codes();
  }

  /** Signed position, mantissa at the newest revision's qtyScale. */
  positionQty(account: number, instrument: number, leg: number): number {
    return this.position(account, instrument, leg)?.holding.qty ?? 0;
  }

  /** What of that position belongs to one instance; instance 0 is what was traded by hand. */
  instancePositionQty(instance: number, account: number, instrument: number, leg: number): number {
    return this.#parts.get(this.#partKey(instance, account, instrument, leg))?.holding.qty ?? 0;
  }

  /** The row itself, read only: quantity, cost, realised, volume. Undefined before the first fill. */
  position(account: number, instrument: number, leg: number): Readonly<Position> | undefined {
    return this.#positions.get(this.#positionKey(account, instrument, leg));
  }

  /** Average entry price in quote units, for display only; 0 when flat. */
  averageEntry(account: number, instrument: number, leg: number): number {
    const row = this.position(account, instrument, leg);
    if (row === undefined || row.holding.qty === 0) return 0;
    const units = Math.abs(row.holding.qty) / powerOfTen(row.holding.qtyScale);
    return row.cost.toNumber() / powerOfTen(CASH_SCALE) / units;
  }

  /** What the open quantity cost (long) or was sold for (short), 10^-18 of the quote or settle asset. */
  cost(account: number, instrument: number, leg: number, out: Wide): Wide {
    const row = this.position(account, instrument, leg);
    return row === undefined ? out.zero() : out.set(row.cost);
  }

  /** Realised profit before fees in other assets, 10^-18 of the quote or settle asset. */
  realizedPnl(account: number, instrument: number, leg: number, out: Wide): Wide {
    const row = this.position(account, instrument, leg);
    return row === undefined ? out.zero() : out.set(row.realized);
  }

  /** Profit that closing at `markPrice` (newest revision's priceScale) would realise, 10^-18. Display and limits. */
  unrealizedPnl(account: number, instrument: number, leg: number, markPrice: number, out: Wide): Wide {
    const row = this.position(account, instrument, leg);
    const scales = this.instruments.get(instrument);
    if (row === undefined || scales === undefined || row.holding.qty === 0) return out.zero();
    const { qty, qtyScale } = row.holding;
    assert(isMantissa(markPrice), Code.ValueOutOfRange);
    assert(productAmount(out, Math.abs(qty), markPrice, scales.priceScale + qtyScale), Code.ValueOutOfRange);
    return qty > 0 ? wideSub(out, out, row.cost) : wideSub(out, row.cost, out);
  }

  /** Fees paid in one asset (negative: rebates were more), 10^-18. */
  fees(account: number, asset: number, out: Wide): Wide {
    return wideNeg(out, this.#cash.byCause(account, asset, CashCause.Fee, out));
  }

  cash(account: number, asset: number, out: Wide): Wide {
    return this.#cash.total(account, asset, out);
  }

  cashByCause(account: number, asset: number, cause: CashCause, out: Wide): Wide {
    return this.#cash.byCause(account, asset, cause, out);
  }

  /** All positions ever held, in the order of their first fill. For reports. */
  rows(): readonly Readonly<Position>[] {
    return [...this.#positions.values()];
  }

  /** All cash rows, in the order of their first posting. For reports. */
  cashRows(): readonly CashRow[] {
    return this.#cash.rows();
  }

  save(out: StateWriter): void {
    out.part("ledger", 1).f64(this.refusedCount).u32(this.lastRefusal).f64(this.statedAmountDiffers);
    this.#assets.save(out);
    this.#scales.save(out);
    this.#cash.save(out);
    out.u32(this.#positions.size);
    for (const position of this.#positions.values()) {
      out.u32(position.account).u32(position.instrument).u32(position.leg);
      position.save(out);
    }
    out.u32(this.#parts.size);
    for (const { instance, position, holding } of this.#parts.values()) {
      out.u32(instance).u32(position.account).u32(position.instrument).u32(position.leg);
      holding.save(out);
    }
  }

  load(from: StateReader): void {
    assert(this.#positions.size === 0, Code.InvariantBroken);
    from.part("ledger", 1);
    this.#counters().takeOut();
    this.refusedCount = from.f64();
    this.lastRefusal = from.u32();
    this.statedAmountDiffers = from.f64();
    this.#counters().putIn();
    for (const table of [this.#assets, this.#scales, this.#cash]) table.load(from);
    for (let left = from.u32(); left > 0; left--) {
      const position = new Position(from.u32(), from.u32(), from.u32(), 0);
      position.load(from);
      this.#positions.set(this.#positionKey(position.account, position.instrument, position.leg), position);
      position.row(this.hash, TABLE_POSITION).putIn();
    }
    for (let left = from.u32(); left > 0; left--) {
      const instance = from.u32();
      const account = from.u32();
      const instrument = from.u32();
      const leg = from.u32();
      const position = present(this.#positions.get(this.#positionKey(account, instrument, leg)));
      const part: Part = { instance, position, holding: new Holding(0) };
      part.holding.load(from);
      this.#parts.set(this.#partKey(instance, account, instrument, leg), part);
      this.#partRow(part).putIn();
    }
  }

  /** One fill (sign 1), or its reversal (sign -1): the same trade and fee the other way, at today's average cost. */
  #fill(record: Readonly<TradingRecord>, sign: 1 | -1): Refusal {
    const instrument = this.instruments.get(record.instrument);
    if (instrument === undefined) return Refusal.InstrumentUnknown;
    if (instrument.kind !== InstrumentKind.Spot && instrument.kind !== InstrumentKind.LinearPerpetual) {
      return Refusal.KindUnsupported;
    }
    if (!this.#wellFormed(record)) return Refusal.Malformed;
    const spot = instrument.kind === InstrumentKind.Spot;
    const base = this.#assets.id(instrument.base);
    const money = this.#assets.id(spot ? instrument.quote : instrument.settle);
    if (money === undefined || (spot && base === undefined)) return Refusal.AssetUnknown;
    this.#fee.setLimbs(record.feeHi, record.feeLo);
    if (sign < 0) wideNeg(this.#fee, this.#fee);
    const feeAsset = this.#fee.isZero() ? money : record.feeAsset;
    if (this.#assets.code(feeAsset) === undefined) return Refusal.AssetUnknown;

    const size = this.#sizeNow(record, instrument);
    if (size <= 0) return size === 0 ? Refusal.RangeExceeded : Refusal.RevisionUnknown;
    const differs = this.#amountOf(record);
    if (differs < 0) return Refusal.RangeExceeded;
    if (!amountOf(this.#base, size, instrument.qtyScale)) return Refusal.RangeExceeded;
    const qty = (record.side === Side.Buy ? size : -size) * sign;
    const { account } = record;
    if (!this.#fits(record, spot, base ?? 0, money, feeAsset, qty, instrument.qtyScale)) return Refusal.RangeExceeded;

    if (differs > 0 && sign > 0) this.#count(() => this.statedAmountDiffers++);
    const baseFee = spot && feeAsset === base;
    this.#trade(record, instrument, qty, baseFee, sign, spot ? -1 : money);
    if (spot) {
      if (qty < 0) wideNeg(this.#base, this.#base);
      else wideNeg(this.#amount, this.#amount);
      this.#cash.post(account, base as number, CashCause.Trade, this.#base);
      this.#cash.post(account, money, CashCause.Trade, this.#amount);
    }
    if (!this.#fee.isZero()) this.#cash.post(account, feeAsset, CashCause.Fee, wideNeg(this.#fee, this.#fee));
    return Refusal.None;
  }

  /** Moves the position and the instance's part of it, hashed around; perpetuals post what was realised to `money`. */
  #trade(
    record: Readonly<TradingRecord>,
    instrument: Instrument,
    qty: number,
    baseFee: boolean,
    sign: 1 | -1,
    money: number,
  ): void {
    const position = this.#positionOf(record, instrument);
    const part = this.#partOf(record, position);
    assert(position.holding.qtyScale === instrument.qtyScale, Code.InvariantBroken);
    assert(part.holding.qtyScale === instrument.qtyScale, Code.InvariantBroken);
    const realized = this.#work;
    const fee = wideNeg(this.#feeBack, this.#fee);
    position.row(this.hash, TABLE_POSITION).takeOut();
    this.#partRow(part).takeOut();
    // A reversal goes backward: the fee comes back first, then the trade is undone.
    if (baseFee && sign < 0) this.#moveBase(position, part, fee);
    position.trade(qty, this.#amount, realized);
    part.holding.add(qty);
    if (baseFee && sign > 0) this.#moveBase(position, part, fee);
    position.count(sign, this.#base, this.#amount);
    position.row(this.hash, TABLE_POSITION).putIn();
    this.#partRow(part).putIn();
    if (money >= 0 && !realized.isZero()) this.#cash.post(record.account, money, CashCause.RealizedPnl, realized);
  }

  #moveBase(position: Position, part: Part, amount: Wide): void {
    position.moveBase(amount, this.#scratch);
    part.holding.move(amount, this.#scratch);
  }

  #wellFormed(record: Readonly<TradingRecord>): boolean {
    if (!this.#isAccount(record.account)) return false;
    if (!Number.isInteger(record.instance) || record.instance < 0 || record.instance > this.limits.instancesMax) {
      return false;
    }
    if (record.instrument >= this.limits.instrumentsMax) return false;
    if (record.leg !== Leg.Net && record.leg !== Leg.Long && record.leg !== Leg.Short) return false;
    if (record.side !== Side.Buy && record.side !== Side.Sell) return false;
    // A fill at price 0 is odd but legal (a delisted asset); one without quantity is none.
    if (!isMantissa(record.price) || record.price < 0 || !isMantissa(record.qty) || record.qty <= 0) return false;
    if (!isAmount(record.amountHi, record.amountLo) || record.amountHi < 0) return false;
    return isAmount(record.feeHi, record.feeLo);
  }

  /** Quantity at the newest revision's scale; 0 = does not fit, -1 = the fill's revision is not known. */
  #sizeNow(record: Readonly<TradingRecord>, instrument: Instrument): number {
    const scale = this.#scales.qtyScale(record.instrument, record.instrumentRevision);
    if (scale < 0 || scale > instrument.qtyScale) return -1;
    const power = instrument.qtyScale - scale;
    if (power > 15 || record.qty * pow10(power) > Number.MAX_SAFE_INTEGER) return 0;
    return record.qty * pow10(power);
  }

  /** Fills `#amount`: the stated amount, else price × quantity. 1 = stated and different, 0 = fine, -1 = does not fit. */
  #amountOf(record: Readonly<TradingRecord>): number {
    const priceScale = this.#scales.priceScale(record.instrument, record.instrumentRevision);
    assert(priceScale >= 0, Code.InvariantBroken); // The quantity was converted before.
    const qtyScale = this.#scales.qtyScale(record.instrument, record.instrumentRevision);
    const fits = productAmount(this.#amount, record.price, record.qty, priceScale + qtyScale);
    if (record.amountHi === 0 && record.amountLo === 0) return fits ? 0 : -1;
    const stated = this.#work.setLimbs(record.amountHi, record.amountLo);
    const same = fits && wideCmp(this.#amount, stated) === 0;
    this.#amount.set(stated);
    return same ? 0 : 1;
  }

  /** True when every sum that this fill touches stays in range: a fill is posted whole or not at all. */
  #fits(
    record: Readonly<TradingRecord>,
    spot: boolean,
    base: number,
    money: number,
    feeAsset: number,
    qty: number,
    qtyScale: number,
  ): boolean {
    const { account, instance, instrument, leg } = record;
    const position = this.#positions.get(this.#positionKey(account, instrument, leg));
    const part = this.#parts.get(this.#partKey(instance, account, instrument, leg));
    if (!this.#holdingFits(position?.holding, qty, qtyScale)) return false;
    if (!this.#holdingFits(part?.holding, qty, qtyScale)) return false;
    if (position !== undefined && !position.hasRoom(this.#amount, this.#base)) return false;
    // Base, money and fee may be one asset: each row is asked for room for all of them.
    const others = Math.abs(this.#amount.hi) + Math.abs(this.#base.hi) + Math.abs(this.#fee.hi);
    const moved = position === undefined ? this.#amount : position.cost;
    if (!this.#cash.hasRoom(account, feeAsset, CashCause.Fee, moved, others)) return false;
    if (spot && !this.#cash.hasRoom(account, base, CashCause.Trade, this.#base, others)) return false;
    return this.#cash.hasRoom(account, money, spot ? CashCause.Trade : CashCause.RealizedPnl, moved, others);
  }

  /** A holding that could not follow a rescale takes no more fills: the break stays visible instead of growing. */
  #holdingFits(holding: Holding | undefined, qty: number, qtyScale: number): boolean {
    const known = holding ?? this.#flat;
    if (holding !== undefined && holding.qtyScale !== qtyScale) return false;
    if (holding === undefined) this.#flat.qtyScale = qtyScale;
    return known.hasRoom(qty, this.#fee);
  }

  #moveCash(record: Readonly<TradingRecord>): Refusal {
    if (!this.#isAccount(record.account)) return Refusal.Malformed;
    if (!CashTable.knows(record.code) || !isAmount(record.amountHi, record.amountLo)) return Refusal.Malformed;
    if (this.#assets.code(record.asset) === undefined) return Refusal.AssetUnknown;
    const amount = this.#amount.setLimbs(record.amountHi, record.amountLo);
    assert(isAmount(amount.hi, amount.lo), Code.ValueOutOfRange);
    const cause: CashCause = record.code;
    if (!this.#cash.hasRoom(record.account, record.asset, cause, amount)) return Refusal.RangeExceeded;
    this.#cash.post(record.account, record.asset, cause, amount);
    return Refusal.None;
  }

  /** A newer revision with a larger quantity scale multiplies every holding of the instrument, exactly. */
  #revise(record: Readonly<TradingRecord>): Refusal {
    const scales = readScales(record);
    if (scales === undefined) return Refusal.Malformed;
    const { instrument } = record;
    const { revision, priceScale, qtyScale } = scales;
    const known = this.instruments.get(instrument);
    if (known !== undefined) {
      if (qtyScale < known.qtyScale || priceScale < known.priceScale) return Refusal.RevisionUnknown;
      this.#scales.note(instrument, known.revision, known.priceScale, known.qtyScale);
    }
    if (!this.#scales.note(instrument, revision, priceScale, qtyScale)) return Refusal.Malformed;
    let refusal = Refusal.None;
    for (const position of this.#positions.values()) {
      if (position.instrument !== instrument || position.holding.qtyScale >= qtyScale) continue;
      position.row(this.hash, TABLE_POSITION).takeOut();
      if (!position.holding.rescale(qtyScale, this.#scratch)) refusal = Refusal.RangeExceeded;
      position.row(this.hash, TABLE_POSITION).putIn();
    }
    for (const part of this.#parts.values()) {
      if (part.position.instrument !== instrument || part.holding.qtyScale >= qtyScale) continue;
      this.#partRow(part).takeOut();
      if (!part.holding.rescale(qtyScale, this.#scratch)) refusal = Refusal.RangeExceeded;
      this.#partRow(part).putIn();
    }
    return refusal;
  }

  #positionOf(record: Readonly<TradingRecord>, instrument: Instrument): Position {
    const key = this.#positionKey(record.account, record.instrument, record.leg);
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    assert(this.#isAccount(record.account), Code.ValueOutOfRange);
    const row = new Position(record.account, record.instrument, record.leg, instrument.qtyScale);
    this.#positions.set(key, row);
    row.row(this.hash, TABLE_POSITION).putIn();
    return row;
  }

  #partOf(record: Readonly<TradingRecord>, position: Position): Part {
    const { instance, account, instrument, leg } = record;
    const key = this.#partKey(instance, account, instrument, leg);
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const part: Part = { instance, position, holding: new Holding(position.holding.qtyScale) };
    this.#parts.set(key, part);
    this.#partRow(part).putIn();
    return part;
  }

  #partRow(part: Part): RowHash {
    const { position, holding, instance } = part;
    this.hash.begin(TABLE_PART, instance).add(position.account).add(position.instrument).add(position.leg);
    return this.hash.add(holding.qty).add(holding.qtyScale).add(holding.dust.hi).add(holding.dust.lo);
  }

  #positionKey(account: number, instrument: number, leg: number): number {
    return (account * this.limits.instrumentsMax + instrument) * LEGS + leg;
  }

  #partKey(instance: number, account: number, instrument: number, leg: number): number {
    const positions = this.limits.accountsMax * this.limits.instrumentsMax * LEGS;
    const key = instance * positions + this.#positionKey(account, instrument, leg);
    assert(Number.isSafeInteger(key), Code.ValueOutOfRange);
    return key;
  }

  #isAccount(account: number): boolean {
    return Number.isInteger(account) && account >= 0 && account < this.limits.accountsMax;
  }

  #note(refusal: Refusal): void {
    if (refusal === Refusal.None) return;
    this.#count(() => {
      this.refusedCount++;
      this.lastRefusal = refusal;
    });
  }

  /** The counters are a row of the hash as well: a replica that refused more is not the same. Rare, so a closure is fine. */
  #count(change: () => void): void {
    this.#counters().takeOut();
    change();
    this.#counters().putIn();
  }

  #counters(): RowHash {
    return this.hash
      .begin(TABLE_COUNTERS, 0)
      .add(this.refusedCount)
      .add(this.lastRefusal)
      .add(this.statedAmountDiffers);
  }
}

interface Scales {
  readonly revision: number;
  readonly priceScale: number;
  readonly qtyScale: number;
}

/** The scales in an InstrumentDefined payload; undefined when it is none. */
function readScales(record: Readonly<TradingRecord>): Scales | undefined {
  let payload: unknown;
  try {
    payload = JSON.parse(record.text);
  } catch {
    return undefined;
  }
  if (typeof payload !== "object" || payload === null) return undefined;
  const { id, revision, priceScale, qtyScale } = payload as Record<string, unknown>;
  if (id !== record.instrument || typeof revision !== "number") return undefined;
  if (typeof priceScale !== "number" || typeof qtyScale !== "number") return undefined;
  return { revision, priceScale, qtyScale };
}
