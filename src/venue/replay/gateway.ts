/** The simulated venue of replay: orders arrive after a latency, match against the replayed market, answers come back late. */

import { productAmount } from "../../core/amount.ts";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Limits } from "../../core/limits.ts";
import { Wide } from "../../core/wide.ts";
import {
  ALL_INSTRUMENTS,
  type Clock,
  type MarketTap,
  NO_CAPABILITIES,
  type VenueCapabilities,
  type VenueGateway,
  type VenueQuery,
} from "../../engine/ports.ts";
import type { MarketState } from "../../market/market.ts";
import { fee } from "../../match/fees.ts";
import { type MatcherSink, ReplayMatcher, VenueOrder } from "../../match/replay_matcher.ts";
import { Reject } from "../../model/denial.ts";
import type { Instrument, InstrumentTable } from "../../model/instrument.ts";
import {
  F64_A,
  F64_B,
  SLOT_BYTES,
  SLOT_F64,
  SLOT_U32,
  SlotFlag,
  SlotKind,
  U8_FLAGS,
  U8_KIND,
  U32_INSTRUMENT,
} from "../../model/market_slot.ts";
import { CashCause, InstrumentKind, Liquidity, OrderFlag, Side } from "../../model/order.ts";
import { RecordKind, type TradingRecord } from "../../model/record.ts";
import type { MarketLane } from "../../ring/market_lane.ts";
import type { Approved } from "../../risk/approved.ts";
import { Display } from "./display.ts";
import { DueQueue } from "./due_queue.ts";
import { EndedOrders } from "./ended_orders.ts";
import { type FaultOptions, Faults } from "./faults.ts";
import { FundingClock } from "./funding.ts";
import { ASK, QueryDesk } from "./query_desk.ts";
import { type DurableFacts, endKind, mayRest, orderFromFacts } from "./restore.ts";
import { Wallet } from "./wallet.ts";

/** Fills that the venue's history holds. */
const FILLS_MAX = 65_536;

/** Where reports go: the engine's private lane. False = full. */
export interface ReportSink {
  put(record: Readonly<TradingRecord>): boolean;
}

export interface ReplayGatewayOptions {
  /** From the release of an order to its arrival at the matcher. */
  readonly entryLatencyUs: number;
  /** From an event at the matcher to its report here. */
  readonly ackLatencyUs: number;
  /** Fee rates in 10^-8 of the amount; negative = rebate. */
  readonly makerRate: number;
  readonly takerRate: number;
  /** Spot: `received` charges a buy in base and a sell in quote, as Binance does; `quote` always in quote. */
  readonly feeIn: "received" | "quote";
  /** `Instrument.venue` of what it trades; every instrument when absent. */
  readonly venue?: string;
  /** Part of every fill id (`R<tag>-<n>`), another one for each start, so that ids stay unique. Absent: `R<n>`. */
  readonly sessionTag?: string;
  /** What goes wrong on purpose. Absent: nothing. */
  readonly faults?: FaultOptions;
  /** Signed position of the account in an instrument. Given: perpetuals pay funding (CashMoved, id `F<instrument>-<time>`). */
  readonly positionQty?: (instrument: number) => number;
}

/** Venue time is our receive time: feed latency is not modelled, entry and ack latency are. */
export class ReplayGateway implements VenueGateway, MarketTap, MatcherSink {
  readonly capabilities: VenueCapabilities = {
    ...NO_CAPABILITIES,
    amend: true,
    amendKeepsQueueOnReduce: true,
    postOnly: true,
    fillOrKill: true,
    cancelAll: true,
  };
  readonly venue: string;
  /** Events that reached the matcher, for tests and reports. */
  arrivals = 0;
  readonly #arrivals: DueQueue;
  readonly #reports: DueQueue;
  readonly #matchers: (ReplayMatcher | undefined)[] = [];
  readonly #orders = new Map<number, VenueOrder>();
  readonly #ended: EndedOrders;
  readonly #tradesSeen: number[] = [];
  readonly #amount = new Wide();
  readonly #feeBase = new Wide();
  readonly #faults: Faults | undefined;
  readonly #funding: FundingClock | undefined;
  readonly #wallet: Wallet;
  readonly #queries: QueryDesk;
  readonly #fillPrefix: string;
  /** Orders of before the restart that wait for a market to rest in, in their old order of time. */
  readonly #waiting: VenueOrder[] = [];
  /** D, for how orders below `#pastBefore` ended. */
  #past: DurableFacts["orders"] | undefined;
  #pastBefore = 0;
  /** Nothing goes in or out before this. */
  #offlineUntilUs = 0;
  #venueUs = 0;
  /** Matchers that want the market, and orders that wait for one. */
  #watching = 0;
  #sequence = 0;

