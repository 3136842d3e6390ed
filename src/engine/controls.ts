/** The engine's side of risk: what the gate is told of sums, money and prices, and what is done when a limit is reached. */

import { amountOf, productAmount } from "../core/amount.ts";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { Wide, wideSub } from "../core/wide.ts";
import type { MarketState } from "../market/market.ts";
import { Denial } from "../model/denial.ts";
import { InstrumentKind, isExposed, Leg, OrderFlag, OrderType, Side } from "../model/order.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { type GateContext, type GateSource, Level } from "../risk/context.ts";
import { Control } from "../risk/control.ts";
import type { RiskLevel } from "../risk/risk_level.ts";
import { BookWalk } from "./book_walk.ts";
import { type BreakerActions, BreakerWatch } from "./breaker_watch.ts";
import { DenialFlood } from "./denial_flood.ts";
import { EquityCache } from "./equity_cache.ts";
import { Exposures } from "./exposures.ts";
import { Marks } from "./marks.ts";
import type { VenueGateway } from "./ports.ts";
import { PriceBands } from "./price_bands.ts";
import type { Recorder } from "./recorder.ts";
import { ScopeValuation } from "./scope_valuation.ts";
import type { ValuationPort } from "./valuation_port.ts";

/** How often money is measured and rows are valued anew without any record. */
const TURN_US = 100_000;
const CURRENCY = "USDT";

export interface ControlOptions {
  readonly market: MarketState;
  /** What sums and losses are counted in. */
  readonly currency?: string;
  /** Hash of the running executable: live accounts are armed for one build. */
  readonly build?: string;
  readonly dayStartUs?: number;
  readonly gatewayOf: (account: number) => VenueGateway | undefined;
}

/** What a kill and a cancel are asked of: the decider. */
export interface ControlActions {
  cancel(wish: Readonly<TradingRecord>, isForced: boolean): void;
  kill(scope: Scope, key: number, why: string, venue?: string): void;
}

export class Controls implements GateSource, BreakerActions {
  readonly marks: Marks;
  readonly exposures: Exposures;
  readonly bands = new PriceBands();
  readonly floods: DenialFlood;
  readonly breakers: BreakerWatch;
  /** Who values profit and equity; may be put in place of ours. */
  valuation: ValuationPort;
  /** Whether the account is reconciled in the instrument and its private stream lives. Openings wait while it is not. */
  isSynced: (account: number, instrument: number) => boolean = () => true;
  /** Whether somebody would cancel the account's orders if the engine stopped: the watchdog process. */
  isGuarded: (account: number) => boolean = () => true;
  /** Why an account may not open now, whatever D says of it: what its venue and its key were asked. "" = nothing. */
  unfitWhy: (account: number) => string = () => "";
  /** Where the account trades and by which key: an arming holds for that alone. "" = nothing is known of it. */
  placeOf: (account: number) => string = () => "";
  readonly #walk = new BookWalk();
  readonly #wish = new TradingRecord();
  readonly #work = new Wide();
  readonly #equity = new EquityCache();
  #actions: ControlActions | undefined;
  #turnDueUs = 0;
  /** Records that may have tripped something since the last look. */
  #isDirty = false;
  #isMoneyDirty = false;
  #checked = -1;
  /** Pairs whose position has moved: resting reduce-only orders may be too large now. */
  readonly #moved = new Set<number>();

  constructor(
    readonly recorder: Recorder,
    readonly options: ControlOptions,
  ) {
    const { state } = recorder;
    this.marks = new Marks(options.market, state, options.currency ?? CURRENCY);
    this.exposures = new Exposures(state, this.marks);
    this.valuation = new ScopeValuation(state, this.marks);
    this.floods = new DenialFlood(recorder);
    this.breakers = new BreakerWatch(recorder, () => this.valuation, this, options.dayStartUs ?? 0);
  }

  get build(): string {
    return this.options.build ?? "";
  }

  /** What an arming must name for the account to open: the build, and where it trades. "" = nothing can be armed. */
  approvalOf(account: number, build = this.build): string {
    const place = this.placeOf(account);
    return build === "" || place === "" ? build : `${build}@${place}`;
  }

