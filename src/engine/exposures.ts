/** What is held and open, summed over instruments by instance, instrument, venue, account and firm; kept order by order. */

import { amountOf, productAmount } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Wide, wideAdd, wideNeg, wideSub } from "../core/wide.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind, isExposed, isHeld, Leg, Side } from "../model/order.ts";
import { RecordKind, Scope, type TradingRecord } from "../model/record.ts";
import type { DurableState } from "./durable.ts";
import { ExposureGroup, ExposureRow, ExposureSum } from "./exposure_row.ts";
import type { Marks } from "./marks.ts";

/** Instruments whose mark is looked at in one turn of the clock, and before a sum: with more, the rest is a few turns old. */
const PER_TURN = 256;
const PER_CHECK = 4;
const NO_ASSET = -1;

/** The last value that was asked for: the account and the firm ask for the same one. */
class Memo {
  instrument = -1;
  qty = 0;
  mark = 0;
  isKnown = false;
  readonly amount = new Wide();
}

/** What one open order adds. Pooled. */
class Share {
  leaves = 0;
  isBuy = true;
  account = 0;
  instance = 0;
  instrument = 0;
  asset = NO_ASSET;
  readonly reserve = new Wide();
}

/**
 * Derived from D and the marks: never journaled, made anew by `rebuild`. `note` after every record that was applied keeps
 * it equal to a sum over everything, which `test` compares.
 */
export class Exposures {
  readonly firm = new ExposureSum();
  readonly #instances = new Map<number, ExposureSum>();
  readonly #accounts = new Map<number, ExposureSum>();
  readonly #instruments = new Map<number, ExposureSum>();
  readonly #venues = new Map<string, ExposureSum>();
  /** Of accounts, and of instances. */
  readonly #pairs = new Map<number, ExposureRow>();
  readonly #parts = new Map<number, ExposureRow>();
  /** By instrument, in the order of their first row. */
  readonly #groups: ExposureGroup[] = [];
  readonly #groupOf = new Map<number, ExposureGroup>();
  readonly #shares = new Map<number, Share>();
  readonly #free: Share[] = [];
  /** Cash and base assets that open spot orders will take, by account and asset. */
  readonly #reserved = new Map<number, Wide>();
  readonly #grossMemo = new Memo();
  readonly #netMemo = new Memo();
  readonly #none = new ExposureSum();
  #turn = 0;

  constructor(
    readonly state: DurableState,
    readonly marks: Marks,
  ) {
    this.rebuild();
  }

