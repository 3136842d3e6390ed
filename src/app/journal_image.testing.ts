/** A random session straight into D: every kind of record that exists, as far as the state of an order allows it. */

import type { Limits } from "../core/limits.ts";
import type { Prng } from "../core/prng.ts";
import { instrumentText } from "../engine/apply.ts";
import { ETH, START_US } from "../engine/engine.testing.ts";
import { ALL_INSTRUMENTS } from "../engine/ports.ts";
import type { Instrument } from "../model/instrument.ts";
import { CashCause, InstrumentKind, isTerminal, OrderFlag, OrderState, OrderType, Side } from "../model/order.ts";
import { Evidence, RecordKind as K, Scope, TradingRecord } from "../model/record.ts";
import { cell, eventOf, Step } from "../oms/matrix.ts";
import { JournalImage } from "./journal_image.ts";

const ASSETS = ["USDT", "ETH", "BTC"];
const SCOPES = ["instance", "instrument", "venue", "account", "firm"] as const;
const ORDER_KINDS = [
  ...[K.OrderSent, K.OrderWithdrawn, K.CancelIntent, K.ReplaceIntent, K.ReplaceSent, K.OrderAccepted, K.OrderRejected],
  ...[K.OrderFilled, K.OrderFilled, K.OrderFilled, K.OrderCanceled, K.OrderExpired, K.OrderReplaced, K.ReplaceRejected],
  ...[K.CancelRejected, K.OrderUnknown, K.OrderNotFound, K.FillBusted, K.OrderDenied, K.OrderTriggered],
  ...[K.WatermarkMoved, K.OrderResized],
];

interface Fill {
  readonly order: number;
  readonly fillId: string;
  readonly qty: number;
  readonly price: number;
  readonly side: number;
}

/** Follows its own image, so that it knows what may happen next. */
export class RandomSession {
  readonly records: TradingRecord[] = [];
  readonly image: JournalImage;
  readonly kinds = new Set<K>();
  #fills: Fill[] = [];
  #texts = 0;
  #epoch = 0;
  #timeUs = START_US;

