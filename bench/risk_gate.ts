/**
 * risk.gate: one approval with every control at four levels, what the engine fills in for it (sums over twelve instruments,
 * book walk, own orders) and the copy it makes, against the basic checks alone with BigInt and objects.
 */

import { DEFAULT_LIMITS } from "../src/core/limits.ts";
import { apply, instrumentText } from "../src/engine/apply.ts";
import { Controls } from "../src/engine/controls.ts";
import { DurableState } from "../src/engine/durable.ts";
import { Recorder } from "../src/engine/recorder.ts";
import { MarketState } from "../src/market/market.ts";
import { Denial } from "../src/model/denial.ts";
import type { Instrument } from "../src/model/instrument.ts";
import { CashCause, InstrumentKind, Leg, OrderFlag, OrderType, Side, TimeInForce } from "../src/model/order.ts";
import { RecordKind, TradingRecord } from "../src/model/record.ts";
import { GateContext } from "../src/risk/context.ts";
import { RiskGate } from "../src/risk/gate.ts";
import { type LimitsPayload, limitsRecord } from "../src/risk/risk_state.ts";
import type { Bench, PreparedBench } from "./bench.ts";

const ORDERS = 64;
const OPS = 100_000;
const BASELINE_OPS = 10_000;

export const bench: Bench = {
  name: "risk.gate",
  unit: "ns",
  baseline: "BigInt and objects",
  allocationFree: true,
  prepare,
};

function prepare(): PreparedBench {
  const context = benchContext();
  const controls = benchControls(context);
  const { state } = controls.recorder;
  const gate = new RiskGate(state.risk, DEFAULT_LIMITS);
  const plain = new PlainGate(LEVELS);
  const orders = Array.from({ length: ORDERS }, (_, i) => benchOrder(i));
  let at = 0;
  const single = () => {
    context.nowUs += 1_000;
    at = (at + 1) % ORDERS;
    const order = orders[at] as TradingRecord;
    controls.recorder.input++;
    controls.recorder.nowUs = context.nowUs;
    controls.fill(context, order, 0);
    const approved = gate.approve(order, context);
    if (approved === undefined) throw new Error(`the bench's order was denied: ${Denial[gate.denial]}`);
    gate.recycle(approved);
  };
  return {
    ops: OPS,
    run() {
      for (let i = 0; i < OPS; i++) single();
    },
    single,
    baselineOps: BASELINE_OPS,
    baselineRun() {
      for (let i = 0; i < BASELINE_OPS; i++) {
        context.nowUs += 1_000;
        const denial = plain.check(orders[i % ORDERS] as TradingRecord, context);
        if (denial !== Denial.None) throw new Error(`the baseline denied: ${Denial[denial]}`);
      }
    },
  };
}

/**
 * The gate as one would write it plainly: BigInt amounts, one object per order. It is also the oracle of the fuzz test,
 * so it is written from the rules and shares no arithmetic with the real one. No memory of rates: `count` messages pass.
 */
export class PlainGate {
  readonly levels: readonly PlainLevel[];

  /** Limits are read once, as any gate would. */
  constructor(levels: readonly LimitsPayload[]) {
    this.levels = levels.map((level) => ({
      ...level,
      value: level.maxOrderValue === undefined ? undefined : amount(level.maxOrderValue),
      qty: level.maxOrderQty === undefined ? undefined : amount(level.maxOrderQty),
      long: level.maxLongPosition === undefined ? undefined : amount(level.maxLongPosition),
      short: level.maxShortPosition === undefined ? undefined : amount(level.maxShortPosition),
    }));
  }

  check(order: Readonly<TradingRecord>, context: GateContext): Denial {
    const { instrument } = context;
    if (context.killWord !== 0) return Denial.KillSwitch;
    const isNew = order.kind === RecordKind.OrderIntent;
    const wish = { ...order, leaves: isNew ? order.qty : order.qty - context.cumQty };
    const exit = isExit(wish, context);
    if (context.journalOccupancy >= (exit ? 0.9 : 0.5)) return Denial.JournalBehind;
    if (instrument === undefined) return Denial.InstrumentUnknown;
    const form = checkForm(wish, instrument, isNew, context, exit);
    if (form !== Denial.None) return form;
    const levels = ORDER_OF_SCOPES.flatMap((scope) => this.levels.filter((l) => applies(l, scope, wish)));
    return exit ? checkExit(wish, context, levels) : checkOpening(wish, context, instrument, levels, isNew);
  }
}

