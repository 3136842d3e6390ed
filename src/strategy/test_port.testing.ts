/** For tests of this room: a scripted engine below the host, over a real market that is fed through a lane. */

import type { Code } from "../core/code.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import { Feed, instrumentOf } from "../market/feed.testing.ts";
import type { InstrumentMarket } from "../market/instrument_market.ts";
import type { Instrument } from "../model/instrument.ts";
import { SlotFlag, SlotKind } from "../model/market_slot.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { Handlers, Market, StrategyModule } from "./api.ts";
import { InlineHost } from "./host.ts";
import type { HostPort } from "./host_port.ts";
import { strategy } from "./meltica.ts";

export const BID = 26_800_000; // 2680.0000
export const ASK = 26_801_000;

export interface PlacedWish {
  readonly id: number;
  readonly instance: number;
  readonly side: number;
  readonly qty: number;
  readonly price: number;
  readonly flags: number;
  readonly orderType: number;
  readonly timeInForce: number;
  readonly code: number;
  readonly why: string;
}

/** Remembers every wish; positions, cash and how many orders a step takes are set by the test. */
export class TestPort implements HostPort {
  readonly feed = new Feed({});
  readonly host: InlineHost;
  readonly placed: PlacedWish[] = [];
  readonly canceled: { readonly order: number; readonly why: string }[] = [];
  readonly amended: { readonly order: number; readonly price: number; readonly qty: number }[] = [];
  readonly notes: { readonly code: Code; readonly instance: number }[] = [];
  readonly due: { readonly dueUs: number; readonly payload: number }[] = [];
  readonly positions = new Map<number, number>();
  equity = 10_000;
  /** Orders that are still taken; beyond it `place` answers 0. */
  room = Number.POSITIVE_INFINITY;
  listing: Instrument;
  #trades = 0;

  constructor(change: Partial<Instrument> = {}, seed = 7, limits: Limits = DEFAULT_LIMITS) {
    this.listing = instrumentOf(change);
    this.feed.nowUs = 1_000_000_000;
    this.host = new InlineHost(this, limits, seed);
  }

  nowUs(): number {
    return this.feed.nowUs;
  }
  instrument(id: number): Instrument | undefined {
    return id === 0 ? this.listing : undefined;
  }
  market(id: number): InstrumentMarket | undefined {
    return this.feed.market.instrument(id);
  }
  positionQty(instance: number): number {
    return this.positions.get(instance) ?? 0;
  }
  averageEntry(): number {
    return 0;
  }
  cashNumber(): number {
    return this.equity;
  }
  equityNumber(): number {
    return this.equity;
  }

  place(wish: Readonly<TradingRecord>): number {
    if (this.placed.length >= this.room) return 0;
    const id = this.placed.length + 1;
    const { instance, side, qty, price, flags, orderType, timeInForce, code, text: why } = wish;
    this.placed.push({ id, instance, side, qty, price, flags, orderType, timeInForce, code, why });
    return id;
  }
  cancel(order: number, _instance: number, why: string): void {
    this.canceled.push({ order, why });
  }
  amend(order: number, _instance: number, price: number, qty: number): void {
    this.amended.push({ order, price, qty });
  }
  schedule(dueUs: number, payload: number): void {
    this.due.push({ dueUs, payload });
  }
  note(code: Code, instance: number): void {
    this.notes.push({ code, instance });
  }

  /** Adds and starts; answers the problem's code, or "". */
  start(module: StrategyModule, id = 1, restored?: Record<string, number | string>): string {
    const bindings = { main: { instrument: 0, account: 0, tf: "1s" } };
    const fault = this.host.add({ id, module, params: {}, bindings, restored });
    if (fault !== undefined) return fault.code;
    this.host.start(id);
    return "";
  }

  quote(bid = BID, ask = ASK): void {
    this.host.onMarket(0, this.feed.quote(bid, 1_000_000, ask, 1_000_000, ++this.#trades));
  }

  /** A trade `afterUs` later; those a second apart close bars. */
  trade(price: number, afterUs = 1_000_000): void {
    this.feed.nowUs += afterUs;
    this.host.onMarket(0, this.feed.trade(++this.#trades, price, 1_000_000));
  }

  /** A forced order to sell. */
  liquidate(price = BID, qty = 1_000_000): void {
    this.feed.put(SlotKind.Liquidation, SlotFlag.Sell, price, qty, this.feed.nowUs, 0, 0);
    this.host.onMarket(0, this.feed.take());
  }

  /** What the engine says of an order, after its `apply`. */
  report(kind: RecordKind, order: number, fields: Partial<TradingRecord> = {}): void {
    const record = new TradingRecord().reset(kind);
    Object.assign(record, { order, instance: this.placed[order - 1]?.instance ?? 1, timeUs: this.nowUs(), ...fields });
    this.host.onRecord(record);
  }

  /** Fills and moves the position as the ledger would. */
  fill(order: number, qty: number): void {
    const wish = this.placed[order - 1] as PlacedWish;
    const held = this.positionQty(wish.instance);
    this.positions.set(wish.instance, held + (wish.side === 1 ? qty : -qty));
    this.report(RecordKind.OrderFilled, order, { qty, price: BID });
  }
}

/** A strategy of one market, `main`. */
export function onMain(make: (main: Market) => Handlers): StrategyModule {
  return strategy({ name: "test", markets: { main: {} } }, ({ main }) => make(main));
}