  constructor(
    readonly account: number,
    readonly market: MarketState,
    readonly instruments: InstrumentTable,
    readonly assetIdOf: (code: string) => number,
    readonly sink: ReportSink,
    readonly clock: Clock,
    readonly limits: Limits,
    readonly options: ReplayGatewayOptions,
  ) {
    this.venue = options.venue ?? "";
    assert(options.entryLatencyUs >= 1, Code.ValueOutOfRange); // At zero an answer could cause itself.
    assert(options.ackLatencyUs >= 0, Code.ValueOutOfRange);
    this.#ended = new EndedOrders(limits.ordersMax);
    this.#arrivals = new DueQueue(limits.ordersMax);
    this.#reports = new DueQueue(2 * limits.ordersMax);
    this.#wallet = new Wallet(account, limits, instruments);
    const books = {
      orders: this.#orders,
      find: (order: number) => this.#find(order),
      wallet: this.#wallet,
      say: (kind: RecordKind) => this.#say(kind),
    };
    this.#queries = new QueryDesk(books, Math.min(FILLS_MAX, limits.fillsMax));
    const { sessionTag, faults, positionQty } = options;
    this.#fillPrefix = sessionTag === undefined ? "R" : `R${sessionTag}-`;
    if (faults !== undefined) this.#faults = new Faults(faults);
    if (positionQty !== undefined) this.#funding = new FundingClock(market, instruments, positionQty);
  }

