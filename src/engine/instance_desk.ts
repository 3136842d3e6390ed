/** decide for commands about strategy instances: start, change, pause, resume, stop, delete; and their start after a restart. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import { isExposed, Leg, OrderFlag, OrderState, OrderType, Side, TimeInForce } from "../model/order.ts";
import { RecordKind, StopPolicy, TradingRecord } from "../model/record.ts";
import type { OrderStatus } from "../strategy/api.ts";
import type { InlineHost } from "../strategy/host.ts";
import type { InstanceSpec } from "../strategy/instance.ts";
import { utf8Bytes } from "../strategy/state_cells.ts";
import type { Decider } from "./decider.ts";
import { instanceSpec, isProblem, readDefinition, type StrategyOf } from "./instance_definition.ts";
import { type Instance, InstanceStatus } from "./instances.ts";
import type { Recorder } from "./recorder.ts";

const FLATTEN_RETRY_US = 1_000_000;
/** How often what should have no orders, and has some, is looked at: limits of cancels may have refused a part of them. */
const EMPTY_AGAIN_US = 1_000_000;
/**
 * From this share of the trading ring on, strategies are paused: each denial is a record too, and a ring that is full
 * stops the engine. What is left is for cancels, reports and commands.
 */
const JOURNAL_PAUSES = 0.75;

/** What a command about an instance came to. */
export interface InstanceAnswer {
  readonly instance: number;
  readonly problem: Problem | undefined;
}

export class InstanceDesk {
  readonly #record = new TradingRecord();
  readonly #order = new TradingRecord();
  /** When the position of an instance is tried to be closed again. */
  readonly #flattenDueUs = new Map<number, number>();
  /** Instances whose orders are to end, and when those that live are cancelled again. */
  readonly #emptyDueUs = new Map<number, number>();

  constructor(
    readonly recorder: Recorder,
    readonly decider: Decider,
    readonly host: InlineHost,
    readonly strategyOf: StrategyOf,
  ) {}

