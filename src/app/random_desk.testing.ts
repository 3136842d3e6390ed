/** A random history through the whole engine: wishes by hand, a venue that answers as it likes, a market, kills, restarts. */

import type { Prng } from "../core/prng.ts";
import { HeldDesk, type Wish } from "../engine/held.testing.ts";
import { Denial } from "../model/denial.ts";
import { CashCause, isExposed, OrderFlag, OrderState, OrderType, Side } from "../model/order.ts";
import { LegLink } from "../model/order_legs.ts";
import { RecordKind as K, Scope, TradingRecord } from "../model/record.ts";

const START_PRICE = 2_000;
/** So many at most live at once: a read model of few orders must have room for them. */
const LIVE_MAX = 60;

const RESTING: ReadonlySet<OrderState> = new Set([OrderState.Open, OrderState.PartiallyFilled, OrderState.Held]);

interface Fill {
  readonly order: number;
  readonly fillId: string;
  readonly qty: number;
  readonly price: number;
}

export class RandomDesk {
  readonly desk = new HeldDesk({ amend: true });
  restarts = 0;
  busts = 0;
  #price = START_PRICE;
  #epoch = 0;
  #fills: Fill[] = [];
  #isKilled = false;

  constructor(readonly chance: Prng) {
    this.#session();
    this.desk.price(this.#price);
  }

  step(): void {
    const { chance, desk } = this;
    const dice = chance.nextBelow(100);
    const live = desk.live();
    if (this.#isKilled && chance.nextBelow(8) === 0) this.#kill();
    else if (live.length > LIVE_MAX) for (const order of live) this.#end(order);
    else if (dice < 28) this.#place();
    else if (dice < 62) this.#answer(this.#any(live));
    else if (dice < 69) this.#amend(this.#any(live.filter((order) => RESTING.has(desk.orders.state(order)))));
    else if (dice < 74 && live.length > 0) desk.cancel(this.#any(live));
    else if (dice < 90) this.#move();
    else if (dice < 94) desk.tick();
    else if (dice < 96) this.#bust();
    else if (dice < 97) this.#kill();
    else if (dice < 98) this.#pay();
    else if (dice < 99) this.#seal();
    else if (chance.nextBelow(2) === 0) this.restart();
  }

  restart(): void {
    this.restarts++;
    this.desk.restart();
    this.#session();
    this.desk.price(this.#price);
  }

  denials(): Set<string> {
    return new Set(
      this.desk.records.filter(({ kind }) => kind === K.OrderDenied).map(({ code }) => Denial[code] ?? ""),
    );
  }

  /** As the start of a process says which epoch its orders are of. */
  #session(): void {
    const text = JSON.stringify({ epoch: ++this.#epoch, limitsHash: "abc" });
    this.#define(Object.assign(new TradingRecord().reset(K.SessionStarted), { text }));
  }

  #define(record: TradingRecord): void {
    this.desk.engine.define(record, this.desk.nowUs);
  }

  #below(n: number): number {
    return this.chance.nextBelow(n);
  }

  #any(orders: readonly number[]): number {
    return orders[this.#below(Math.max(1, orders.length))] ?? 0;
  }

  #place(): void {
    const side = this.#below(2) === 0 ? Side.Buy : Side.Sell;
    const near = this.#near();
    // One in ten is larger than the limit, one in ten beyond the collar.
    const qty = this.#below(10) === 0 ? 5_000 : (1 + this.#below(400)) / 100;
    const price = this.#below(10) === 0 ? 9_000 : near;
    const flags = this.#below(6) === 0 ? OrderFlag.ReduceOnly : 0;
    const more = this.#below(6) === 0 ? { expireUs: this.desk.nowUs + 1_000 * this.#below(900) } : {};
    const stop = { triggerPrice: this.#near(), ...(this.#below(2) === 0 ? { price: near } : {}) };
    const exit = side === Side.Buy ? Side.Sell : Side.Buy;
    const leg = { link: LegLink.Child, side: exit, qty };
    const wishes: readonly (() => Wish)[] = [
      () => ({ side, qty, flags }),
      () => ({ side, qty, price, flags, ...more }),
      () => ({ side, qty, price, ...more }),
      () => ({
        ...{ side, qty, flags, ...stop, ...more },
        orderType: stop.price === undefined ? OrderType.StopMarket : OrderType.StopLimit,
      }),
      () => ({
        ...{ side, qty, price, text: "with exits" },
        legs: [
          { ...leg, orderType: OrderType.StopMarket, triggerPrice: this.#near() },
          { ...leg, orderType: OrderType.Limit, price: this.#near() },
        ],
      }),
    ];
    this.desk.place((wishes[this.#below(wishes.length)] as () => Wish)());
  }

  #near(): number {
    return Math.round(100 * this.#price * (0.99 + this.#below(200) / 10_000)) / 100;
  }

  #amend(order: number): void {
    if (order === 0) return;
    const fields = this.#below(2) === 0 ? { qty: 10_000 * (1 + this.#below(700)) } : { price: 10_000 * this.#near() };
    const rounded = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, Math.round(value / 100) * 100]),
    );
    this.desk.command(K.CommandAmend, { order, ...rounded });
  }

  /** Something that the venue may say of the order as it stands. */
  #answer(order: number): void {
    const { desk } = this;
    if (order === 0) return;
    const { orders } = desk;
    const state = orders.state(order);
    if (!isExposed(state) || state === OrderState.Intent) return;
    const isReplacing = (orders.flags(order) & OrderFlag.ReplacePending) !== 0;
    const dice = this.#below(16);
    if (dice < 4) desk.accept(order);
    else if (dice < 9) this.#fill(order);
    else if (dice < 12 && isReplacing) {
      if (orders.pendingQty(order) > orders.cumQty(order)) desk.replaced(order);
    } else if (dice === 12) desk.report(isReplacing ? K.ReplaceRejected : K.CancelRejected, order, { code: 1 });
    else if (dice === 13) desk.report(orders.isAccepted(order) ? K.OrderExpired : K.OrderRejected, order, { code: 2 });
    else if (dice === 14) desk.report(K.OrderUnknown, order);
    else if (dice === 15) desk.canceled(order);
  }

  #fill(order: number): void {
    const { orders } = this.desk;
    const leaves = orders.leavesQty(order);
    if (leaves <= 0) return;
    const lots = Math.max(1, Math.floor(leaves / 100));
    const qty = this.#below(2) === 0 ? leaves : 100 * (1 + this.#below(lots));
    const price = orders.price(order) > 0 ? orders.price(order) : Math.round(10_000 * this.#price);
    const fill = { order, fillId: `X${this.#fills.length}-${order}`, qty: Math.min(qty, leaves), price };
    this.#fills.push(fill);
    const fee = { feeAsset: 0, feeLo: 7_000_000_000 * this.#below(3) };
    this.desk.report(K.OrderFilled, order, { ...fill, ...fee });
  }

  #bust(): void {
    const at = this.#below(Math.max(1, this.#fills.length));
    const fill = this.#fills[at];
    const { orders } = this.desk;
    if (fill === undefined || !orders.has(fill.order)) return;
    if (!orders.hasFill(0, 0, fill.fillId, fill.order)) return;
    this.#fills[at] = { ...fill, order: 0 };
    this.desk.report(K.FillBusted, fill.order, { ...fill });
    this.busts++;
  }

  #move(): void {
    this.#price = Math.max(500, Math.round(100 * this.#price * (0.996 + this.#below(80) / 10_000)) / 100);
    this.desk.price(this.#price, 1_000 + this.#below(3) * 700_000);
  }

  #kill(): void {
    this.#isKilled = !this.#isKilled;
    const kind = this.#isKilled ? K.CommandKill : K.CommandResume;
    this.desk.command(kind, { scope: Scope.Account, text: "by hand" });
  }

  #pay(): void {
    const record = new TradingRecord().reset(K.CashMoved);
    this.#define(
      Object.assign(record, {
        code: CashCause.Deposit,
        amountLo: 1 + this.#below(9),
        fillId: `m${this.desk.records.length}`,
      }),
    );
  }

  #seal(): void {
    this.#define(Object.assign(new TradingRecord().reset(K.Sealed), { text: this.desk.state.hash() }));
  }

  #end(order: number): void {
    const state = this.desk.orders.state(order);
    if (isExposed(state) && state !== OrderState.Intent) this.desk.canceled(order);
    else this.desk.cancel(order);
  }
}
