/** The ledger: positions, cash by cause, fees and realised profit from fills; conserved to the last unit. Part of D. */

import { amountOf, isAmount, isMantissa, powerOfTen } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE } from "../core/decimal.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide, wideCmp, wideNeg } from "../core/wide.ts";
import type { Instrument, InstrumentTable } from "../model/instrument.ts";
import { CashCause, InstrumentKind, Side } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { contractValue, valueAt } from "../model/value.ts";
import { Adjuster } from "./adjuster.ts";
import { type CashRow, CashTable } from "./cash.ts";
import type { CashBreaks } from "./cash_breaks.ts";
import { FundingShares } from "./funding_shares.ts";
import { LeverageTable } from "./leverage.ts";
import type { Listing } from "./listings.ts";
import { type Position, WHOLE } from "./position.ts";
import { Posting } from "./posting.ts";
import { Refusal } from "./refusal.ts";
import { isKnownKind, LedgerTables } from "./tables.ts";
import { unrealizedAt } from "./unrealized.ts";

const TABLE_COUNTERS = 45;
const VERSION = 1;

/**
 * Spot: a fill moves base and quote cash (cause Trade). The position is what trading has left us of the base asset, fees
 * in it included, so that nobody can sell more than is held. Perpetuals: no base cash; what closing realises is posted
 * to the settle asset (cause RealizedPnl). Fees go to their stated asset (cause Fee; negative = we paid). Each fill is
 * posted twice: to the account, and to the instance's part with an average of its own. See README.md.
 * Duplicate fills are the order table's to stop: each OrderFilled record that comes here is posted.
 */
export class Ledger implements Saved {
  /** Fills whose stated amount was not price × quantity; the stated one was posted. */
  statedAmountDiffers = 0;
  /** Adjustments that opened a quantity of which nobody knows what it cost: it stands at a cost of 0. */
  adjustedWithoutPrice = 0;
  /** Records that were not posted, and why the last one was not. */
  refusedCount = 0;
  lastRefusal: Refusal = Refusal.None;

