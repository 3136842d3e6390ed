/** The pre-trade gate: every check before every order, in integers, without garbage; the sole maker of `Approved`. */

import { isMantissa } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { Wide, wideCmp, wideMul } from "../core/wide.ts";
import { Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import { InstrumentKind, Leg, OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, Scope, type TradingRecord } from "../model/record.ts";
import type { Approved } from "./approved.ts";
import type { GateContext } from "./context.ts";
import { ALL_CONTROLS, Control } from "./limit_set.ts";
import { RecordPool } from "./pool.ts";
import type { RiskLevel, RiskState } from "./risk_state.ts";

/** From this share of the trading ring on, opening orders are denied; exits from `JOURNAL_EXITS` on. */
const JOURNAL_OPENINGS = 0.5;
const JOURNAL_EXITS = 0.9;
const BPS = 10_000;
const LEVELS = 4;

/**
 * An order is an *exit* when it can only bring the position nearer to zero, whatever else fills: against the sign of the
 * position, and no larger than it together with the other open orders of its side, for the account and for the
 * instance's own part. Exits pass every limit (size, value, position, count, rate, notional, staleness, missing limits).
 * What still refuses an exit: kill, a journal nearly full, a form that no venue takes (tick, lot, type, minimum
 * quantity), and, where a fresh reference exists, a limit price beyond the collar on the aggressive side: a market
 * order is the way out of that.
 */
export class RiskGate {
  /** Why the last check refused; None when it approved. */
  denial: Denial = Denial.None;
  /**
   * The value found and the bound it broke, for the message: mantissas for prices and quantities, mantissas at
   * priceScale + qtyScale for values, counts for counts, µs for ages; LimitMissing: `detailA` is the missing Control. Display only.
   */
  detailA = 0;
  detailB = 0;

  readonly #pool: RecordPool;
  /** Instance, instrument, account, firm: narrow to wide. */
  readonly #levels: RiskLevel[];
  readonly #left = new Wide();
  readonly #right = new Wide();

  constructor(
    readonly state: RiskState,
    readonly limits: Limits,
  ) {
    assert(limits.intentAgeUsMax > 0, Code.LimitRelationBroken);
    this.#pool = new RecordPool(limits.releasesMax);
    this.#levels = new Array<RiskLevel>(LEVELS).fill(state.level(Scope.Firm, 0));
  }

  /**
   * Checks an OrderIntent or ReplaceIntent candidate (`qty` of a replace is the new total quantity). Approved: a pooled
   * copy, to be given back by `recycle`. Refused: undefined, and `denial` says why. A full pool denies IntentsCapped.
   */
  approve(order: Readonly<TradingRecord>, context: GateContext): Approved | undefined {
    const isNew = order.kind === RecordKind.OrderIntent;
    assert(isNew || order.kind === RecordKind.ReplaceIntent, Code.NotApproved);
    assert(context.openBuyQty >= 0, Code.NumberNegative);
    assert(context.openSellQty >= 0, Code.NumberNegative);
    this.detailA = 0;
    this.detailB = 0;
    this.denial = this.#check(order, context, isNew);
    if (this.denial !== Denial.None) return undefined;
    if (!this.#pool.hasRoom()) {
      this.denial = Denial.IntentsCapped;
      return undefined;
    }
    const copy = this.#pool.take().copyFrom(order);
    copy.referencePrice = context.referencePrice;
    copy.referenceAgeUs = context.referenceAgeUs;
    return copy as Readonly<TradingRecord> as Approved;
  }

  /**
   * Cancels pass kill and every limit. Only the cancel-rate throttle may refuse, never under kill: a repeated cancel
   * from `count` on, the first cancel of an order only when the reserve is used up as well.
   */
  checkCancel(order: Readonly<TradingRecord>, context: GateContext): Denial {
    assert(order.kind === RecordKind.CancelIntent, Code.NotApproved);
    this.detailA = 0;
    this.detailB = 0;
    this.denial = Denial.None;
    if (this.#isKilled(order, context)) return Denial.None;
    this.#lookUp(order);
    const repeated = (order.flags & OrderFlag.CancelPending) !== 0;
    for (let i = 0; i < LEVELS; i++) {
      const level = this.#levels[i] as RiskLevel;
      const { set } = level;
      if ((set.present & Control.Cancels) === 0) continue;
      const count = repeated ? set.cancelsCount : set.cancelsCount + set.cancelsReserve;
      if (!level.cancels.allows(context.nowUs, count, set.cancelsWindowUs)) {
        this.denial = this.#deny(Denial.CancelRate, count, count);
        break;
      }
    }
    return this.denial;
  }

  /** Gives the pooled copy back: after release, withdrawal or denial. */
  recycle(approved: Approved): void {
    this.#pool.giveBack(approved);
  }

  /** The second gate, fused with release: kill word, kill state, age. Limits were checked when the order was decided. */
  checkRelease(approved: Approved, context: GateContext, ageUs: number): Denial {
    assert(this.#pool.owns(approved), Code.NotApproved);
    this.detailA = 0;
    this.detailB = 0;
    this.denial = Denial.None;
    if (this.#isKilled(approved, context)) this.denial = Denial.KillSwitch;
    // Written so that a NaN age is too old.
    else if (!(ageUs <= this.limits.intentAgeUsMax)) {
      this.denial = this.#deny(Denial.StaleIntent, ageUs, this.limits.intentAgeUsMax);
    }
    return this.denial;
  }

  #check(order: Readonly<TradingRecord>, context: GateContext, isNew: boolean): Denial {
    if (this.#isKilled(order, context)) return Denial.KillSwitch;
    // An order that is malformed is no exit, whatever its sign says: form comes before meaning.
    const journal = context.journalOccupancy;
    if (!(journal < JOURNAL_EXITS)) return this.#deny(Denial.JournalBehind, journal, JOURNAL_EXITS);
    const leaves = isNew ? order.qty : order.qty - context.cumQty;
    const isExit = this.#isExit(order, context, leaves);
    if (!isExit && !(journal < JOURNAL_OPENINGS)) return this.#deny(Denial.JournalBehind, journal, JOURNAL_OPENINGS);
    const { instrument } = context;
    if (instrument === undefined || instrument.id !== order.instrument) return Denial.InstrumentUnknown;
    // Mantissas of another revision would be read at the wrong scale.
    if (instrument.revision !== order.instrumentRevision) return Denial.InstrumentUnknown;
    if (instrument.kind === InstrumentKind.InversePerpetual) return Denial.InstrumentNotAllowed;
    let denial = this.#checkForm(order, context, instrument, leaves, isNew);
    if (denial !== Denial.None) return denial;
    this.#lookUp(order);
    const hasReference = context.referenceValid && context.referencePrice > 0 && isMantissa(context.referencePrice);
    const price = order.orderType === OrderType.Limit ? order.price : hasReference ? context.referencePrice : 0;
    if (isExit) return this.#checkExit(order, context, hasReference, price);
    if (context.openingsDenial !== Denial.None) return context.openingsDenial;
    denial = this.#checkReference(order, context, instrument, hasReference, price, leaves);
    if (denial !== Denial.None) return denial;
    denial = this.#checkSize(order, context, instrument, price, leaves);
    return denial === Denial.None ? this.#checkCounts(context, isNew) : denial;
  }

  #isKilled(order: Readonly<TradingRecord>, context: GateContext): boolean {
    if (context.killWord !== 0) return true;
    const { kills } = this.state;
    if (kills.count === 0) return false;
    const { instrument } = context;
    const knowsVenue = instrument !== undefined && instrument.id === order.instrument;
    // At release the context may stand at another instrument: with a venue killed, an unknown venue counts as killed.
    if (!knowsVenue && kills.venueCount > 0) return true;
    return kills.covers(order.instance, order.instrument, order.account, knowsVenue ? instrument.venue : "");
  }

  #lookUp(order: Readonly<TradingRecord>): void {
    const { state } = this;
    this.#levels[0] = state.level(Scope.Instance, order.instance);
    this.#levels[1] = state.level(Scope.Instrument, order.instrument);
    this.#levels[2] = state.level(Scope.Account, order.account);
    this.#levels[3] = state.level(Scope.Firm, 0);
  }

  /** What an order must look like whoever sends it and why: type, flags, price, quantity. */
  #checkForm(
    order: Readonly<TradingRecord>,
    context: GateContext,
    instrument: Instrument,
    leaves: number,
    isNew: boolean,
  ): Denial {
    const { orderType, timeInForce, price, qty, side, leg } = order;
    assert(instrument.tick > 0, Code.ValueOutOfRange);
    assert(instrument.lot > 0, Code.ValueOutOfRange);
    if (orderType !== OrderType.Limit && orderType !== OrderType.Market) return Denial.UnsupportedType;
    if (timeInForce !== TimeInForce.Gtc && timeInForce !== TimeInForce.Ioc && timeInForce !== TimeInForce.Fok) {
      return Denial.UnsupportedType;
    }
    if (side !== Side.Buy && side !== Side.Sell) return Denial.UnsupportedType;
    if (leg !== Leg.Net && leg !== Leg.Long && leg !== Leg.Short) return Denial.UnsupportedType;
    if ((order.flags & OrderFlag.PostOnly) !== 0) {
      if (orderType === OrderType.Market) return Denial.PostOnlyMarket;
      if (timeInForce !== TimeInForce.Gtc) return Denial.UnsupportedType;
    }
    if (orderType === OrderType.Limit) {
      if (!isMantissa(price) || price <= 0) return this.#deny(Denial.PriceInvalid, price, 0);
      if (price % instrument.tick !== 0) return this.#deny(Denial.PriceIncrement, price, instrument.tick);
    } else if (!isNew) return Denial.UnsupportedType;
    else if (price !== 0) return this.#deny(Denial.PriceInvalid, price, 0);
    if (!isMantissa(qty) || qty <= 0) return this.#deny(Denial.QtyInvalid, qty, 0);
    if (!isMantissa(leaves) || leaves <= 0) return this.#deny(Denial.QtyInvalid, leaves, 0);
    if (qty % instrument.lot !== 0) return this.#deny(Denial.QtyIncrement, qty, instrument.lot);
    if (qty < instrument.qtyMin) return this.#deny(Denial.QtyBelowMinimum, qty, instrument.qtyMin);
    if (instrument.qtyMax > 0 && qty > instrument.qtyMax) {
      return this.#deny(Denial.QtyAboveMaximum, qty, instrument.qtyMax);
    }
    if (!isNew && price === context.oldPrice && leaves === context.oldLeavesQty) return Denial.NothingToChange;
    return this.#reduces(order, context, leaves) ? Denial.None : Denial.ReduceOnlyWouldIncrease;
  }

  /** False for an order that says it reduces, or whose hedge leg can only be reduced by its side, and would not. */
  #reduces(order: Readonly<TradingRecord>, context: GateContext, leaves: number): boolean {
    const closesLeg =
      (order.leg === Leg.Long && order.side === Side.Sell) || (order.leg === Leg.Short && order.side === Side.Buy);
    if ((order.flags & OrderFlag.ReduceOnly) === 0 && !closesLeg) return true;
    if (this.#isExit(order, context, leaves)) return true;
    const buying = order.side === Side.Buy;
    this.detailA = leaves + (buying ? context.openBuyQty : context.openSellQty);
    this.detailB = Math.abs(context.positionQty);
    return false;
  }

  #isExit(order: Readonly<TradingRecord>, context: GateContext, leaves: number): boolean {
    const { positionQty, instancePositionQty } = context;
    if (order.side === Side.Buy) {
      if (!(leaves + context.openBuyQty <= -positionQty)) return false;
      if (order.instance === 0) return true;
      const open = context.instanceOpenBuyQty < 0 ? context.openBuyQty : context.instanceOpenBuyQty;
      return leaves + open <= -instancePositionQty;
    }
    if (!(leaves + context.openSellQty <= positionQty)) return false;
    // By hand, the account's position is what counts: an operator can flatten anything.
    if (order.instance === 0) return true;
    const open = context.instanceOpenSellQty < 0 ? context.openSellQty : context.instanceOpenSellQty;
    return leaves + open <= instancePositionQty;
  }

  /** The one limit that holds for exits: no price through the market by more than the collar, where that can be told. */
  #checkExit(order: Readonly<TradingRecord>, context: GateContext, hasReference: boolean, price: number): Denial {
    if (!hasReference || order.orderType !== OrderType.Limit || this.#isStale(context)) return Denial.None;
    const aggressive = order.side === Side.Buy ? price > context.referencePrice : price < context.referencePrice;
    return aggressive ? this.#checkCollar(context, price) : Denial.None;
  }

  #isStale(context: GateContext): boolean {
    for (let i = 0; i < LEVELS; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if ((set.present & Control.ReferenceAge) === 0) continue;
      // Written so that a NaN age is stale.
      if (!(context.referenceAgeUs <= set.referenceAgeUsMax)) {
        this.detailB = set.referenceAgeUsMax;
        return true;
      }
    }
    return false;
  }

  /** |price − reference| · 10,000 ≤ reference · bps, exactly, at every level that sets a collar. */
  #checkCollar(context: GateContext, price: number): Denial {
    const reference = context.referencePrice;
    assert(reference > 0, Code.ValueOutOfRange);
    wideMul(this.#left, Math.abs(price - reference), BPS);
    for (let i = 0; i < LEVELS; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if ((set.present & Control.Collar) === 0) continue;
      if (wideCmp(this.#left, wideMul(this.#right, reference, set.collarBps)) > 0) {
        const away = (reference * set.collarBps) / BPS;
        return this.#deny(Denial.PriceCollar, price, price > reference ? reference + away : reference - away);
      }
    }
    return Denial.None;
  }

  /** Minimum notional, missing limits, and the reference: there, valid, fresh, near. */
  #checkReference(
    order: Readonly<TradingRecord>,
    context: GateContext,
    instrument: Instrument,
    hasReference: boolean,
    price: number,
    leaves: number,
  ): Denial {
    if (instrument.notionalMin > 0 && price > 0) {
      wideMul(this.#left, price, leaves);
      if (wideCmp(this.#left, this.#right.setInt(instrument.notionalMin)) < 0) {
        return this.#deny(Denial.NotionalBelowMinimum, this.#left.toNumber(), instrument.notionalMin);
      }
    }
    let present = 0;
    for (let i = 0; i < LEVELS; i++) present |= (this.#levels[i] as RiskLevel).set.present;
    const missing = ALL_CONTROLS & ~present;
    if (missing !== 0) return this.#deny(Denial.LimitMissing, missing & -missing, 0);
    if (!hasReference) return Denial.NoReferencePrice;
    if (this.#isStale(context)) return this.#deny(Denial.StaleMarketData, context.referenceAgeUs, this.detailB);
    return order.orderType === OrderType.Limit ? this.#checkCollar(context, price) : Denial.None;
  }

  /** Quantity of the order, value and position of what it adds. The narrowest level speaks first. */
  #checkSize(
    order: Readonly<TradingRecord>,
    context: GateContext,
    instrument: Instrument,
    price: number,
    leaves: number,
  ): Denial {
    assert(leaves > 0, Code.ValueOutOfRange);
    assert(price > 0, Code.ValueOutOfRange); // Without a reference it was denied before.
    const { qtyScale } = instrument;
    const valueScale = instrument.priceScale + qtyScale;
    wideMul(this.#left, price, leaves);
    for (let i = 0; i < LEVELS; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      const bound = set.maxOrderQty.mantissas[qtyScale] as number;
      if ((set.present & Control.OrderQty) !== 0 && order.qty > bound) {
        return this.#deny(Denial.MaxOrderQty, order.qty, bound);
      }
    }
    for (let i = 0; i < LEVELS; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if ((set.present & Control.OrderValue) !== 0 && set.maxOrderValue.isPassedBy(this.#left, valueScale)) {
        return this.#deny(
          Denial.MaxOrderValue,
          this.#left.toNumber(),
          set.maxOrderValue.mantissas[valueScale] as number,
        );
      }
    }
    return order.side === Side.Buy
      ? this.#checkPosition(order, context, qtyScale, leaves, Control.LongPosition)
      : this.#checkPosition(order, context, qtyScale, leaves, Control.ShortPosition);
  }

  /** Position if all open and unknown orders of this side fill, and this one: never over the limit of its side. */
  #checkPosition(
    order: Readonly<TradingRecord>,
    context: GateContext,
    qtyScale: number,
    leaves: number,
    control: Control.LongPosition | Control.ShortPosition,
  ): Denial {
    const long = control === Control.LongPosition;
    const open = long ? context.openBuyQty : context.openSellQty;
    const instanceOpen = long ? context.instanceOpenBuyQty : context.instanceOpenSellQty;
    const held = long ? context.positionQty : -context.positionQty;
    const instanceHeld = long ? context.instancePositionQty : -context.instancePositionQty;
    for (let i = 0; i < LEVELS; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if ((set.present & control) === 0) continue;
      const own = i === 0 && order.instance !== 0;
      const exposure = (own ? instanceHeld : held) + (own && instanceOpen >= 0 ? instanceOpen : open) + leaves;
      const limit = long ? set.maxLongPosition : set.maxShortPosition;
      const bound = limit.mantissas[qtyScale] as number;
      // Written so that a NaN is over; so is every sum that no mantissa can hold.
      if (exposure <= 0 || exposure <= bound) continue;
      return this.#deny(Denial.MaxPosition, exposure, bound);
    }
    return Denial.None;
  }

  #checkCounts(context: GateContext, isNew: boolean): Denial {
    for (let i = 0; isNew && i < LEVELS; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if ((set.present & Control.OpenOrders) === 0) continue;
      if (!(context.openCount + 1 <= set.maxOpenOrders)) {
        return this.#deny(Denial.MaxOpenOrders, context.openCount + 1, set.maxOpenOrders);
      }
    }
    for (let i = 0; i < LEVELS; i++) {
      const level = this.#levels[i] as RiskLevel;
      const { set } = level;
      if ((set.present & Control.NewOrders) === 0) continue;
      if (!level.newOrders.allows(context.nowUs, set.newOrdersCount, set.newOrdersWindowUs)) {
        return this.#deny(Denial.OrderRate, set.newOrdersCount + 1, set.newOrdersCount);
      }
    }
    return Denial.None;
  }

  #deny(denial: Denial, found: number, bound: number): Denial {
    assert(denial !== Denial.None, Code.InvariantBroken);
    this.detailA = found;
    this.detailB = bound;
    return denial;
  }
}
