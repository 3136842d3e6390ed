/** The release gate: approved effects leave in order, when durable, still wanted, young enough and not killed. */

import { assert, present } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { Denial } from "../model/denial.ts";
import { OrderFlag, OrderState } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { Approved } from "../risk/approved.ts";
import type { GateContext } from "../risk/context.ts";
import type { RiskGate } from "../risk/gate.ts";
import type { VenueGateway } from "./ports.ts";
import type { Recorder } from "./recorder.ts";

/** FIFO of approved opening effects (new orders and replaces) that wait for their record to be durable. */
export class ReleaseQueue {
  readonly #effects: (Approved | undefined)[];
  readonly #records: Float64Array;
  readonly #decidedUs: Float64Array;
  readonly #scratch = new TradingRecord();
  #head = 0;
  #count = 0;

  constructor(
    readonly limits: Limits,
    readonly recorder: Recorder,
    readonly gate: RiskGate,
    readonly gatewayOf: (account: number) => VenueGateway | undefined,
  ) {
    const capacity = limits.releasesMax;
    this.#effects = new Array<Approved | undefined>(capacity).fill(undefined);
    this.#records = new Float64Array(capacity);
    this.#decidedUs = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  hasRoom(): boolean {
    return this.#count < this.#effects.length;
  }

  /** Queues an effect whose record `record` has just been emitted. */
  push(effect: Approved, record: number): void {
    assert(this.hasRoom(), Code.TableFull);
    assert(record === this.recorder.state.record, Code.RecordOrderBroken);
    const at = (this.#head + this.#count) % this.#effects.length;
    this.#effects[at] = effect;
    this.#records[at] = record;
    this.#decidedUs[at] = this.recorder.ageUs(0);
    this.#count++;
  }

  /** Lets go what may go. Stops at the first effect that is not durable yet: order is kept per session. */
  poll(context: GateContext): void {
    while (this.#count > 0) {
      const durable = this.recorder.journal.durableRecord();
      if ((this.#records[this.#head] as number) > durable) return;
      const effect = present(this.#effects[this.#head]);
      const ageUs = this.recorder.ageUs(this.#decidedUs[this.#head] as number);
      this.#effects[this.#head] = undefined;
      this.#head = (this.#head + 1) % this.#effects.length;
      this.#count--;
      this.#release(effect, context, ageUs);
      this.gate.recycle(effect);
    }
  }

  #release(effect: Approved, context: GateContext, ageUs: number): void {
    const replace = effect.kind === RecordKind.ReplaceIntent;
    if (!this.#wanted(effect, replace)) return this.#withdraw(effect, replace, Denial.None);
    context.instrument = this.recorder.state.instruments.get(effect.instrument);
    context.nowUs = this.recorder.nowUs;
    const denial = this.gate.checkRelease(effect, context, ageUs);
    if (denial !== Denial.None) return this.#withdraw(effect, replace, denial);
    const gateway = this.gatewayOf(effect.account);
    if (gateway === undefined) return this.#withdraw(effect, replace, Denial.NotReady);
    if (gateway.open(effect) !== Code.Ok) return this.#withdraw(effect, replace, Denial.RateLimited);
    const sent = this.#scratch.copyFrom(effect, replace ? RecordKind.ReplaceSent : RecordKind.OrderSent);
    sent.text = "";
    sent.fillId = "";
    this.recorder.emit(sent);
  }

  /** A new order must still be an intent without a cancel behind it; a replace comes too late once a cancel has left. */
  #wanted(effect: Approved, replace: boolean): boolean {
    const orders = this.recorder.state.orders;
    const state = orders.state(effect.order);
    if (replace) return state === OrderState.ReplaceSent && this.#isNewest(effect);
    return state === OrderState.Intent && orders.isWanted(effect.order);
  }

  /** False for a replace that something ended while it waited here, a venue's own amend say, when another has followed. */
  #isNewest(effect: Approved): boolean {
    const { orders } = this.recorder.state;
    return orders.has(effect.order) && orders.attempt(effect.order) === effect.attempt;
  }

  /** Never sent, and the record says so: fewer orders are unknown after a crash. */
  #withdraw(effect: Approved, replace: boolean, denial: Denial): void {
    const orders = this.recorder.state.orders;
    const waits = replace
      ? this.#isNewest(effect) && (orders.flags(effect.order) & OrderFlag.ReplacePending) !== 0
      : orders.state(effect.order) === OrderState.Intent;
    if (!waits) return; // Withdrawn already, by the cancel that came first.
    const record = this.#scratch.copyFrom(effect, RecordKind.OrderWithdrawn);
    record.code = denial;
    record.text = denial === Denial.None ? "no longer wanted" : (Denial[denial] ?? "");
    this.recorder.emit(record);
  }
}
