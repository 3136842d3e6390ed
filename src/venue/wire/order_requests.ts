/** Requests about orders that are on their way, and the questions that wait for their answers. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import type { TradingRecord } from "../../model/record.ts";
import type { RestAsk } from "./live_answer.ts";

/** Requests that have ended and are remembered, for answers that come late. */
const LATE_MAX = 1_024;
const SECOND_US = 1_000_000;
/** More than we ever send; ids stay below 16 digits, which come back as numbers everywhere. */
const REQUESTS_A_SECOND = 100_000;

/** A sweep asks what is open and cancels it: several requests, one after the other. */
export type RequestKind = "new" | "replace" | "cancel" | "cancelAll" | "sweep";

export interface OrderRequest {
  readonly id: number;
  readonly kind: RequestKind;
  /** A copy of the effect. */
  readonly effect: TradingRecord;
  readonly sentUs: number;
  readonly isSocket: boolean;
  /** How often it has been sent. */
  readonly tries: number;
  /** Of "cancelAll": what was said, to say it again, and orders of ours that may be open there. */
  readonly ask?: RestAsk;
  readonly orders?: readonly number[];
}

interface WaitingQuery {
  readonly query: VenueQuery;
  readonly waitsFor: Set<number>;
}

export class Requests {
  readonly #open = new Map<number, OrderRequest>();
  readonly #late = new Map<number, OrderRequest>();
  readonly #queries: WaitingQuery[] = [];
  #lastId: number;

  /** `startedUs`: venues refuse an id of a request that they have seen, and may remember those of before a restart. */
  constructor(
    readonly queriesMax: number,
    startedUs = 0,
  ) {
    assert(queriesMax > 0, Code.LimitRelationBroken);
    this.#lastId = Math.floor(startedUs / SECOND_US) * REQUESTS_A_SECOND;
  }

  get count(): number {
    return this.#open.size;
  }

  nextId(): number {
    return ++this.#lastId;
  }

  add(request: OrderRequest): void {
    assert(!this.#open.has(request.id), Code.IdNotDense);
    this.#open.set(request.id, request);
  }

  /** A request by its id, one that was given up included: its answer may still come. */
  find(id: number): OrderRequest | undefined {
    return this.#open.get(id) ?? this.#late.get(id);
  }

  /** Ends a request: false when it has ended before. */
  end(id: number): boolean {
    const request = this.#open.get(id);
    if (request === undefined) return false;
    this.#open.delete(id);
    this.#late.set(id, request);
    for (const old of this.#late.keys()) {
      if (this.#late.size <= LATE_MAX) break;
      this.#late.delete(old);
    }
    for (const { waitsFor } of this.#queries) waitsFor.delete(id);
    return true;
  }

  isOpen(id: number): boolean {
    return this.#open.has(id);
  }

  /** New orders whose answers have not come. */
  unanswered(): OrderRequest[] {
    return [...this.#open.values()].filter(({ kind }) => kind === "new");
  }

  /** A new order whose answer has not come. */
  newOf(order: number): OrderRequest | undefined {
    for (const request of this.#open.values()) {
      if (request.kind === "new" && request.effect.order === order) return request;
    }
    return undefined;
  }

  /** A cancel of this order is on its way, or waits for what became of it. */
  isCanceling(order: number): boolean {
    for (const { kind, effect } of this.#open.values()) if (kind === "cancel" && effect.order === order) return true;
    return false;
  }

  /** Those sent before `beforeUs`, or all that went over the socket. */
  olderThan(beforeUs: number): OrderRequest[] {
    return [...this.#open.values()].filter(({ sentUs }) => sentUs < beforeUs);
  }

  onSocket(): OrderRequest[] {
    return [...this.#open.values()].filter(({ isSocket }) => isSocket);
  }

  /** A question waits for what was sent before it: an order on its way is not "not found". False: too many wait. */
  hold(query: VenueQuery): boolean {
    if (this.#queries.length >= this.queriesMax) return false;
    const isOne = query.kind === "order" || query.kind === "orderHistory" || query.kind === "fills";
    const order = isOne ? query.order : 0;
    const waitsFor = new Set<number>();
    for (const { id, effect } of this.#open.values()) if (order === 0 || effect.order === order) waitsFor.add(id);
    this.#queries.push({ query, waitsFor });
    return true;
  }

  /** The questions that wait for nothing any more, in the order of asking. */
  ready(): VenueQuery[] {
    const found: VenueQuery[] = [];
    for (let at = 0; at < this.#queries.length; ) {
      const { query, waitsFor } = this.#queries[at] as WaitingQuery;
      if (waitsFor.size > 0) at++;
      else {
        found.push(query);
        this.#queries.splice(at, 1);
      }
    }
    return found;
  }
}
