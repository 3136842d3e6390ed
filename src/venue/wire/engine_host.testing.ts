/** An engine with one live gateway at the venue simulator, all in this process: it can be killed, and begins again from its journal. */

import { CASH_SCALE, parseMantissa, parseWide, wideText } from "../../core/decimal.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import type { Prng } from "../../core/prng.ts";
import { Wide, wideAdd } from "../../core/wide.ts";
import { apply, instrumentText } from "../../engine/apply.ts";
import { DurableState } from "../../engine/durable.ts";
import { Engine } from "../../engine/engine.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import type { Truth } from "../../exchange/trading/truth.ts";
import { MemoryJournal } from "../../journal/memory.ts";
import { MarketState } from "../../market/market.ts";
import type { Instrument } from "../../model/instrument.ts";
import { SlotKind } from "../../model/market_slot.ts";
import { CashCause, isExposed, OrderState, Side } from "../../model/order.ts";
import { type Readiness, RecordKind, TradingRecord } from "../../model/record.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { MessageLane } from "../../ring/message_lane.ts";
import { limitsRecord } from "../../risk/limit_reader.ts";
import type { LiveGateway, LivePorts } from "./live_gateway.ts";
import { livePorts, nowUs } from "./live_ports.testing.ts";
import { OwnIds } from "./order_ids.ts";
import { ASK, BID } from "./still_market.testing.ts";

const NODE = 1;
const TURN_MS = 5;
/** The books know what moved until then: what came a moment before is told once more. */
const CASH_AGAIN_US = 10_000_000;

/** What a host needs to know of a venue. */
export interface HostVenue {
  readonly name: string;
  /** What the simulator calls the account's side of it. */
  readonly truthName: string;
  readonly assets: readonly string[];
  readonly opening: Readonly<Record<string, string>>;
  /** Numbered from 0. */
  readonly instruments: readonly Instrument[];
  start(): Promise<Simulator>;
  /** `cashSinceUs`: where the venue tells of cash that no order moved; 0 in the first life. */
  gateway(simulator: Simulator, ports: LivePorts, cashSinceUs: number): LiveGateway;
}

