/** decide for held orders that wait for a price or a time: triggers, trailing, expiry, and what an outage has passed. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { MarketState } from "../market/market.ts";
import type { Instrument } from "../model/instrument.ts";
import { isConditional, isHeld, isTerminal, OrderFlag, OrderType, TimeInForce, TriggerBy } from "../model/order.ts";
import { Evidence, RecordKind, TradingRecord } from "../model/record.ts";
import type { OrderTable } from "../oms/order_table.ts";
import type { Contingency } from "./contingency.ts";
import type { Decider } from "./decider.ts";
import type { Outages } from "./outages.ts";
import type { Recorder, RecordListener } from "./recorder.ts";
import { betterOf, hasReached, movedByBp, trailingTrigger, triggerSource } from "./trigger.ts";

const WATERMARK_EVERY_US = 1_000_000;
/** An order that runs out and does not end is cancelled again so often. */
const EXPIRE_AGAIN_US = 1_000_000;
const UNREADY_AGAIN_US = 100_000;

interface Watermark {
  price: number;
  recordedUs: number;
}

/**
 * Reads prices from V once per frame and writes what follows as records: all that must outlive a restart is in D. Orders
 * fire in the order of their numbers.
 */
export class Emulator implements RecordListener {
  readonly #watermarks = new Map<number, Watermark>();
  readonly #touched: number[] = [];
  /** Instruments with orders that might not go for want of readiness: looked at with time too, not with prices alone. */
  readonly #unready = new Set<number>();
  /** Orders that have lived through an outage and have not been looked at since. */
  readonly #asleep = new Set<number>();
  /** Kept through an outage that passed their trigger: they fire when the price has been on the other side again. */
  readonly #kept = new Set<number>();
  /** When an order was last placed or filled, by instrument: what was traded before that counts for no order armed by it. */
  readonly #armedUs = new Map<number, number>();
  readonly #record = new TradingRecord();
  #expireDueUs = Number.POSITIVE_INFINITY;
  #flushDueUs = 0;
  #unreadyDueUs = 0;

  constructor(
    readonly recorder: Recorder,
    readonly market: MarketState,
    readonly decider: Decider,
    readonly contingency: Contingency,
    readonly outages: Outages,
  ) {}

  get orders(): OrderTable {
    return this.recorder.state.orders;
  }

