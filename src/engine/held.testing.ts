/** A desk for held orders: hand-worked market and venue, and a restart at any moment, from the records alone. */

import { Code } from "../core/code.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import { Wide } from "../core/wide.ts";
import { MarketState } from "../market/market.ts";
import { SlotKind } from "../model/market_slot.ts";
import { CashCause, isExposed, isHeld, isTerminal, OrderState, OrderType, Side, TimeInForce } from "../model/order.ts";
import { legsText, type OrderLeg } from "../model/order_legs.ts";
import { RecordKind, TradingRecord, VenueOrderStatus } from "../model/record.ts";
import { MarketLane } from "../ring/market_lane.ts";
import { MessageLane } from "../ring/message_lane.ts";
import { limitsRecord } from "../risk/limit_reader.ts";
import { apply, instrumentText } from "./apply.ts";
import { DurableState } from "./durable.ts";
import { DeskGateway, ETH, START_US } from "./engine.testing.ts";
import { Engine } from "./engine.ts";
import type { Journal, VenueCapabilities, VenueQuery } from "./ports.ts";

/** Prices of ETH in whole USDT, quantities in whole ETH. */
export const PRICE = 10_000;
export const QTY = 1_000_000;

const LIMITS: Limits = { ...DEFAULT_LIMITS, instrumentsMax: 4, accountsMax: 2, ordersMax: 1_024, fillsMax: 4_096 };

/** Durable at once, and readable: every record that was ever emitted, over all restarts. */
export class ListJournal implements Journal {
  readonly records: TradingRecord[] = [];
  append(record: Readonly<TradingRecord>): void {
    this.records.push(new TradingRecord().copyFrom(record));
  }
  durableRecord(): number {
    return this.records.length;
  }
  occupancy(): number {
    return 0;
  }
}

export class HeldGateway extends DeskGateway {
  override readonly capabilities: VenueCapabilities;
  /** Questions that wait for their answers. */
  readonly asked: VenueQuery[] = [];
  constructor(capabilities: Partial<VenueCapabilities> = {}) {
    super();
    this.capabilities = { ...new DeskGateway().capabilities, ...capabilities };
  }
  override query(query: VenueQuery): Code {
    this.asked.push(query);
    return Code.Ok;
  }
}

export type Wish = Partial<TradingRecord> & { readonly legs?: readonly Partial<OrderLeg>[] };

/** One account, one instrument; the venue is worked by hand. */
export class HeldDesk {
  journal = new ListJournal();
  gateway: HeldGateway;
  state = new DurableState(LIMITS);
  market = new MarketState(LIMITS);
  readonly killWord = new Int32Array(new SharedArrayBuffer(4));
  lanes = makeLanes();
  engine: Engine;
  nowUs = START_US;
  /** Last prices that the market was given, for what comes after a restart. */
  last = 0;
  /** Orders that the venue does not answer about. */
  readonly silentAbout = new Set<number>();
  #fillId = 0;

  constructor(
    capabilities: Partial<VenueCapabilities> = {},
    readonly historyWaitUs = 0,
  ) {
    this.gateway = new HeldGateway(capabilities);
    this.engine = this.#start();
    const record = new TradingRecord();
    const emit = () => this.engine.define(record, this.nowUs);
    ["USDT", "ETH"].forEach((code, id) => {
      record.reset(RecordKind.AssetDefined).asset = id;
      record.text = code;
      emit();
    });
    record.reset(RecordKind.AccountOpened).text = "desk";
    emit();
    record.reset(RecordKind.InstrumentDefined).instrumentRevision = 1;
    record.text = instrumentText(ETH);
    emit();
    const rate = { count: 1_000, windowUs: 1_000_000 };
    const payload = {
      maxOrderValue: "10000000",
      maxOrderQty: "1000",
      maxLongPosition: "1000",
      maxShortPosition: "1000",
    };
    const more = {
      collarBps: 2_500,
      referenceAgeUsMax: 60_000_000,
      maxOpenOrders: 500,
      newOrders: rate,
      cancels: rate,
    };
    limitsRecord(record, { scope: "instrument", key: 0, version: 1, ...payload, ...more }, LIMITS);
    emit();
    record.reset(RecordKind.CashMoved).code = CashCause.OpeningBalance;
    record.amountHi = 100_000_000;
    emit();
  }

  get orders() {
    return this.state.orders;
  }

  get records(): TradingRecord[] {
    return this.journal.records;
  }

