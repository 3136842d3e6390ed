/** Orders, what happened to them, and their executions, out of records and of D after each. */

import { CASH_SCALE, mantissaTextShort, parseWide, wideText } from "../core/decimal.ts";
import { Wide, wideAdd, wideSub } from "../core/wide.ts";
import { clientOrderId } from "../model/client_order_id.ts";
import { beginsHeld, isTerminal, OrderFlag, OrderState } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { ProjectionContext } from "./projection_context.ts";
import type { Row } from "./tables.ts";
import {
  codeText,
  evidenceText,
  kindText,
  legText,
  liquidityText,
  reasonText,
  sideText,
  stateText,
  timeInForceText,
  typeText,
} from "./words.ts";

/** What D does not remember of an order. */
interface Life {
  readonly createdRecord: number;
  readonly createdUs: number;
  /** Of its executions, 10^-18. */
  readonly amount: Wide;
  /** Newest record that named it. */
  record: number;
  timeUs: number;
}

/** A fill that the venue took back and whose row an earlier batch has written. */
export interface Bust {
  readonly orderId: number;
  readonly fillId: string;
  readonly record: number;
}

const TRIGGERS = Object.freeze(["last", "quote", "mark"] as const);
const BPS_SCALE = 2;

export class OrderProjection {
  readonly #lives = new Map<number, Life>();
  /** Orders whose row is to be written when the batch ends: of those that live only the last state counts. */
  readonly #changed = new Set<number>();
  /** Executions of this batch, for busts. */
  readonly #executions = new Map<string, Row<"executions">>();
  #busts: Bust[] = [];

  constructor(readonly context: ProjectionContext) {}

  /** What the store has of an order that D still holds. */
  prime(row: Row<"orders">): void {
    const amount = new Wide();
    parseWide(amount, row.filledAmount, CASH_SCALE);
    const { createdRecord, createdUs, record, timeUs } = row;
    this.#lives.set(row.id, { createdRecord, createdUs, amount, record, timeUs });
  }