  constructor(
    readonly limits: Limits,
    readonly chance: Prng,
  ) {
    this.image = new JournalImage(limits);
    this.#emit(K.SessionStarted, { text: JSON.stringify({ epoch: ++this.#epoch, limitsHash: "abc" }) });
    ASSETS.forEach((text, asset) => {
      this.#emit(K.AssetDefined, { asset, text });
    });
    for (let account = 0; account < 2; account++)
      this.#emit(K.AccountOpened, { account, text: `a${account}`, flags: account });
    this.#define({ ...ETH });
    this.#define({
      ...ETH,
      id: 1,
      name: "x:BTC-USDT-PERP",
      venue: "x",
      base: "BTC",
      kind: InstrumentKind.LinearPerpetual,
    });
    for (const account of [0, 1]) this.#cash(account, CashCause.OpeningBalance, 1_000);
    for (const scope of SCOPES) this.#limits(scope);
  }

  step(): void {
    const { chance } = this;
    this.#timeUs += this.#below(4) * 1_000;
    const dice = chance.nextBelow(20);
    if (dice < 6) this.#place();
    else if (dice < 16) this.#order();
    else this.#other();
  }

  get #state() {
    return this.image.state;
  }

  #below(n: number): number {
    return this.chance.nextBelow(n);
  }

  #text(): string {
    return `t${this.#texts++}`;
  }

  #emit(kind: K, fields: Partial<TradingRecord> = {}): void {
    const record = Object.assign(new TradingRecord().reset(kind), fields);
    record.record = this.#state.record + 1;
    record.input = this.#state.input + 1;
    record.timeUs = this.#timeUs;
    this.image.take(record);
    this.records.push(record);
    this.kinds.add(kind);
  }

  #define(instrument: Instrument): void {
    const { id, revision } = instrument;
    this.#emit(K.InstrumentDefined, { instrument: id, instrumentRevision: revision, text: instrumentText(instrument) });
  }

  #limits(scope: (typeof SCOPES)[number]): void {
    const n = () => 1 + this.#below(6);
    const rate = () => ({ count: n(), windowUs: 1_000 * n() });
    const key = scope === "instance" ? 1 : 0;
    const venue = scope === "venue" ? { venue: this.#below(2) === 0 ? "x" : ETH.venue } : {};
    const rates = { newOrders: rate(), cancels: rate(), executions: rate(), refusals: rate() };
    const more = this.#below(2) === 0 ? { amends: rate(), maxLosingTrips: n() } : {};
    const rejectRatio = { orders: n(), bps: 100 * n() };
    const version = this.#state.record;
    this.#emit(K.LimitsSet, {
      text: JSON.stringify({ scope, key, ...venue, version, ...rates, ...more, rejectRatio }),
    });
  }

  #cash(account: number, code: CashCause, amountHi: number): void {
    const fillId = this.#below(3) === 0 ? `m${this.#below(12)}` : "";
    const asset = this.#below(ASSETS.length);
    this.#emit(K.CashMoved, { account, asset, code, amountHi, amountLo: this.#below(9), fillId, instrument: 1 });
  }

  /** Alone or in a family, to the venue or held, by hand with a key or by a strategy; sometimes the very same again. */
  #place(): void {
    const { orders } = this.#state;
    if (!orders.hasRoom()) return;
    const order = orders.nextOrder;
    const instrument = this.#below(2);
    const latest = order - 1 - this.#below(4);
    const parent = this.#below(4) === 0 && orders.has(latest) ? latest : 0;
    const group = this.#below(4) === 0 ? Math.max(1, order - this.#below(4)) : 0;
    const isHeld = this.#below(3) === 0 || parent !== 0;
    // An exit made again makes a group of itself and an order that had none.
    const again = group !== 0 && order % 3 === 0 ? OrderFlag.Again : 0;
    const held = {
      orderType: isHeld ? OrderType.TrailingStop : OrderType.Limit,
      flags: again | (isHeld ? OrderFlag.Emulated : 0) | (this.#below(2) === 0 ? OrderFlag.ReduceOnly : 0),
      triggerPrice: isHeld ? 1_000 + this.#below(9) : 0,
      trailOffset: isHeld ? this.#below(3) : 0,
      expireUs: this.#below(5) === 0 ? this.#timeUs + 5 : 0,
    };
    const plain = {
      ...{ order, parent, group, instrument, account: parent === 0 ? this.#below(2) : orders.account(parent) },
      ...{ instrumentRevision: this.#state.instruments.get(instrument)?.revision ?? 1, instance: this.#below(2) },
      ...{ side: 1 + this.#below(2), price: 1_000_000 * (1 + this.#below(3)), qty: 1_000 * (1 + this.#below(3)) },
      ...{ referencePrice: 1_000_000 + this.#below(9), attempt: 1, text: this.#below(2) === 0 ? this.#text() : "" },
    };
    const fillId = this.#below(2) === 0 ? `key-${this.#below(40)}#0123abcd` : "";
    if (parent !== 0) plain.instrument = orders.instrument(parent);
    if (this.#below(12) === 0) this.#emit(K.OrderDenied, { ...plain, fillId, code: 3 });
    else if (this.#below(8) === 0) {
      const flags = this.#below(2) === 0 ? OrderFlag.External : OrderFlag.LostOwn;
      const venueOrderId = `V${this.#below(60)}`;
      this.#emit(K.OrderAdopted, { ...plain, parent: 0, group: 0, flags, venueOrderId, text: `c${this.#below(30)}` });
    } else this.#emit(K.OrderIntent, { ...plain, ...held, fillId });
  }

  #order(): void {
    const { orders } = this.#state;
    const { nextOrder } = orders;
    const order = nextOrder - 1 - this.#below(Math.min(nextOrder, 24));
    if (!orders.has(order)) return;
    for (let tries = 0; tries < 12; tries++) {
      const kind = ORDER_KINDS[this.#below(ORDER_KINDS.length)] as K;
      const fields = this.#may(kind, order) ? this.#fieldsOf(kind, order) : undefined;
      if (fields === undefined) continue;
      const record = new TradingRecord();
      orders.identify(order, record.reset(kind));
      const { account, instrument, instrumentRevision, instance, leg, side } = record;
      return this.#emit(kind, { order, account, instrument, instrumentRevision, instance, leg, side, ...fields });
    }
  }

  #may(kind: K, order: number): boolean {
    const { orders } = this.#state;
    const state = orders.state(order);
    const event = eventOf(kind);
    const isPending = (orders.flags(order) & OrderFlag.ReplacePending) !== 0 && !orders.isReplaceReleased(order);
    if (event === -1) return state === OrderState.Held;
    const { step } = cell(state, event);
    if (step === Step.Illegal || step === Step.Break || step === Step.Park) return false;
    if (kind === K.OrderSent) return state === OrderState.Intent;
    if (kind === K.ReplaceSent) return state === OrderState.ReplaceSent && isPending;
    if (kind === K.OrderWithdrawn) {
      return state === OrderState.Intent || state === OrderState.Held || (isPending && !isTerminal(state));
    }
    return true;
  }

  /** Undefined: it cannot happen to this order. */
  #fieldsOf(kind: K, order: number): Partial<TradingRecord> | undefined {
    const { orders } = this.#state;
    const qty = 1_000 * (1 + this.#below(3));
    const price = 1_000_000 * (1 + this.#below(3));
    const stated = { venueOrderId: this.#below(3) === 0 ? `V${this.#below(60)}` : "", code: this.#below(4) };
    switch (kind) {
      case K.OrderFilled:
        return this.#fill(order, price);
      case K.FillBusted: {
        const at = this.#fills.findIndex((fill) => fill.order === order);
        if (at < 0) return undefined;
        const [fill] = this.#fills.splice(at, 1);
        return fill !== undefined && orders.hasFill(orders.account(order), orders.instrument(order), fill.fillId, order)
          ? fill
          : undefined;
      }
      case K.ReplaceIntent:
        return { qty, price, attempt: orders.attempt(order) + 1, evidence: this.#below(2) === 0 ? Evidence.Own : 0 };
      case K.OrderReplaced:
        return { ...stated, qty, price, evidence: orders.state(order) === OrderState.Held ? Evidence.Own : 0 };
      case K.OrderTriggered:
        return { qty, price, orderType: OrderType.Limit, timeInForce: orders.timeInForce(order) };
      case K.WatermarkMoved:
        return { price };
      case K.OrderResized:
        return { qty, flags: this.#below(2) === 0 ? OrderFlag.Triggered : 0 };
      default:
        return { ...stated, cumQty: this.#below(5) === 0 ? orders.filledQty(order) : 0 };
    }
  }

  #fill(order: number, price: number): Partial<TradingRecord> | undefined {
    const { orders } = this.#state;
    const isInferred = this.#below(6) === 0 && orders.inferred.get(order) === undefined;
    const qty = Math.min(orders.leavesQty(order), 500 * (1 + this.#below(4)));
    if (qty <= 0) return undefined;
    const fillId = `${isInferred ? "inferred-" : "f"}${this.#text()}`;
    this.#fills.push({ order, fillId, qty, price, side: orders.side(order) });
    const fee = { feeAsset: this.#below(ASSETS.length), feeLo: this.#below(3) * 7_000_000_000 };
    const evidence = isInferred ? Evidence.Inferred : Evidence.Stream;
    return { fillId, qty, price, ...fee, evidence, venueOrderId: `V${this.#below(60)}`, referencePrice: price };
  }

  /** Everything that is no order's. */
  #other(): void {
    const account = this.#below(2);
    const instrument = this.#below(2);
    const place = { account, instrument, instance: 1 };
    const scope = 1 + this.#below(5);
    const venue = this.#below(2) === 0 ? "x" : "elsewhere";
    const scoped = { ...place, scope, venueOrderId: scope === Scope.Venue ? venue : "" };
    const money = { amountHi: this.#below(3), amountLo: this.#below(3), feeHi: this.#below(3), feeLo: this.#below(3) };
    const text = this.#text();
    const code = this.#below(3);
    const moves: readonly (() => void)[] = [
      () => this.#emit(K.SessionStarted, { text: JSON.stringify({ epoch: ++this.#epoch, limitsHash: text }) }),
      () => this.#limits(SCOPES[this.#below(SCOPES.length)] as (typeof SCOPES)[number]),
      () =>
        this.#emit(K.InstanceStarted, { instance: 1 + Math.min(this.#state.instances.count, this.#below(3)), text }),
      () => this.#emit(K.InstanceStopped, { instance: 1, flags: this.#below(3), text }),
      () => this.#emit(K.InstancePaused, { instance: 1 + this.#below(2), text }),
      () => this.#emit(K.InstanceDeleted, { instance: 1 + this.#below(2), text }),
      () => this.#emit(K.StateCell, { instance: 1 + this.#below(2), text: `{"a":${text.length}}` }),
      () => this.#cash(account, 1 + this.#below(12), this.#below(5) - 2),
      () => this.#emit(K.Killed, { ...place, scope, text: scope === Scope.Venue ? venue : text, fillId: "why" }),
      () => this.#emit(K.Resumed, { ...place, scope, text: scope === Scope.Venue ? venue : text }),
      () => this.#emit(K.TradingStateSet, { ...scoped, code }),
      () =>
        this.#emit(K.BreakerTripped, { ...scoped, code, flags: this.#below(4), expireUs: this.#timeUs + code, text }),
      () => this.#emit(K.BreakerReset, { ...scoped, code }),
      () => this.#emit(K.BreakerReset, { ...scoped, code }),
      () => this.#emit(K.AccountArmed, { account, flags: this.#below(2), text }),
      () => this.#grant(account, instrument),
      () => this.#emit(K.DenialsCounted, { ...place, code, qty: this.#below(9) }),
      () => this.#emit(K.LeverageSet, { account, instrument, qty: 100 * (1 + this.#below(5)) }),
      () => this.#emit(K.ProfitMarked, { ...scoped, ...money, expireUs: this.#timeUs + 9_000 }),
      () => this.#emit(K.CashBroken, { account, asset: this.#below(3), ...money }),
      () =>
        this.#emit(K.PositionBroken, {
          ...place,
          qty: this.#below(9),
          side: 1 + this.#below(2),
          cumQty: this.#below(9) - 4,
        }),
      () => this.#adjust(place, text),
      () =>
        this.#emit(K.ReadinessChanged, {
          account,
          instrument: this.#below(3) === 0 ? ALL_INSTRUMENTS : instrument,
          code,
          text,
        }),
      () => this.#emit(K.CancelDenied, { ...place, order: 1, code }),
      () => this.#emit(K.ReplaceDenied, { ...place, order: 1, code }),
      () => this.#emit(K.ProblemNoted, { text }),
      () => this.#emit(K.ReportOrphaned, { ...place, venueOrderId: text }),
      () => this.#emit(K.Sealed, { text: this.image.hash() }),
      () => this.#revise(instrument),
    ];
    (moves[this.#below(moves.length)] as () => void)();
  }

  #grant(account: number, instrument: number): void {
    const order = {
      account,
      instrument,
      side: 1 + this.#below(2),
      price: 1_000_000 * (1 + this.#below(3)),
      qty: 1_000,
    };
    const text = JSON.stringify({ by: "ada", second: "bob", reason: "why" });
    this.#emit(K.OverrideGranted, { ...order, expireUs: this.#timeUs + 20_000, text });
  }

  #adjust(place: Partial<TradingRecord>, text: string): void {
    const { revision = 1 } = this.#state.instruments.get(place.instrument as number) ?? {};
    const side = this.#below(2) === 0 ? Side.Buy : Side.Sell;
    const price = this.#below(2) * 1_000_000;
    this.#emit(K.PositionAdjusted, {
      ...place,
      instrumentRevision: revision,
      side,
      qty: 500 * this.#below(4),
      price,
      text,
    });
  }

  /** More decimals only where nothing is open, as the session's set-up has it. */
  #revise(id: number): void {
    const known = this.#state.instruments.get(id) as Instrument;
    const { orders } = this.#state;
    const isFree = [0, 1].every((account) => orders.openCount(account, id) + orders.held.countOf(account, id) === 0);
    const qtyScale = isFree && known.qtyScale < 8 ? known.qtyScale + 1 : known.qtyScale;
    this.#define({ ...known, revision: known.revision + 1, qtyScale, tick: known.tick + 1 });
  }
}
