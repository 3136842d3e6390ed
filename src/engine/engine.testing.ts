/** A desk for engine tests: an engine with a hand-worked gateway, journal and market, and commands by one call. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { MemoryJournal } from "../journal/memory.ts";
import { MarketState } from "../market/market.ts";
import type { Instrument } from "../model/instrument.ts";
import { SlotKind } from "../model/market_slot.ts";
import { CashCause, InstrumentKind, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { MarketLane } from "../ring/market_lane.ts";
import { MessageLane } from "../ring/message_lane.ts";
import type { Approved } from "../risk/approved.ts";
import { limitsRecord } from "../risk/limit_reader.ts";
import type { StrategyModule } from "../strategy/api.ts";
import { BUILT_IN } from "../strategy/builtin/index.ts";
import { instrumentText } from "./apply.ts";
import { DurableState } from "./durable.ts";
import { Engine } from "./engine.ts";
import { NO_CAPABILITIES, type VenueCapabilities, type VenueGateway, type VenueQuery } from "./ports.ts";

export const START_US = 1_700_000_000_000_000;

/** ETH-USDT: tick 0.01, lot 0.0001, both with two spare decimals. */
export const ETH: Instrument = {
  id: 0,
  revision: 1,
  name: "binance:ETH-USDT",
  venue: "binance-spot",
  venueSymbol: "ETHUSDT",
  kind: InstrumentKind.Spot,
  base: "ETH",
  quote: "USDT",
  settle: "USDT",
  priceScale: 4,
  qtyScale: 6,
  priceDecimals: 8,
  qtyDecimals: 8,
  tick: 100,
  lot: 100,
  qtyMin: 100,
  qtyMax: 0,
  notionalMin: 0,
};

/** Keeps what left for the venue; answers are put into the private lane by the test. */
export class DeskGateway implements VenueGateway {
  readonly account = 0;
  readonly venue: string = "";
  readonly capabilities: VenueCapabilities = {
    ...NO_CAPABILITIES,
    amend: true,
    amendKeepsQueueOnReduce: true,
    postOnly: true,
    fillOrKill: true,
    cancelAll: true,
  };
  readonly opened: TradingRecord[] = [];
  readonly closed: TradingRecord[] = [];
  /** What `open` answers. */
  answer = Code.Ok;
  /** What `close` answers. */
  closeAnswer = Code.Ok;

  open(effect: Approved): Code {
    if (this.answer === Code.Ok) this.opened.push(new TradingRecord().copyFrom(effect));
    return this.answer;
  }
  close(effect: Readonly<TradingRecord>): Code {
    if (this.closeAnswer === Code.Ok) this.closed.push(new TradingRecord().copyFrom(effect));
    return this.closeAnswer;
  }
  closeAll(): Code {
    return Code.Ok;
  }
  query(_query?: VenueQuery): Code {
    return Code.Ok;
  }
}

/** A journal whose disk can be stopped. */
export class DeskJournal extends MemoryJournal {
  stalled = false;
  /** Share of the ring that is said to wait; from 1 on nothing more is taken. */
  fill = 0;
  #durable = 0;
  override occupancy(): number {
    return this.fill;
  }
  override append(record: Readonly<TradingRecord>): void {
    assert(this.fill < 1, Code.JournalBlocked);
    super.append(record);
  }
  override durableRecord(): number {
    if (!this.stalled) this.#durable = super.durableRecord();
    return this.#durable;
  }
}

export class Desk {
  readonly limits = DEFAULT_LIMITS;
  readonly journal = new DeskJournal(this.limits);
  readonly state = new DurableState(this.limits);
  readonly market = new MarketState(this.limits);
  readonly gateway = new DeskGateway();
  readonly killWord = new Int32Array(new SharedArrayBuffer(4));
  readonly lanes = {
    private: MessageLane.create(this.limits),
    commands: MessageLane.create(this.limits),
    market: MarketLane.create(this.limits),
    answers: MessageLane.create(this.limits),
  };
  /** Strategies by name, beside the built-in ones. */
  readonly strategies = new Map<string, StrategyModule>(Object.entries(BUILT_IN));
  readonly strategyOf = (name: string) => this.strategies.get(name);
  readonly engine = new Engine({ ...this, seed: 1 });
  nowUs = START_US;

  constructor() {
    const { engine } = this;
    engine.addGateway(this.gateway);
    const record = new TradingRecord();
    const emit = () => engine.define(record, this.nowUs);
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
    const payload = { maxOrderValue: "100000", maxOrderQty: "100", maxLongPosition: "100", maxShortPosition: "0" };
    const more = { collarBps: 500, referenceAgeUsMax: 60_000_000, maxOpenOrders: 50, newOrders: rate, cancels: rate };
    limitsRecord(record, { scope: "instrument", key: 0, version: 1, ...payload, ...more }, this.limits);
    emit();
    record.reset(RecordKind.CashMoved).code = CashCause.OpeningBalance;
    record.amountHi = 100_000_000;
    emit();
    this.market.define(ETH);
  }

  /** A best quote reaches the engine. */
  quote(bid: number, ask: number): void {
    const { market } = this.lanes;
    market.put(SlotKind.Quote, 0, 1, 0, this.nowUs, this.nowUs, bid, 1e6, ask, 1e6, this.nowUs);
    market.publish();
    this.engine.poll();
  }

  /** A command of a person. */
  command(kind: RecordKind, fields: Partial<TradingRecord> = {}): void {
    const record = Object.assign(new TradingRecord().reset(kind), {
      timeUs: this.nowUs,
      instrumentRevision: 1,
      ...fields,
    });
    if (!this.lanes.commands.put(record)) throw new Error("the command lane is full");
    this.engine.poll();
  }

  /** Oldest answer to a command that was not read yet. */
  answer(): TradingRecord | undefined {
    const out = new TradingRecord();
    return this.lanes.answers.take(out) ? out : undefined;
  }

  place(price: number, qty: number, side = Side.Buy): number {
    const order = this.state.orders.nextOrder;
    const timeInForce = TimeInForce.Gtc;
    this.command(RecordKind.CommandPlace, {
      price,
      qty,
      side,
      orderType: OrderType.Limit,
      timeInForce,
      text: "by hand",
    });
    return order;
  }

  /** A report of the venue about `order`. */
  report(kind: RecordKind, order: number, fields: Partial<TradingRecord> = {}): void {
    const { orders } = this.state;
    const known = { side: orders.side(order), price: orders.price(order), qty: orders.qty(order) };
    const base = { order, timeUs: this.nowUs, instrumentRevision: 1, venueOrderId: `V${order}`, ...known };
    const record = Object.assign(new TradingRecord().reset(kind), base, fields);
    if (!this.lanes.private.put(record)) throw new Error("the private lane is full");
    this.engine.poll();
  }

  /** All records so far, newest last. */
  records(): TradingRecord[] {
    const all: TradingRecord[] = [];
    this.journal.replay(new TradingRecord(), (record) => all.push(new TradingRecord().copyFrom(record)));
    return all;
  }

  kinds(from = 0): string[] {
    return this.records()
      .slice(from)
      .map((record) => RecordKind[record.kind] ?? "");
  }
}
