/** What an operator corrects: a position that differs, an order's owner or fate, an account that is to be reconciled now. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import { Leg, OrderFlag, OrderState, Side } from "../model/order.ts";
import { Evidence, RecordKind, TradingRecord } from "../model/record.ts";
import type { VenueGateway } from "./ports.ts";
import type { Reconciler } from "./reconciler.ts";
import type { Recorder } from "./recorder.ts";

export class ReconcileDesk {
  readonly #out = new TradingRecord();

  constructor(
    readonly recorder: Recorder,
    readonly reconciler: Reconciler,
    readonly gatewayOf: (account: number) => VenueGateway | undefined,
  ) {}

  takes(kind: RecordKind): boolean {
    return (
      kind === RecordKind.CommandAdjustPosition ||
      kind === RecordKind.CommandReconcile ||
      kind === RecordKind.CommandAdopt ||
      kind === RecordKind.CommandEndOrder
    );
  }

  /** Answers what is wrong with it; undefined when it was done. */
  command(command: Readonly<TradingRecord>): Problem | undefined {
    assert(this.takes(command.kind), Code.EnumUnknown);
    if (command.text === "") return refusal("a correction needs a reason");
    if (command.kind === RecordKind.CommandReconcile) return this.#reconcile(command);
    if (command.kind === RecordKind.CommandEndOrder) return this.#end(command);
    return command.kind === RecordKind.CommandAdopt ? this.#adopt(command) : this.#adjust(command);
  }

  #reconcile(command: Readonly<TradingRecord>): Problem | undefined {
    const gateway = this.gatewayOf(command.account);
    if (gateway === undefined) return refusal("no venue for this account");
    this.reconciler.begin(gateway, command.text, true);
    return undefined;
  }

  /** `qty` by `side` is the position as it is from here on; `price` what the difference is booked at, 0 = its cost stays. */
  #adjust(command: Readonly<TradingRecord>): Problem | undefined {
    const { state } = this.recorder;
    const { account, leg, qty, side, price } = command;
    const instrument = state.instruments.get(command.instrument);
    if (instrument === undefined || state.accounts.get(account) === undefined) {
      return refusal("no such account or instrument");
    }
    const isWhole = Number.isSafeInteger(qty) && qty >= 0 && Number.isSafeInteger(price) && price >= 0;
    const isSided = side === Side.Buy || side === Side.Sell;
    if (!isWhole || !isSided || leg > Leg.Short)
      return refusal("the quantity, side, leg or price is no value of its kind");
    const ours = state.ledger.positionQty(account, instrument.id, leg);
    const target = side === Side.Sell ? -qty : qty;
    if (ours === target && state.readiness.breakOf(account, instrument.id, leg) === undefined) {
      return refusal("the position is that already");
    }
    const out = this.#out.copyFrom(command, RecordKind.PositionAdjusted);
    out.instrumentRevision = instrument.revision;
    out.cumQty = ours;
    out.evidence = Evidence.Operator;
    this.recorder.emit(out);
    return undefined;
  }

  /**
   * Venues forget: an order that was accepted, and that neither list nor history shows any more, would stay unknown for
   * ever, with its exposure reserved. Somebody who has looked there says that it has ended; fills that come all the same
   * still count, and are told as late. Only what is unknown: all else has better evidence than a person's word.
   */
  #end(command: Readonly<TradingRecord>): Problem | undefined {
    const { orders } = this.recorder.state;
    const { order } = command;
    if (command.fillId.trim() === "") return problem(Code.NameMissing, "whose word is it that the order has ended?");
    if (orders.state(order) !== OrderState.Unknown) return refusal("only an order that is unknown is ended by hand");
    const out = this.#out.reset(RecordKind.OrderCanceled);
    orders.identify(order, out);
    out.venueOrderId = orders.venueOrderId(order);
    out.evidence = Evidence.Operator;
    out.text = `${command.text} (by ${command.fillId.trim()})`;
    this.recorder.emit(out);
    assert(orders.state(order) === OrderState.Canceled, Code.IllegalTransition);
    return undefined;
  }

  #adopt(command: Readonly<TradingRecord>): Problem | undefined {
    const { orders, instances } = this.recorder.state;
    const { order, instance } = command;
    if (!orders.has(order) || orders.adopted.idOf(order) === undefined)
      return refusal("only adopted orders change hands");
    if (instance !== 0 && instances.get(instance) === undefined) return refusal("no such instance");
    const out = this.#out.copyFrom(command, RecordKind.OrderAdopted);
    orders.copyTo(order, out);
    out.kind = RecordKind.OrderAdopted;
    out.instance = instance;
    out.flags &= ~OrderFlag.External;
    out.evidence = Evidence.Operator;
    out.text = command.text;
    this.recorder.emit(out);
    return undefined;
  }
}

function refusal(detail: string): Problem {
  return problem(Code.ReconcileRefused, detail);
}