  /** A frame has changed this instrument: its held orders are looked at when the frame is whole. */
  touch(instrument: number): void {
    const { held } = this.orders;
    if (held.count === 0 || held.firstOf(instrument) === 0) return;
    if (!this.#touched.includes(instrument)) this.#touched.push(instrument);
  }

  /** Looks at the held orders of what was touched. */
  evaluate(): void {
    for (let i = 0; i < this.#touched.length; i++) this.#evaluate(this.#touched[i] as number);
    this.#touched.length = 0;
  }

  onRecord(record: Readonly<TradingRecord>): void {
    if (record.kind === RecordKind.OrderIntent && record.expireUs > 0) {
      this.#expireDueUs = Math.min(this.#expireDueUs, record.expireUs);
    }
    const arms = record.kind === RecordKind.OrderFilled || record.kind === RecordKind.OrderIntent;
    if (arms && this.orders.held.count > 0) this.#armedUs.set(record.instrument, record.timeUs);
  }

  /** Ends what has run out, and journals watermarks that have moved by less than a basis point. */
  onTime(): void {
    const { nowUs } = this.recorder;
    if (nowUs >= this.#expireDueUs) this.#expire(nowUs);
    if (this.#unready.size > 0 && nowUs >= this.#unreadyDueUs) this.#lookAgain(nowUs);
    if (this.#watermarks.size === 0 || nowUs < this.#flushDueUs) return;
    this.#flushDueUs = nowUs + WATERMARK_EVERY_US;
    for (const [order, mark] of this.#watermarks) {
      if (this.orders.has(order) && isHeld(this.orders.state(order))) this.#recordMark(order, mark);
      else this.#watermarks.delete(order);
    }
  }

  /** After a restart: every held order has slept since `sinceUs`, and times of expiry are gathered again. */
  recover(sinceUs: number): void {
    const { orders } = this;
    for (let order = orders.firstHeldAll(); order !== 0; order = orders.nextHeldAll(order)) {
      this.#asleep.add(order);
      this.outages.begin(orders.instrument(order), sinceUs);
      this.#noteExpiry(order);
    }
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) this.#noteExpiry(order);
  }

  /** The feed of an instrument is lost: what is held there sleeps until its prices can be trusted again. */
  sleep(instrument: number): void {
    const { held } = this.orders;
    if (held.firstOf(instrument) === 0) return;
    const market = this.market.instrument(instrument);
    const seenUs = Math.max(market?.lastTimeUs ?? 0, market?.quoteTimeUs ?? 0, this.#armedUs.get(instrument) ?? 0);
    this.outages.begin(instrument, Math.min(this.recorder.nowUs, seenUs === 0 ? this.recorder.nowUs : seenUs));
    for (let order = held.firstOf(instrument); order !== 0; order = held.nextOf(order)) this.#asleep.add(order);
  }

  /**
   * What the market did in the outage, as far as is known: highest and lowest price. Counts for what sleeps; when that
   * has woken in the meantime, nothing is left to tell.
   */
  backfill(instrument: number, high: number, low: number): void {
    this.outages.tell(instrument, high, low);
  }

  /**
   * A revision with other scales is about to come: a trigger at the old ones would be read as another price. What is held
   * ends, and says why; a new tick or lot alone changes nothing.
   */
  revise(next: Instrument): void {
    const { orders } = this;
    const known = this.recorder.state.instruments.get(next.id);
    if (known === undefined) return;
    if (known.priceScale === next.priceScale && known.qtyScale === next.qtyScale) return;
    for (let order = orders.held.firstOf(next.id), after = 0; order !== 0; order = after) {
      after = orders.held.nextOf(order);
      this.decider.cancelOrder(order, "the instrument's scales have changed: place it again");
    }
  }

  #lookAgain(nowUs: number): void {
    this.#unreadyDueUs = nowUs + UNREADY_AGAIN_US;
    for (const instrument of this.#unready) this.touch(instrument);
    this.#unready.clear();
    this.evaluate();
  }

  #evaluate(instrumentId: number): void {
    const { orders, recorder } = this;
    const market = this.market.instrument(instrumentId);
    const instrument = recorder.state.instruments.get(instrumentId);
    if (market === undefined || instrument === undefined) return;
    let isAnyAsleep = false;
    for (let order = orders.held.firstOf(instrumentId), next = 0; order !== 0; order = next) {
      next = orders.held.nextOf(order);
      const type = orders.orderType(order);
      const isFired = (orders.flags(order) & OrderFlag.Triggered) !== 0;
      if (!isConditional(type) || isFired || !orders.held.isArmed(order)) continue;
      const isAsleep = this.#asleep.has(order);
      const side = orders.side(order);
      const price = triggerSource(market, instrument, orders.held.triggerBy(order), side, recorder.nowUs);
      const isAwake = price > 0 && this.contingency.isAwake(order);
      if (price > 0 && !isAwake) this.#unready.add(instrumentId);
      if (!isAwake || market.referencePrice() === 0) {
        if (isAsleep) isAnyAsleep = true;
        continue;
      }
      if (isAsleep && this.#awaitsHistory(order, price, instrument.tick)) {
        this.#unready.add(instrumentId);
        isAnyAsleep = true;
        continue;
      }
      if (isAsleep && !this.#wake(order, price, instrument.tick)) continue;
      const trigger = this.#triggerOf(order, price, instrument.tick);
      const reached = trigger > 0 && hasReached(type, side, price, trigger);
      if (!reached) this.#kept.delete(order);
      else if (!this.#kept.has(order)) this.#fire(order, "triggered");
    }
    if (!isAnyAsleep) this.outages.end(instrumentId);
  }

  /** Where it fires now; a trailing order follows the price first. 0 = not armed yet. */
  #triggerOf(order: number, price: number, tick: number): number {
    const { orders } = this;
    const { held } = orders;
    if (orders.orderType(order) !== OrderType.TrailingStop) return held.triggerPrice(order);
    const side = orders.side(order);
    const mark = this.#mark(order);
    const activation = held.triggerPrice(order);
    if (mark.price === 0 && activation > 0 && !isBeyond(side, price, activation)) return 0;
    mark.price = betterOf(side, mark.price, price);
    if (movedByBp(held.watermark(order), mark.price)) this.#recordMark(order, mark);
    return this.#trailFrom(order, mark.price, tick);
  }

  #mark(order: number): Watermark {
    let mark = this.#watermarks.get(order);
    if (mark === undefined) {
      mark = { price: this.orders.held.watermark(order), recordedUs: 0 };
      this.#watermarks.set(order, mark);
    }
    return mark;
  }

  #recordMark(order: number, mark: Watermark): void {
    if (mark.price === 0 || mark.price === this.orders.held.watermark(order)) return;
    assert(Number.isSafeInteger(mark.price) && mark.price > 0, Code.ValueOutOfRange);
    const record = this.#record.reset(RecordKind.WatermarkMoved);
    this.orders.identify(order, record);
    record.price = mark.price;
    mark.recordedUs = this.recorder.nowUs;
    this.recorder.emit(record);
  }

  #fire(order: number, why: string): void {
    const mark = this.#watermarks.get(order);
    if (mark !== undefined) this.#recordMark(order, mark);
    this.#watermarks.delete(order);
    this.#kept.delete(order);
    this.contingency.go(order, true, why);
  }

  /**
   * The first trusted price after an outage: what the market did meanwhile is dealt with as the order says. False when
   * the order is done with. Without word of the outage the present price is all there is.
   */
  #wake(order: number, price: number, tick: number): boolean {
    const { orders } = this;
    assert(price > 0 && this.#asleep.has(order), Code.InvariantBroken);
    this.#asleep.delete(order);
    const { low, high } = this.#rangeOf(order, price);
    const trigger = this.#triggerInOutage(order, low, high, tick);
    if (!this.#isPassed(order, trigger, low, high)) return true;
    const flags = orders.flags(order);
    if ((flags & OrderFlag.OnOutageCancel) !== 0) {
      this.decider.cancelOrder(order, "the outage passed its trigger");
      return false;
    }
    if ((flags & OrderFlag.OnOutageKeep) === 0) {
      this.#fire(order, "the outage passed its trigger");
      return false;
    }
    this.#kept.add(order);
    this.#note(order, trigger, "the outage passed its trigger: kept, until the price has been on the other side again");
    return true;
  }

  /** Whether word of the outage can still change what becomes of an order that the present price does not fire. */
  #awaitsHistory(order: number, price: number, tick: number): boolean {
    const { orders } = this;
    if (orders.held.triggerBy(order) === TriggerBy.Mark) return false;
    const isTrailing = orders.orderType(order) === OrderType.TrailingStop;
    const trigger = isTrailing
      ? this.#trailFrom(order, this.#mark(order).price, tick)
      : orders.held.triggerPrice(order);
    if (this.#isPassed(order, trigger, price, price)) return false;
    return this.outages.waits(orders.instrument(order), this.recorder.nowUs);
  }

  /** Lowest and highest price since it fell asleep. History is of trades: of a mark price, the present one is all there is. */
  #rangeOf(order: number, price: number): { readonly low: number; readonly high: number } {
    const { orders, outages } = this;
    if (orders.held.triggerBy(order) === TriggerBy.Mark) return { low: price, high: price };
    const instrument = orders.instrument(order);
    return { low: outages.lowOf(instrument, price), high: outages.highOf(instrument, price) };
  }

  #isPassed(order: number, trigger: number, low: number, high: number): boolean {
    const side = this.orders.side(order);
    const type = this.orders.orderType(order);
    return trigger > 0 && (hasReached(type, side, low, trigger) || hasReached(type, side, high, trigger));
  }

  /**
   * Where a trailing order stood when the outage began: nobody knows whether its high came before its low, so the old
   * watermark alone says what was surely reached. The better price counts from now on.
   */
  #triggerInOutage(order: number, low: number, high: number, tick: number): number {
    const { orders } = this;
    const { held } = orders;
    if (orders.orderType(order) !== OrderType.TrailingStop) return held.triggerPrice(order);
    const mark = this.#mark(order);
    const side = orders.side(order);
    const best = betterOf(side, low, high);
    const activation = held.triggerPrice(order);
    const before = mark.price;
    if (before > 0 || activation === 0 || isBeyond(side, best, activation)) mark.price = betterOf(side, before, best);
    if (mark.price !== before) this.#recordMark(order, mark);
    return this.#trailFrom(order, before, tick);
  }