type PlainLevel = LimitsPayload & {
  readonly value: bigint | undefined;
  readonly qty: bigint | undefined;
  readonly long: bigint | undefined;
  readonly short: bigint | undefined;
};

type Wish = Readonly<TradingRecord> & { readonly leaves: number };

const ORDER_OF_SCOPES = ["instance", "instrument", "account", "firm"] as const;
const CONTROLS = [
  "maxOrderValue",
  "maxOrderQty",
  "maxLongPosition",
  "maxShortPosition",
  "collarBps",
  "referenceAgeUsMax",
  "newOrders",
  "cancels",
  "maxOpenOrders",
] as const;

function applies(level: LimitsPayload, scope: LimitsPayload["scope"], wish: Wish): boolean {
  if (level.scope !== scope) return false;
  if (scope === "instance") return level.key === wish.instance;
  if (scope === "instrument") return level.key === wish.instrument;
  return scope === "firm" || level.key === wish.account;
}

/** Units at 10^-18 of decimal text. */
function amount(text: string): bigint {
  const [whole = "0", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(18, "0"));
}

/** Mantissa at a scale → units at 10^-18. */
function units(mantissa: number, scale: number): bigint {
  return BigInt(mantissa) * 10n ** BigInt(18 - scale);
}

function isExit(wish: Wish, context: GateContext): boolean {
  const sign = wish.side === Side.Buy ? -1 : 1;
  const open = wish.side === Side.Buy ? context.openBuyQty : context.openSellQty;
  const known = wish.side === Side.Buy ? context.instanceOpenBuyQty : context.instanceOpenSellQty;
  const own = wish.leaves + (known < 0 ? open : known) <= sign * context.instancePositionQty;
  return wish.leaves + open <= sign * context.positionQty && (wish.instance === 0 || own);
}

function checkForm(wish: Wish, i: Instrument, isNew: boolean, context: GateContext, exit: boolean): Denial {
  const limit = wish.orderType === OrderType.Limit;
  const gtc = wish.timeInForce === TimeInForce.Gtc;
  if (!limit && wish.orderType !== OrderType.Market) return Denial.UnsupportedType;
  if ((wish.flags & OrderFlag.PostOnly) !== 0 && !limit) return Denial.PostOnlyMarket;
  if ((wish.flags & OrderFlag.PostOnly) !== 0 && !gtc) return Denial.UnsupportedType;
  if (!limit && !isNew) return Denial.UnsupportedType;
  if (limit ? !Number.isSafeInteger(wish.price) || wish.price <= 0 : wish.price !== 0) return Denial.PriceInvalid;
  if (limit && BigInt(wish.price) % BigInt(i.tick) !== 0n) return Denial.PriceIncrement;
  if (!Number.isSafeInteger(wish.qty) || wish.qty <= 0 || wish.leaves <= 0) return Denial.QtyInvalid;
  if (BigInt(wish.qty) % BigInt(i.lot) !== 0n) return Denial.QtyIncrement;
  if (wish.qty < i.qtyMin) return Denial.QtyBelowMinimum;
  if (i.qtyMax > 0 && wish.qty > i.qtyMax) return Denial.QtyAboveMaximum;
  if (!isNew && wish.price === context.oldPrice && wish.leaves === context.oldLeavesQty) return Denial.NothingToChange;
  if ((wish.flags & OrderFlag.ReduceOnly) !== 0 && !exit) return Denial.ReduceOnlyWouldIncrease;
  return Denial.None;
}

function hasReference(context: GateContext): boolean {
  return context.referenceValid && context.referencePrice > 0;
}

function isStale(context: GateContext, levels: readonly PlainLevel[]): boolean {
  return levels.some((l) => l.referenceAgeUsMax !== undefined && context.referenceAgeUs > l.referenceAgeUsMax);
}

function beyondCollar(wish: Wish, context: GateContext, levels: readonly PlainLevel[]): boolean {
  const reference = BigInt(context.referencePrice);
  const distance = BigInt(wish.price) - reference;
  const away = (distance < 0n ? -distance : distance) * 10_000n;
  return levels.some((l) => l.collarBps !== undefined && away > reference * BigInt(l.collarBps));
}

function checkExit(wish: Wish, context: GateContext, levels: readonly PlainLevel[]): Denial {
  if (wish.orderType === OrderType.Market || !hasReference(context) || isStale(context, levels)) return Denial.None;
  const passive = wish.side === Side.Buy ? wish.price <= context.referencePrice : wish.price >= context.referencePrice;
  return !passive && beyondCollar(wish, context, levels) ? Denial.PriceCollar : Denial.None;
}

