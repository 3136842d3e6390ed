/** Conditional orders that live apart from the book (USD-M, OKX): own ids, and a normal order once they fire. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Amount } from "./amount.ts";
import type { Order, OrderSpec, Trigger } from "./order.ts";
import { Refusal } from "./refusal.ts";
import { followTrail, hasFired } from "./trigger.ts";

export interface AlgoOrder {
  readonly id: number;
  readonly clientId: string;
  readonly account: string;
  readonly spec: OrderSpec;
  readonly trigger: Trigger;
  status: "new" | "triggered" | "finished" | "canceled" | "rejected" | "expired";
  /** The order that it became. */
  order: Order | undefined;
  /** Why it could not become one. */
  failure: string;
  readonly createdMs: number;
  updatedMs: number;
  triggeredMs: number;
}

export interface AlgoEnds {
  nowMs(): number;
  watched(symbol: string, source: Trigger["source"]): Amount | undefined;
  /** Throws Refusal. */
  place(account: string, spec: OrderSpec): Order;
  tell(algo: AlgoOrder): void;
}

const ALGOS_MAX = 200;

export class AlgoDesk {
  readonly #algos: AlgoOrder[] = [];
  readonly #open = new Set<AlgoOrder>();
  #nextId: number;

  constructor(
    readonly ends: AlgoEnds,
    firstId: number,
  ) {
    this.#nextId = firstId;
  }

  /** Throws Refusal. The spec has a trigger. */
  place(account: string, spec: OrderSpec): AlgoOrder {
    const { trigger } = spec;
    if (trigger === undefined) throw new Refusal("trigger-missing");
    const mine = this.open(account);
    if (mine.length >= ALGOS_MAX) throw new Refusal("too-many-triggers");
    if (spec.clientId !== "" && mine.some((algo) => algo.clientId === spec.clientId))
      throw new Refusal("duplicate-client-id", spec.clientId);
    const price = this.ends.watched(spec.symbol, trigger.source);
    if (price !== undefined && trigger.trail === undefined && hasFired(trigger, price))
      throw new Refusal("would-trigger");
    const now = this.ends.nowMs();
    const id = this.#nextId++;
    const algo: AlgoOrder = {
      id,
      clientId: spec.clientId === "" ? `algo-${id}` : spec.clientId,
      account,
      spec,
      trigger: { ...trigger },
      status: "new",
      order: undefined,
      failure: "",
      createdMs: now,
      updatedMs: now,
      triggeredMs: 0,
    };
    this.#algos.push(algo);
    this.#open.add(algo);
    this.ends.tell(algo);
    return algo;
  }

  /** Throws Refusal `unknown-order`. */
  cancel(
    account: string,
    ref: { readonly id?: number | undefined; readonly clientId?: string | undefined },
  ): AlgoOrder {
    const algo = this.find(account, ref);
    if (algo === undefined || algo.status !== "new") throw new Refusal("unknown-order");
    this.#end(algo, "canceled");
    return algo;
  }

  cancelAll(account: string, symbol?: string): AlgoOrder[] {
    const gone = this.open(account, symbol);
    for (const algo of gone) this.#end(algo, "canceled");
    return gone;
  }

  find(
    account: string,
    ref: { readonly id?: number | undefined; readonly clientId?: string | undefined },
  ): AlgoOrder | undefined {
    const fits = (algo: AlgoOrder) =>
      algo.account === account && (ref.id === undefined ? algo.clientId === ref.clientId : algo.id === ref.id);
    return this.#algos.findLast(fits);
  }

  open(account: string, symbol?: string): AlgoOrder[] {
    return [...this.#open].filter(
      (algo) => algo.account === account && (symbol === undefined || algo.spec.symbol === symbol),
    );
  }

  /** Oldest first. */
  all(account: string, symbol?: string): AlgoOrder[] {
    return this.#algos.filter(
      (algo) => algo.account === account && (symbol === undefined || algo.spec.symbol === symbol),
    );
  }

  /** A watched price of the symbol has changed. */
  look(symbol: string): void {
    for (const algo of [...this.#open]) {
      if (algo.spec.symbol !== symbol) continue;
      const price = this.ends.watched(symbol, algo.trigger.source);
      if (price === undefined) continue;
      followTrail(algo.trigger, price);
      if (hasFired(algo.trigger, price)) this.#fire(algo);
    }
  }

  #fire(algo: AlgoOrder): void {
    assert(algo.status === "new", Code.InvariantBroken);
    algo.triggeredMs = this.ends.nowMs();
    this.#open.delete(algo);
    algo.status = "triggered";
    algo.updatedMs = algo.triggeredMs;
    this.ends.tell(algo);
    try {
      algo.order = this.ends.place(algo.account, { ...algo.spec, trigger: undefined, clientId: algo.clientId });
      this.#end(algo, "finished");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      algo.failure = error.message;
      this.#end(algo, "rejected");
    }
  }

  #end(algo: AlgoOrder, status: AlgoOrder["status"]): void {
    algo.status = status;
    algo.updatedMs = this.ends.nowMs();
    this.#open.delete(algo);
    this.ends.tell(algo);
  }
}