  /** From D alone: after a restart, and when quantities are multiplied by a new revision. */
  rebuild(): void {
    const { orders, ledger } = this.state;
    for (const map of [this.#instances, this.#accounts, this.#instruments, this.#pairs, this.#parts]) map.clear();
    this.#venues.clear();
    this.#shares.clear();
    this.#reserved.clear();
    this.#groups.length = 0;
    this.#groupOf.clear();
    this.#grossMemo.instrument = -1;
    this.#netMemo.instrument = -1;
    Object.assign(this.firm, { openOrders: 0, unvalued: 0 });
    for (const wide of [this.firm.gross, this.firm.high, this.firm.low]) wide.zero();
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) this.#touch(order, 0);
    for (const { account, instrument } of ledger.rows()) this.#position(0, account, instrument);
    for (const { instance, account, instrument } of ledger.partRows()) this.#position(instance, account, instrument);
    assert(this.#shares.size === this.firm.openOrders, Code.InvariantBroken);
  }

  /** After a record has been applied. */
  note(record: Readonly<TradingRecord>): void {
    const { kind } = record;
    if (kind === RecordKind.InstrumentDefined) return this.rebuild();
    if (record.order > 0) this.#touch(record.order, record.referencePrice);
    const moves = kind === RecordKind.OrderFilled || kind === RecordKind.FillBusted;
    if (moves || kind === RecordKind.PositionAdjusted) {
      this.#position(record.instance, record.account, record.instrument);
    }
  }

  /** A turn of the clock: where the market has moved, rows are valued anew; some instruments each time. */
  turn(instrumentsMax = PER_TURN): void {
    assert(instrumentsMax > 0, Code.ValueOutOfRange);
    const count = Math.min(instrumentsMax, this.#groups.length);
    for (let i = 0; i < count; i++) {
      this.#turn = this.#turn + 1 >= this.#groups.length ? 0 : this.#turn + 1;
      (this.#groups[this.#turn] as ExposureGroup).refresh(this.marks);
    }
  }

  sum(scope: Scope, key: number): ExposureSum {
    if (scope === Scope.Instance) return this.#instances.get(key) ?? this.#none;
    if (scope === Scope.Instrument) return this.#instruments.get(key) ?? this.#none;
    return scope === Scope.Account ? (this.#accounts.get(key) ?? this.#none) : this.firm;
  }

  venueSum(venue: string): ExposureSum {
    return this.#venues.get(venue) ?? this.#none;
  }

  pair(account: number, instrument: number): Readonly<ExposureRow> | undefined {
    return this.#pairs.get(this.#pairKey(account, instrument));
  }

  part(instance: number, account: number, instrument: number): Readonly<ExposureRow> | undefined {
    return this.#parts.get(this.#partKey(instance, account, instrument));
  }

  /** Once for each order that is checked against sums. */
  beforeCheck(): void {
    this.turn(PER_CHECK);
  }

  /** Value that the scope would have with so much more open in the order's row. False when something has no mark. */
  grossAfter(scope: Scope, order: Readonly<TradingRecord>, addedQty: number, out: Wide): boolean {
    const row = this.#rowFor(scope, order);
    const sum = this.sum(scope, keyOf(scope, order));
    const buying = order.side === Side.Buy;
    row.group.refresh(this.marks);
    if (sum.unvalued > 0) return false;
    const qty = row.grossQty(buying ? addedQty : 0, buying ? 0 : addedQty);
    const memo = this.#valued(this.#grossMemo, order.instrument, qty);
    if (!memo.isKnown) return false;
    wideSub(out, sum.gross, row.gross);
    wideAdd(out, out, memo.amount);
    return true;
  }

  netAfter(scope: Scope, order: Readonly<TradingRecord>, addedQty: number, out: Wide): boolean {
    const row = this.#rowFor(scope, order);
    const sum = this.sum(scope, keyOf(scope, order));
    const buying = order.side === Side.Buy;
    row.group.refresh(this.marks);
    if (sum.unvalued > 0) return false;
    const qty = buying ? row.highQty(addedQty) : row.lowQty(addedQty);
    const memo = this.#valued(this.#netMemo, order.instrument, qty);
    if (!memo.isKnown) return false;
    wideSub(out, buying ? sum.high : sum.low, buying ? row.high : row.low);
    wideAdd(out, out, memo.amount);
    if (!buying) wideNeg(out, out);
    return true;
  }

  /** What open spot orders of the account will take of an asset, without `order` itself. */
  reserved(account: number, asset: number, order: number, out: Wide): Wide {
    const sum = this.#reserved.get(this.#assetKey(account, asset));
    if (sum === undefined) return out.zero();
    const own = this.#shares.get(order);
    return own === undefined || own.asset !== asset ? out.set(sum) : wideSub(out, sum, own.reserve);
  }

  #valued(memo: Memo, instrument: number, qty: number): Memo {
    const mark = this.marks.mark(instrument);
    if (memo.instrument === instrument && memo.qty === qty && memo.mark === mark) return memo;
    memo.instrument = instrument;
    memo.qty = qty;
    memo.mark = mark;
    memo.isKnown = this.marks.value(instrument, qty, memo.amount);
    return memo;
  }

  #touch(order: number, referencePrice: number): void {
    const { orders } = this.state;
    const state = orders.has(order) ? orders.state(order) : 0;
    const isOpen = isExposed(state) || isHeld(state);
    const known = this.#shares.get(order);
    if (known === undefined && !isOpen) return;
    if (known !== undefined && isOpen && known.instance !== orders.instance(order)) this.#changeHands(order, known);
    const share = known ?? this.#begin(order);
    const pair = this.#pairRow(share.account, share.instrument);
    const part = this.#partRow(share.instance, share.account, share.instrument);
    const leaves = isOpen ? orders.leavesQty(order) : 0;
    assert(leaves >= 0, Code.NumberNegative);
    const delta = leaves - share.leaves;
    share.leaves = leaves;
    this.#open(pair, share.isBuy, delta);
    this.#open(part, share.isBuy, delta);
    this.#reserve(order, share, isOpen, referencePrice);
    if (isOpen) return;
    this.#count(pair, part, -1);
    this.#shares.delete(order);
    this.#free.push(share);
  }

  #begin(order: number): Share {
    const { orders } = this.state;
    const share = this.#free.pop() ?? new Share();
    share.leaves = 0;
    share.isBuy = orders.side(order) === Side.Buy;
    share.account = orders.account(order);
    share.instance = orders.instance(order);
    share.instrument = orders.instrument(order);
    share.asset = NO_ASSET;
    share.reserve.zero();
    this.#shares.set(order, share);
    const { instance, account, instrument } = share;
    this.#count(this.#pairRow(account, instrument), this.#partRow(instance, account, instrument), 1);
    return share;
  }

  /** An adopted order was given to another instance: the account has what it had. */
  #changeHands(order: number, share: Share): void {
    const { account, instrument, isBuy, leaves } = share;
    const from = this.#partRow(share.instance, account, instrument);
    share.instance = this.state.orders.instance(order);
    const to = this.#partRow(share.instance, account, instrument);
    for (const sum of from.sums) sum.openOrders--;
    for (const sum of to.sums) sum.openOrders++;
    this.#open(from, isBuy, -leaves);
    this.#open(to, isBuy, leaves);
  }

  #count(pair: ExposureRow, part: ExposureRow, by: 1 | -1): void {
    for (const sum of pair.sums) sum.openOrders += by;
    for (const sum of part.sums) sum.openOrders += by;
    assert(this.firm.openOrders >= 0, Code.InvariantBroken);
  }

