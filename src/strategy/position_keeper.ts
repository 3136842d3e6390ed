/** `target` and `flat`: trades the difference between what an instance holds and what it wants to hold. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { InstrumentKind, Side } from "../model/order.ts";
import type { Order, OrderOptions, Reason, TargetOptions } from "./api.ts";
import { type OrderDesk, whyText } from "./order_desk.ts";
import type { OrderHandle } from "./order_handle.ts";
import { decimalText } from "./rounding.ts";

/** What is wanted once the orders that stand in its way have ended. */
interface Goal {
  readonly qty: number;
  readonly options: OrderOptions;
}

const TARGET_KEYS: readonly string[] = ["why", "limit", "tif", "postOnly"];

export class PositionKeeper {
  #goal: Goal | undefined;

  constructor(
    readonly desk: OrderDesk,
    /** The instance's own position, a signed mantissa. */
    readonly positionQty: () => number,
  ) {}

  /** Trades towards `fraction` of equity; see `Market.target`. */
  target(fraction: number, options: TargetOptions): Order | undefined {
    const { desk } = this;
    const { listing, market } = desk;
    const why = whyText(options?.why);
    const refuse = (detail: string, hint: string) =>
      desk.refuse(fraction < 0 ? Side.Sell : Side.Buy, why, [detail, hint]);
    if (typeof fraction !== "number" || !Number.isFinite(fraction)) {
      return refuse(`target: fraction ${String(fraction).slice(0, 40)} is no finite number`, "0.5 is half of equity");
    }
    const unknown = Object.keys(options ?? {}).find((key) => !TARGET_KEYS.includes(key));
    if (unknown !== undefined) return refuse(`${unknown} is no option of target`, `known: ${TARGET_KEYS.join(", ")}`);
    if (fraction < 0 && listing.instrument.kind === InstrumentKind.Spot) {
      return refuse(
        `target: fraction ${fraction} is short, and spot can only be held`,
        "0 or more; or bind a perpetual",
      );
    }
    const limit = options?.limit === undefined ? "" : decimalText(options.limit);
    const { bidPrice, askPrice, lastPrice } = market;
    const mid = bidPrice > 0 && askPrice > 0 ? (bidPrice + askPrice) / 2 : lastPrice;
    const price = limit === "" ? mid / listing.priceUnit : Number(limit); // number-ok: sizes a target, down to the lot
    if (!(price > 0)) return refuse("target needs a price, and there is none yet", "wait for the first quote");
    if (listing.isInverse) {
      return refuse("target: sizes of an inverse contract are contracts", "buy or sell so many as { base }");
    }
    const value = fraction * desk.equity() * listing.qtyUnit;
    const size = Math.trunc(value / price / (listing.instrument.lot * listing.contract));
    const wanted = size * listing.instrument.lot;
    if (!Number.isSafeInteger(wanted))
      return refuse(`target: fraction ${fraction} is too large`, "0.5 is half of equity");
    return this.#seek({ qty: wanted, options: options ?? { why } });
  }

  /** Cancels all orders here and closes the position, now as far as it is free, and the rest when cancels are answered. */
  flat(reason: Reason): Order | undefined {
    const why = whyText(reason?.why) || "flat"; // An exit is never refused for want of a word.
    this.#goal = undefined;
    const held = this.positionQty();
    let closing = 0;
    let inTheWay = 0;
    for (const order of [...this.desk.live]) {
      const leaves = order.signedLeaves;
      const closes = held * leaves < 0;
      if (closes) closing += Math.abs(leaves);
      if (closes && order.isTarget && Math.abs(leaves) <= Math.abs(held)) continue;
      order.cancel({ why });
      inTheWay++;
    }
    assert(closing >= 0, Code.InvariantBroken);
    const goal = { qty: 0, options: { why, reduceOnly: true } };
    if (inTheWay > 0) this.#goal = goal;
    return this.#send(held, Math.abs(held) - closing, goal.options);
  }

  /** An order of the strategy's own: what was wanted before is not wanted any more. */
  forget(): void {
    this.#goal = undefined;
  }

  /** An order has ended: goes on with the goal when nothing stands in its way. */
  settled(): void {
    const goal = this.#goal;
    if (goal === undefined) return;
    assert(Number.isSafeInteger(goal.qty), Code.ValueOutOfRange);
    const held = this.positionQty();
    const isFlat = goal.options.reduceOnly === true;
    // `flat` waits for every order but its own closing ones; a target only for those of targets.
    const waits = (order: OrderHandle) =>
      isFlat ? !(order.isTarget && order.signedLeaves * held < 0) : order.isTarget;
    if (this.desk.live.some(waits)) return;
    this.#goal = undefined;
    this.#seek(goal);
  }

  /** Sends the difference; where earlier targets stand against it, cancels those first and waits for their end. */
  #seek(goal: Goal): OrderHandle | undefined {
    this.#goal = undefined;
    const held = this.positionQty();
    const away = goal.qty - held;
    assert(Number.isSafeInteger(held) && Number.isSafeInteger(away), Code.ValueOutOfRange);
    const own = this.desk.live.filter((order) => order.isTarget);
    let underWay = 0;
    for (const order of own) underWay += order.signedLeaves;
    const stands = own.some((order) => order.signedLeaves * away <= 0) || Math.abs(underWay) > Math.abs(away);
    if (own.length > 0 && stands) {
      this.#goal = goal;
      for (const order of own) order.cancel({ why: goal.options.why });
      return undefined;
    }
    return this.#send(-away, Math.abs(away) - Math.abs(underWay), goal.options);
  }

  /** Sells of a positive `excess`, buys of a negative one, `qty` down to the lot. */
  #send(excess: number, qty: number, options: OrderOptions): OrderHandle | undefined {
    assert(Number.isSafeInteger(excess), Code.ValueOutOfRange);
    const onLot = qty > 0 ? this.desk.listing.onLot(qty) : 0;
    return onLot === 0 ? undefined : this.desk.submitTarget(excess > 0 ? Side.Sell : Side.Buy, onLot, options);
  }
}
