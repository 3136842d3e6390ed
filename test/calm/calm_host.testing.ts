/** An engine with one live gateway at the venue simulator, all in this process: it can be killed, and begins again from its journal. */

import { CASH_SCALE, parseWide } from "../../src/core/decimal.ts";
import { DEFAULT_LIMITS } from "../../src/core/limits.ts";
import { Wide } from "../../src/core/wide.ts";
import { apply, instrumentText } from "../../src/engine/apply.ts";
import { DurableState } from "../../src/engine/durable.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Simulator } from "../../src/exchange/simulator.ts";
import { MemoryJournal } from "../../src/journal/memory.ts";
import { MarketState } from "../../src/market/market.ts";
import type { Instrument, InstrumentTable } from "../../src/model/instrument.ts";
import { SlotKind } from "../../src/model/market_slot.ts";
import { CashCause, isExposed, OrderState } from "../../src/model/order.ts";
import { type Readiness, RecordKind, TradingRecord } from "../../src/model/record.ts";
import { MarketLane } from "../../src/ring/market_lane.ts";
import { MessageLane } from "../../src/ring/message_lane.ts";
import { limitsRecord } from "../../src/risk/limit_set.ts";
import { FETCH_CLIENT } from "../../src/venue/binance/gateway_rig.testing.ts";
import type { LiveGateway, LivePorts } from "../../src/venue/wire/live_gateway.ts";
import { OwnIds } from "../../src/venue/wire/order_ids.ts";

const NODE = 1;
const TURN_MS = 5;

/** What a host needs to know of a venue. */
export interface Venue {
  readonly name: string;
  /** What the simulator calls the account's side of it. */
  readonly truthName: string;
  readonly assets: readonly string[];
  readonly opening: Readonly<Record<string, string>>;
  /** Of the one instrument that is traded. */
  readonly instrument: Instrument;
  readonly bid: number;
  readonly ask: number;
  /** An order of usual size. */
  readonly qty: number;
  start(): Promise<Simulator>;
  gateway(simulator: Simulator, ports: LivePorts, cashSinceUs: number): LiveGateway;
}

export const nowUs = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);

/** One life of the gateway: its D comes from the journal of the one before. */
export class CalmHost {
  readonly limits = DEFAULT_LIMITS;
  readonly journal = new MemoryJournal(this.limits);
  readonly state = new DurableState(this.limits);
  readonly market = new MarketState(this.limits);
  readonly killWord = new Int32Array(new SharedArrayBuffer(4));
  readonly lanes = {
    private: MessageLane.create(this.limits),
    commands: MessageLane.create(this.limits),
    market: MarketLane.create(this.limits),
  };
  readonly engine: Engine;
  readonly gateway: LiveGateway;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    readonly venue: Venue,
    readonly simulator: Simulator,
    readonly epoch: number,
    before?: MemoryJournal,
  ) {
    before?.replay(new TradingRecord(), (record) => {
      apply(this.state, record);
      this.journal.append(record);
    });
    this.engine = new Engine({ ...this, seed: 1, node: NODE });
    const cashSinceUs = before === undefined ? 0 : this.state.timeUs - 10_000_000;
    this.gateway = venue.gateway(simulator, this.#ports(this.state.instruments), cashSinceUs);
    this.engine.addGateway(this.gateway);
    if (before === undefined) this.#define();
    this.#emit(RecordKind.SessionStarted, { text: JSON.stringify({ epoch }) });
    for (const instrument of this.state.instruments.all()) this.market.define(instrument);
    this.gateway.start();
    this.engine.recover(nowUs());
    this.#timer = setInterval(() => this.turn(), TURN_MS);
  }

  get readiness(): Readiness | undefined {
    return this.state.readiness.ofAccount(0);
  }

  /** Orders that have not ended, in words. */
  open(): string[] {
    const { orders } = this.state;
    const found: string[] = [];
    for (let order = 1; order < orders.nextOrder; order++) {
      if (!orders.has(order) || !isExposed(orders.state(order))) continue;
      const state = OrderState[orders.state(order)];
      found.push(`${order} ${state} filled ${orders.filledQty(order)} of ${orders.qty(order)}`);
    }
    return found;
  }

  /** Signed sum of all fills that were counted. */
  filled(): number {
    const { orders } = this.state;
    let qty = 0;
    for (let order = 1; order < orders.nextOrder; order++) {
      if (orders.has(order)) qty += (orders.side(order) === 1 ? 1 : -1) * orders.cumQty(order);
    }
    return qty;
  }

  command(kind: RecordKind, fields: Partial<TradingRecord> = {}): void {
    this.turn();
    const record = Object.assign(new TradingRecord().reset(kind), {
      timeUs: nowUs(),
      instrumentRevision: 1,
      ...fields,
    });
    if (!this.lanes.commands.put(record)) throw new Error("the command lane is full");
    this.engine.poll();
  }

  /** As a crash: nothing is said to anybody. */
  stop(): void {
    clearInterval(this.#timer);
    this.gateway.stop();
  }

  turn(): void {
    const { market } = this.lanes;
    const { bid, ask, instrument } = this.venue;
    market.put(SlotKind.Quote, 0, 1, instrument.id, nowUs(), nowUs(), bid, 1e6, ask, 1e6, nowUs());
    market.publish();
    this.engine.hear(nowUs());
    this.engine.poll();
    this.engine.tick(nowUs());
  }

  #ports(instruments: InstrumentTable): LivePorts {
    const { assets } = this.venue;
    return {
      nowUs,
      random: () => Math.random(), // det-ok: jitter of reconnects
      setTimer: (delayMs, fn) => setTimeout(fn, delayMs),
      clearTimer: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
      rest: FETCH_CLIENT,
      ids: new OwnIds(NODE, this.epoch, (order) => this.state.epochs.epochOf(order)),
      instruments,
      assetId: (code) => (assets.includes(code) ? assets.indexOf(code) : undefined),
      sink: this.lanes.private,
      poll: () => this.engine.poll(),
      problem: () => undefined,
    };
  }

  #define(): void {
    const { assets, instrument, opening } = this.venue;
    for (const [asset, text] of assets.entries()) this.#emit(RecordKind.AssetDefined, { asset, text });
    this.#emit(RecordKind.AccountOpened, { text: "live" });
    const fields = { instrument: instrument.id, instrumentRevision: 1, text: instrumentText(instrument) };
    this.#emit(RecordKind.InstrumentDefined, fields);
    const rate = { count: 10_000, windowUs: 1_000_000 };
    const most = { maxOrderValue: "100000000", maxOrderQty: "100000" };
    const positions = { maxLongPosition: "100000", maxShortPosition: "100000" };
    const rates = { newOrders: rate, cancels: rate, amends: rate };
    const more = { collarBps: 500, referenceAgeUsMax: 60_000_000, maxOpenOrders: 500 };
    const record = new TradingRecord();
    const rules = {
      scope: "instrument",
      key: instrument.id,
      version: 1,
      ...most,
      ...positions,
      ...rates,
      ...more,
    } as const;
    limitsRecord(record, rules, this.limits);
    this.engine.define(record, nowUs());
    for (const [code, text] of Object.entries(opening)) {
      const amount = new Wide();
      parseWide(amount, text, CASH_SCALE);
      const cash = { asset: assets.indexOf(code), code: CashCause.OpeningBalance };
      this.#emit(RecordKind.CashMoved, { ...cash, amountHi: amount.hi, amountLo: amount.lo });
    }
  }

  #emit(kind: RecordKind, fields: Partial<TradingRecord>): void {
    this.engine.define(Object.assign(new TradingRecord().reset(kind), fields), nowUs());
  }
}
