/** The exchange behind the fault gateway: takes requests as they arrive, matches, keeps the truth, and tells a stream. */

import type { Prng } from "../../core/prng.ts";
import { OwnBook, type OwnBookSink } from "../../match/own_book.ts";
import { Reject } from "../../model/denial.ts";
import type { InstrumentTable } from "../../model/instrument.ts";
import { CashCause, Liquidity, OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { RecordKind, TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import { CROWD_FIRST, FaultCrowd } from "./fault_crowd.ts";
import type { FaultPlan } from "./fault_plan.ts";
import { FaultWire } from "./fault_wire.ts";
import { type FeeRates, type TruthOrder, type TruthTrade, VenueLedger } from "./venue_ledger.ts";

/** What the venue says of one order, of a refusal, or of money; without any number of ours. */
export interface VenueWord {
  readonly record: TradingRecord;
  readonly clientId: string;
}

/** A request as it arrives. */
export interface VenueRequest {
  readonly clientId: string;
  readonly record: Readonly<TradingRecord>;
  /** After this the venue refuses to look at it. */
  readonly validUntilUs: number;
}

export interface VenueStream {
  onWord(word: VenueWord): void;
}

const BOOK_ORDERS_MAX = 512;
const START_PRICE_TICKS = 200_000;

export class FaultVenue implements OwnBookSink {
  readonly ledger: VenueLedger;
  /** All that is under way to it and from it: it outlives the sessions. */
  readonly wire = new FaultWire();
  /** Everybody who reads the private stream at this moment. */
  stream: VenueStream | undefined;
  /** New quotes of an instrument. */
  onQuote: ((instrument: number, book: OwnBook) => void) | undefined;
  /** Counts trades of the account by somebody else's orders. */
  foreignTrades = 0;
  readonly #books: OwnBook[] = [];
  readonly #crowds: FaultCrowd[] = [];
  readonly #byBook = new Map<number, TruthOrder>();
  #nextBook = 1;
  #nextPayment = 1;
  #nowUs = 0;
  #plan: FaultPlan;
  readonly #startUs: number;

  constructor(
    readonly instruments: InstrumentTable,
    readonly prng: Prng,
    plan: FaultPlan,
    rates: FeeRates,
    startUs: number,
    readonly assetIdOf: (code: string) => number,
  ) {
    this.ledger = new VenueLedger(instruments, rates);
    this.#plan = plan;
    this.#startUs = startUs;
    this.#nowUs = startUs;
    for (const instrument of instruments.all()) {
      const book = new OwnBook(BOOK_ORDERS_MAX, this);
      this.#books.push(book);
      this.#crowds.push(new FaultCrowd(book, instrument, prng, START_PRICE_TICKS * instrument.tick));
    }
  }

  get plan(): FaultPlan {
    return this.#plan;
  }

  /** Faults from here on; what is under way stays so. */
  setPlan(plan: FaultPlan): void {
    this.#plan = plan;
  }

  book(instrument: number): OwnBook {
    return this.#books[instrument] as OwnBook;
  }

  /** The later of what runs on the wire and what the caller says. */
  nowUs(): number {
    return Math.max(this.#nowUs, this.wire.nowUs);
  }

  /** True with a chance of `rate` in a thousand. */
  happens(rate: number): boolean {
    return rate > 0 && this.prng.nextBelow(1_000) < rate;
  }

  advance(nowUs: number): void {
    this.wire.advance(nowUs);
    this.#nowUs = Math.max(this.#nowUs, nowUs);
  }

  /** Everybody else trades for a moment; somebody with our account's password, too. */
  stepMarket(instrument: number): void {
    this.#crowds[instrument]?.step();
    this.onQuote?.(instrument, this.book(instrument));
  }

  /** A new order. Answers what its sender is told. */
  place({ clientId, record, validUntilUs }: VenueRequest, nowUs: number): VenueWord {
    this.#nowUs = nowUs;
    const { ledger } = this;
    ledger.submissions.push(clientId);
    let reject = Reject.None;
    if (ledger.orders.has(clientId)) reject = Reject.DuplicateClientId;
    else if (nowUs > validUntilUs || this.happens(this.#plan.rejected)) reject = Reject.Other;
    else if (!this.#isOnTick(record)) reject = Reject.Filter;
    if (reject !== Reject.None) return refusal(clientId, record, RecordKind.OrderRejected, reject, nowUs);
    const order: TruthOrder = {
      clientId,
      instrument: record.instrument,
      side: record.side,
      orderType: record.orderType,
      timeInForce: record.timeInForce,
      flags: record.flags,
      acceptedUs: nowUs,
      book: this.#nextBook++,
      venueOrderId: "",
      price: record.price,
      qty: record.qty,
      cumQty: 0,
      status: VenueOrderStatus.Open,
      reject: Reject.None,
      changedUs: nowUs,
    };
    order.venueOrderId = `V${order.book}`;
    ledger.accept(order);
    this.#byBook.set(order.book, order);
    const answer = this.#word(order, RecordKind.OrderAccepted);
    this.#tell(this.#word(order, RecordKind.OrderAccepted));
    const { side, orderType, price, qty } = order;
    const postOnly = (order.flags & OrderFlag.PostOnly) !== 0;
    const timeInForce = orderType === OrderType.Market ? TimeInForce.Ioc : order.timeInForce;
    this.book(order.instrument).submit(order.book, side, orderType, price, qty, timeInForce, postOnly);
    return answer;
  }

  cancel({ clientId, record }: VenueRequest, nowUs: number): VenueWord {
    this.#nowUs = nowUs;
    const order = this.#named(clientId, record.venueOrderId);
    if (order?.status !== VenueOrderStatus.Open) {
      const reason = order === undefined ? Reject.UnknownOrder : Reject.AlreadyDone;
      return refusal(clientId, record, RecordKind.CancelRejected, reason, nowUs);
    }
    if (this.happens(this.#plan.cancelRefused)) {
      return refusal(clientId, record, RecordKind.CancelRejected, Reject.Other, nowUs);
    }
    this.book(order.instrument).cancel(order.book);
    return this.#word(order, RecordKind.OrderCanceled);
  }

  replace({ clientId, record, validUntilUs }: VenueRequest, nowUs: number): VenueWord {
    this.#nowUs = nowUs;
    this.ledger.replacements.push(`${clientId}/${record.attempt}`);
    const order = this.#named(clientId, record.venueOrderId);
    let reason = Reject.None;
    if (order === undefined) reason = Reject.UnknownOrder;
    else if (order.status !== VenueOrderStatus.Open) reason = Reject.AlreadyDone;
    else if (nowUs > validUntilUs || this.happens(this.#plan.rejected)) reason = Reject.Other;
    else if (record.qty <= order.cumQty || record.price <= 0 || !this.#isOnTick(record)) reason = Reject.Filter;
    if (reason !== Reject.None || order === undefined) {
      return refusal(clientId, record, RecordKind.ReplaceRejected, reason, nowUs);
    }
    order.price = record.price;
    order.qty = record.qty;
    order.venueOrderId = `V${order.book}.${record.attempt}`;
    order.changedUs = nowUs;
    const answer = this.#word(order, RecordKind.OrderReplaced);
    answer.record.attempt = record.attempt;
    const told = this.#word(order, RecordKind.OrderReplaced);
    told.record.attempt = record.attempt;
    this.#tell(told);
    this.book(order.instrument).amend(order.book, order.price, order.qty - order.cumQty);
    return answer;
  }

  /** By the sender's name or by ours: somebody else's order has none that its canceller made. */
  #named(clientId: string, venueOrderId: string): TruthOrder | undefined {
    const order = this.ledger.orders.get(clientId);
    if (order !== undefined || venueOrderId === "") return order;
    return this.#byBook.get(parseInt(venueOrderId.slice(1), 10));
  }

  /** Cancels what is open in one instrument, or all (-1); a partial batch forgets some. */
  cancelAll(instrument: number, nowUs: number): void {
    this.#nowUs = nowUs;
    for (const order of this.ledger.open()) {
      if (instrument >= 0 && order.instrument !== instrument) continue;
      if (!this.happens(this.#plan.batchPartial)) this.book(order.instrument).cancel(order.book);
    }
  }

  /** Somebody else uses the account: an order by hand at the venue's own page. */
  placeForeign(nowUs: number): void {
    const { prng } = this;
    const instrument = prng.nextBelow(this.instruments.count);
    const { tick, lot } = this.instruments.all()[instrument] as { tick: number; lot: number };
    const record = new TradingRecord();
    record.instrument = instrument;
    record.side = prng.nextBelow(2) === 0 ? Side.Buy : Side.Sell;
    record.orderType = OrderType.Limit;
    record.timeInForce = TimeInForce.Gtc;
    const price = this.#crowds[instrument]?.price ?? 0;
    record.price = price - (price % (10 * tick)) + 10 * tick * (prng.nextBelow(21) - 10);
    record.qty = lot * (1 + prng.nextBelow(1_000));
    this.place({ clientId: `web_${this.#nextBook}`, record, validUntilUs: nowUs }, nowUs);
  }

  /** Money of one asset comes or goes. */
  pay(asset: string, nowUs: number): void {
    // bigint-ok: the venue's truth must not share our arithmetic.
    this.#nowUs = nowUs;
    const amount = BigInt(this.prng.nextBelow(1_000_000) - 300_000) * 10_000_000_000n;
    this.ledger.move(asset, amount);
    const record = new TradingRecord().reset(RecordKind.CashMoved);
    record.code = amount < 0n ? CashCause.Withdrawal : CashCause.Deposit;
    record.exchangeTimeUs = nowUs;
    record.asset = this.assetIdOf(asset);
    setAmount(record, amount);
    record.fillId = `P${this.#nextPayment++}`;
    this.#tell({ record, clientId: "" });
  }

  onAccept(): void {
    // Said by `place` and `replace`, before anything that follows from it.
  }

  onFill(maker: number, taker: number, price: number, qty: number): void {
    this.#onFill(maker, price, qty, true);
    this.#onFill(taker, price, qty, false);
  }

  onCancel(number: number): void {
    this.#onEnd(number, VenueOrderStatus.Canceled, RecordKind.OrderCanceled, Reject.None);
  }

  onExpire(number: number, _leavesQty: number, reason: Reject): void {
    this.#onEnd(number, VenueOrderStatus.Expired, RecordKind.OrderExpired, reason);
  }

  /** A trade as a report. */
  tradeWord(trade: TruthTrade): VenueWord {
    const { order } = trade;
    const word = this.#word(order, RecordKind.OrderFilled);
    const { record } = word;
    const instrument = this.instruments.get(order.instrument);
    record.price = trade.price;
    record.qty = trade.qty;
    record.cumQty = trade.cumQty;
    record.venueOrderId = trade.venueOrderId;
    record.fillId = trade.id;
    record.exchangeTimeUs = trade.timeUs;
    record.liquidity = trade.maker ? Liquidity.Maker : Liquidity.Taker;
    record.asset = this.assetIdOf(instrument?.quote ?? "");
    setAmount(record, trade.amount);
    record.feeAsset = this.assetIdOf(trade.feeAsset);
    setFee(record, trade.fee);
    return word;
  }

  #onFill(number: number, price: number, qty: number, maker: boolean): void {
    const order = number >= CROWD_FIRST ? undefined : this.#byBook.get(number);
    if (order === undefined) return;
    const trade = this.ledger.fill(order, price, qty, maker, this.#nowUs);
    if (order.clientId.startsWith("web_")) this.foreignTrades++;
    this.#tell(this.tradeWord(trade));
  }

  #onEnd(number: number, status: VenueOrderStatus, kind: RecordKind, reason: Reject): void {
    const order = number >= CROWD_FIRST ? undefined : this.#byBook.get(number);
    if (order === undefined) return;
    this.ledger.end(order, status, reason, this.#nowUs);
    const word = this.#word(order, kind);
    word.record.code = reason;
    this.#tell(word);
  }

  #isOnTick(record: Readonly<TradingRecord>): boolean {
    const { coarseTickAfterUs } = this.#plan;
    if (record.orderType !== OrderType.Limit) return true;
    const coarse = coarseTickAfterUs > 0 && this.#nowUs - this.#startUs > coarseTickAfterUs;
    const tick = this.instruments.get(record.instrument)?.tick ?? 1;
    return record.price % (coarse ? 10 * tick : tick) === 0;
  }

  #tell(word: VenueWord): void {
    this.stream?.onWord(word);
  }

  /** What it says of an order as it stands now. */
  #word(order: TruthOrder, kind: RecordKind): VenueWord {
    return { record: orderRecord(order, kind, this.#nowUs, this.instruments), clientId: order.clientId };
  }
}

/** Columns of an order as the venue states them; our number of it is the session's to know. */
export function orderRecord(
  order: Readonly<TruthOrder>,
  kind: RecordKind,
  timeUs: number,
  instruments: InstrumentTable,
): TradingRecord {
  const record = new TradingRecord().reset(kind);
  record.instrument = order.instrument;
  record.instrumentRevision = instruments.get(order.instrument)?.revision ?? 0;
  record.side = order.side;
  record.orderType = order.orderType;
  record.timeInForce = order.timeInForce;
  record.flags = order.flags & OrderFlag.PostOnly;
  record.price = order.price;
  record.qty = order.qty;
  record.cumQty = order.cumQty;
  record.exchangeTimeUs = timeUs;
  record.venueOrderId = order.venueOrderId;
  return record;
}

export function setAmount(record: TradingRecord, amount: bigint): void {
  // bigint-ok: from the venue's truth to a report.
  record.amountHi = Number(amount >> 53n); // number-ok: a whole limb of 53 bits
  record.amountLo = Number(amount & 0x1f_ffff_ffff_ffffn); // number-ok: a whole limb of 53 bits
}

export function setFee(record: TradingRecord, fee: bigint): void {
  // bigint-ok: from the venue's truth to a report.
  record.feeHi = Number(fee >> 53n); // number-ok: a whole limb of 53 bits
  record.feeLo = Number(fee & 0x1f_ffff_ffff_ffffn); // number-ok: a whole limb of 53 bits
}

function refusal(
  clientId: string,
  asked: Readonly<TradingRecord>,
  kind: RecordKind,
  reason: Reject,
  timeUs: number,
): VenueWord {
  const record = new TradingRecord().copyFrom(asked, kind);
  record.code = reason;
  record.exchangeTimeUs = timeUs;
  record.record = 0;
  record.input = 0;
  record.cumQty = -1;
  record.fillId = "";
  record.text = "";
  return { record, clientId };
}