  readonly #tables: LedgerTables;
  readonly #adjuster: Adjuster;
  readonly #funding: FundingShares;
  readonly #whole: Posting;
  readonly #part: Posting;
  readonly #amount = new Wide();
  readonly #base = new Wide();
  readonly #fee = new Wide();
  readonly #work = new Wide();
  readonly #feeBack = new Wide();

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
    readonly instruments: InstrumentTable,
  ) {
    this.#tables = new LedgerTables(limits, hash, instruments);
    this.#adjuster = new Adjuster(this.#tables);
    this.#funding = new FundingShares(this.#tables);
    this.#whole = new Posting(this.#tables);
    this.#part = new Posting(this.#tables);
    this.#counters().putIn();
  }

  /**
   * Posts AssetDefined, CashMoved, OrderFilled, FillBusted, PositionAdjusted, CashBroken, LeverageSet; InstrumentDefined
   * rescales; other kinds change nothing. Total.
   */
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
        this.#note(this.#tables.assets.define(record.asset, record.text) ? Refusal.None : Refusal.Malformed);
        return;
      case RecordKind.InstrumentDefined:
        this.#note(this.#revise(record));
        return;
      case RecordKind.PositionAdjusted:
        this.#note(this.#adjust(record));
        return;
      case RecordKind.CashBroken:
        this.#note(this.#breakCash(record));
        return;
      case RecordKind.LeverageSet:
        this.#note(this.#setLeverage(record));
        return;
      default:
        return;
    }
  }

  assetId(code: string): number | undefined {
    return this.#tables.assets.id(code);
  }

  assetCode(id: number): string | undefined {
    return this.#tables.assets.code(id);
  }

  /** Assets by dense id. */
  assetCodes(): readonly string[] {
    return this.#tables.assets.codes();
  }

  /** Signed position, mantissa at the newest revision's qtyScale. */
  positionQty(account: number, instrument: number, leg: number): number {
    return this.position(account, instrument, leg)?.holding.qty ?? 0;
  }

  /** What of that position belongs to one instance; instance 0 is what was traded by hand. */
  instancePositionQty(instance: number, account: number, instrument: number, leg: number): number {
    return this.#tables.positions.find(account, instrument, leg, instance)?.holding.qty ?? 0;
  }

  /** The row itself, read only: quantity, cost, realised, volume. Undefined before the first fill. */
  position(account: number, instrument: number, leg: number): Readonly<Position> | undefined {
    return this.#tables.positions.find(account, instrument, leg);
  }

  /** One instance's part of it, with the average that its own fills made. */
  instancePosition(instance: number, account: number, instrument: number, leg: number): Readonly<Position> | undefined {
    return this.#tables.positions.find(account, instrument, leg, instance);
  }

  /** Average entry price in quote units of the account (or of one instance), for display only; 0 when flat. */
  averageEntry(account: number, instrument: number, leg: number, instance: number = WHOLE): number {
    const row = this.#tables.positions.find(account, instrument, leg, instance);
    const listing = this.instruments.get(instrument);
    if (row === undefined || listing === undefined || row.holding.qty === 0) return 0;
    const cost = row.cost.toNumber() / powerOfTen(CASH_SCALE);
    if (!contractValue(this.#work, listing, row.holding.qty)) return 0;
    const units = this.#work.toNumber() / powerOfTen(CASH_SCALE);
    return row.isInverse ? (cost === 0 ? 0 : units / cost) : cost / units;
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
    const listing = this.instruments.get(instrument);
    if (row === undefined || listing === undefined) return out.zero();
    const fits = unrealizedAt(out, row, listing, markPrice);
    assert(fits, Code.ValueOutOfRange);
    return out;
  }

  /** Fees paid in one asset (negative: rebates were more), 10^-18; of one instance where one is given. */
  fees(account: number, asset: number, out: Wide, instance: number = WHOLE): Wide {
    return wideNeg(out, this.#tables.cash.byCause(account, asset, CashCause.Fee, out, instance));
  }

  cash(account: number, asset: number, out: Wide): Wide {
    return this.#tables.cash.total(account, asset, out);
  }

  cashByCause(account: number, asset: number, cause: CashCause, out: Wide): Wide {
    return this.#tables.cash.byCause(account, asset, cause, out);
  }

  /** The instrument with the numbers of its assets; undefined while one of them is not known. */
  listing(instrument: number): Listing | undefined {
    return this.#tables.listings.get(instrument);
  }

  /** Decimals of prices and quantities of a revision that was defined once; -1: there was none such. */
  priceScale(instrument: number, revision: number): number {
    return this.#tables.scales.priceScale(instrument, revision);
  }

  qtyScale(instrument: number, revision: number): number {
    return this.#tables.scales.qtyScale(instrument, revision);
  }

  /** Leverage in hundredths; 100 when none was set. */
  leverage(account: number, instrument: number): number {
    return this.#tables.leverage.get(account, instrument);
  }

  /** Balances that the venue states otherwise. */
  get breaks(): CashBreaks {
    return this.#tables.breaks;
  }

  /** All positions ever held, in the order of their first fill. The ledger's own list: read only, grows at its end. */
  rows(): readonly Readonly<Position>[] {
    return this.#tables.positions.wholes;
  }

  /** All parts of instances ever held. The ledger's own list. */
  partRows(): readonly Readonly<Position>[] {
    return this.#tables.positions.parts;
  }

  /** The parts of one position. */
  partsOf(account: number, instrument: number, leg: number): readonly Readonly<Position>[] {
    return this.#tables.positions.partsOf(account, instrument, leg);
  }

  /** All cash rows of accounts, in the order of their first posting. The ledger's own list. */
  cashRows(): readonly CashRow[] {
    return this.#tables.cash.rows();
  }

  /** What instances' fills and funding moved; RealizedPnl here is by their own averages. The ledger's own list. */
  instanceCashRows(): readonly CashRow[] {
    return this.#tables.cash.instanceRows();
  }

  save(out: StateWriter): void {
    out.part("ledger", VERSION);
    for (const table of this.#parts()) table.save(out);
    out.f64(this.refusedCount).u32(this.lastRefusal).f64(this.statedAmountDiffers).f64(this.adjustedWithoutPrice);
  }

  load(from: StateReader): void {
    assert(this.refusedCount === 0 && this.rows().length === 0, Code.InvariantBroken);
    from.part("ledger", VERSION);
    for (const table of this.#parts()) table.load(from);
    this.#count(() => {
      this.refusedCount = from.f64();
      this.lastRefusal = from.u32();
      this.statedAmountDiffers = from.f64();
      this.adjustedWithoutPrice = from.f64();
    });
  }

  #parts(): readonly Saved[] {
    const { assets, scales, cash, positions, leverage, breaks, movements } = this.#tables;
    return [assets, scales, cash, positions, leverage, breaks, movements];
  }

  /** One fill (sign 1), or its reversal (sign -1): the same trade and fee the other way, at today's average cost. */
  #fill(record: Readonly<TradingRecord>, sign: 1 | -1): Refusal {
    const instrument = this.instruments.get(record.instrument);
    if (instrument === undefined) return Refusal.InstrumentUnknown;
    if (!isKnownKind(instrument.kind)) return Refusal.KindUnsupported;
    if (!this.#wellFormed(record)) return Refusal.Malformed;
    const listing = this.#tables.listings.get(record.instrument);
    if (listing === undefined) return Refusal.AssetUnknown;
    const { base, money } = listing;
    this.#fee.setLimbs(record.feeHi, record.feeLo);
    if (sign < 0) wideNeg(this.#fee, this.#fee);
    const feeAsset = this.#fee.isZero() ? money : record.feeAsset;
    if (this.#tables.assets.code(feeAsset) === undefined) return Refusal.AssetUnknown;

    const size = this.#tables.sizeNow(record, instrument);
    if (size <= 0) return size === 0 ? Refusal.RangeExceeded : Refusal.RevisionUnknown;
    const differs = this.#amountOf(record, instrument);
    if (differs < 0) return Refusal.RangeExceeded;
    if (!amountOf(this.#base, size, instrument.qtyScale)) return Refusal.RangeExceeded;
    const qty = (record.side === Side.Buy ? size : -size) * sign;
    const { account, instance, leg } = record;
    const whole = this.#whole;
    const part = this.#part;
    whole.find(account, WHOLE, instrument, leg, base, money, feeAsset);
    if (!whole.fits(qty, instrument.qtyScale, this.#amount, this.#base, this.#fee)) return Refusal.RangeExceeded;
    part.find(account, instance, instrument, leg, base, money, feeAsset);
    if (!part.fits(qty, instrument.qtyScale, this.#amount, this.#base, this.#fee)) return Refusal.RangeExceeded;

    if (differs > 0 && sign > 0) this.#noteStated();
    const baseFee = feeAsset === base;
    this.#trade(whole, listing, qty, baseFee, sign);
    this.#trade(part, listing, qty, baseFee, sign);
    // From here on the three are what the cash moves by.
    if (qty < 0) wideNeg(this.#base, this.#base);
    else wideNeg(this.#amount, this.#amount);
    wideNeg(this.#fee, this.#fee);
    this.#post(whole, listing.isSpot);
    this.#post(part, listing.isSpot);
    return Refusal.None;
  }

  /** Moves the position, or the instance's part of it; contracts post what was realised. */
  #trade(owner: Posting, listing: Listing, qty: number, baseFee: boolean, sign: 1 | -1): void {
    const { instrument, isSpot } = listing;
    const position = owner.position(instrument);
    assert(position.holding.qtyScale === instrument.qtyScale, Code.InvariantBroken);
    const realized = this.#work;
    const fee = wideNeg(this.#feeBack, this.#fee);
    // A reversal goes backward: the fee comes back first, then the trade is undone.
    if (baseFee && sign < 0) position.moveBase(fee, this.#tables.scratch);
    position.trade(qty, this.#amount, realized);
    if (baseFee && sign > 0) position.moveBase(fee, this.#tables.scratch);
    position.count(sign, this.#base, this.#amount);
    this.#tables.positions.changed(position);
    if (!isSpot && !realized.isZero()) owner.postMoney(CashCause.RealizedPnl, realized);
  }

  #post(owner: Posting, isSpot: boolean): void {
    if (isSpot) {
      owner.postBase(this.#base);
      owner.postMoney(CashCause.Trade, this.#amount);
    }
    if (!this.#fee.isZero()) owner.postFee(this.#fee);
  }

  #wellFormed(record: Readonly<TradingRecord>): boolean {
    if (!this.#tables.isPlace(record)) return false;
    if (record.side !== Side.Buy && record.side !== Side.Sell) return false;
    // A fill at price 0 is odd but legal (a delisted asset); one without quantity is none.
    if (!isMantissa(record.price) || record.price < 0 || !isMantissa(record.qty) || record.qty <= 0) return false;
    if (!isAmount(record.amountHi, record.amountLo) || record.amountHi < 0) return false;
    return isAmount(record.feeHi, record.feeLo);
  }

  /** Fills `#amount`: the stated amount, else the computed one. 1 = stated and different, 0 = fine, -1 = no amount. */
  #amountOf(record: Readonly<TradingRecord>, instrument: Instrument): number {
    let { priceScale, qtyScale } = instrument;
    if (record.instrumentRevision !== instrument.revision) {
      priceScale = this.#tables.scales.priceScale(record.instrument, record.instrumentRevision);
      qtyScale = this.#tables.scales.qtyScale(record.instrument, record.instrumentRevision);
    }
    assert(priceScale >= 0 && qtyScale >= 0, Code.InvariantBroken); // The quantity was converted before.
    const fits = valueAt(this.#amount, instrument, record.qty, record.price, 1, priceScale, qtyScale);
    if (record.amountHi === 0 && record.amountLo === 0) return fits ? 0 : -1;
    const stated = this.#work.setLimbs(record.amountHi, record.amountLo);
    const same = fits && wideCmp(this.#amount, stated) === 0;
    this.#amount.set(stated);
    return same ? 0 : 1;
  }

  #moveCash(record: Readonly<TradingRecord>): Refusal {
    if (!this.#tables.isAccount(record.account)) return Refusal.Malformed;
    if (!CashTable.knows(record.code) || !isAmount(record.amountHi, record.amountLo)) return Refusal.Malformed;
    if (this.#tables.assets.code(record.asset) === undefined) return Refusal.AssetUnknown;
    const amount = this.#amount.setLimbs(record.amountHi, record.amountLo);
    assert(isAmount(amount.hi, amount.lo), Code.ValueOutOfRange);
    const { account, asset, fillId } = record;
    if (fillId !== "" && this.#tables.movements.has(account, fillId)) return Refusal.AlreadyPosted;
    const cause: CashCause = record.code;
    if (!this.#tables.cash.hasRoom(account, asset, cause, amount)) return Refusal.RangeExceeded;
    this.#tables.cash.post(account, asset, cause, amount);
    if (fillId !== "") this.#tables.movements.add(account, fillId);
    if (cause === CashCause.Funding) this.#funding.post(record, amount);
    if (cause === CashCause.Adjustment) this.#tables.breaks.close(account, asset);
    return Refusal.None;
  }

  #adjust(record: Readonly<TradingRecord>): Refusal {
    const refusal = this.#adjuster.post(record);
    if (refusal === Refusal.None && this.#adjuster.wasWithoutPrice) this.#count(() => this.adjustedWithoutPrice++);
    return refusal;
  }

  /** The venue's balance (`amount`) is not ours (`fee`); equal ones close the break. */
  #breakCash(record: Readonly<TradingRecord>): Refusal {
    const { account, asset, amountHi, amountLo, feeHi, feeLo } = record;
    if (!this.#tables.isAccount(account)) return Refusal.Malformed;
    if (!isAmount(amountHi, amountLo) || !isAmount(feeHi, feeLo)) return Refusal.Malformed;
    if (this.#tables.assets.code(asset) === undefined) return Refusal.AssetUnknown;
    this.#tables.breaks.state(
      account,
      asset,
      this.#amount.setLimbs(amountHi, amountLo),
      this.#fee.setLimbs(feeHi, feeLo),
      record.timeUs,
    );
    return Refusal.None;
  }

  #setLeverage({ account, instrument, qty }: Readonly<TradingRecord>): Refusal {
    if (!this.#tables.isAccount(account) || !LeverageTable.allows(qty, this.limits)) return Refusal.Malformed;
    const listing = this.instruments.get(instrument);
    if (listing === undefined) return Refusal.InstrumentUnknown;
    if (listing.kind === InstrumentKind.Spot) return Refusal.KindUnsupported;
    this.#tables.leverage.set(account, instrument, qty);
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
      this.#tables.scales.note(instrument, known.revision, known.priceScale, known.qtyScale);
    }
    if (!this.#tables.scales.note(instrument, revision, priceScale, qtyScale)) return Refusal.Malformed;
    return this.#tables.positions.rescale(instrument, qtyScale, this.#tables.scratch)
      ? Refusal.None
      : Refusal.RangeExceeded;
  }

  #noteStated(): void {
    this.#count(() => this.statedAmountDiffers++);
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
      .add(this.statedAmountDiffers)
      .add(this.adjustedWithoutPrice);
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
