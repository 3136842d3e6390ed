/** For tests: one order at a plain venue of its own, which writes down what is true and sends it as reports. */

import { Reject } from "../model/denial.ts";
import { RecordKind as K, type TradingRecord } from "../model/record.ts";
import { type Columns, make } from "./test_desk.ts";

/** Seeded chance: a failing sequence is named by its seed. */
export class TestChance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Integer in [0, n). */
  below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }

  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }
}

type Request =
  | { readonly kind: "cancel" }
  | { readonly kind: "replace"; readonly attempt: number; readonly qty: number };
export type Truth = "none" | "live" | "filled" | "canceled" | "expired" | "rejected";

/** It answers every request; how its reports travel (order, repeats, losses) is the test's business. */
export class TestVenueOrder {
  truth: Truth = "none";
  cumQty = 0;
  grossQty = 0;
  /** Reports that were never delivered yet, and those that were: they may come again. */
  readonly pending: TradingRecord[] = [];
  readonly delivered: TradingRecord[] = [];
  readonly requests: Request[] = [];
  /** Our side: a replace was journaled and waits at the release gate. */
  waits = false;
  #legs = 0;
  readonly #fills: { readonly id: string; readonly qty: number; busted: boolean }[] = [];

  constructor(
    readonly order: number,
    public qty: number,
    readonly chance: TestChance,
    readonly at: Columns,
  ) {}

  get leg(): string {
    return `o${this.order}-${this.#legs}`;
  }

  /** One thing that a venue may do now. */
  act(): void {
    if (this.truth === "none") {
      if (this.chance.oneIn(10)) this.#end("rejected", K.OrderRejected, { code: Reject.Filter });
      else {
        this.truth = "live";
        this.#say(K.OrderAccepted, {}, true);
      }
      return;
    }
    const request = this.chance.oneIn(2) ? this.requests.shift() : undefined;
    if (request !== undefined) {
      this.#answer(request);
      return;
    }
    const what = this.chance.below(12);
    if (what === 0 && this.#fills.length > 0) this.#bust();
    else if (this.truth !== "live") return;
    else if (what === 1) this.#end("expired", K.OrderExpired, {});
    else if (what === 2) this.#end("canceled", K.OrderCanceled, {});
    else if (what < 8) this.#fill();
  }

  /** Answers all that is asked, and sends what it has not sent. */
  settle(): void {
    for (let request = this.requests.shift(); request !== undefined; request = this.requests.shift()) {
      this.#answer(request);
    }
  }

  /** What a query says of an order that lives. */
  query(): TradingRecord {
    return make(K.OrderAccepted, this.order, { ...this.at, venueOrderId: this.leg, cumQty: this.cumQty });
  }

  cancel(): void {
    if (this.truth === "live") this.#end("canceled", K.OrderCanceled, {});
  }

  #answer(request: Request): void {
    if (this.truth !== "live") {
      const kind = request.kind === "cancel" ? K.CancelRejected : K.ReplaceRejected;
      const attempt = request.kind === "cancel" ? 0 : request.attempt;
      this.#say(kind, { code: Reject.AlreadyDone, attempt }, true);
      return;
    }
    if (request.kind === "cancel") {
      if (this.chance.oneIn(4)) this.#say(K.CancelRejected, { code: Reject.RateLimit }, true);
      else this.#end("canceled", K.OrderCanceled, {});
      return;
    }
    if (request.qty <= this.grossQty || this.chance.oneIn(4)) {
      this.#say(K.ReplaceRejected, { code: Reject.Filter, attempt: request.attempt }, true);
      return;
    }
    this.qty = request.qty;
    if (this.chance.oneIn(2)) {
      this.#say(K.OrderCanceled, {}, false); // The old leg of a cancel-and-replace.
      this.#legs++;
    }
    this.#say(K.OrderReplaced, { attempt: request.attempt, qty: request.qty, price: 50 }, true);
  }

  #fill(): void {
    const left = this.qty - this.grossQty;
    const qty = this.chance.oneIn(3) ? left : 1 + this.chance.below(left);
    const id = `f${this.#fills.length}`;
    this.#fills.push({ id, qty, busted: false });
    this.grossQty += qty;
    this.cumQty += qty;
    if (this.grossQty === this.qty) this.truth = "filled";
    const cumQty = this.chance.oneIn(2) ? this.grossQty : -1;
    this.#say(K.OrderFilled, { fillId: `${this.order}-${id}`, qty, price: 100, cumQty }, false);
  }

  #bust(): void {
    const fill = this.#fills[this.chance.below(this.#fills.length)];
    if (fill === undefined || fill.busted) return;
    fill.busted = true;
    this.cumQty -= fill.qty;
    this.#say(K.FillBusted, { fillId: `${this.order}-${fill.id}` }, false);
  }

  #end(truth: Truth, kind: K, columns: Columns): void {
    this.truth = truth;
    this.#say(kind, columns, true);
  }

  /** Some reports carry the venue's id alone. */
  #say(kind: K, columns: Columns, namesOrder: boolean): void {
    const order = namesOrder || this.chance.oneIn(2) ? this.order : 0;
    this.pending.push(make(kind, order, { ...this.at, venueOrderId: this.leg, ...columns }));
  }
}
