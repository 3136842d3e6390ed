/** Random sequences against limits: an engine, a venue that answers as it likes, and an oracle that counts by itself. */

import { Code } from "../core/code.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/limits.ts";
import type { Prng } from "../core/prng.ts";
import { MarketState } from "../market/market.ts";
import { Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import { SlotKind } from "../model/market_slot.ts";
import { CashCause, InstrumentKind, OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { Readiness, RecordKind, TradingRecord } from "../model/record.ts";
import { MarketLane } from "../ring/market_lane.ts";
import { MessageLane } from "../ring/message_lane.ts";
import type { Approved } from "../risk/approved.ts";
import { limitsRecord } from "../risk/limit_reader.ts";
import type { LimitsPayload } from "../risk/limits_payload.ts";
import { apply, instrumentText } from "./apply.ts";
import { DurableState } from "./durable.ts";
import { Engine } from "./engine.ts";
import { ALL_INSTRUMENTS, NO_CAPABILITIES, type VenueGateway } from "./ports.ts";

const START_US = 1_700_000_000_000_000;
const LANE_BYTES = 64 * 4_096;

export const RIG_LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  marketLaneSlots: 64,
  messageLaneBytes: LANE_BYTES,
  ...{ instrumentsMax: 4, assetsMax: 8, accountsMax: 2, instancesMax: 3 },
  ordersMax: 64,
  fillsMax: 64,
  duplicatesMax: 16,
  timersMax: 8,
  releasesMax: 8,
  intentsPerStepMax: 4,
  reportsParkedMax: 8,
  barHistoryMax: 16,
};

/** Price 0.01, quantity 0.001: small numbers, so that plain arithmetic is an exact oracle. */
function listing(id: number, kind: InstrumentKind): Instrument {
  const spot = kind === InstrumentKind.Spot;
  return {
    ...{ id, revision: 1, name: `v:${id}`, venue: "v", venueSymbol: `${id}`, kind },
    ...{ base: spot ? "ETH" : "BTC", quote: "USDT", settle: "USDT", priceScale: 2, qtyScale: 3 },
    ...{ priceDecimals: 2, qtyDecimals: 3, tick: 1, lot: 1, qtyMin: 1, qtyMax: 0, notionalMin: 0 },
  };
}

const INSTRUMENTS = [
  listing(0, InstrumentKind.LinearPerpetual),
  listing(1, InstrumentKind.Spot),
  listing(2, InstrumentKind.LinearPerpetual),
];

class RigGateway implements VenueGateway {
  readonly venue = "v";
  readonly capabilities = { ...NO_CAPABILITIES, amend: true, fillOrKill: true, postOnly: true };
  readonly opened: TradingRecord[] = [];

  constructor(readonly account: number) {}

  open(effect: Approved): 0 {
    this.opened.push(new TradingRecord().copyFrom(effect));
    return 0;
  }
  close(): 0 {
    return 0;
  }
  closeAll(): 0 {
    return 0;
  }
  /** It cannot say, so nothing waits for its word. */
  query(): Code {
    return Code.MessageUnknown;
  }
}

/** What the oracle knows of an order, from the journal alone. */
interface Live {
  readonly account: number;
  readonly instrument: number;
  readonly instance: number;
  readonly buy: boolean;
  qty: number;
  price: number;
  filled: number;
  pendingQty: number;
  pendingPrice: number;
}

export interface RigCounts {
  intents: number;
  denied: number;
  fills: number;
  restarts: number;
}

/** One sequence: `run` throws with what was passed. Lanes are shared between sequences, since they are large. */
export class LimitsRig {
  readonly lanes = {
    private: MessageLane.create(RIG_LIMITS),
    commands: MessageLane.create(RIG_LIMITS),
    market: MarketLane.create(RIG_LIMITS),
  };
  readonly counts: RigCounts = { intents: 0, denied: 0, fills: 0, restarts: 0 };
  readonly denials = new Map<number, number>();
  records: TradingRecord[] = [];
  #engine!: Engine;
  #market!: MarketState;
  #gateways: RigGateway[] = [];
  #nowUs = START_US;
  #marks = [10_000, 20_000, 5_000];
  #live = new Map<number, Live>();
  #positions = new Map<string, number>();
  #limits = new Map<string, LimitsPayload>();
  #cash = [0, 0];
  #fillId = 0;
  /** Marks or limits moved: what is there already may be over, what opens may not. */
  #isFixed = true;

  constructor(public prng: Prng) {}

  /** `sequences` one after the other on one engine: positions stay, windows run out, what is open is cancelled at times. */
  run(sequences: number, steps: number): void {
    this.#begin();
    for (let i = 0; i < sequences; i++) {
      if (i > 0) this.#nowUs += this.prng.nextBelow(3_000_000);
      if (i > 0 && this.prng.nextBelow(3) > 0) this.#endAll();
      for (let step = 0; step < steps; step++) this.#step();
    }
  }

  /** The venue ends everything that is open, as it may at any time. */
  #endAll(): void {
    for (const order of [...this.#live.keys()]) this.#say(order, RecordKind.OrderCanceled);
  }

  #begin(): void {
    this.records = [];
    this.#nowUs = START_US;
    this.#marks = [10_000, 20_000, 5_000];
    this.#live.clear();
    this.#positions.clear();
    this.#limits.clear();
    this.#cash = [100_000, 100_000].map((units) => units * 1e5);
    this.#isFixed = true;
    this.#build(new DurableState(RIG_LIMITS));
    const record = new TradingRecord();
    const define = () => this.#engine.define(record, this.#nowUs);
    ["USDT", "ETH", "BTC"].forEach((code, id) => {
      record.reset(RecordKind.AssetDefined).asset = id;
      record.text = code;
      define();
    });
    for (const account of [0, 1]) {
      record.reset(RecordKind.AccountOpened).account = account;
      record.text = `a${account}`;
      define();
    }
    for (const instrument of INSTRUMENTS) {
      record.reset(RecordKind.InstrumentDefined).instrument = instrument.id;
      record.instrumentRevision = 1;
      record.text = instrumentText(instrument);
      define();
      this.#market.define(instrument);
    }
    for (const account of [0, 1]) {
      record.reset(RecordKind.CashMoved).account = account;
      record.code = CashCause.OpeningBalance;
      // 100,000 units at 10^-18.
      const units = 100_000n * 10n ** 18n; // bigint-ok: a test's opening balance
      record.amountHi = Number(units >> 53n); // number-ok: limbs
      record.amountLo = Number(units & ((1n << 53n) - 1n)); // number-ok: limbs
      define();
    }
    for (const payload of this.#randomLimits()) this.#setLimits(payload);
    this.#isFixed = true;
    for (const id of [0, 1, 2]) this.#quote(id);
  }

  #build(state: DurableState): void {
    const journal = {
      append: (record: Readonly<TradingRecord>) => {
        this.records.push(new TradingRecord().copyFrom(record));
        this.#observe(record);
      },
      durableRecord: () => Number.MAX_SAFE_INTEGER,
      occupancy: () => 0,
    };
    this.#market = new MarketState(RIG_LIMITS);
    const killWord = new Int32Array(new SharedArrayBuffer(4));
    const { lanes } = this;
    this.#engine = new Engine({ limits: RIG_LIMITS, state, market: this.#market, journal, lanes, killWord, seed: 1 });
    this.#gateways = [new RigGateway(0), new RigGateway(1)];
    for (const gateway of this.#gateways) this.#engine.addGateway(gateway);
  }

  #restart(): void {
    this.counts.restarts++;
    const state = new DurableState(RIG_LIMITS);
    for (const record of this.records) apply(state, record);
    const hash = this.#engine.state.hash();
    if (state.hash() !== hash) throw new Error("the records do not lead to the same state");
    this.#build(state);
    for (const instrument of INSTRUMENTS) this.#market.define(instrument);
    this.#engine.recover(this.#nowUs);
    // Its venue answers no questions: as if it had, or nothing would be opened any more, and no limit be tried.
    for (const account of [0, 1]) {
      const ready = new TradingRecord().reset(RecordKind.ReadinessChanged);
      Object.assign(ready, { account, instrument: ALL_INSTRUMENTS, code: Readiness.Ready, text: "reconciled" });
      this.#engine.define(ready, this.#nowUs);
    }
    for (const id of [0, 1, 2]) this.#quote(id);
  }

  #step(): void {
    const { prng } = this;
    this.#nowUs += prng.nextBelow(4) === 0 ? prng.nextBelow(400_000) : prng.nextBelow(20_000);
    const what = prng.nextBelow(100);
    if (what < 45) this.#place();
    else if (what < 52) this.#amend();
    else if (what < 60) this.#cancel();
    else if (what < 90) this.#answer();
    else if (what < 93) this.#move();
    else if (what < 95) this.#setLimits(pick(prng, this.#randomLimits()));
    else if (what < 96 && prng.nextBelow(4) === 0) this.#restart();
    else this.#quote(prng.nextBelow(3));
    if (prng.nextBelow(4) === 0) this.#engine.tick(this.#nowUs);
    if (this.#isFixed) this.#checkAll();
  }

  #place(): void {
    const { prng } = this;
    const command = new TradingRecord().reset(RecordKind.CommandPlace);
    command.account = prng.nextBelow(2);
    command.instrument = prng.nextBelow(3);
    command.instance = prng.nextBelow(4) === 0 ? 0 : 1 + prng.nextBelow(2);
    command.instrumentRevision = 1;
    command.side = prng.nextBelow(2) === 0 ? Side.Buy : Side.Sell;
    command.orderType = prng.nextBelow(8) === 0 ? OrderType.Market : OrderType.Limit;
    command.timeInForce = command.orderType === OrderType.Market ? TimeInForce.Ioc : TimeInForce.Gtc;
    const mark = this.#marks[command.instrument] as number;
    command.price = command.orderType === OrderType.Market ? 0 : mark + prng.nextBelow(400) - 200;
    command.qty = 1 + prng.nextBelow(2_500);
    if (prng.nextBelow(10) === 0) command.flags = OrderFlag.ReduceOnly;
    command.text = "random";
    this.#command(command);
  }

  #amend(): void {
    const order = this.#anyLive();
    if (order === 0) return;
    const command = new TradingRecord().reset(RecordKind.CommandAmend);
    command.order = order;
    if (this.prng.nextBelow(2) === 0) command.qty = 1 + this.prng.nextBelow(6_000);
    else {
      const mark = this.#marks[this.#live.get(order)?.instrument ?? 0] as number;
      command.price = mark + this.prng.nextBelow(400) - 200;
    }
    this.#command(command);
  }

  #cancel(): void {
    const order = this.#anyLive();
    if (order === 0) return;
    const command = new TradingRecord().reset(RecordKind.CommandCancel);
    command.order = order;
    this.#command(command);
  }

  /** The venue says something about an order that it may say: never a fill of more than is there. */
  #answer(): void {
    const kinds = [
      ...[RecordKind.OrderAccepted, RecordKind.OrderFilled, RecordKind.OrderFilled, RecordKind.OrderFilled],
      ...[RecordKind.OrderCanceled, RecordKind.OrderExpired, RecordKind.OrderReplaced, RecordKind.ReplaceRejected],
      ...[RecordKind.CancelRejected, RecordKind.OrderUnknown, RecordKind.OrderRejected],
    ];
    this.#say(this.#anyLive(), pick(this.prng, kinds));
  }

  #say(order: number, kind: RecordKind): void {
    const live = this.#live.get(order);
    if (live === undefined) return;
    const { orders } = this.#engine.state;
    const state = orders.state(order);
    const known = orders.isAccepted(order);
    if (state === 1) return; // Not released: the venue knows nothing of it.
    if (kind === RecordKind.OrderRejected && known) return;
    const replacing = (orders.flags(order) & OrderFlag.ReplacePending) !== 0;
    if (kind === RecordKind.OrderReplaced && (!replacing || live.pendingQty <= live.filled)) return;
    const report = new TradingRecord().reset(kind);
    report.order = order;
    report.timeUs = this.#nowUs;
    report.account = live.account;
    report.instrument = live.instrument;
    report.instrumentRevision = 1;
    report.instance = live.instance;
    report.side = live.buy ? Side.Buy : Side.Sell;
    report.venueOrderId = `V${order}`;
    report.price = live.price;
    report.qty = live.qty;
    report.attempt = orders.attempt(order);
    if (kind === RecordKind.OrderReplaced) {
      report.price = live.pendingPrice;
      report.qty = live.pendingQty;
    }
    if (kind === RecordKind.OrderFilled) {
      const left = live.qty - live.filled;
      if (left <= 0) return;
      report.qty = this.prng.nextBelow(2) === 0 ? left : 1 + this.prng.nextBelow(left);
      report.price = live.price > 0 ? live.price : (this.#marks[live.instrument] as number);
      report.fillId = `F${++this.#fillId}`;
    }
    if (!this.lanes.private.put(report)) throw new Error("lane full");
    this.#engine.poll();
  }

  #move(): void {
    const id = this.prng.nextBelow(3);
    this.#marks[id] = Math.max(1_000, (this.#marks[id] as number) + this.prng.nextBelow(600) - 300);
    this.#isFixed = false;
    this.#quote(id);
  }

  #quote(id: number): void {
    const mark = this.#marks[id] as number;
    if (!this.lanes.market.hasRoom(1)) throw new Error("lane full");
    const { market } = this.lanes;
    market.put(SlotKind.Quote, 0, 1, id, this.#nowUs, this.#nowUs, mark - 1, 1e6, mark + 1, 1e6, this.#nowUs);
    market.publish();
    this.#engine.poll();
  }

  #command(command: TradingRecord): void {
    command.timeUs = this.#nowUs;
    if (!this.lanes.commands.put(command)) throw new Error("lane full");
    this.#engine.poll();
  }

  #setLimits(payload: LimitsPayload): void {
    const name = `${payload.scope}/${payload.key}`;
    const known = this.#limits.get(name);
    const next = { ...payload, version: (known?.version ?? 0) + 1 };
    const command = new TradingRecord();
    const problems = limitsRecord(command, next, RIG_LIMITS);
    if (problems.length > 0) throw new Error(problems[0]?.detail);
    command.kind = RecordKind.CommandSetLimits;
    this.#limits.set(name, next);
    this.#isFixed = false;
    this.#command(command);
  }

  #randomLimits(): LimitsPayload[] {
    const { prng } = this;
    const qty = (units: number) => String(1 + prng.nextBelow(units));
    const rate = { count: 3 + prng.nextBelow(20), windowUs: 1_000_000 };
    const firm: LimitsPayload = {
      ...{ scope: "firm", key: 0, version: 1, maxOrderValue: "100000", maxOrderQty: "4", collarBps: 5_000 },
      ...{
        referenceAgeUsMax: 60_000_000,
        newOrders: rate,
        amends: rate,
        cancels: { count: 30, reserve: 30, windowUs: 1_000_000 },
      },
      ...{ maxOpenOrders: 3 + prng.nextBelow(12), maxLongPosition: qty(20), maxShortPosition: qty(20) },
      ...{ maxGrossValue: String(200 + prng.nextBelow(3_000)), maxNetValue: String(100 + prng.nextBelow(3_000)) },
    };
    const account = (key: number): LimitsPayload => ({
      ...{ scope: "account", key, version: 1, maxGrossValue: String(100 + prng.nextBelow(2_000)), minFreeBalance: "0" },
      ...{
        maxLongPosition: qty(10),
        maxShortPosition: qty(10),
        maxOpenOrders: 1 + prng.nextBelow(10),
        maxLeverage: 100,
      },
    });
    const instance = (key: number): LimitsPayload => ({
      ...{ scope: "instance", key, version: 1, maxLongPosition: qty(8), maxShortPosition: qty(8) },
      ...{ maxGrossValue: String(100 + prng.nextBelow(2_000)), newOrders: { ...rate, count: 2 + prng.nextBelow(8) } },
    });
    const instrument = (key: number): LimitsPayload => ({
      ...{ scope: "instrument", key, version: 1, maxLongPosition: qty(12), maxShortPosition: qty(12) },
      maxOpenOrders: 1 + prng.nextBelow(8),
    });
    return [firm, account(0), account(1), instance(1), instance(2), instrument(0), instrument(1), instrument(2)];
  }

  #anyLive(): number {
    if (this.#live.size === 0) return 0;
    return pick(this.prng, [...this.#live.keys()]);
  }

  /** Follows the journal: what has become a record has happened. */
  #observe(record: Readonly<TradingRecord>): void {
    const live = this.#live.get(record.order);
    switch (record.kind) {
      case RecordKind.OrderIntent: {
        this.counts.intents++;
        const isExit = this.#isExit(record, record.qty, 0);
        const { account, instrument, instance, qty, price } = record;
        const buy = record.side === Side.Buy;
        this.#live.set(record.order, {
          ...{ account, instrument, instance, buy, qty, price, filled: 0, pendingQty: 0, pendingPrice: 0 },
        });
        if (!isExit) this.#checkOpening(record, true);
        return;
      }
      case RecordKind.OrderDenied:
      case RecordKind.ReplaceDenied:
        this.counts.denied++;
        this.denials.set(record.code, (this.denials.get(record.code) ?? 0) + 1);
        return;
      case RecordKind.ReplaceIntent: {
        if (live === undefined) throw new Error("a replace of nothing");
        const isExit = this.#isExit(record, record.qty - live.filled, live.qty - live.filled);
        live.pendingQty = record.qty;
        live.pendingPrice = record.price;
        // An amend to less is judged by what it leads to, and counts in full until the venue has agreed.
        if (!isExit && record.qty > live.qty) this.#checkOpening(record, false);
        return;
      }
      case RecordKind.OrderReplaced:
        if (live === undefined) return;
        live.qty = record.qty;
        live.price = record.price;
        live.pendingQty = 0;
        if (live.qty <= live.filled) this.#live.delete(record.order);
        return;
      case RecordKind.ReplaceRejected:
        if (live === undefined) return;
        live.pendingQty = 0;
        if (live.qty <= live.filled) this.#live.delete(record.order);
        return;
      case RecordKind.OrderFilled: {
        this.counts.fills++;
        if (live === undefined) return;
        live.filled += record.qty;
        const signed = live.buy ? record.qty : -record.qty;
        for (const key of keysOf(live)) this.#positions.set(key, (this.#positions.get(key) ?? 0) + signed);
        if (live.instrument === 1)
          this.#cash[live.account] = (this.#cash[live.account] as number) - signed * record.price;
        if (Math.max(live.qty, live.pendingQty) <= live.filled) this.#live.delete(record.order);
        return;
      }
      case RecordKind.OrderWithdrawn:
      case RecordKind.OrderRejected:
      case RecordKind.OrderCanceled:
      case RecordKind.OrderExpired:
      case RecordKind.OrderNotFound:
        if (record.kind === RecordKind.OrderWithdrawn && live !== undefined && live.pendingQty > 0) live.pendingQty = 0;
        else this.#live.delete(record.order);
        return;
      default:
        return;
    }
  }

  #leaves(live: Live): number {
    return Math.max(0, Math.max(live.qty, live.pendingQty) - live.filled);
  }

  #open(fits: (live: Live) => boolean, buy: boolean): number {
    let sum = 0;
    for (const live of this.#live.values()) if (live.buy === buy && fits(live)) sum += this.#leaves(live);
    return sum;
  }

  #held(key: string): number {
    return this.#positions.get(key) ?? 0;
  }

  #isExit(record: Readonly<TradingRecord>, leaves: number, own: number): boolean {
    const buy = record.side === Side.Buy;
    const sign = buy ? -1 : 1;
    const { account, instrument, instance } = record;
    const pair = (live: Live) => live.account === account && live.instrument === instrument;
    const known = this.#live.get(record.order);
    const mine = known === undefined ? own : this.#leaves(known);
    const open = this.#open(pair, buy) - (known === undefined ? 0 : mine);
    if (leaves + open > sign * this.#held(`a${account}/${instrument}`)) return false;
    if (instance === 0) return true;
    const part = this.#open((live) => pair(live) && live.instance === instance, buy) - (known === undefined ? 0 : mine);
    return leaves + part <= sign * this.#held(`i${instance}/${account}/${instrument}`);
  }

  #checkOpening(record: Readonly<TradingRecord>, isNew: boolean): void {
    this.#checkExposure(record);
    if (!isNew) return;
    const count = (fits: (live: Live) => boolean) => [...this.#live.values()].filter(fits).length;
    const { account, instrument } = record;
    this.#atMost(
      "open orders, firm",
      count(() => true),
      this.#limits.get("firm/0")?.maxOpenOrders,
    );
    const ofAccount = count((live) => live.account === account);
    this.#atMost("open orders, account", ofAccount, this.#limits.get(`account/${account}`)?.maxOpenOrders);
    const ofInstrument = count((live) => live.instrument === instrument);
    this.#atMost("open orders, instrument", ofInstrument, this.#limits.get(`instrument/${instrument}`)?.maxOpenOrders);
    for (const name of ["firm/0", `instance/${record.instance}`]) {
      const rate = this.#limits.get(name)?.newOrders;
      if (rate === undefined) continue;
      let sent = 0;
      for (let at = this.records.length - 1; at >= 0; at--) {
        const past = this.records[at] as TradingRecord;
        if (past.timeUs <= record.timeUs - rate.windowUs) break;
        if (past.kind !== RecordKind.OrderIntent && !(past.kind === RecordKind.ReplaceIntent && name !== "firm/0"))
          continue;
        if (name === "firm/0" || past.instance === record.instance) sent++;
      }
      this.#atMost(`orders a second, ${name}`, sent, rate.count);
    }
  }

  #checkExposure(record: Readonly<TradingRecord>): void {
    const { account, instrument, instance } = record;
    const buy = record.side === Side.Buy;
    const pair = (live: Live) => live.account === account && live.instrument === instrument;
    const sign = buy ? 1 : -1;
    const worst = (key: string, fits: (live: Live) => boolean) => sign * this.#held(key) + this.#open(fits, buy);
    const bound = (payload: LimitsPayload | undefined) => {
      const text = buy ? payload?.maxLongPosition : payload?.maxShortPosition;
      return text === undefined ? undefined : Number(text) * 1_000; // number-ok: a test's small bound
    };
    const ofAccount = worst(`a${account}/${instrument}`, pair);
    this.#atMost("position, account", ofAccount, bound(this.#limits.get(`account/${account}`)));
    if (instance !== 0) {
      const part = worst(`i${instance}/${account}/${instrument}`, (live) => pair(live) && live.instance === instance);
      this.#atMost("position, instance", part, bound(this.#limits.get(`instance/${instance}`)));
    }
    const other = 1 - account;
    const otherPair = (live: Live) => live.account === other && live.instrument === instrument;
    const all = ofAccount + Math.max(0, worst(`a${other}/${instrument}`, otherPair));
    this.#atMost("position, instrument", all, bound(this.#limits.get(`instrument/${instrument}`)));
    this.#atMost("position, firm", all, bound(this.#limits.get("firm/0")));
    this.#checkValues(account, instance, sign);
  }

  #checkAll(): void {
    for (const account of [0, 1]) {
      this.#atMost("gross, account", this.#gross([account], undefined), gross(this.#limits.get(`account/${account}`)));
      if ((this.#cash[account] as number) < 0) throw new Error(`cash of account ${account}: ${this.#cash[account]}`);
    }
    this.#atMost("gross, firm", this.#gross([0, 1], undefined), gross(this.#limits.get("firm/0")));
  }

  #checkValues(account: number, instance: number, sign: number): void {
    this.#atMost("gross, account", this.#gross([account], undefined), gross(this.#limits.get(`account/${account}`)));
    this.#atMost("gross, firm", this.#gross([0, 1], undefined), gross(this.#limits.get("firm/0")));
    if (instance !== 0) {
      this.#atMost("gross, instance", this.#gross([0, 1], instance), gross(this.#limits.get(`instance/${instance}`)));
    }
    let net = 0;
    for (const of of [0, 1]) {
      for (const { id } of INSTRUMENTS) {
        const pair = (live: Live) => live.account === of && live.instrument === id;
        net += (sign * this.#held(`a${of}/${id}`) + this.#open(pair, sign > 0)) * (this.#marks[id] as number);
      }
    }
    const maxNet = this.#limits.get("firm/0")?.maxNetValue;
    this.#atMost("net, firm", net, maxNet === undefined ? undefined : Number(maxNet) * 1e5); // number-ok: small
  }

  /** At priceScale + qtyScale. */
  #gross(accounts: readonly number[], instance: number | undefined): number {
    let sum = 0;
    for (const account of accounts) {
      for (const { id } of INSTRUMENTS) {
        const fits = (live: Live) =>
          live.account === account && live.instrument === id && (instance === undefined || live.instance === instance);
        const held = this.#held(instance === undefined ? `a${account}/${id}` : `i${instance}/${account}/${id}`);
        const worst = Math.max(Math.abs(held + this.#open(fits, true)), Math.abs(held - this.#open(fits, false)));
        sum += Math.max(worst, Math.abs(held)) * (this.#marks[id] as number);
      }
    }
    return sum;
  }

  #atMost(what: string, found: number, bound: number | undefined): void {
    if (bound === undefined || found <= bound) return;
    const last = this.records.slice(-6).map((r) => `${RecordKind[r.kind]} ${r.order} ${Denial[r.code] ?? r.code}`);
    const { orders } = this.#engine.state;
    const live = [...this.#live.keys()].map((order) => `${order}:${orders.has(order) ? orders.state(order) : "none"}`);
    throw new Error(`${what}: ${found} > ${bound}; live ${live.join(" ")}; last records: ${last.join(", ")}`);
  }
}

function keysOf(live: Live): string[] {
  return [`a${live.account}/${live.instrument}`, `i${live.instance}/${live.account}/${live.instrument}`];
}

function gross(payload: LimitsPayload | undefined): number | undefined {
  return payload?.maxGrossValue === undefined ? undefined : Number(payload.maxGrossValue) * 1e5; // number-ok: small
}

function pick<T>(prng: Prng, of: readonly T[]): T {
  return of[prng.nextBelow(of.length)] as T;
}