  /** A command of the kinds CommandInstance…: all of its records, or a problem and none. */
  command(command: Readonly<TradingRecord>): InstanceAnswer {
    const { instance } = command;
    if (command.kind === RecordKind.CommandInstanceStart) return this.#start(instance, command.text);
    const row = this.#instances.get(instance);
    if (row === undefined || row.status === InstanceStatus.Deleted) {
      return refused(instance, Code.NotFound, `no instance ${instance}`);
    }
    switch (command.kind) {
      case RecordKind.CommandInstancePause:
        if (row.status !== InstanceStatus.Running) return refused(instance, Code.Conflict, "it is not running");
        this.#pause(row, command.text);
        break;
      case RecordKind.CommandInstanceResume:
        if (row.status === InstanceStatus.Running) return refused(instance, Code.Conflict, "it is running");
        return this.#start(instance, row.definition);
      case RecordKind.CommandInstanceStop:
        if (row.status === InstanceStatus.Stopped) return refused(instance, Code.Conflict, "it is stopped");
        this.#stop(row, command.flags as StopPolicy, command.text);
        break;
      default: {
        assert(command.kind === RecordKind.CommandInstanceDelete, Code.EnumUnknown);
        if (row.status !== InstanceStatus.Stopped) return refused(instance, Code.Conflict, "stop it first");
        if (row.flatten && this.#isHeld(row)) return refused(instance, Code.Conflict, "its position is being closed");
        if (this.#hasOrders(instance)) return refused(instance, Code.Conflict, "it has open orders");
        this.host.remove(instance);
        this.#emit(RecordKind.InstanceDeleted, instance, command.text, 0);
      }
    }
    return { instance, problem: undefined };
  }

  /** A new instance; `limits` are recorded before it runs. */
  launch(definition: string, limits: readonly TradingRecord[] = []): InstanceAnswer {
    return this.#start(0, definition, limits);
  }

  /** Id of the instance of that name; 0 = none. Deleted ones have no name any more. */
  idOf(name: string): number {
    for (let id = 1; id <= this.#instances.count; id++) {
      const row = this.#instances.get(id) as Instance;
      if (row.status !== InstanceStatus.Deleted && readDefinition(row.definition)?.name === name) return id;
    }
    return 0;
  }

  /** True when an instance of that name was deleted, and none has it now. */
  wasDeleted(name: string): boolean {
    if (this.idOf(name) !== 0) return false;
    for (let id = 1; id <= this.#instances.count; id++) {
      if (readDefinition((this.#instances.get(id) as Instance).definition)?.name === name) return true;
    }
    return false;
  }

  /** Strategies that instances of D are made of. */
  strategies(): string[] {
    const names = new Set<string>();
    for (let id = 1; id <= this.#instances.count; id++) {
      const row = this.#instances.get(id) as Instance;
      const strategy = readDefinition(row.definition)?.strategy;
      if (strategy !== undefined) names.add(strategy);
    }
    return [...names];
  }

  /**
   * After a restart: what ran runs again, with its cells and its live orders, but for the instance that stalled the
   * engine before. Answers what could not be started.
   */
  restore(suspect: number): Problem[] {
    const problems: Problem[] = [];
    for (let id = 1; id <= this.#instances.count; id++) {
      const row = this.#instances.get(id) as Instance;
      if (row.status !== InstanceStatus.Running) {
        // A crash may have come between the record and its cancels.
        const leavesOrders = row.status === InstanceStatus.Stopped && !row.flatten;
        if (!leavesOrders) this.#empty(id, "paused");
        continue;
      }
      const spec = this.#specOf(id, row.definition);
      const stalled = problem(Code.EngineStalled, "a handler of it did not end");
      const fault = id === suspect ? stalled : isProblem(spec) ? spec : this.host.replace(spec);
      if (fault === undefined) this.#run(id);
      else {
        problems.push(fault);
        this.#pause(row, `not started after a restart: ${fault.detail}`);
      }
    }
    return problems;
  }

  /**
   * What threw is paused in D too, so that a restart does not wake it; what was stopped flat is closed until it is. All
   * are paused when the journal is too far behind.
   */
  tend(): void {
    const isBlocked = this.recorder.journal.occupancy() >= JOURNAL_PAUSES;
    for (let id = 1; id <= this.#instances.count; id++) {
      const row = this.#instances.get(id) as Instance;
      if (row.status === InstanceStatus.Running && this.host.instance(id)?.paused === true) {
        this.#pause(row, this.host.instance(id)?.problem?.detail ?? "paused");
      } else if (isBlocked && row.status === InstanceStatus.Running) this.#pause(row, JOURNAL_WHY);
      if (!isBlocked) this.#emptyAgain(id);
      if (!isBlocked && row.status === InstanceStatus.Stopped && row.flatten) this.#flatten(row);
    }
  }

  get #instances() {
    return this.recorder.state.instances;
  }

  #specOf(id: number, text: string): InstanceSpec | Problem {
    const definition = readDefinition(text);
    if (definition === undefined) return problem(Code.StrategyShape, "the definition of the instance is not readable");
    return instanceSpec(id, definition, this.recorder.state, this.strategyOf);
  }

  /** New (0), or anew with this definition: what was there stops without a word and its orders are taken over. */
  #start(instance: number, text: string, limits: readonly TradingRecord[] = []): InstanceAnswer {
    const id = instance === 0 ? this.#instances.count + 1 : instance;
    const known = this.#instances.get(id);
    if (instance !== 0 && (known === undefined || known.status === InstanceStatus.Deleted)) {
      return refused(instance, Code.NotFound, `no instance ${instance}`);
    }
    if (id > this.recorder.state.limits.instancesMax) return refused(instance, Code.TableFull, "too many instances");
    const { stateBytesMax } = this.recorder.state.limits;
    const bytes = utf8Bytes(text);
    if (bytes > stateBytesMax) {
      return refused(instance, Code.StrategyShape, `the definition has ${bytes} bytes, ${stateBytesMax} fit`);
    }
    const name = readDefinition(text)?.name ?? "";
    const other = this.idOf(name);
    if (other !== 0 && other !== id) return refused(instance, Code.Conflict, `instance ${other} is named ${name}`);
    const spec = this.#specOf(id, text);
    const fault = isProblem(spec) ? spec : this.host.replace(spec);
    if (fault !== undefined) return { instance, problem: fault };
    this.#emit(RecordKind.InstanceStarted, id, text, 0);
    for (const record of limits) {
      assert(record.kind === RecordKind.LimitsSet && record.instance === id, Code.InvariantBroken);
      this.recorder.emit(record);
    }
    this.#run(id);
    return { instance: id, problem: undefined };
  }

  #run(id: number): void {
    this.#adoptOrders(id);
    this.host.start(id);
    assert(this.host.instance(id) !== undefined, Code.InvariantBroken);
  }

  /** A paused strategy cannot look after its orders: they are cancelled. */
  #pause(row: Instance, why: string): void {
    assert(row.status === InstanceStatus.Running, Code.IllegalTransition);
    const instance = this.host.instance(row.id);
    if (instance !== undefined) instance.paused = true;
    this.#emit(RecordKind.InstancePaused, row.id, why, 0);
    this.#empty(row.id, "paused");
  }