  #open(row: ExposureRow, isBuy: boolean, delta: number): void {
    if (delta === 0) return;
    if (isBuy) row.openBuyQty += delta;
    else row.openSellQty += delta;
    assert(row.openBuyQty >= 0 && row.openSellQty >= 0, Code.NumberNegative);
    this.#changed(row);
  }

  #changed(row: ExposureRow): void {
    row.value(this.marks);
    row.group.refresh(this.marks);
  }

  /** Spot: what the order pays with. A market order pays the reference that its decision saw. */
  #reserve(order: number, share: Share, isOpen: boolean, referencePrice: number): void {
    const { instruments, ledger, orders } = this.state;
    const instrument = instruments.get(share.instrument);
    if (instrument?.kind !== InstrumentKind.Spot) return;
    const asset = ledger.assetId(share.isBuy ? instrument.quote : instrument.base);
    if (asset === undefined) return;
    const sum = this.#reservedSum(share.account, asset);
    wideSub(sum, sum, share.reserve);
    share.asset = asset;
    share.reserve.zero();
    const price = isOpen && share.isBuy ? this.#payPrice(order, instrument, referencePrice) : 0;
    const { qtyScale, priceScale } = instrument;
    const fits = share.isBuy
      ? productAmount(share.reserve, share.leaves, price, priceScale + qtyScale)
      : amountOf(share.reserve, share.leaves, qtyScale);
    assert(fits || orders.has(order), Code.InvariantBroken);
    wideAdd(sum, sum, share.reserve);
  }

  #payPrice(order: number, instrument: Instrument, referencePrice: number): number {
    const { orders } = this.state;
    const limit = orders.priceMax(order);
    if (limit > 0) return limit;
    return referencePrice > 0 ? referencePrice : (this.marks.market.instrument(instrument.id)?.referencePrice() ?? 0);
  }

  #position(instance: number, account: number, instrument: number): void {
    const { ledger } = this.state;
    const pair = this.#pairRow(account, instrument);
    pair.netQty = ledger.positionQty(account, instrument, Leg.Net);
    pair.longQty = Math.abs(ledger.positionQty(account, instrument, Leg.Long));
    pair.shortQty = Math.abs(ledger.positionQty(account, instrument, Leg.Short));
    this.#changed(pair);
    const part = this.#partRow(instance, account, instrument);
    part.netQty = ledger.instancePositionQty(instance, account, instrument, Leg.Net);
    part.longQty = Math.abs(ledger.instancePositionQty(instance, account, instrument, Leg.Long));
    part.shortQty = Math.abs(ledger.instancePositionQty(instance, account, instrument, Leg.Short));
    this.#changed(part);
  }

  #rowFor(scope: Scope, order: Readonly<TradingRecord>): ExposureRow {
    const { instance, account, instrument } = order;
    if (scope === Scope.Instance) return this.#partRow(instance, account, instrument);
    return this.#pairRow(account, instrument);
  }

  #pairRow(account: number, instrument: number): ExposureRow {
    const key = this.#pairKey(account, instrument);
    const known = this.#pairs.get(key);
    if (known !== undefined) return known;
    const venue = this.state.instruments.get(instrument)?.venue ?? "";
    const sums = [sumIn(this.#accounts, account), sumIn(this.#instruments, instrument), sumIn(this.#venues, venue)];
    const row = new ExposureRow(this.#group(instrument), account, [...sums, this.firm]);
    this.#pairs.set(key, row);
    return row;
  }

  #partRow(instance: number, account: number, instrument: number): ExposureRow {
    const key = this.#partKey(instance, account, instrument);
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const row = new ExposureRow(this.#group(instrument), account, [sumIn(this.#instances, instance)]);
    this.#parts.set(key, row);
    return row;
  }

  #group(instrument: number): ExposureGroup {
    const known = this.#groupOf.get(instrument);
    if (known !== undefined) return known;
    const group = new ExposureGroup(instrument);
    this.#groupOf.set(instrument, group);
    this.#groups.push(group);
    return group;
  }

  #reservedSum(account: number, asset: number): Wide {
    const key = this.#assetKey(account, asset);
    const known = this.#reserved.get(key);
    if (known !== undefined) return known;
    const sum = new Wide();
    this.#reserved.set(key, sum);
    return sum;
  }

  #assetKey(account: number, asset: number): number {
    return account * this.state.limits.assetsMax + asset;
  }

  #pairKey(account: number, instrument: number): number {
    return account * this.state.limits.instrumentsMax + instrument;
  }

  #partKey(instance: number, account: number, instrument: number): number {
    return (
      instance * this.state.limits.accountsMax * this.state.limits.instrumentsMax + this.#pairKey(account, instrument)
    );
  }
}

function sumIn<K>(sums: Map<K, ExposureSum>, key: K): ExposureSum {
  const known = sums.get(key);
  if (known !== undefined) return known;
  const sum = new ExposureSum();
  sums.set(key, sum);
  return sum;
}

function keyOf(scope: Scope, order: Readonly<TradingRecord>): number {
  if (scope === Scope.Instance) return order.instance;
  return scope === Scope.Instrument ? order.instrument : order.account;
}