  /** The process is killed after `keep` records (all of them when absent) and starts again; the venue lives on. */
  restart(keep: number = this.records.length): void {
    this.records.length = keep;
    this.state = new DurableState(LIMITS);
    for (const record of this.records) apply(this.state, record);
    this.market = new MarketState(LIMITS);
    this.lanes = makeLanes();
    this.gateway.asked.length = 0;
    this.engine = this.#start();
    this.engine.recover(this.nowUs);
    this.answerQuestions();
  }

  /** The venue has what D knows of: orders that were accepted, what was traded, what is held. */
  answerQuestions(): void {
    for (let query = this.gateway.asked.shift(); query !== undefined; query = this.gateway.asked.shift()) {
      const { id, kind } = query;
      const state = (order: number, status: VenueOrderStatus) => {
        const known = new TradingRecord().reset(RecordKind.StatedOrder);
        if (this.orders.has(order)) this.orders.copyTo(order, known);
        this.#answer(RecordKind.StatedOrder, id, { ...fieldsOf(known), order, code: status, text: "" });
      };
      const isSilent = (kind === "order" || kind === "orderHistory") && this.silentAbout.has(query.order);
      if (kind === "openOrders") {
        for (const order of this.live()) {
          if (this.orders.isAccepted(order) && !this.silentAbout.has(order)) state(order, VenueOrderStatus.Open);
        }
      } else if (isSilent) {
        this.#answer(RecordKind.QueryEnded, id, { code: Code.TimedOut });
        continue;
      } else if (kind === "order" || kind === "orderHistory") {
        const isThere = this.orders.has(query.order) && this.orders.isAccepted(query.order);
        state(query.order, isThere ? VenueOrderStatus.Open : VenueOrderStatus.NotFound);
      } else if (kind === "positions") {
        const qty = Math.round(this.positionQty() * QTY);
        const side = qty >= 0 ? Side.Buy : Side.Sell;
        if (qty !== 0) this.#answer(RecordKind.StatedPosition, id, { qty: Math.abs(qty), side });
      } else if (kind === "balances") {
        ["USDT", "ETH"].forEach((_, asset) => {
          const cash = this.state.ledger.cash(0, asset, new Wide());
          this.#answer(RecordKind.StatedBalance, id, { asset, amountHi: cash.hi, amountLo: cash.lo });
        });
      }
      this.#answer(RecordKind.QueryEnded, id, {});
    }
  }

