/** The pre-trade gate: every check before every order, in integers, without garbage; the sole maker of `Approved`. */

import { isMantissa, scaleUp } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { CASH_SCALE, pow10 } from "../core/decimal.ts";
import type { Limits } from "../core/limits.ts";
import { Wide, wideCmp, wideMul } from "../core/wide.ts";
import { Denial } from "../model/denial.ts";
import type { Instrument } from "../model/instrument.ts";
import {
  hasLimitPrice,
  InstrumentKind,
  isConditional,
  isToHold,
  Leg,
  OrderFlag,
  OrderType,
  Side,
  TimeInForce,
} from "../model/order.ts";
import { RecordKind, Scope, type TradingRecord } from "../model/record.ts";
import { quoteValueAt } from "../model/value.ts";
import type { Approved } from "./approved.ts";
import { type GateContext, LEVEL_COUNT, Level } from "./context.ts";
import { Control, LIVE_CONTROLS, PAPER_CONTROLS } from "./control.ts";
import { Finding } from "./finding.ts";
import { checkAccess, checkStates } from "./gate_access.ts";
import { SumChecks } from "./gate_sums.ts";
import { checkTerms } from "./order_form.ts";
import { RecordPool } from "./pool.ts";
import type { RiskLevel, RiskState } from "./risk_state.ts";

/** From this share of the trading ring on, opening orders are denied; exits from `JOURNAL_EXITS` on. */
const JOURNAL_OPENINGS = 0.5;
const JOURNAL_EXITS = 0.9;
const BPS = 10_000;

/**
 * An order is an *exit* when it can only bring the position nearer to zero, whatever else fills: against the sign of the
 * position, and no larger than it together with the other open orders of its side, for the account and for the
 * instance's own part. Exits pass every limit (size, value, position, count, rate, notional, staleness, missing limits,
 * breakers, lists, hours, balances). What still refuses an exit: kill, a halt (not when it is marked reduce-only), a
 * journal nearly full, a form that no venue takes (tick, lot, type, minimum quantity), and, where a fresh reference
 * exists, a limit price beyond the collar on the aggressive side: a market order is the way out of that.
 *
 * An override of two people lets one order by hand pass price, size, position and value; nothing else.
 */
export class RiskGate {
  /** Why the last check refused; None when it approved. */
  denial: Denial = Denial.None;
  readonly #finding = new Finding();
  readonly #sums = new SumChecks(this.#finding);
  readonly #pool: RecordPool;
  /** By `Level`: narrow to wide. `#present` is the union of what they set. */
  readonly #levels: RiskLevel[];
  #present = 0;
  readonly #left = new Wide();
  readonly #right = new Wide();

  constructor(
    readonly state: RiskState,
    readonly limits: Limits,
  ) {
    assert(limits.intentAgeUsMax > 0, Code.LimitRelationBroken);
    this.#pool = new RecordPool(limits.releasesMax);
    this.#levels = new Array<RiskLevel>(LEVEL_COUNT).fill(state.level(Scope.Firm, 0));
  }

  /** See `Finding`. */
  get detailA(): number {
    return this.#finding.found;
  }