  actBy(actions: ControlActions): void {
    assert(this.#actions === undefined, Code.InvariantBroken);
    this.#actions = actions;
  }

  /** Every record, once it is applied and before anybody else hears of it. */
  onRecord(record: Readonly<TradingRecord>): void {
    this.exposures.note(record);
    switch (record.kind) {
      case RecordKind.OrderDenied:
        this.floods.note(record);
        this.#isDirty = true;
        return;
      case RecordKind.OrderFilled:
      case RecordKind.FillBusted:
      case RecordKind.PositionAdjusted:
        this.#moved.add(record.account * this.recorder.state.limits.instrumentsMax + record.instrument);
        this.#isDirty = true;
        this.#isMoneyDirty = true;
        this.#equity.forget();
        return;
      case RecordKind.CashMoved:
        this.#equity.forget();
        return;
      case RecordKind.OrderAccepted:
      case RecordKind.OrderRejected:
      case RecordKind.LimitsSet:
      case RecordKind.DenialsCounted:
        this.#isDirty = true;
        return;
      default:
        return;
    }
  }

  /** After a restart, once D is whole. */
  rebuild(): void {
    this.exposures.rebuild();
    this.#equity.forget();
    this.#isDirty = true;
  }

  /** End of a step: what its records have tripped. Emits. */
  settle(): void {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    this.#trimExits();
    this.breakers.check(this.#isMoneyDirty);
    this.#isMoneyDirty = false;
  }

  /** On the engine's grid of time: marks, bands, losses, ends of cool-downs, floods that are over. */
  onTime(): void {
    const { nowUs } = this.recorder;
    if (nowUs < this.#turnDueUs) return;
    this.#turnDueUs = nowUs - (nowUs % TURN_US) + TURN_US;
    this.#noteBands(nowUs);
    this.exposures.turn();
    this.#equity.refresh(this.valuation, nowUs);
    this.breakers.check(true);
    this.floods.tend();
  }

  /** Fills what the decider does not know by itself. `ownLeavesQty`: of the order that is amended, else 0. */
  fill(context: GateContext, order: Readonly<TradingRecord>, ownLeavesQty: number): void {
    const { state, nowUs } = this.recorder;
    const { account, instrument, instance } = order;
    const { exposures } = this;
    const market = this.options.market.instrument(instrument);
    context.source = this;
    context.isReal = state.risk.arming.isReal(account);
    const denial = state.risk.arming.whyNot(account, this.approvalOf(account));
    context.accountDenial = denial !== Denial.None || this.isSynced(account, instrument) ? denial : Denial.NotReady;
    if (context.isReal && context.accountDenial === Denial.None && !this.isGuarded(account)) {
      context.accountDenial = Denial.WatchdogSilent;
    }
    if (context.isReal && context.accountDenial === Denial.None && this.unfitWhy(account) !== "") {
      context.accountDenial = Denial.AccountUnfit;
    }
    context.openCounts[Level.Instance] = exposures.sum(Scope.Instance, instance).openOrders;
    context.openCounts[Level.Instrument] = exposures.sum(Scope.Instrument, instrument).openOrders;
    context.openCounts[Level.Venue] = exposures.venueSum(context.instrument?.venue ?? "").openOrders;
    context.openCounts[Level.Account] = exposures.sum(Scope.Account, account).openOrders;
    context.openCounts[Level.Firm] = exposures.firm.openOrders;
    const part = exposures.part(instance, account, instrument);
    const isBuy = order.side === Side.Buy;
    context.instanceOpenBuyQty = (part?.openBuyQty ?? 0) - (isBuy ? ownLeavesQty : 0);
    context.instanceOpenSellQty = (part?.openSellQty ?? 0) - (isBuy ? 0 : ownLeavesQty);
    assert(context.instanceOpenBuyQty >= 0 && context.instanceOpenSellQty >= 0, Code.InvariantBroken);
    if (context.referencePrice > 0) this.bands.note(instrument, nowUs, context.referencePrice);
    context.expectedPrice = 0;
    context.worstPrice = 0;
    if (order.orderType === OrderType.Market && order.kind !== RecordKind.CancelIntent) {
      this.#walk.walk(market, order.side, order.qty);
      context.expectedPrice = this.#walk.expectedPrice;
      context.worstPrice = this.#walk.worstPrice;
    }
    this.#lookAtOthers(context, order);
  }

  grossAfter(scope: Scope, order: Readonly<TradingRecord>, addedQty: number, out: Wide): boolean {
    this.#beforeSums();
    return this.exposures.grossAfter(scope, order, addedQty, out);
  }

  netAfter(scope: Scope, order: Readonly<TradingRecord>, addedQty: number, out: Wide): boolean {
    this.#beforeSums();
    return this.exposures.netAfter(scope, order, addedQty, out);
  }

  equity(scope: Scope, order: Readonly<TradingRecord>, out: Wide): boolean {
    return this.#equity.read(this.valuation, scope, order.account, this.recorder.nowUs, out);
  }

  freeAfter(order: Readonly<TradingRecord>, leavesQty: number, price: number, out: Wide): boolean {
    const { instruments, ledger } = this.recorder.state;
    const instrument = instruments.get(order.instrument);
    if (instrument === undefined) return false;
    if (instrument.kind !== InstrumentKind.Spot) return this.equity(Scope.Account, order, out);
    const isBuy = order.side === Side.Buy;
    const asset = ledger.assetId(isBuy ? instrument.quote : instrument.base);
    if (asset === undefined) return false;
    ledger.cash(order.account, asset, out);
    wideSub(out, out, this.exposures.reserved(order.account, asset, order.order, this.#work));
    const { priceScale, qtyScale } = instrument;
    const fits = isBuy
      ? productAmount(this.#work, leavesQty, price, priceScale + qtyScale)
      : amountOf(this.#work, leavesQty, qtyScale);
    assert(price >= 0 && leavesQty > 0, Code.ValueOutOfRange);
    if (fits) wideSub(out, out, this.#work);
    return fits;
  }

  readBand(instrument: number, nowUs: number, windowUs: number): boolean {
    return this.bands.read(instrument, nowUs, windowUs);
  }

  get bandLow(): number {
    return this.bands.low;
  }

  get bandHigh(): number {
    return this.bands.high;
  }

  /** What stays are orders that are marked reduce-only: they only close. */
  cancelOpenings(level: RiskLevel, why: string): void {
    const { orders, instruments } = this.recorder.state;
    const { scope, key, venue } = level;
    for (let order = orders.firstOpenAll(), next = 0; order !== 0; order = next) {
      next = orders.nextOpenAll(order);
      if ((orders.flags(order) & (OrderFlag.ReduceOnly | OrderFlag.External)) !== 0) continue;
      const isOurs =
        scope === Scope.Firm ||
        (scope === Scope.Instance && orders.instance(order) === key) ||
        (scope === Scope.Instrument && orders.instrument(order) === key) ||
        (scope === Scope.Account && orders.account(order) === key) ||
        (scope === Scope.Venue && instruments.get(orders.instrument(order))?.venue === venue);
      if (isOurs) this.#cancel(order, why);
    }
  }

  kill(scope: Scope, key: number, why: string): void {
    assert(this.#actions !== undefined, Code.InvariantBroken);
    this.#actions.kill(scope, key, why);
  }

  /** Marks move with inputs: once for each of them is enough. */
  #beforeSums(): void {
    if (this.#checked === this.recorder.input) return;
    this.#checked = this.recorder.input;
    this.exposures.beforeCheck();
  }

  /** Other instances' and accounts' orders and holdings of this instrument: only as far as limits ask for them. */
  #lookAtOthers(context: GateContext, order: Readonly<TradingRecord>): void {
    const { state } = this.recorder;
    context.otherLongQty = 0;
    context.otherShortQty = 0;
    context.ownBuyMax = 0;
    context.ownSellMin = 0;
    context.firmBuyMax = 0;
    context.firmSellMin = 0;
    const { risk, accounts } = state;
    const asks =
      risk.level(Scope.Firm, 0).set.present |
      risk.venueLevel(context.instrument?.venue ?? "").set.present |
      risk.level(Scope.Account, order.account).set.present |
      risk.level(Scope.Instrument, order.instrument).set.present |
      risk.level(Scope.Instance, order.instance).set.present;
    const wantsPrices = (asks & Control.SelfMatch) !== 0;
    for (let account = 0; account < accounts.count; account++) {
      const isOwn = account === order.account;
      if (!isOwn) this.#addHolding(context, account, order.instrument);
      if (wantsPrices) this.#addPrices(context, account, order, isOwn);
    }
  }

  #addHolding(context: GateContext, account: number, instrument: number): void {
    const row = this.exposures.pair(account, instrument);
    if (row === undefined) return;
    context.otherLongQty += Math.max(0, row.netQty + row.longQty + row.openBuyQty);
    context.otherShortQty += Math.max(0, row.shortQty - row.netQty + row.openSellQty);
  }

  #addPrices(context: GateContext, account: number, order: Readonly<TradingRecord>, isOwn: boolean): void {
    const { orders } = this.recorder.state;
    const row = this.exposures.pair(account, order.instrument);
    const isBuy = order.side === Side.Buy;
    // Only the other side can be met; most orders have none.
    if (row === undefined || (isBuy ? row.openSellQty : row.openBuyQty) === 0) return;
    assert(account < this.recorder.state.accounts.count, Code.ValueOutOfRange);
    for (let o = orders.firstOpen(account, order.instrument); o !== 0; o = orders.nextOpen(o)) {
      const price = orders.price(o);
      if (o === order.order || orders.side(o) === order.side || price <= 0 || !isExposed(orders.state(o))) continue;
      if (isBuy) {
        const pending = orders.pendingPrice(o);
        const low = pending > 0 ? Math.min(price, pending) : price;
        if (context.firmSellMin === 0 || low < context.firmSellMin) context.firmSellMin = low;
        if (isOwn && (context.ownSellMin === 0 || low < context.ownSellMin)) context.ownSellMin = low;
      } else {
        const high = orders.priceMax(o);
        context.firmBuyMax = Math.max(context.firmBuyMax, high);
        if (isOwn) context.ownBuyMax = Math.max(context.ownBuyMax, high);
      }
    }
  }

  #noteBands(nowUs: number): void {
    const { market } = this.options;
    const { count } = this.recorder.state.instruments;
    for (let id = 0; id < count; id++) {
      // A market that is quiet stands where it stood: its next price is measured against that.
      this.bands.note(id, nowUs, market.instrument(id)?.referencePrice() ?? 0);
    }
  }

  /**
   * A resting reduce-only order must not flip a position that has shrunk under it. Venues that keep reduce-only by
   * themselves do so; elsewhere the newest orders that no longer fit are cancelled, and the strategy hears why.
   */
  #trimExits(): void {
    if (this.#moved.size === 0) return;
    const { instrumentsMax } = this.recorder.state.limits;
    for (const pair of this.#moved) {
      assert(Number.isInteger(pair) && pair >= 0, Code.ValueOutOfRange);
      const account = Math.floor(pair / instrumentsMax);
      if (this.options.gatewayOf(account)?.capabilities.reduceOnly === true) continue;
      this.#trimPair(account, pair % instrumentsMax);
    }
    this.#moved.clear();
  }

  #trimPair(account: number, instrument: number): void {
    const { orders, ledger } = this.recorder.state;
    for (const leg of [Leg.Net, Leg.Long, Leg.Short]) {
      const held = ledger.positionQty(account, instrument, leg);
      assert(Number.isSafeInteger(held), Code.ValueOutOfRange);
      let sells = Math.max(0, held);
      let buys = Math.max(0, -held);
      for (let order = orders.firstOpen(account, instrument), next = 0; order !== 0; order = next) {
        next = orders.nextOpen(order);
        if ((orders.flags(order) & OrderFlag.ReduceOnly) === 0 || orders.leg(order) !== leg) continue;
        const leaves = orders.leavesQty(order);
        assert(leaves >= 0, Code.NumberNegative);
        const isBuy = orders.side(order) === Side.Buy;
        const room = isBuy ? buys : sells;
        if (leaves > room) this.#cancel(order, "reduce-only: the position has shrunk below it", Denial.ContingentQty);
        else if (isBuy) buys -= leaves;
        else sells -= leaves;
      }
    }
  }

  #cancel(order: number, why: string, code: number = Denial.None): void {
    assert(this.#actions !== undefined, Code.InvariantBroken);
    const wish = this.#wish.reset(RecordKind.CommandCancel);
    wish.order = order;
    wish.text = why;
    wish.code = code;
    this.#actions.cancel(wish, true);
  }
}