  #answer(kind: RecordKind, attempt: number, fields: Partial<TradingRecord>): void {
    const base = { attempt, timeUs: this.nowUs, instrumentRevision: 1 };
    const record = Object.assign(new TradingRecord().reset(kind), fields, base, { kind });
    if (!this.lanes.private.put(record)) throw new Error("the private lane is full");
    this.engine.poll();
  }

  /** D as the records alone make it: what a replica has. */
  replicaHash(): string {
    const state = new DurableState(LIMITS);
    for (const record of this.records) apply(state, record);
    return state.hash();
  }

  /** A best quote a tick around `price` and a trade at it, in USDT. */
  price(price: number, afterUs = 1_000): void {
    this.nowUs += afterUs;
    this.last = Math.round(price * PRICE);
    const { market } = this.lanes;
    const { nowUs, last } = this;
    market.put(SlotKind.Quote, 0, 1, 0, nowUs, nowUs, last - ETH.tick, 1e9, last + ETH.tick, 1e9, 0);
    market.publish();
    this.engine.poll();
    market.put(SlotKind.Trade, 0, 1, 0, nowUs, nowUs, last, QTY, nowUs, 0, 0);
    market.publish();
    this.engine.poll();
  }

  tick(afterUs = 200_000): void {
    this.nowUs += afterUs;
    this.engine.tick(this.nowUs);
  }

  command(kind: RecordKind, fields: Partial<TradingRecord> = {}): void {
    const base = { timeUs: this.nowUs, instrumentRevision: 1 };
    const record = Object.assign(new TradingRecord().reset(kind), base, fields);
    if (!this.lanes.commands.put(record)) throw new Error("the command lane is full");
    this.engine.poll();
  }

  /** Prices in USDT and quantities in ETH; answers the number. */
  place(wish: Wish): number {
    const order = this.orders.nextOrder;
    const { legs, ...fields } = wish;
    this.command(RecordKind.CommandPlace, {
      side: Side.Buy,
      orderType: fields.price === undefined ? OrderType.Market : OrderType.Limit,
      timeInForce: fields.price === undefined ? TimeInForce.Ioc : TimeInForce.Gtc,
      text: "by hand",
      venueOrderId: legsText((legs ?? []).map((leg) => scaledLeg(leg))),
      ...scaled(fields),
    });
    return order;
  }

  cancel(order: number): void {
    this.command(RecordKind.CommandCancel, { order, text: "by hand" });
  }

  report(kind: RecordKind, order: number, fields: Partial<TradingRecord> = {}): void {
    const base = {
      order,
      timeUs: this.nowUs,
      instrumentRevision: 1,
      venueOrderId: `V${order}`,
      side: order === 0 ? 0 : this.orders.side(order),
    };
    const record = Object.assign(new TradingRecord().reset(kind), base, fields);
    if (!this.lanes.private.put(record)) throw new Error("the private lane is full");
    this.engine.poll();
  }

  accept(order: number): void {
    this.report(RecordKind.OrderAccepted, order);
  }

  /** A fill in ETH, at the last price unless told otherwise. */
  fill(order: number, qty: number, price = this.last / PRICE): void {
    this.report(RecordKind.OrderFilled, order, {
      qty: Math.round(qty * QTY),
      price: Math.round(price * PRICE),
      fillId: `F${++this.#fillId}`,
    });
  }

  canceled(order: number): void {
    this.report(RecordKind.OrderCanceled, order);
  }

  /** The venue answers the amend under way. */
  replaced(order: number): void {
    this.report(RecordKind.OrderReplaced, order, {
      attempt: this.orders.attempt(order),
      price: this.orders.pendingPrice(order),
      qty: this.orders.pendingQty(order),
    });
  }

  /** A market position by hand: bought (or, negative, sold) at the last price. */
  position(qty: number): void {
    const order = this.place({ side: qty > 0 ? Side.Buy : Side.Sell, qty: Math.abs(qty) });
    this.fill(order, Math.abs(qty));
  }

  stateOf(order: number): string {
    return OrderState[this.orders.state(order)] ?? "";
  }

  isAlive(order: number): boolean {
    const state = this.orders.state(order);
    return isExposed(state) || isHeld(state);
  }

  qty(order: number): number {
    return this.orders.qty(order) / QTY;
  }

  positionQty(): number {
    return this.state.ledger.positionQty(0, 0, 0) / QTY;
  }

  /** What left for the venue, newest last. */
  get sent(): readonly TradingRecord[] {
    return this.gateway.opened;
  }

  kindsOf(order: number): string[] {
    return this.records.filter((record) => record.order === order).map((record) => RecordKind[record.kind] as string);
  }

  live(): number[] {
    const all: number[] = [];
    for (let order = 1; order < this.orders.nextOrder; order++) {
      if (this.orders.has(order) && !isTerminal(this.orders.state(order))) all.push(order);
    }
    return all;
  }

  #start(): Engine {
    this.market.define(ETH);
    const { state, market, journal, lanes, killWord, historyWaitUs } = this;
    const engine = new Engine({
      ...{ limits: LIMITS, state, market, journal, lanes, killWord, seed: 1 },
      historyWaitUs,
    });
    engine.addGateway(this.gateway);
    return engine;
  }
}

function fieldsOf(record: TradingRecord): Partial<TradingRecord> {
  const { reset: _, copyFrom: __, ...fields } = record;
  return fields;
}

function makeLanes() {
  return {
    private: MessageLane.create(LIMITS),
    commands: MessageLane.create(LIMITS),
    market: MarketLane.create(LIMITS),
  };
}

function scaled(wish: Partial<TradingRecord>): Partial<TradingRecord> {
  const out = { ...wish };
  for (const name of ["price", "triggerPrice"] as const) {
    if (wish[name] !== undefined) out[name] = Math.round((wish[name] as number) * PRICE);
  }
  for (const name of ["qty", "displayQty"] as const) {
    if (wish[name] !== undefined) out[name] = Math.round((wish[name] as number) * QTY);
  }
  return out;
}

function scaledLeg(leg: Partial<OrderLeg>): OrderLeg {
  const none = { link: 1, side: Side.Sell, orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc, flags: 0 };
  const zero = { qty: 0, price: 0, triggerPrice: 0, triggerBy: 0, trailOffset: 0, expireUs: 0 };
  const { qty = 0, price = 0, triggerPrice = 0 } = leg;
  const prices = { qty: qty * QTY, price: Math.round(price * PRICE), triggerPrice: Math.round(triggerPrice * PRICE) };
  return { ...none, ...zero, ...leg, ...prices };
}