  /** After `apply`. `realized`: what the record made of the account's position, 10^-18. */
  take(record: Readonly<TradingRecord>, realized: Wide | undefined): void {
    const { state } = this.context;
    const { order } = record;
    if (order === 0) return;
    if (!this.#lives.has(order)) {
      const { record: createdRecord, timeUs: createdUs } = record;
      this.#lives.set(order, {
        createdRecord,
        createdUs,
        amount: new Wide(),
        record: createdRecord,
        timeUs: createdUs,
      });
    }
    const life = this.#lives.get(order) as Life;
    life.record = record.record;
    life.timeUs = record.timeUs;
    this.#event(record);
    if (record.kind === RecordKind.OrderFilled) this.#fill(record, life, realized);
    else if (record.kind === RecordKind.FillBusted) this.#bust(record, life);
    if (!state.orders.has(order)) {
      // Denied for want of room: it never had a row in D, and this record is all that there is of it.
      if (record.kind === RecordKind.OrderDenied) this.context.out.put("orders", this.#denied(record));
      return;
    }
    this.#put(order, life);
    // An exit that is made again makes a group of itself and the one whose place it takes.
    const { group } = record;
    if ((record.flags & OrderFlag.Again) === 0 || group === order || !state.orders.has(group)) return;
    const first = this.#lives.get(group);
    if (first !== undefined) this.#put(group, first);
  }

  #put(order: number, life: Life): void {
    // An ended one may leave D before the batch ends.
    if (isTerminal(this.context.state.orders.state(order))) {
      this.#changed.delete(order);
      this.context.out.put("orders", this.#row(order, life));
    } else this.#changed.add(order);
  }

  /** Every order that D holds, as it stands. */
  seed(): void {
    const { state } = this.context;
    const { orders } = state;
    const seedOne = (order: number) => {
      const at = { record: state.record, timeUs: state.timeUs, createdRecord: 0, createdUs: orders.timeUs(order) };
      this.#lives.set(order, { ...at, amount: new Wide() });
      this.#changed.add(order);
    };
    for (let order = orders.firstEnded(); order !== 0; order = orders.nextEnded(order)) seedOne(order);
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) seedOne(order);
    for (let order = orders.firstHeldAll(); order !== 0; order = orders.nextHeldAll(order)) seedOne(order);
  }

  /** Writes what waits. Answers the busts whose executions are in the store already. */
  flush(): Bust[] {
    for (const order of this.#changed) this.context.out.put("orders", this.#row(order, this.#lives.get(order) as Life));
    this.#changed.clear();
    this.#executions.clear();
    this.#forget();
    const busts = this.#busts;
    this.#busts = [];
    return busts;
  }

  /** Orders that D has forgotten are never touched again. */
  #forget(): void {
    const { limits, orders } = this.context.state;
    if (this.#lives.size <= 2 * limits.ordersMax) return;
    for (const order of this.#lives.keys()) if (!orders.has(order)) this.#lives.delete(order);
  }

  #event(record: Readonly<TradingRecord>): void {
    const { context } = this;
    const { state } = context;
    const { order, kind, exchangeTimeUs, cumQty } = record;
    const isFill = kind === RecordKind.OrderFilled || kind === RecordKind.FillBusted;
    const scales = context.scales(record.instrument, record.instrumentRevision);
    context.out.add("orderEvents", {
      orderId: order,
      record: record.record,
      input: record.input,
      timeUs: record.timeUs,
      exchangeTimeUs: exchangeTimeUs > 0 ? exchangeTimeUs : null,
      kind: kindText(kind),
      state: state.orders.has(order) ? stateText(state.orders.state(order)) : this.#stateWithoutRow(kind),
      evidence: evidenceText(record.evidence),
      code: codeText(kind, record.code),
      attempt: record.attempt,
      price: isFill ? mantissaTextShort(record.price, scales.priceScale) : context.price(record, record.price),
      qty: context.qty(record, record.qty),
      cumQty: cumQty >= 0 ? mantissaTextShort(cumQty, scales.qtyScale) : null,
      referencePrice: context.price(record, record.referencePrice),
      referenceAgeUs: record.referencePrice > 0 ? record.referenceAgeUs : null,
      text: record.text,
    });
  }

  #stateWithoutRow(kind: RecordKind): string {
    return stateText(kind === RecordKind.OrderDenied ? OrderState.Denied : OrderState.None);
  }

  #fill(record: Readonly<TradingRecord>, life: Life, realized: Wide | undefined): void {
    const { context } = this;
    const { priceScale, qtyScale } = context.scales(record.instrument, record.instrumentRevision);
    const amount = context.amountOf(record);
    wideAdd(life.amount, life.amount, amount);
    const row: Row<"executions"> = {
      record: record.record,
      fillId: record.fillId,
      orderId: record.order,
      account: record.account,
      instrument: record.instrument,
      instance: record.instance,
      side: sideText(record.side),
      leg: legText(record.leg),
      price: mantissaTextShort(record.price, priceScale),
      qty: mantissaTextShort(record.qty, qtyScale),
      amount: wideText(amount, CASH_SCALE),
      fee: wideText(new Wide().setLimbs(record.feeHi, record.feeLo), CASH_SCALE),
      feeAsset: context.state.ledger.assetCode(record.feeAsset) ?? "",
      liquidity: liquidityText(record.liquidity),
      evidence: evidenceText(record.evidence),
      realizedPnl: realized === undefined ? null : wideText(realized, CASH_SCALE),
      busted: false,
      bustedRecord: null,
      timeUs: record.timeUs,
      exchangeTimeUs: record.exchangeTimeUs > 0 ? record.exchangeTimeUs : null,
    };
    context.out.add("executions", row);
    this.#executions.set(executionKey(record.order, record.fillId), row);
  }

  #bust(record: Readonly<TradingRecord>, life: Life): void {
    const { order, fillId } = record;
    wideSub(life.amount, life.amount, this.context.amountOf(record));
    const key = executionKey(order, fillId);
    const row = this.#executions.get(key);
    if (row === undefined) this.#busts.push({ orderId: order, fillId, record: record.record });
    else {
      this.#executions.delete(key); // The id may come again with another fill.
      this.context.out.put("executions", { ...row, busted: true, bustedRecord: record.record });
    }
  }

  #row(id: number, life: Life): Row<"orders"> {
    const { context } = this;
    const { orders } = context.state;
    const { held } = orders;
    const flags = orders.flags(id);
    const has = (flag: OrderFlag) => (flags & flag) !== 0;
    const { priceScale, qtyScale } = context.scales(orders.instrument(id), orders.instrumentRevision(id));
    const priceOf = (mantissa: number) => (mantissa > 0 ? mantissaTextShort(mantissa, priceScale) : null);
    const state = orders.state(id);
    const venueOrderId = orders.venueOrderId(id);
    const trail = held.trailOffset(id);
    const waits = held.triggerPrice(id) > 0 || trail > 0;
    return {
      id,
      clientOrderId: orders.adopted.idOf(id) ?? this.#clientOrderId(id, orders.instance(id)),
      venueOrderId: venueOrderId === "" ? null : venueOrderId,
      account: orders.account(id),
      instrument: orders.instrument(id),
      revision: orders.instrumentRevision(id),
      instance: orders.instance(id),
      side: sideText(orders.side(id)),
      leg: legText(orders.leg(id)),
      type: typeText(held.placedType(id)),
      timeInForce: timeInForceText(orders.timeInForce(id)),
      postOnly: has(OrderFlag.PostOnly),
      reduceOnly: has(OrderFlag.ReduceOnly),
      external: has(OrderFlag.External),
      lost: has(OrderFlag.LostOwn),
      emulated: has(OrderFlag.Emulated),
      triggered: has(OrderFlag.Triggered),
      price: priceOf(orders.price(id)),
      qty: mantissaTextShort(orders.qty(id), qtyScale),
      filledQty: mantissaTextShort(orders.cumQty(id), qtyScale),
      filledAmount: wideText(life.amount, CASH_SCALE),
      triggerPrice: priceOf(held.triggerPrice(id)),
      triggerBy: waits ? (TRIGGERS[held.triggerBy(id)] ?? null) : null,
      trailPrice: has(OrderFlag.TrailBps) ? null : priceOf(trail),
      trailBps: has(OrderFlag.TrailBps) && trail > 0 ? mantissaTextShort(trail, BPS_SCALE) : null,
      watermark: priceOf(held.watermark(id)),
      onOutage: waits ? outageText(flags) : null,
      displayQty: held.displayQty(id) > 0 ? mantissaTextShort(held.displayQty(id), qtyScale) : null,
      expireUs: held.expireUs(id) > 0 ? held.expireUs(id) : null,
      parent: held.parent(id) > 0 ? held.parent(id) : null,
      ocoGroup: held.group(id) > 0 ? held.group(id) : null,
      state: stateText(state),
      terminal: isTerminal(state),
      reason: reasonText(state, orders.code(id)),
      why: orders.why(id),
      createdRecord: life.createdRecord,
      createdUs: life.createdUs,
      record: life.record,
      timeUs: life.timeUs,
    };
  }

  #denied(record: Readonly<TradingRecord>): Row<"orders"> {
    const { context } = this;
    const { order, flags } = record;
    const has = (flag: OrderFlag) => (flags & flag) !== 0;
    const { qtyScale } = context.scales(record.instrument, record.instrumentRevision);
    const waits = record.triggerPrice > 0 || record.trailOffset > 0;
    return {
      id: order,
      clientOrderId: this.#clientOrderId(order, record.instance),
      venueOrderId: null,
      account: record.account,
      instrument: record.instrument,
      revision: record.instrumentRevision,
      instance: record.instance,
      side: sideText(record.side),
      leg: legText(record.leg),
      type: typeText(record.orderType),
      timeInForce: timeInForceText(record.timeInForce),
      postOnly: has(OrderFlag.PostOnly),
      reduceOnly: has(OrderFlag.ReduceOnly),
      external: false,
      lost: false,
      emulated: beginsHeld(flags),
      triggered: has(OrderFlag.Triggered),
      price: context.price(record, record.price),
      qty: mantissaTextShort(record.qty, qtyScale),
      filledQty: "0",
      filledAmount: "0",
      triggerPrice: context.price(record, record.triggerPrice),
      triggerBy: waits ? (TRIGGERS[record.triggerBy] ?? null) : null,
      trailPrice: has(OrderFlag.TrailBps) ? null : context.price(record, record.trailOffset),
      trailBps: has(OrderFlag.TrailBps) && waits ? mantissaTextShort(record.trailOffset, BPS_SCALE) : null,
      watermark: null,
      onOutage: waits ? outageText(flags) : null,
      displayQty: context.qty(record, record.displayQty),
      expireUs: record.expireUs > 0 ? record.expireUs : null,
      parent: record.parent > 0 ? record.parent : null,
      ocoGroup: record.group > 0 ? record.group : null,
      state: stateText(OrderState.Denied),
      terminal: true,
      reason: reasonText(OrderState.Denied, record.code),
      why: record.text,
      createdRecord: record.record,
      createdUs: record.timeUs,
      record: record.record,
      timeUs: record.timeUs,
    };
  }

  /** As it was sent: in the epoch of its session. */
  #clientOrderId(order: number, instance: number): string {
    const { state, node } = this.context;
    return clientOrderId(node, state.epochs.epochOf(order) ?? 0, instance, order);
  }
}

function outageText(flags: number): string {
  if ((flags & OrderFlag.OnOutageKeep) !== 0) return "keep";
  return (flags & OrderFlag.OnOutageCancel) !== 0 ? "cancel" : "trigger";
}

function executionKey(order: number, fillId: string): string {
  return `${order}/${fillId}`;
}