  #trailFrom(order: number, watermark: number, tick: number): number {
    const { orders } = this;
    if (watermark === 0) return 0;
    const isBps = (orders.flags(order) & OrderFlag.TrailBps) !== 0;
    return trailingTrigger(orders.side(order), watermark, orders.held.trailOffset(order), isBps, tick);
  }

  #note(order: number, price: number, text: string): void {
    const record = this.#record.reset(RecordKind.ProblemNoted);
    this.orders.identify(order, record);
    record.code = Code.OutagePassedTrigger;
    record.price = price;
    record.text = text;
    this.recorder.emit(record);
  }

  #expire(nowUs: number): void {
    const { orders } = this;
    this.#expireDueUs = Number.POSITIVE_INFINITY;
    for (let order = orders.firstHeldAll(), next = 0; order !== 0; order = next) {
      next = orders.nextHeldAll(order);
      if (this.#isOver(order, nowUs)) this.#expireHeld(order);
      else this.#noteExpiry(order);
    }
    for (let order = orders.firstOpenAll(), next = 0; order !== 0; order = next) {
      next = orders.nextOpenAll(order);
      if (!this.#isOver(order, nowUs)) {
        this.#noteExpiry(order);
        continue;
      }
      if ((orders.flags(order) & OrderFlag.CancelPending) === 0) this.decider.cancelOrder(order, "its time is over");
      // Until it has ended: a cancel may be refused late.
      if (!isTerminal(orders.state(order))) this.#expireDueUs = Math.min(this.#expireDueUs, nowUs + EXPIRE_AGAIN_US);
    }
  }

  #expireHeld(order: number): void {
    assert(isHeld(this.orders.state(order)), Code.IllegalTransition);
    const record = this.#record.reset(RecordKind.OrderExpired);
    this.orders.identify(order, record);
    record.evidence = Evidence.Own;
    record.text = "its time is over";
    this.recorder.emit(record);
  }

  #isOver(order: number, nowUs: number): boolean {
    const expireUs = this.orders.held.expireUs(order);
    return expireUs > 0 && expireUs <= nowUs && !this.#isVenues(order);
  }

  /** What the venue ends by itself is the venue's to end. */
  #isVenues(order: number): boolean {
    return this.orders.timeInForce(order) === TimeInForce.Gtd;
  }

  #noteExpiry(order: number): void {
    const expireUs = this.orders.held.expireUs(order);
    if (expireUs > 0 && !this.#isVenues(order)) this.#expireDueUs = Math.min(this.#expireDueUs, expireUs);
  }
}

/** True when the price has come as far as the activation of a trailing order: up for a sell, down for a buy. */
function isBeyond(side: number, price: number, activation: number): boolean {
  return betterOf(side, price, activation) === price;
}