  open(effect: Approved): Code {
    if (this.#isOffline()) return Code.SocketLost; // No byte leaves.
    return this.#send(effect);
  }

  close(effect: Readonly<TradingRecord>): Code {
    return this.#send(effect);
  }

  closeAll(instrument: number): Code {
    const slot = this.#arrivals.push(this.#arrivalUs());
    if (slot === undefined) return Code.TableFull;
    slot.reset(RecordKind.CommandCancelAll).instrument = instrument;
    return Code.Ok;
  }

  /**
   * A question travels as an order does: behind what was sent before it, and what is on its way is not "not found". With
   * nothing on its way there is nothing to wait for: the answer is in the lane when this returns.
   */
  query(query: VenueQuery): Code {
    if (!this.#queries.knows(query)) return Code.MessageUnknown;
    const isQuiet = this.#arrivals.count === 0 && this.#reports.count === 0 && !this.#isOffline();
    const slot = this.#arrivals.push(isQuiet ? this.clock.nowUs() : this.#arrivalUs());
    if (slot === undefined) return Code.TableFull;
    this.#queries.write(query, slot);
    if (!isQuiet) return Code.Ok;
    this.#venueUs = Math.max(this.#venueUs, this.clock.nowUs());
    this.#queries.answer(this.#arrivals.shift());
    this.#tell(Number.POSITIVE_INFINITY, this.clock.nowUs());
    return Code.Ok;
  }

  /**
   * After a restart: the venue is rebuilt from what the journal says, before anything is sent. What D knows as accepted
   * and not ended lives, at the back of its queue once there is a market; cancels without an answer are still on their
   * way; replaces without one never came, and are refused; what was never acknowledged is not here; what cannot rest
   * (market, IOC) ends. How other orders ended, D is asked when somebody wants to know.
   */
  restore(facts: DurableFacts): void {
    assert(this.#orders.size === 0 && this.arrivals === 0, Code.InvariantBroken);
    const { orders, timeUs, ledger } = facts;
    this.#wallet.restore(ledger);
    this.#past = orders;
    this.#pastBefore = orders.nextOrder;
    this.#venueUs = Math.max(this.#venueUs, timeUs);
    for (let number = orders.firstOpenAll(); number !== 0; number = orders.nextOpenAll(number)) {
      if (orders.account(number) !== this.account || !orders.isAccepted(number)) continue;
      const order = orderFromFacts(orders, number);
      this.#orders.set(number, order);
      if ((order.flags & OrderFlag.ReplacePending) !== 0) {
        const report = this.#report(order, RecordKind.ReplaceRejected);
        report.code = Reject.Other;
        report.attempt = orders.attempt(number);
      }
      if (mayRest(order)) {
        this.#waiting.push(order);
        if ((order.flags & OrderFlag.CancelPending) === 0) continue;
        const cancel = this.#arrivals.push(this.#venueUs + this.options.entryLatencyUs);
        assert(cancel !== undefined, Code.TableFull);
        orders.copyTo(number, cancel.reset(RecordKind.CancelIntent));
      } else if (order.leavesQty > 0) this.onExpire(order, Reject.Unfillable);
      else this.#end(order, RecordKind.OrderFilled);
    }
    this.#recount();
  }

  /**
   * The connection is lost for so long: new orders and replaces are refused (`SocketLost`, no byte left), cancels and
   * questions wait to be sent, and what the venue has to say waits to be told. What is under way arrives.
   */
  disconnect(forUs: number): void {
    assert(forUs > 0, Code.ValueOutOfRange);
    this.#offlineUntilUs = Math.max(this.#offlineUntilUs, this.clock.nowUs() + forUs);
  }

  nextDueUs(): number {
    const due = Math.min(this.#arrivals.nextDueUs(), Math.max(this.#reports.nextDueUs(), this.#offlineUntilUs));
    return this.#funding === undefined ? due : Math.min(due, this.#funding.nextDueUs(this.clock.nowUs()));
  }

  /** Venue time moves to `nowUs`: what has arrived by then is matched, what is due is reported. */
  advance(nowUs: number): void {
    this.#settleFunding(nowUs);
    for (;;) {
      const arrivalUs = this.#arrivals.nextDueUs();
      const reportUs = Math.max(this.#reports.nextDueUs(), this.#offlineUntilUs);
      if (Math.min(arrivalUs, reportUs) > nowUs) return;
      if (arrivalUs <= reportUs) {
        this.#venueUs = Math.max(this.#venueUs, arrivalUs);
        this.#arrive(this.#arrivals.shift());
      } else if (!this.#tell(1, reportUs)) return; // The lane is full: told at the next call, in the same order.
    }
  }

  /** Tells the next reports, at most so many. False when the lane takes no more. */
  #tell(count: number, nowUs: number): boolean {
    for (let told = 0; told < count && this.#reports.count > 0; told++) {
      const report = this.#reports.peek();
      report.timeUs = nowUs;
      if (!this.sink.put(report)) return false;
      this.#reports.shift();
    }
    return true;
  }

  /** True while something of ours rests, or a level that we ate from is watched. */
  get wantsMarket(): boolean {
    return this.#watching > 0;
  }

  /** After the engine's market state has taken the slot. */
  onSlot(lane: MarketLane, slot: number): void {
    const instrument = lane.u32[slot * SLOT_U32 + U32_INSTRUMENT] as number;
    const flags = lane.u8[slot * SLOT_BYTES + U8_FLAGS] as number;
    if (this.#waiting.length > 0 && (flags & SlotFlag.LastOfFrame) !== 0) this.#placeWaiting(instrument);
    const matcher = this.#matchers[instrument];
    if (matcher?.wantsMarket !== true) return;
    this.#venueUs = Math.max(this.#venueUs, this.clock.nowUs());
    const kind = lane.u8[slot * SLOT_BYTES + U8_KIND] as number;
    if (kind === SlotKind.Trade) return this.#onTrade(lane, slot, instrument, matcher, flags);
    if ((flags & SlotFlag.LastOfFrame) === 0) return;
    // A best quote changes nothing that is displayed while there is a valid book.
    if (kind !== SlotKind.Quote || this.market.instrument(instrument)?.book?.valid !== true) {
      matcher.onDisplayed();
      this.#recount();
    }
  }

  onFill(order: VenueOrder, price: number, qty: number, maker: boolean): void {
    const instrument = this.instruments.get(order.instrument) as Instrument;
    const report = this.#report(order, RecordKind.OrderFilled);
    const scale = instrument.priceScale + instrument.qtyScale;
    assert(productAmount(this.#amount, price, qty, scale), Code.ValueOutOfRange);
    report.price = price;
    report.qty = qty;
    report.fillId = `${this.#fillPrefix}${++this.#sequence}`;
    report.liquidity = maker ? Liquidity.Maker : Liquidity.Taker;
    report.asset = this.assetIdOf(instrument.quote);
    report.amountHi = this.#amount.hi;
    report.amountLo = this.#amount.lo;
    this.#charge(report, instrument, qty, maker ? this.options.makerRate : this.options.takerRate);
    this.#queries.remember(report);
    this.#wallet.post(report);
    if (order.leavesQty === 0) this.#end(order, RecordKind.OrderFilled);
    else this.#recount();
  }

  onExpire(order: VenueOrder, reason: Reject): void {
    this.#report(order, RecordKind.OrderExpired).code = reason;
    this.#end(order, RecordKind.OrderExpired);
  }

  #isOffline(): boolean {
    return this.clock.nowUs() < this.#offlineUntilUs;
  }

  #arrivalUs(): number {
    const leavesUs = Math.max(this.clock.nowUs(), this.#offlineUntilUs);
    return leavesUs + this.options.entryLatencyUs + (this.#faults?.jitterUs() ?? 0);
  }

  #reportUs(): number {
    return this.#venueUs + this.options.ackLatencyUs + (this.#faults?.jitterUs() ?? 0);
  }

  #send(effect: Readonly<TradingRecord>): Code {
    const slot = this.#arrivals.push(this.#arrivalUs());
    if (slot === undefined) return Code.TableFull;
    slot.copyFrom(effect);
    return Code.Ok;
  }

  #arrive(message: Readonly<TradingRecord>): void {
    this.arrivals++;
    switch (message.kind) {
      case RecordKind.OrderIntent:
        return this.#onNew(message);
      case RecordKind.ReplaceIntent:
        return this.#onReplace(message);
      case RecordKind.CancelIntent:
        return this.#onCancel(message);
      case ASK:
        return this.#queries.answer(message);
      default:
        assert(message.kind === RecordKind.CommandCancelAll, Code.EnumUnknown);
        return this.#onCancelAll(message.instrument);
    }
  }

  #onNew(message: Readonly<TradingRecord>): void {
    const known = this.#orders.has(message.order);
    const order = new VenueOrder(); // Never the known one: a duplicate must not change what rests.
    order.order = message.order;
    order.venueOrderId = `V${message.order}`;
    order.instrument = message.instrument;
    order.side = message.side;
    order.leg = message.leg;
    order.orderType = message.orderType;
    order.timeInForce = message.timeInForce;
    order.flags = message.flags;
    order.price = message.price;
    order.qty = message.qty;
    const matcher = this.#matcher(message.instrument);
    if (matcher === undefined || known) {
      const report = this.#report(order, RecordKind.OrderRejected);
      report.code = known ? Reject.DuplicateClientId : Reject.MarketClosed;
      return;
    }
    if (this.#faults?.rejects() === true) {
      this.#report(order, RecordKind.OrderRejected).code = Reject.Other;
      return;
    }
    this.#ended.delete(order.order);
    this.#orders.set(order.order, order);
    this.#report(order, RecordKind.OrderAccepted);
    matcher.arrive(order);
    // Trades seen while nothing rested were not followed: only those from here on count.
    this.#tradesSeen[order.instrument] = this.market.instrument(order.instrument)?.tradeCount ?? 0;
    this.#recount();
  }

  #onReplace(message: Readonly<TradingRecord>): void {
    const order = this.#orders.get(message.order);
    const reason = this.#replaceRefusal(order, message);
    if (reason !== Reject.None || order === undefined) {
      this.#answer(message, RecordKind.ReplaceRejected).code = reason;
      return;
    }
    order.venueOrderId = `V${order.order}.${message.attempt}`;
    const report = this.#report(order, RecordKind.OrderReplaced);
    report.price = message.price;
    report.qty = message.qty;
    report.attempt = message.attempt;
    if (order.resting) this.#matcher(order.instrument)?.amend(order, message.price, message.qty);
    else {
      // It waits for a market, at the back of its queue in any case.
      order.price = message.price;
      order.qty = message.qty;
    }
    this.#recount();
  }

  /** `AlreadyDone` and `UnknownOrder` only for what does not live here: the engine takes them for the order's end. */
  #replaceRefusal(order: VenueOrder | undefined, message: Readonly<TradingRecord>): Reject {
    if (order === undefined) return this.#absence(message.order);
    if (message.qty <= order.cumQty || message.price <= 0) return Reject.Filter;
    if (!order.resting) return Reject.None;
    const matcher = this.#matchers[order.instrument] as ReplayMatcher;
    // Without a market to see, an order that moves would expire: refused, it keeps its place.
    if (matcher.keepsPlace(order, message.price, message.qty) || matcher.market.usable()) return Reject.None;
    return Reject.MarketClosed;
  }

  #absence(order: number): Reject {
    return this.#ended.has(order) || this.#isPast(order) ? Reject.AlreadyDone : Reject.UnknownOrder;
  }

  /** True for an order that had ended before the restart, as far as D remembers. */
  #isPast(order: number): boolean {
    const past = this.#past;
    if (past === undefined || order >= this.#pastBefore || !past.has(order)) return false;
    return past.account(order) === this.account && endKind(past.state(order)) !== 0;
  }

  #onCancel(message: Readonly<TradingRecord>): void {
    const order = this.#orders.get(message.order);
    if (order === undefined) this.#answer(message, RecordKind.CancelRejected).code = this.#absence(message.order);
    else this.#cancel(order);
  }