/** One life of the gateway: its D comes from the journal of the one before. */
export class EngineHost {
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
    readonly venue: HostVenue,
    readonly simulator: Simulator,
    readonly epoch: number,
    before?: MemoryJournal,
  ) {
    before?.replay(new TradingRecord(), (record) => {
      apply(this.state, record);
      this.journal.append(record);
    });
    this.engine = new Engine({ ...this, seed: 1, node: NODE });
    const ports = livePorts(venue.assets, {
      ids: new OwnIds(NODE, epoch, (order) => this.state.epochs.epochOf(order)),
      instruments: this.state.instruments,
      sink: this.lanes.private,
      poll: () => this.engine.poll(),
      problem: () => undefined,
    });
    this.gateway = venue.gateway(simulator, ports, before === undefined ? 0 : this.state.timeUs - CASH_AGAIN_US);
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

  /** All that the simulator knows of the account. */
  get truth(): Truth {
    return this.simulator.trading?.truth("ann")?.[this.venue.truthName] as Truth;
  }

  /** Numbers of the orders that are kept. */
  numbers(): number[] {
    const { orders } = this.state;
    const found: number[] = [];
    for (let order = 1; order < orders.nextOrder; order++) if (orders.has(order)) found.push(order);
    return found;
  }

  /** Orders that have not ended, in words. */
  open(): string[] {
    const { orders } = this.state;
    const exposed = this.numbers().filter((order) => isExposed(orders.state(order)));
    return exposed.map((order) => {
      const state = OrderState[orders.state(order)];
      return `${order} ${state} filled ${orders.filledQty(order)} of ${orders.qty(order)}`;
    });
  }

  /** One of the orders that have not ended; none when there is none. */
  pick(prng: Prng): number | undefined {
    const { orders } = this.state;
    const open: number[] = [];
    for (let each = orders.firstOpenAll(); each !== 0; each = orders.nextOpenAll(each)) open.push(each);
    return open[Math.floor(prng.nextFloat() * open.length)];
  }

  /** Signed sum of an instrument's fills: what was counted here, and what the venue says. */
  filled(instrument: number): readonly [ours: number, theirs: number] {
    const { orders } = this.state;
    const own = this.numbers().filter((order) => orders.instrument(order) === instrument);
    const ours = own.reduce((sum, order) => sum + signOf(orders.side(order)) * orders.cumQty(order), 0);
    const { qtyScale } = this.#instrument(instrument);
    const fills = this.truth.fills.filter(({ symbol }) => this.#isOf(symbol, instrument));
    const theirs = fills.reduce((sum, { side, qty }) => {
      return sum + signOf(side === "buy" ? Side.Buy : Side.Sell) * parseMantissa(String(qty), qtyScale).mantissa;
    }, 0);
    return [ours, theirs];
  }

  /** The position of a contract, by the venue's word. */
  heldThere(instrument: number): number {
    const held = this.truth.positions.find(({ symbol }) => this.#isOf(symbol, instrument));
    return parseMantissa(held?.["qty"] ?? "0", this.#instrument(instrument).qtyScale).mantissa;
  }

  /** Decimal texts: what the ledger has of an asset, and what the venue says. */
  cash(code: string): readonly [ours: string, theirs: string] {
    const { free = "0", locked = "0" } = this.truth.balances[code] ?? {};
    const ours = this.state.ledger.cash(0, this.venue.assets.indexOf(code), new Wide());
    return [wideText(ours, CASH_SCALE), wideText(wideAdd(new Wide(), wideOf(free), wideOf(locked)), CASH_SCALE)];
  }

  command(kind: RecordKind, fields: Partial<TradingRecord> = {}): void {
    this.turn();
    const terms = { timeUs: nowUs(), instrumentRevision: 1, ...fields };
    const record = Object.assign(new TradingRecord().reset(kind), terms);
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
    for (const { id } of this.venue.instruments) {
      market.put(SlotKind.Quote, 0, 1, id, nowUs(), nowUs(), BID, 1e6, ASK, 1e6, nowUs());
    }
    market.publish();
    this.engine.hear(nowUs());
    this.engine.poll();
    this.engine.tick(nowUs());
  }

  #instrument(id: number): Instrument {
    return this.venue.instruments[id] as Instrument;
  }

  /** Where a venue's categories share their symbols, the simulator says the category too: `linear:BTCUSDT`. */
  #isOf(symbol: unknown, instrument: number): boolean {
    return String(symbol).split(":").at(-1) === this.#instrument(instrument).venueSymbol;
  }

  #define(): void {
    const { assets, instruments, opening } = this.venue;
    for (const [asset, text] of assets.entries()) this.#emit(RecordKind.AssetDefined, { asset, text });
    this.#emit(RecordKind.AccountOpened, { text: "live" });
    for (const instrument of instruments) this.#trade(instrument);
    for (const [code, text] of Object.entries(opening)) {
      const amount = wideOf(text);
      const cash = { asset: assets.indexOf(code), code: CashCause.OpeningBalance };
      this.#emit(RecordKind.CashMoved, { ...cash, amountHi: amount.hi, amountLo: amount.lo });
    }
  }

  /** Defined, with limits that nothing here reaches. */
  #trade(instrument: Instrument): void {
    const fields = { instrument: instrument.id, instrumentRevision: 1, text: instrumentText(instrument) };
    this.#emit(RecordKind.InstrumentDefined, fields);
    const rate = { count: 10_000, windowUs: 1_000_000 };
    const most = { maxOrderValue: "100000000", maxOrderQty: "100000", maxOpenOrders: 500 };
    const positions = { maxLongPosition: "100000", maxShortPosition: "100000" };
    const rates = { newOrders: rate, cancels: rate, amends: rate };
    const market = { collarBps: 500, referenceAgeUsMax: 60_000_000 };
    const scope = { scope: "instrument", key: instrument.id, version: 1 } as const;
    const record = new TradingRecord();
    limitsRecord(record, { ...scope, ...most, ...positions, ...rates, ...market }, this.limits);
    this.engine.define(record, nowUs());
  }

  #emit(kind: RecordKind, fields: Partial<TradingRecord>): void {
    this.engine.define(Object.assign(new TradingRecord().reset(kind), fields), nowUs());
  }
}

function signOf(side: Side): number {
  return side === Side.Buy ? 1 : -1;
}

function wideOf(text: string): Wide {
  const amount = new Wide();
  if (parseWide(amount, text, CASH_SCALE) !== 0) throw new Error(`not an amount: ${text}`);
  return amount;
}