function checkOpening(
  wish: Wish,
  context: GateContext,
  i: Instrument,
  levels: readonly PlainLevel[],
  isNew: boolean,
): Denial {
  const market = wish.orderType === OrderType.Market;
  const price = market ? (hasReference(context) ? context.referencePrice : 0) : wish.price;
  const notional = BigInt(price) * BigInt(wish.leaves);
  if (price > 0 && notional < BigInt(i.notionalMin)) return Denial.NotionalBelowMinimum;
  if (CONTROLS.some((c) => levels.every((l) => l[c] === undefined))) return Denial.LimitMissing;
  if (!hasReference(context)) return Denial.NoReferencePrice;
  if (isStale(context, levels)) return Denial.StaleMarketData;
  if (!market && beyondCollar(wish, context, levels)) return Denial.PriceCollar;
  const size = units(wish.qty, i.qtyScale);
  if (levels.some((l) => l.qty !== undefined && size > l.qty)) return Denial.MaxOrderQty;
  const value = notional * 10n ** BigInt(18 - i.priceScale - i.qtyScale);
  if (levels.some((l) => l.value !== undefined && value > l.value)) return Denial.MaxOrderValue;
  if (levels.some((l) => passesPosition(wish, context, i, l))) return Denial.MaxPosition;
  const count = context.openCount + 1;
  if (isNew && levels.some((l) => l.maxOpenOrders !== undefined && count > l.maxOpenOrders)) {
    return Denial.MaxOpenOrders;
  }
  return levels.some((l) => l.newOrders?.count === 0) ? Denial.OrderRate : Denial.None;
}

function passesPosition(wish: Wish, context: GateContext, i: Instrument, level: PlainLevel): boolean {
  const buy = wish.side === Side.Buy;
  const own = level.scope === "instance";
  const held = BigInt(own ? context.instancePositionQty : context.positionQty);
  const all = buy ? context.openBuyQty : context.openSellQty;
  const known = buy ? context.instanceOpenBuyQty : context.instanceOpenSellQty;
  const open = BigInt(own && known >= 0 ? known : all);
  const exposure = (buy ? held : -held) + open + BigInt(wish.leaves);
  const limit = buy ? level.long : level.short;
  return limit !== undefined && exposure * 10n ** BigInt(18 - i.qtyScale) > limit;
}

const RATE = { count: 5_000, windowUs: 1_000_000 } as const;
const FULL = {
  version: 1,
  maxOrderValue: "100000",
  maxOrderQty: "50",
  maxLongPosition: "500",
  maxShortPosition: "500",
  collarBps: 500,
  referenceAgeUsMax: 5_000_000,
  newOrders: RATE,
  cancels: RATE,
  maxOpenOrders: 100,
} as const;
const LEVELS: readonly LimitsPayload[] = [
  { scope: "instance", key: 1, ...FULL },
  { scope: "instrument", key: 0, ...FULL },
  { scope: "account", key: 0, ...FULL },
  { scope: "firm", key: 0, ...FULL },
];

/** All that there is beside the basic controls, where it may stand. */
const REST = {
  ...{
    amends: RATE,
    band: { bps: 1_000, windowUs: 10_000_000 },
    slippageBps: 1_000,
    duplicateUs: 1,
    selfMatch: "account" as const,
  },
  ...{ instruments: ["v:X0-USDT"], venues: ["binance-spot"], restricted: ["v:OTHER"], coolDownUs: 1_000_000 },
  ...{ hours: { from: "00:00", to: "24:00" }, rejectRatio: { orders: 100, bps: 5_000 } },
} as const;
const SUMS = {
  ...{ maxGrossValue: "10000000", maxNetValue: "10000000", maxDailyLoss: "1000000", maxDrawdown: "1000000" },
  ...{ maxLosingTrips: 100, executions: RATE, refusals: RATE, onLoss: "halt" as const },
} as const;
const MONEY = { maxLeverage: 10_000, minFreeBalance: "0" } as const;
const ALL: readonly LimitsPayload[] = LEVELS.map((level) => ({
  ...level,
  ...REST,
  ...(level.scope === "instrument" ? {} : SUMS),
  ...(level.scope === "account" || level.scope === "firm" ? MONEY : {}),
}));
const INSTRUMENTS = 12;