  /** As it stands, or as it ended. */
  #find(number: number): VenueOrder | undefined {
    const order = this.#orders.get(number) ?? this.#ended.get(number);
    if (order !== undefined || this.#past === undefined || !this.#isPast(number)) return order;
    return orderFromFacts(this.#past, number);
  }

  /** A statement behind what was reported before it. All of an answer but its end leaves one place free. */
  #say(kind: RecordKind): TradingRecord | undefined {
    if (kind !== RecordKind.QueryEnded && this.#reports.count + 1 >= this.#reports.capacity) return undefined;
    const slot = this.#reports.push(this.#venueUs + this.options.ackLatencyUs);
    if (slot === undefined) return undefined;
    slot.reset(kind);
    slot.account = this.account;
    slot.exchangeTimeUs = this.#venueUs;
    return slot;
  }

  #onCancelAll(instrument: number): void {
    for (const order of [...this.#orders.values()]) {
      if (instrument === ALL_INSTRUMENTS || order.instrument === instrument) this.#cancel(order);
    }
  }

  #cancel(order: VenueOrder): void {
    if (order.resting) this.#matchers[order.instrument]?.remove(order);
    else this.#waiting.splice(this.#waiting.indexOf(order), 1);
    this.#report(order, RecordKind.OrderCanceled);
    this.#end(order, RecordKind.OrderCanceled);
  }

