/** What a live account may still send: weight of the address, orders of the account, and a reserve that only cancels touch. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Instrument } from "../../model/instrument.ts";
import { RequestBudget } from "../wire/budget.ts";
import { Fields } from "../wire/fields.ts";
import type { LiveBudget } from "../wire/live_dialect.ts";
import type { RestAnswer } from "../wire/rest.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import { TOO_MANY_ORDERS } from "./order_outcome.ts";

const BANNED = 418;
const TOO_MANY = 429;
const ORDER_WEIGHT = 1;
/** One part in so many of what questions have. */
const SPARE = 2;

export class GatewayBudget implements LiveBudget {
  /** Of the address: shared with market data where the caller says so. */
  readonly weight: RequestBudget;
  readonly orders: RequestBudget;
  readonly #limits: GatewayLimits;
  /** Times that the venue told us to stop. */
  freezes = 0;

  constructor(limits: GatewayLimits, shared?: RequestBudget) {
    const { cancelReserve, questionReserve, requests } = limits;
    assert(cancelReserve + questionReserve < requests.weightMax, Code.LimitRelationBroken);
    this.#limits = limits;
    this.weight = shared ?? new RequestBudget(limits.requests);
    this.orders = new RequestBudget(limits.orders);
  }

  /** A new order or an amend: all count for the address and the account, whichever symbol they are of. */
  takeOrder(_instrument: Instrument, nowUs: number): boolean {
    const { cancelReserve, questionReserve } = this.#limits;
    const hasRoom = this.weight.used(nowUs) + ORDER_WEIGHT <= this.weight.weightMax - cancelReserve - questionReserve;
    if (!hasRoom || this.weight.frozen(nowUs)) return false;
    return this.orders.take(1, nowUs) && this.weight.take(ORDER_WEIGHT, nowUs);
  }

  takeCancel(weight: number, nowUs: number): boolean {
    return this.weight.take(weight, nowUs);
  }

  /** An order whose fate is not known is nearly as pressing as a cancel: half of the cancels' reserve is left to them alone. */
  takeQuery(weight: number, nowUs: number, isOfOrder = false): boolean {
    const { orderReserve, cancelReserve } = this.#limits;
    const reserve = isOfOrder ? cancelReserve / 2 : orderReserve;
    if (this.weight.used(nowUs) + weight > this.weight.weightMax - reserve) return false;
    return this.weight.take(weight, nowUs);
  }

  takeSpare(weight: number, nowUs: number): boolean {
    const { weightMax } = this.weight;
    if (this.weight.used(nowUs) + weight > (weightMax - this.#limits.orderReserve) / SPARE) return false;
    return this.weight.take(weight, nowUs);
  }

  own(nowUs: number): number {
    return this.weight.own(nowUs);
  }

  used(nowUs: number): { readonly weight: number; readonly orders: number; readonly freezes: number } {
    return { weight: this.weight.used(nowUs), orders: this.orders.used(nowUs), freezes: this.freezes };
  }

  /** What a REST answer says of limits. `ownBefore`: our own weight when it was asked. */
  onAnswer(answer: RestAnswer, ownBefore: number, nowUs: number): void {
    const { headers } = answer;
    const used = numberOf(headers["x-mbx-used-weight-1m"]);
    if (used !== undefined) this.weight.told(used, ownBefore, nowUs);
    const orders = numberOf(headers["x-mbx-order-count-10s"]);
    if (orders !== undefined) this.orders.told(orders, this.orders.own(nowUs), nowUs);
    if (answer.status !== TOO_MANY && answer.status !== BANNED) return;
    const seconds = numberOf(headers["retry-after"]);
    if (isOrderCount(answer.status, answer.text)) this.#freezeOrders(seconds, nowUs);
    else this.freeze(seconds, nowUs);
  }

  /** The same of a socket answer: `rateLimits` and the status. */
  onSocketAnswer(answer: Fields, status: number, nowUs: number): void {
    const rows = answer.source["rateLimits"];
    for (const row of Array.isArray(rows) ? rows : []) {
      const limit = Fields.of(row);
      const count = limit.whole("count", 0);
      const type = limit.text("rateLimitType", "");
      const interval = `${limit.source["intervalNum"]}${limit.text("interval", "")}`;
      if (limit.bad !== "") continue;
      if (type === "REQUEST_WEIGHT" && interval === "1MINUTE") this.weight.told(count, this.weight.own(nowUs), nowUs);
      if (type === "ORDERS" && interval === "10SECOND") this.orders.told(count, this.orders.own(nowUs), nowUs);
    }
    if (status !== TOO_MANY && status !== BANNED) return;
    const error = answer.object("error");
    const data = error.object("data");
    const untilMs = data.whole("retryAfter", 0);
    const fromMs = data.whole("serverTime", 0) || nowUs / 1_000;
    const seconds = untilMs > 0 ? Math.max(0, untilMs - fromMs) / 1_000 : undefined;
    if (status === TOO_MANY && error.source["code"] === TOO_MANY_ORDERS) this.#freezeOrders(seconds, nowUs);
    else this.freeze(seconds, nowUs);
  }

  freeze(seconds: number | undefined, nowUs: number): void {
    this.freezes++;
    this.weight.freeze(nowUs + (seconds === undefined ? this.#limits.freezeUs : seconds * 1_000_000));
  }

  /** The account has placed too many orders. The address is not refused: cancels and questions go on. */
  #freezeOrders(seconds: number | undefined, nowUs: number): void {
    this.freezes++;
    this.orders.freeze(nowUs + (seconds === undefined ? this.#limits.orders.windowUs : seconds * 1_000_000));
  }
}

/** Such an answer has no `Retry-After`. */
function isOrderCount(status: number, text: string): boolean {
  return status === TOO_MANY && new RegExp(`"code": ?${TOO_MANY_ORDERS}\\b`).test(text);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number.parseInt(text, 10) : undefined;
}