  #empty(id: number, why: string): void {
    this.decider.cancelAll(-1, -1, id, why);
    this.#emptyDueUs.set(id, this.recorder.nowUs + EMPTY_AGAIN_US);
  }

  /** Cancels again what no cancel is under way for, up to the first refusal. */
  #emptyAgain(id: number): void {
    const { nowUs, state } = this.recorder;
    if (nowUs < (this.#emptyDueUs.get(id) ?? Number.POSITIVE_INFINITY)) return;
    const { orders } = state;
    if (state.instances.get(id)?.status === InstanceStatus.Running || !this.#hasOrders(id)) {
      this.#emptyDueUs.delete(id);
      return;
    }
    this.#emptyDueUs.set(id, nowUs + EMPTY_AGAIN_US);
    for (let order = orders.firstOpenAll(), next = 0; order !== 0; order = next) {
      next = orders.nextOpenAll(order);
      const isLeft = orders.instance(order) === id && (orders.flags(order) & WAITS_OR_NOT_OURS) === 0;
      if (!isLeft) continue;
      this.decider.cancelOrder(order, "cancelled again: its instance does not run");
      if ((orders.flags(order) & OrderFlag.CancelPending) === 0 && isExposed(orders.state(order))) return;
    }
  }

  #stop(row: Instance, policy: StopPolicy, why: string): void {
    assert(row.status === InstanceStatus.Running || row.status === InstanceStatus.Paused, Code.IllegalTransition);
    this.host.stop(row.id, why === "" ? "stopped" : why);
    this.#emit(RecordKind.InstanceStopped, row.id, why, policy);
    if (policy !== StopPolicy.Keep) this.#empty(row.id, "stopped");
    this.#flattenDueUs.delete(row.id);
  }

  /** Closes what it holds by market orders, once none of its own orders is live; a denied one is tried again. */
  #flatten(row: Instance): void {
    const { state, nowUs } = this.recorder;
    if (nowUs < (this.#flattenDueUs.get(row.id) ?? 0)) return;
    const { ledger } = state;
    if (this.#hasOrders(row.id)) return;
    for (const { account, instrument } of this.#markets(row)) {
      const qty = ledger.instancePositionQty(row.id, account, instrument, Leg.Net);
      const lot = state.instruments.get(instrument)?.lot ?? 1;
      if (Math.abs(qty) < lot) continue; // What is left is below what the venue trades.
      this.#flattenDueUs.set(row.id, nowUs + FLATTEN_RETRY_US);
      const wish = this.#order.reset(RecordKind.CommandPlace);
      wish.instance = row.id;
      wish.account = account;
      wish.instrument = instrument;
      wish.instrumentRevision = state.instruments.get(instrument)?.revision ?? 0;
      wish.side = qty > 0 ? Side.Sell : Side.Buy;
      wish.orderType = OrderType.Market;
      wish.timeInForce = TimeInForce.Ioc;
      wish.flags = OrderFlag.ReduceOnly;
      wish.qty = Math.abs(qty) - (Math.abs(qty) % lot);
      wish.text = "stopped flat";
      assert(wish.qty > 0 && wish.qty <= Math.abs(qty), Code.ValueOutOfRange);
      this.decider.place(wish);
    }
  }

  #hasOrders(id: number): boolean {
    const { orders } = this.recorder.state;
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      if (orders.instance(order) === id) return true;
    }
    for (let order = orders.firstHeldAll(); order !== 0; order = orders.nextHeldAll(order)) {
      if (orders.instance(order) === id) return true;
    }
    return false;
  }

  #isHeld(row: Instance): boolean {
    const { ledger, instruments } = this.recorder.state;
    return this.#markets(row).some(({ account, instrument }) => {
      const qty = ledger.instancePositionQty(row.id, account, instrument, Leg.Net);
      return Math.abs(qty) >= (instruments.get(instrument)?.lot ?? 1);
    });
  }

  #markets(row: Instance): { account: number; instrument: number }[] {
    const { accounts, instruments } = this.recorder.state;
    const markets = Object.values(readDefinition(row.definition)?.markets ?? {});
    return markets.flatMap((market) => {
      const account = accounts.idOf(market.account);
      const instrument = instruments.byName(market.instrument)?.id;
      return account === undefined || instrument === undefined ? [] : [{ account, instrument }];
    });
  }

  #adoptOrders(id: number): void {
    const { orders } = this.recorder.state;
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) this.#adopt(id, order);
    for (let order = orders.firstHeldAll(); order !== 0; order = orders.nextHeldAll(order)) this.#adopt(id, order);
  }

  #adopt(id: number, order: number): void {
    const { orders } = this.recorder.state;
    if (orders.instance(order) !== id) return;
    orders.copyTo(order, this.#order.reset(RecordKind.OrderAccepted));
    this.host.instance(id)?.adopt(this.#order, statusOf(orders.state(order), orders.cumQty(order)));
  }

  #emit(kind: RecordKind, instance: number, text: string, flags: number): void {
    assert(instance >= 1 && instance <= this.recorder.state.limits.instancesMax, Code.ValueOutOfRange);
    const record = this.#record.reset(kind);
    record.instance = instance;
    record.text = text;
    record.flags = flags;
    this.recorder.emit(record);
  }
}

const WAITS_OR_NOT_OURS = OrderFlag.CancelPending | OrderFlag.External;
const JOURNAL_WHY = "the journal is far behind: see to the disk, then resume the instance";

function refused(instance: number, code: Code, detail: string): InstanceAnswer {
  return { instance, problem: problem(code, detail) };
}

/** As a strategy would have seen it, had it watched all along. */
function statusOf(state: OrderState, cumQty: number): OrderStatus {
  if (state === OrderState.Intent || state === OrderState.Sent) return "pending";
  if (state === OrderState.Unknown) return "unknown";
  if (state === OrderState.Held) return "held";
  return cumQty > 0 ? "partial" : "open";
}