  /** Orders of before the restart rest as soon as their market can be seen. */
  #placeWaiting(instrument: number): void {
    const matcher = this.#matcher(instrument);
    if (matcher === undefined || !matcher.market.usable()) return;
    const placed = this.#waiting.filter((order) => order.instrument === instrument);
    if (placed.length === 0) return;
    this.#venueUs = Math.max(this.#venueUs, this.clock.nowUs());
    for (const order of placed) {
      this.#waiting.splice(this.#waiting.indexOf(order), 1);
      matcher.resume(order);
    }
    this.#tradesSeen[instrument] = this.market.instrument(instrument)?.tradeCount ?? 0;
    matcher.onDisplayed();
    this.#recount();
  }

  #settleFunding(nowUs: number): void {
    const funding = this.#funding;
    const clockUs = this.clock.nowUs();
    if (funding === undefined || funding.nextDueUs(clockUs) > nowUs) return;
    funding.check(Math.max(nowUs, clockUs), (instrument, fundingUs, qty, amount) => {
      this.#venueUs = Math.max(this.#venueUs, nowUs);
      const report = this.#reports.push(this.#reportUs());
      assert(report !== undefined, Code.TableFull);
      report.reset(RecordKind.CashMoved);
      report.account = this.account;
      report.instrument = instrument.id;
      report.instrumentRevision = instrument.revision;
      report.code = CashCause.Funding;
      report.exchangeTimeUs = fundingUs;
      report.asset = this.assetIdOf(instrument.settle);
      report.qty = Math.abs(qty);
      report.side = qty > 0 ? Side.Buy : Side.Sell;
      report.amountHi = amount.hi;
      report.amountLo = amount.lo;
      report.fillId = `F${instrument.id}-${fundingUs}`;
      this.#wallet.post(report);
    });
  }

  #onTrade(lane: MarketLane, slot: number, instrument: number, matcher: ReplayMatcher, flags: number): void {
    // The market state decides which trades count (no duplicates, one kind, market trades only): here they count alike.
    const counted = this.market.instrument(instrument)?.tradeCount ?? 0;
    const isNew = counted === (this.#tradesSeen[instrument] as number) + 1; // Fewer: the market began to count anew.
    this.#tradesSeen[instrument] = counted;
    if (!isNew) return;
    const at = slot * SLOT_F64;
    const takerSide = (flags & SlotFlag.Sell) !== 0 ? Side.Sell : Side.Buy;
    matcher.onTrade(lane.f64[at + F64_A] as number, lane.f64[at + F64_B] as number, takerSide);
  }

  #charge(report: TradingRecord, instrument: Instrument, qty: number, rate: number): void {
    const spot = instrument.kind === InstrumentKind.Spot;
    const inBase = spot && report.side === Side.Buy && this.options.feeIn === "received";
    if (inBase) assert(productAmount(this.#feeBase, qty, 1, instrument.qtyScale), Code.ValueOutOfRange);
    else this.#feeBase.set(this.#amount);
    fee(this.#feeBase, this.#feeBase, rate);
    const asset = inBase ? instrument.base : spot ? instrument.quote : instrument.settle;
    report.feeAsset = this.assetIdOf(asset);
    report.feeHi = this.#feeBase.hi;
    report.feeLo = this.#feeBase.lo;
  }

  #matcher(instrument: number): ReplayMatcher | undefined {
    const known = this.#matchers[instrument];
    if (known !== undefined) return known;
    const market = this.market.instrument(instrument);
    if (market === undefined) return undefined;
    const made = new ReplayMatcher(new Display(market), this);
    this.#matchers[instrument] = made;
    return made;
  }

  /** Queues a report about `order` as it stands now; the caller completes it. */
  #report(order: VenueOrder, kind: RecordKind): TradingRecord {
    const slot = this.#reports.push(this.#reportUs());
    assert(slot !== undefined, Code.TableFull);
    slot.reset(kind);
    slot.order = order.order;
    slot.account = this.account;
    slot.instrument = order.instrument;
    slot.instrumentRevision = this.instruments.get(order.instrument)?.revision ?? 0;
    slot.side = order.side;
    slot.leg = order.leg;
    slot.exchangeTimeUs = this.#venueUs;
    slot.price = order.price;
    slot.qty = order.qty;
    slot.cumQty = order.cumQty;
    slot.venueOrderId = order.venueOrderId;
    return slot;
  }

  /** A refusal of something that is no live order here. */
  #answer(message: Readonly<TradingRecord>, kind: RecordKind): TradingRecord {
    const slot = this.#reports.push(this.#reportUs());
    assert(slot !== undefined, Code.TableFull);
    slot.copyFrom(message, kind);
    slot.record = 0;
    slot.input = 0;
    slot.account = this.account;
    slot.exchangeTimeUs = this.#venueUs;
    slot.cumQty = -1;
    slot.text = "";
    return slot;
  }

  #end(order: VenueOrder, kind: RecordKind): void {
    assert(order.endKind === 0 && !order.resting, Code.InvariantBroken);
    order.endKind = kind;
    this.#orders.delete(order.order);
    this.#ended.add(order);
    this.#recount();
  }

  #recount(): void {
    let watching = 0;
    for (const matcher of this.#matchers) if (matcher?.wantsMarket === true) watching++;
    this.#watching = watching + this.#waiting.length;
  }
}