  get detailB(): number {
    return this.#finding.bound;
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
    this.#finding.clear();
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
    this.#finding.clear();
    this.denial = Denial.None;
    if (this.#isKilled(order, context)) return Denial.None;
    this.#lookUp(order, context);
    const repeated = (order.flags & OrderFlag.CancelPending) !== 0;
    for (let i = 0; i < LEVEL_COUNT; i++) {
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
    this.#finding.clear();
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
    let denial = this.#checkForm(order, context, instrument, leaves, isNew);
    if (denial !== Denial.None) return denial;
    this.#lookUp(order, context);
    denial = checkStates(this.#levels, order, context.nowUs, isExit, this.#finding);
    if (denial !== Denial.None) return denial;
    const hasReference = context.referenceValid && context.referencePrice > 0 && isMantissa(context.referencePrice);
    const ownPrice = isConditional(order.orderType) && order.price === 0 ? order.triggerPrice : order.price;
    const price = ownPrice > 0 ? ownPrice : hasReference ? context.referencePrice : 0;
    if (isExit) return this.#checkExit(order, context, hasReference, price);
    denial = checkAccess(this.#levels, this.#present, instrument, context);
    if (denial !== Denial.None) return denial;
    denial = this.#checkNotional(instrument, price, leaves);
    if (denial !== Denial.None) return denial;
    const missing = (context.isReal ? LIVE_CONTROLS : PAPER_CONTROLS) & ~this.#present;
    if (missing !== 0) return this.#deny(Denial.LimitMissing, missing & -missing, 0);
    if (!this.state.overrides.covers(order, context.nowUs)) {
      denial = this.#checkReference(order, context, hasReference, price);
      if (denial !== Denial.None) return denial;
      denial = this.#checkSize(order, context, instrument, price, leaves);
      if (denial !== Denial.None) return denial;
      denial = this.#sums.check(this.#levels, this.#present, order, context, leaves, price, isNew);
      if (denial !== Denial.None) return denial;
    }
    denial = this.#checkSelf(order, context, isNew);
    return denial === Denial.None ? this.#checkCounts(context, isNew) : denial;
  }

  /**
   * Checks an order that is to be held: kill, journal, form, count of open orders. Every limit is checked when its
   * condition comes true, at the market of that moment.
   */
  checkHeld(order: Readonly<TradingRecord>, context: GateContext): Denial {
    assert(isToHold(order.flags), Code.NotApproved);
    this.#finding.clear();
    this.denial = this.#checkHeld(order, context);
    return this.denial;
  }

  #checkHeld(order: Readonly<TradingRecord>, context: GateContext): Denial {
    if (this.#isKilled(order, context)) return Denial.KillSwitch;
    const journal = context.journalOccupancy;
    if (!(journal < JOURNAL_OPENINGS)) return this.#deny(Denial.JournalBehind, journal, JOURNAL_OPENINGS);
    const { instrument } = context;
    if (instrument === undefined || instrument.id !== order.instrument) return Denial.InstrumentUnknown;
    if (instrument.revision !== order.instrumentRevision) return Denial.InstrumentUnknown;
    const denial = this.#checkForm(order, context, instrument, order.qty, true);
    if (denial !== Denial.None) return denial;
    this.#lookUp(order, context);
    return this.#checkCounts(context, true);
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

  #lookUp(order: Readonly<TradingRecord>, context: GateContext): void {
    const { state } = this;
    const venue = context.instrument?.id === order.instrument ? context.instrument.venue : "";
    const levels = this.#levels;
    levels[Level.Instance] = state.level(Scope.Instance, order.instance);
    levels[Level.Instrument] = state.level(Scope.Instrument, order.instrument);
    levels[Level.Venue] = state.venueLevel(venue);
    levels[Level.Account] = state.level(Scope.Account, order.account);
    levels[Level.Firm] = state.level(Scope.Firm, 0);
    this.#present = 0;
    for (let i = 0; i < LEVEL_COUNT; i++) this.#present |= (levels[i] as RiskLevel).set.present;
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
    const terms = checkTerms(order, instrument, context.nowUs);
    if (terms !== Denial.None) return terms;
    if (!(timeInForce >= TimeInForce.Gtc && timeInForce <= TimeInForce.Gtd)) return Denial.UnsupportedType;
    if (side !== Side.Buy && side !== Side.Sell) return Denial.UnsupportedType;
    if (leg !== Leg.Net && leg !== Leg.Long && leg !== Leg.Short) return Denial.UnsupportedType;
    if ((order.flags & OrderFlag.PostOnly) !== 0) {
      if (!hasLimitPrice(orderType)) return Denial.PostOnlyMarket;
      if (timeInForce !== TimeInForce.Gtc && timeInForce !== TimeInForce.Gtd) return Denial.UnsupportedType;
    }
    if (hasLimitPrice(orderType)) {
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
    // What is held may wait for the very position that it is to reduce: it is asked again when it is to be sent.
    if (isToHold(order.flags)) return Denial.None;
    return this.#reduces(order, context, leaves) ? Denial.None : Denial.ReduceOnlyWouldIncrease;
  }

  /** False for an order that says it reduces, or whose hedge leg can only be reduced by its side, and would not. */
  #reduces(order: Readonly<TradingRecord>, context: GateContext, leaves: number): boolean {
    const closesLeg =
      (order.leg === Leg.Long && order.side === Side.Sell) || (order.leg === Leg.Short && order.side === Side.Buy);
    if ((order.flags & OrderFlag.ReduceOnly) === 0 && !closesLeg) return true;
    if (this.#isExit(order, context, leaves)) return true;
    const buying = order.side === Side.Buy;
    this.#finding.found = leaves + (buying ? context.openBuyQty : context.openSellQty);
    this.#finding.bound = Math.abs(context.positionQty);
    return false;
  }

  /** True for an order that is an exit by its quantity alone, whatever it says of itself: see the class. */
  closes(order: Readonly<TradingRecord>, context: GateContext): boolean {
    assert(order.qty > 0, Code.ValueOutOfRange);
    return this.#isExit(order, context, order.qty);
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
    for (let i = 0; i < LEVEL_COUNT; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if ((set.present & Control.ReferenceAge) === 0) continue;
      // Written so that a NaN age is stale.
      if (!(context.referenceAgeUs <= set.referenceAgeUsMax)) {
        this.#finding.bound = set.referenceAgeUsMax;
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
    for (let i = 0; i < LEVEL_COUNT; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if ((set.present & Control.Collar) === 0) continue;
      if (wideCmp(this.#left, wideMul(this.#right, reference, set.collarBps)) > 0) {
        const away = (reference * set.collarBps) / BPS;
        return this.#deny(Denial.PriceCollar, price, price > reference ? reference + away : reference - away);
      }
    }
    return Denial.None;
  }

  #checkNotional(instrument: Instrument, price: number, leaves: number): Denial {
    assert(leaves > 0, Code.ValueOutOfRange);
    if (instrument.notionalMin === 0 || price <= 0) return Denial.None;
    const scale = this.#valueInQuote(instrument, price, leaves);
    if (scale < 0) return Denial.NoValuation;
    const minimum = this.#right.setInt(instrument.notionalMin);
    const valueScale = instrument.priceScale + instrument.qtyScale;
    if (scale > valueScale && !scaleUp(minimum, scale - valueScale)) return Denial.NoValuation;
    if (wideCmp(this.#left, minimum) >= 0) return Denial.None;
    const found = this.#left.toNumber() / pow10(scale - valueScale);
    return this.#deny(Denial.NotionalBelowMinimum, found, instrument.notionalMin);
  }

  /** #left = what the order is worth in the quote asset. Gives the scale that it is at; -1 when it is no amount. */
  #valueInQuote(instrument: Instrument, price: number, leaves: number): number {
    const isPlain = instrument.kind !== InstrumentKind.InversePerpetual && (instrument.contractSize ?? 1) === 1;
    if (isPlain && (instrument.contractScale ?? 0) === 0) {
      wideMul(this.#left, price, leaves);
      return instrument.priceScale + instrument.qtyScale;
    }
    return quoteValueAt(this.#left, instrument, leaves, price) ? CASH_SCALE : -1;
  }

  /** The reference: there, valid, fresh, near; and near to what it was in the last seconds. */
  #checkReference(order: Readonly<TradingRecord>, context: GateContext, hasReference: boolean, price: number): Denial {
    if (!hasReference) return Denial.NoReferencePrice;
    if (this.#isStale(context)) return this.#deny(Denial.StaleMarketData, context.referenceAgeUs, this.#finding.bound);
    let denial = order.orderType === OrderType.Market ? Denial.None : this.#checkCollar(context, price);
    if (denial === Denial.None && (this.#present & Control.Band) !== 0) denial = this.#checkBand(order, context, price);
    if (denial !== Denial.None || order.orderType !== OrderType.Market) return denial;
    return (this.#present & Control.Slippage) === 0 ? Denial.None : this.#checkSlippage(context);
  }

  /**
   * Not further than `bps` above the lowest and below the highest reference of the window: a reference that has just
   * jumped would let prices through that the collar alone calls near.
   */
  #checkBand(order: Readonly<TradingRecord>, context: GateContext, price: number): Denial {
    const { source } = context;
    assert(price > 0, Code.ValueOutOfRange);
    for (let i = 0; i < LEVEL_COUNT; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if ((set.present & Control.Band) === 0) continue;
      if (source?.readBand(order.instrument, context.nowUs, set.bandWindowUs) !== true) return Denial.NoReferencePrice;
      const { bandLow, bandHigh } = source;
      if (price > bandLow && this.#isBeyond(price - bandLow, bandLow, set.bandBps)) {
        return this.#deny(Denial.PriceBand, price, bandLow);
      }
      if (price < bandHigh && this.#isBeyond(bandHigh - price, bandHigh, set.bandBps)) {
        return this.#deny(Denial.PriceBand, price, bandHigh);
      }
    }
    return Denial.None;
  }

  /** What the visible book would give on average; a book that does not hold the size says nothing, so it is denied. */
  #checkSlippage(context: GateContext): Denial {
    const { expectedPrice, referencePrice } = context;
    if (expectedPrice <= 0) return Denial.DepthUnknown;
    const distance = Math.abs(expectedPrice - referencePrice);
    assert(referencePrice > 0, Code.ValueOutOfRange);
    for (let i = 0; i < LEVEL_COUNT; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if ((set.present & Control.Slippage) === 0) continue;
      if (this.#isBeyond(distance, referencePrice, set.slippageBps)) {
        return this.#deny(Denial.SlippageCap, expectedPrice, referencePrice);
      }
    }
    return Denial.None;
  }

  #isBeyond(distance: number, from: number, bps: number): boolean {
    return wideCmp(wideMul(this.#left, distance, BPS), wideMul(this.#right, from, bps)) > 0;
  }

  /** The same again, and what would trade against ourselves. */
  #checkSelf(order: Readonly<TradingRecord>, context: GateContext, isNew: boolean): Denial {
    if ((this.#present & (Control.Duplicate | Control.SelfMatch)) === 0) return Denial.None;
    const buying = order.side === Side.Buy;
    const reach = order.orderType === OrderType.Market ? context.worstPrice : order.price;
    assert(reach >= 0, Code.NumberNegative);
    for (let i = 0; i < LEVEL_COUNT; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if (isNew && (set.present & Control.Duplicate) !== 0) {
        const isDuplicate = this.state.duplicates.has(order, context.nowUs, set.duplicateUs);
        if (isDuplicate) return this.#deny(Denial.DuplicateOrder, order.price, set.duplicateUs);
      }
      if ((set.present & Control.SelfMatch) === 0) continue;
      const buyMax = set.selfMatchFirm ? context.firmBuyMax : context.ownBuyMax;
      const sellMin = set.selfMatchFirm ? context.firmSellMin : context.ownSellMin;
      // A market order whose reach is not known reaches everything.
      const meets = buying
        ? sellMin > 0 && (reach === 0 || reach >= sellMin)
        : buyMax > 0 && (reach === 0 || reach <= buyMax);
      if (meets) return this.#deny(Denial.SelfMatch, reach, buying ? sellMin : buyMax);
    }
    return Denial.None;
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
    const scale = this.#valueInQuote(instrument, price, leaves);
    if (scale < 0) return Denial.NoValuation;
    for (let i = 0; i < LEVEL_COUNT; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      const bound = set.maxOrderQty.mantissas[qtyScale] as number;
      if ((set.present & Control.OrderQty) !== 0 && order.qty > bound) {
        return this.#deny(Denial.MaxOrderQty, order.qty, bound);
      }
    }
    for (let i = 0; i < LEVEL_COUNT; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if ((set.present & Control.OrderValue) !== 0 && set.maxOrderValue.isPassedBy(this.#left, scale)) {
        const found = this.#left.toNumber() / pow10(scale - valueScale);
        return this.#deny(Denial.MaxOrderValue, found, set.maxOrderValue.mantissas[valueScale] as number);
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
    for (let i = 0; i < LEVEL_COUNT; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if ((set.present & control) === 0) continue;
      const own = i === Level.Instance && order.instance !== 0;
      const above = i === Level.Account || own ? 0 : long ? context.otherLongQty : context.otherShortQty;
      const exposure = (own ? instanceHeld : held) + (own && instanceOpen >= 0 ? instanceOpen : open) + leaves + above;
      const limit = long ? set.maxLongPosition : set.maxShortPosition;
      const bound = limit.mantissas[qtyScale] as number;
      // Written so that a NaN is over; so is every sum that no mantissa can hold.
      if (exposure <= 0 || exposure <= bound) continue;
      return this.#deny(Denial.MaxPosition, exposure, bound);
    }
    return Denial.None;
  }

  #checkCounts(context: GateContext, isNew: boolean): Denial {
    for (let i = 0; isNew && i < LEVEL_COUNT; i++) {
      const { set } = this.#levels[i] as RiskLevel;
      if ((set.present & Control.OpenOrders) === 0) continue;
      const known = context.openCounts[i] as number;
      const count = (known < 0 ? context.openCount : known) + 1;
      if (!(count <= set.maxOpenOrders)) return this.#deny(Denial.MaxOpenOrders, count, set.maxOpenOrders);
    }
    for (let i = 0; i < LEVEL_COUNT; i++) {
      const level = this.#levels[i] as RiskLevel;
      const { set } = level;
      if (!isNew && (set.present & Control.Amends) !== 0) {
        if (level.amends.allows(context.nowUs, set.amendsCount, set.amendsWindowUs)) continue;
        return this.#deny(Denial.AmendRate, set.amendsCount + 1, set.amendsCount);
      }
      if ((set.present & Control.NewOrders) === 0) continue;
      if (!level.newOrders.allows(context.nowUs, set.newOrdersCount, set.newOrdersWindowUs)) {
        return this.#deny(Denial.OrderRate, set.newOrdersCount + 1, set.newOrdersCount);
      }
    }
    return Denial.None;
  }

  #deny(denial: Denial, found: number, bound: number): Denial {
    return this.#finding.deny(denial, found, bound);
  }
}