/** A state with a position and a resting order in each of a dozen instruments, and a market for them. */
function benchControls(context: GateContext): Controls {
  const state = new DurableState(DEFAULT_LIMITS);
  const market = new MarketState(DEFAULT_LIMITS);
  const record = new TradingRecord();
  const emitLater: TradingRecord[] = [];
  const emit = () => {
    record.record = state.record + 1;
    record.input = 1;
    record.timeUs = context.nowUs;
    apply(state, record);
  };
  ["USDT", ...Array.from({ length: INSTRUMENTS }, (_, i) => `X${i}`)].forEach((code, asset) => {
    Object.assign(record.reset(RecordKind.AssetDefined), { asset, text: code });
    emit();
    Object.assign(record.reset(RecordKind.CashMoved), { asset, code: CashCause.OpeningBalance, amountHi: 500_000_000 });
    if (asset > 0) record.amountHi = 1_000_000;
    emitLater.push(new TradingRecord().copyFrom(record));
  });
  record.reset(RecordKind.AccountOpened).text = "bench";
  emit();
  for (const cash of emitLater.splice(0)) {
    record.copyFrom(cash);
    emit();
  }
  const base = context.instrument as Instrument;
  for (let id = 0; id < INSTRUMENTS; id++) {
    const instrument = { ...base, id, name: `v:X${id}-USDT`, venueSymbol: `X${id}USDT`, base: `X${id}` };
    if (id === 0) context.instrument = instrument;
    Object.assign(record.reset(RecordKind.InstrumentDefined), { instrument: id, instrumentRevision: 1 });
    record.text = instrumentText(instrument);
    emit();
    market.define(instrument);
    const found = market.instrument(id);
    if (found === undefined) throw new Error("no market");
    Object.assign(found, { bidPrice: 24_999_900, bidQty: 1e12, askPrice: 25_000_100, askQty: 1e12 });
    found.quoteTimeUs = context.nowUs;
    const order = { instrument: id, instrumentRevision: 1, instance: 1, orderType: OrderType.Limit, qty: 12_000_000 };
    const terms = { ...order, timeInForce: TimeInForce.Gtc, side: Side.Buy, price: 25_000_000 };
    for (const price of [25_000_000, 24_000_000]) {
      Object.assign(record.reset(RecordKind.OrderIntent), {
        ...terms,
        price,
        order: state.orders.nextOrder,
        attempt: 1,
      });
      emit();
      Object.assign(record, { kind: RecordKind.OrderSent });
      emit();
      if (price !== terms.price) continue;
      Object.assign(record, { kind: RecordKind.OrderFilled, fillId: `F${id}` });
      emit();
    }
  }
  for (const payload of ALL) {
    if (limitsRecord(record, payload, DEFAULT_LIMITS).length > 0) throw new Error("the bench's limits are wrong");
    emit();
  }
  const journal = { append: () => {}, durableRecord: () => 0, occupancy: () => 0 };
  return new Controls(new Recorder(state, journal), { market, gatewayOf: () => undefined });
}

function benchContext(): GateContext {
  const context = new GateContext();
  context.instrument = {
    id: 0,
    revision: 1,
    name: "binance:ETH-USDT",
    venue: "binance-spot",
    venueSymbol: "ETHUSDT",
    kind: InstrumentKind.Spot,
    base: "ETH",
    quote: "USDT",
    settle: "USDT",
    priceScale: 4,
    qtyScale: 6,
    priceDecimals: 2,
    qtyDecimals: 4,
    tick: 100,
    lot: 100,
    qtyMin: 100,
    qtyMax: 9_000_000_000,
    notionalMin: 50_000_000_000,
  };
  context.nowUs = 1_723_075_200_000_000;
  context.referencePrice = 25_000_000;
  context.referenceAgeUs = 1_000;
  context.referenceValid = true;
  context.positionQty = 12_000_000;
  context.instancePositionQty = 12_000_000;
  context.openBuyQty = 4_000_000;
  context.openSellQty = 4_000_000;
  context.openCount = 4;
  return context;
}

function benchOrder(i: number): TradingRecord {
  const order = new TradingRecord().reset(RecordKind.OrderIntent);
  order.order = i + 1;
  order.instance = 1;
  order.instrumentRevision = 1;
  order.leg = Leg.Net;
  order.side = i % 2 === 0 ? Side.Buy : Side.Sell;
  order.orderType = i % 8 === 7 ? OrderType.Market : OrderType.Limit;
  order.timeInForce = TimeInForce.Gtc;
  order.price = order.orderType === OrderType.Market ? 0 : 25_000_000 + (i - 32) * 100;
  // Larger than what is held, so that a sell is an opening order and meets every check.
  order.qty = 13_000_000 + i * 100;
  return order;
}
