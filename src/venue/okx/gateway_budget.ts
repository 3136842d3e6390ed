/** What a live account may still send: orders and cancels by instrument, as the venue counts them, and questions apart. */

import type { Instrument } from "../../model/instrument.ts";
import { type BudgetLimits, RequestBudget } from "../wire/budget.ts";
import type { RestAsk } from "../wire/live_answer.ts";
import type { LiveBudget } from "../wire/live_dialect.ts";
import type { RestAnswer } from "../wire/rest.ts";
import { FEES_PATH } from "./gateway_fees.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import { BILLS_PATH } from "./private_bills.ts";

const TOO_MANY = 429;
/** One part in so many of what questions have. */
const SPARE = 2;
const ENTRY_PATHS: readonly string[] = Object.freeze(["/api/v5/trade/order", "/api/v5/trade/amend-order"]);

export class GatewayBudget implements LiveBudget {
  readonly #limits: GatewayLimits;
  readonly #orders: RequestBudget;
  readonly #queries: RequestBudget;
  readonly #duties: RequestBudget;
  readonly #ordersOf = new Map<number, RequestBudget>();
  readonly #cancelsOf = new Map<number, RequestBudget>();
  readonly #batchesOf = new Map<number, RequestBudget>();
  /** Times that the venue told us to stop. */
  freezes = 0;

  constructor(limits: GatewayLimits) {
    this.#limits = limits;
    this.#orders = new RequestBudget(limits.orders);
    this.#queries = new RequestBudget(limits.queries);
    this.#duties = new RequestBudget(limits.duties);
  }

  takeOrder(instrument: Instrument, nowUs: number): boolean {
    const own = budgetOf(this.#ordersOf, instrument, this.#limits.ordersOfOne);
    const hasRoom = this.#orders.used(nowUs) < this.#orders.weightMax && !this.#orders.frozen(nowUs);
    return hasRoom && own.take(1, nowUs) && this.#orders.take(1, nowUs);
  }

  /** Cancels have windows of their own at the venue: whatever orders spend, they have room. */
  takeCancel(weight: number, nowUs: number, instrument?: Instrument): boolean {
    if (instrument === undefined) return this.#duties.take(weight, nowUs);
    const { cancelsOfOne, batchesOfOne } = this.#limits;
    if (weight > 1) return budgetOf(this.#batchesOf, instrument, batchesOfOne).take(weight, nowUs);
    return budgetOf(this.#cancelsOf, instrument, cancelsOfOne).take(weight, nowUs);
  }

  takeQuery(weight: number, nowUs: number): boolean {
    return this.#queries.take(weight, nowUs);
  }

  takeSpare(weight: number, nowUs: number): boolean {
    return this.#queries.used(nowUs) + weight <= this.#queries.weightMax / SPARE && this.#queries.take(weight, nowUs);
  }

  own(nowUs: number): number {
    return this.#queries.own(nowUs);
  }

  used(nowUs: number): { readonly weight: number; readonly orders: number; readonly freezes: number } {
    return { weight: this.#queries.used(nowUs), orders: this.#orders.used(nowUs), freezes: this.freezes };
  }

  /** Answers do not say how much is left, and each endpoint has its own limit. Bills and fees wait by themselves. */
  onAnswer({ status }: RestAnswer, _ownBefore: number, nowUs: number, { method, path }: RestAsk): void {
    if (status !== TOO_MANY || path === BILLS_PATH || path === FEES_PATH) return;
    if (ENTRY_PATHS.includes(path)) return this.onOrderLimit(nowUs);
    this.freezes++;
    if (method === "GET") this.#queries.freeze(nowUs + this.#limits.freezeUs);
  }

  /** An order was one too many. Cancels go on. */
  onOrderLimit(nowUs: number): void {
    this.freezes++;
    this.#orders.freeze(nowUs + this.#limits.freezeUs);
  }
}

function budgetOf(map: Map<number, RequestBudget>, { id }: Instrument, limits: BudgetLimits): RequestBudget {
  const found = map.get(id) ?? new RequestBudget(limits);
  map.set(id, found);
  return found;
}
