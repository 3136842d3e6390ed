/** What a live account may still send: requests of the address, orders, cancels and queries of the account, by the second. */

import type { Instrument } from "../../model/instrument.ts";
import { RequestBudget } from "../wire/budget.ts";
import type { Fields } from "../wire/fields.ts";
import type { RestAsk } from "../wire/live_answer.ts";
import type { LiveBudget } from "../wire/live_dialect.ts";
import type { RestAnswer } from "../wire/rest.ts";
import { LOG_PATH } from "./cash_log.ts";
import { FEES_PATH } from "./gateway_fees.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import { TOO_MANY_VISITS } from "./order_outcome.ts";

const FORBIDDEN = 403;
/** One part in so many of what questions have. */
const SPARE = 2;

export class GatewayBudget implements LiveBudget {
  /** Of the address: shared with market data where the caller says so. */
  readonly address: RequestBudget;
  readonly orders: RequestBudget;
  readonly cancels: RequestBudget;
  readonly queries: RequestBudget;
  /** Of the log, which nothing else waits for. */
  readonly log: RequestBudget;
  readonly #limits: GatewayLimits;
  /** Times that the venue told us to stop. */
  freezes = 0;

  constructor(limits: GatewayLimits, shared?: RequestBudget) {
    this.#limits = limits;
    this.address = shared ?? new RequestBudget(limits.requests);
    this.orders = new RequestBudget(limits.orders);
    this.cancels = new RequestBudget(limits.cancels);
    this.queries = new RequestBudget(limits.queries);
    this.log = new RequestBudget(limits.log);
  }

  takeOrder(_instrument: Instrument, nowUs: number): boolean {
    return this.orders.take(1, nowUs);
  }

  /** Cancels go by their socket, and must get through: the address is not asked. Clock and keys are asked by REST. */
  takeCancel(weight: number, nowUs: number, instrument?: Instrument): boolean {
    return instrument === undefined ? this.address.take(weight, nowUs) : this.cancels.take(weight, nowUs);
  }

  takeQuery(weight: number, nowUs: number): boolean {
    if (this.address.used(nowUs) + weight > this.address.weightMax || this.address.frozen(nowUs)) return false;
    return this.queries.take(weight, nowUs) && this.address.take(weight, nowUs);
  }

  takeSpare(weight: number, nowUs: number): boolean {
    const isQuiet = this.queries.used(nowUs) + weight <= this.queries.weightMax / SPARE;
    return isQuiet && this.address.used(nowUs) + weight <= this.address.dataMax && this.takeQuery(weight, nowUs);
  }

  /** A page of the log: it leaves the address what orders and cancels may need. */
  takeLog(weight: number, nowUs: number): boolean {
    const hasRoom = this.address.used(nowUs) + weight <= this.address.dataMax && !this.address.frozen(nowUs);
    return hasRoom && this.log.take(weight, nowUs) && this.address.takeData(weight, nowUs);
  }

  own(nowUs: number): number {
    return this.address.own(nowUs);
  }

  used(nowUs: number): { readonly weight: number; readonly orders: number; readonly freezes: number } {
    return { weight: this.address.used(nowUs), orders: this.orders.used(nowUs), freezes: this.freezes };
  }

  /** 403 stands before the venue and is for the address. 10006 does not say of which kind there were too many: queries wait. */
  onAnswer(answer: RestAnswer, _ownBefore: number, nowUs: number, ask?: RestAsk): void {
    if (answer.status === FORBIDDEN) {
      this.freezes++;
      return this.address.freeze(nowUs + this.#limits.bannedUs);
    }
    if (!answer.text.includes(`"retCode":${TOO_MANY_VISITS}`)) return;
    if (ask?.path === FEES_PATH) return; // They wait by themselves.
    const kind = ask?.path === LOG_PATH ? this.log : this.queries;
    this.#freeze(kind, answer.headers["x-bapi-limit-reset-timestamp"], nowUs);
  }

  /** The answer to a socket request: what the venue counts of its kind, others of this account included. */
  onSocketAnswer(answer: Fields, nowUs: number): void {
    const op = answer.text("op", "");
    const budget = op.startsWith("order.cancel") ? this.cancels : this.orders;
    const header = answer.has("header") ? answer.object("header") : undefined;
    const [limit, left] = [numberOf(header?.source["X-Bapi-Limit"]), numberOf(header?.source["X-Bapi-Limit-Status"])];
    // Amends are counted apart from orders: what is told of them says nothing of these.
    if (limit !== undefined && left !== undefined && left <= limit && !op.startsWith("order.amend")) {
      budget.told(limit - left, budget.own(nowUs), nowUs);
    }
    if (answer.source["retCode"] !== TOO_MANY_VISITS) return;
    this.#freeze(budget, header?.source["X-Bapi-Limit-Reset-Timestamp"], nowUs);
  }

  /** By the venue's clock, which may not be ours: never longer than twice the usual. */
  #freeze(budget: RequestBudget, untilMs: unknown, nowUs: number): void {
    const { freezeUs } = this.#limits;
    const told = (numberOf(untilMs) ?? 0) * 1_000 - nowUs;
    this.freezes++;
    budget.freeze(nowUs + (told > 0 ? Math.min(told, 2 * freezeUs) : freezeUs));
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number.parseInt(value, 10) : undefined;
}
