/** Whose an order is that a venue states: one of D, ours and lost, somebody else's, or one that cannot be. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type ClientOrderParts, clientOrderId, parseClientOrderId } from "../model/client_order_id.ts";
import { isTerminal, OrderFlag, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { EpochTable } from "./epochs.ts";
import type { OrderTable } from "./order_table.ts";

export enum Owner {
  /** `order` is its number. */
  Known = 0,
  /** Ours by its id, and ended so long ago that D has let it go. */
  Forgotten = 1,
  /** Ours by its id, of a session whose journal D does not have: `instance` is whose. */
  Lost = 2,
  External = 3,
  /** Our id with what we never gave out: another engine, or a mistake that must stop trading. */
  Impossible = 4,
}

/** Answers in `order` and `instance`. Keeps no state of orders. */
export class OwnerSearch {
  order = 0;
  instance = 0;
  readonly #parts: ClientOrderParts = { node: 0, epoch: 0, instance: 0, order: 0 };

  constructor(
    readonly orders: OrderTable,
    readonly epochs: EpochTable,
    readonly node: number,
  ) {}

  /** `stated.text` is the client order id that the order carries, `stated.order` its number where the venue knows it. */
  find(stated: Readonly<TradingRecord>): Owner {
    const { orders } = this;
    this.order = 0;
    this.instance = 0;
    if (stated.order !== 0) return this.#byNumber(stated.order);
    const named = orders.orderByVenueId(stated.account, stated.venueOrderId);
    if (named !== 0) return this.#found(named);
    const adopted = orders.adopted.orderOf(stated.account, stated.text);
    if (adopted !== 0 && !this.#isUsedAgain(adopted, stated)) return this.#found(adopted);
    // Another host of the firm has a node of its own: to this engine its orders are somebody else's.
    if (!parseClientOrderId(stated.text, this.#parts) || this.#parts.node !== this.node) return Owner.External;
    return this.#byId(stated);
  }

  /** The client order id that an order was sent with. */
  idOf(order: number): string {
    const { orders, epochs, node } = this;
    assert(orders.has(order), Code.InvariantBroken);
    const adopted = orders.adopted.idOf(order);
    return adopted ?? clientOrderId(node, epochs.epochOf(order) ?? epochs.current, orders.instance(order), order);
  }

  /** Strangers use an id again once its order has ended: by its venue id it is another one, unless an amend of ours made it. */
  #isUsedAgain(order: number, stated: Readonly<TradingRecord>): boolean {
    const { orders } = this;
    if ((orders.flags(order) & OrderFlag.External) === 0 || !isTerminal(orders.state(order))) return false;
    const attempt = orders.attempt(order);
    const isAmended = attempt > 1 && !orders.isAnswered(order, attempt);
    return stated.venueOrderId !== "" && !isAmended;
  }

  #byNumber(order: number): Owner {
    if (this.orders.has(order)) return this.#found(order);
    return order < this.orders.nextOrder ? Owner.Forgotten : Owner.Impossible;
  }

  #byId(stated: Readonly<TradingRecord>): Owner {
    const { epoch, instance, order } = this.#parts;
    const { orders, epochs } = this;
    assert(order >= 0, Code.ValueOutOfRange);
    if (epoch > epochs.current) return Owner.Impossible;
    const isNumbered = order > 0 && order < orders.nextOrder && (epochs.epochOf(order) ?? epochs.current) === epoch;
    if (isNumbered) {
      if (!orders.has(order)) return Owner.Forgotten;
      const isSame =
        orders.instance(order) === instance &&
        orders.account(order) === stated.account &&
        orders.instrument(order) === stated.instrument;
      return isSame && orders.adopted.idOf(order) === undefined ? this.#found(order) : Owner.Impossible;
    }
    // What this very session has not numbered, nobody may have sent.
    if (epoch === epochs.current) return Owner.Impossible;
    this.instance = instance;
    return Owner.Lost;
  }

  #found(order: number): Owner {
    assert(order > 0, Code.IdNotDense);
    this.order = order;
    return Owner.Known;
  }
}

/** OrderAdopted from what the venue states. False when the statement is too thin to make an order of. */
export function adoption(
  stated: Readonly<TradingRecord>,
  order: number,
  instance: number,
  flag: OrderFlag.External | OrderFlag.LostOwn,
  out: TradingRecord,
): boolean {
  const isWhole =
    (stated.side === Side.Buy || stated.side === Side.Sell) &&
    Number.isSafeInteger(stated.qty) &&
    stated.qty > 0 &&
    Number.isSafeInteger(stated.price) &&
    stated.price >= 0;
  if (!isWhole) return false;
  out.copyFrom(stated, RecordKind.OrderAdopted);
  out.order = order;
  out.instance = instance;
  out.attempt = 1;
  out.code = 0;
  out.amountHi = 0;
  out.amountLo = 0;
  if (out.orderType === 0) out.orderType = stated.price > 0 ? OrderType.Limit : OrderType.Market;
  // Its end in time is the venue's: by our own clock we end what we have placed.
  if (out.expireUs > 0) out.timeInForce = TimeInForce.Gtd;
  if (out.timeInForce === 0) out.timeInForce = TimeInForce.Gtc;
  out.parent = 0;
  out.group = 0;
  out.flags = (stated.flags & (OrderFlag.PostOnly | OrderFlag.ReduceOnly)) | flag;
  return true;
}
