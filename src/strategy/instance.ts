/** One running strategy instance: its handles, orders, cells and handlers, guarded so that a throw pauses only it. */

import { assert } from "../core/assert.ts";
import { Code, codeName } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { Prng } from "../core/prng.ts";
import { type Problem, problem } from "../core/problem.ts";
import { DENIAL_TEXTS, Denial, Reject } from "../model/denial.ts";
import { Liquidity } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { Handlers, OrderStatus, Rejection, StateValue, StrategyModule } from "./api.ts";
import { positionOf } from "./error_position.ts";
import type { HandlerMeter, HostPort } from "./host_port.ts";
import { INTERVAL_HINT, intervalUs } from "./interval.ts";
import { MarketHandle } from "./market_handle.ts";
import type { DeskOwner } from "./order_desk.ts";
import type { OrderHandle } from "./order_handle.ts";
import type { ParamValues } from "./params.ts";
import { handlerFault, shapeProblems } from "./shape.ts";
import { StateCells, utf8Bytes } from "./state_cells.ts";

export interface Binding {
  readonly instrument: number;
  readonly account: number;
  /** Overrides the timeframe that the strategy names. */
  readonly tf?: string | undefined;
}

export interface InstanceSpec {
  readonly id: number;
  readonly module: StrategyModule;
  readonly params: ParamValues;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly restored?: Readonly<Record<string, StateValue>> | undefined;
}

/** What an instance needs of its host. */
export interface InstanceHost {
  readonly port: HostPort;
  readonly limits: Limits;
  readonly seed: number;
  readonly meter: HandlerMeter | undefined;
}

export interface InstanceCounters {
  /** Orders asked for that became wishes. */
  readonly intents: number;
  /** Order calls refused before they became one. */
  readonly refusals: number;
  /** Orders that the engine denied or the venue rejected. */
  readonly rejections: number;
  /** Handlers that threw. */
  readonly throws: number;
}

export interface InstanceTimer {
  readonly us: number;
  readonly run: () => void;
}

const LOG_MAX = 1_000;
const TEXT_UNITS_MAX = 500;
const REFUSALS_MAX = 256;
/** Ended orders that are still followed, for fills that come late. */
const ENDED_MAX = 256;

export class StrategyInstance implements DeskOwner {
  readonly id: number;
  readonly markets: MarketHandle[] = [];
  readonly logs: string[] = [];
  readonly timers: InstanceTimer[] = [];
  handlers: Handlers = {};
  running = false;
  paused = false;
  problem: Problem | undefined;
  readonly counters = { intents: 0, refusals: 0, rejections: 0, throws: 0 };
  readonly #host: InstanceHost;
  readonly #prng: Prng;
  readonly #cells: StateCells;
  readonly #orders = new Map<number, OrderHandle>();
  readonly #ended: number[] = [];
  readonly #refused: Rejection[] = [];
  /** Handles of calls beyond what is delivered: counted, and denied with the others. */
  readonly #unheard: OrderHandle[] = [];
  /** Handlers on the stack: refusals are delivered when the outermost has returned. */
  #depth = 0;
  #isBuilt = false;

  constructor(
    readonly spec: InstanceSpec,
    host: InstanceHost,
  ) {
    this.id = spec.id;
    this.#host = host;
    this.#prng = new Prng(host.seed + spec.id);
    this.#cells = new StateCells(spec.restored);
  }

  /** Builds the handles and runs setup. */
  build(): Problem | undefined {
    assert(!this.#isBuilt, Code.InvariantBroken);
    const { module, bindings } = this.spec;
    const misshapen = shapeProblems(module)[0];
    if (misshapen !== undefined) return misshapen;
    const markets: Record<string, MarketHandle> = {};
    for (const [name, marketSpec] of Object.entries(module.definition.markets)) {
      const binding = Object.hasOwn(bindings, name) ? bindings[name] : undefined;
      const made = binding === undefined ? undefined : this.#handle(name, binding, binding.tf ?? marketSpec.tf ?? "1m");
      if (made === undefined) return problem(Code.StrategyShape, `market ${name} is not bound to a known instrument`);
      if ("code" in made) return made;
      markets[name] = made;
      this.markets.push(made);
    }
    const handlers = this.#setUp(markets);
    if (this.problem !== undefined) return this.problem;
    const fault = handlerFault(handlers);
    if (fault !== undefined) return { ...fault, detail: `${module.definition.name}: ${fault.detail}` };
    this.handlers = handlers as Handlers;
    for (const [text, run] of Object.entries(this.handlers.every ?? {})) this.#every(text, run);
    for (const handle of this.markets) handle.seal();
    this.#isBuilt = true;
    return undefined;
  }

  start(): void {
    assert(this.#isBuilt, Code.InvariantBroken);
    if (this.running) return;
    this.running = true;
    for (const handle of this.markets) while (this.stepBars(handle)); // Warms indicators from what is kept; no `onBar`.
    const { onStart } = this.handlers;
    if (onStart !== undefined && this.active) this.call(onStart, { restored: this.spec.restored !== undefined });
  }

  /** Takes over an order that lived before a restart, as its record columns say; before `start`. */
  adopt(order: Readonly<TradingRecord>, status: OrderStatus): void {
    assert(this.#isBuilt && !this.running, Code.InvariantBroken);
    const fits = (m: MarketHandle) => m.instrumentId === order.instrument && m.desk.account === order.account;
    const market = this.markets.find(fits);
    if (market !== undefined) this.#orders.set(order.order, market.desk.adopt(order, status));
  }

  stop(reason: string): void {
    const { onStop } = this.handlers;
    if (onStop !== undefined && this.active) this.call(onStop, { reason });
    this.running = false;
    assert(!this.active, Code.InvariantBroken);
  }

  get active(): boolean {
    return this.running && !this.paused;
  }

  /** Runs a handler; a throw pauses the instance with its first position. Refusals are delivered afterwards. */
  call<A>(handler: (argument: A) => unknown, argument: A): void {
    const meter = this.#host.meter;
    const startedUs = meter === undefined ? 0 : meter.begin(this.id);
    assert(this.#isBuilt, Code.InvariantBroken);
    this.#depth++;
    try {
      const answer = handler.call(this.handlers, argument);
      if (answer !== undefined) this.#checkAnswer(answer);
    } catch (error) {
      this.#threw(error);
    } finally {
      this.#depth--;
    }
    if (meter !== undefined) meter.end(this.id, startedUs);
    if (this.#depth === 0 && this.#refused.length > 0) this.#deliver();
  }

  /** Takes the next closed bar of a handle, guarded: lines of plots are functions of the strategy. */
  stepBars(handle: MarketHandle): boolean {
    try {
      return handle.stepBars();
    } catch (error) {
      this.#threw(error);
      return false;
    }
  }

  /** The desks ask before each call that would reach the engine. */
  mayAct(): boolean {
    if (!this.#isBuilt) throw new Error("orders are placed in handlers, from onStart on; setup only declares");
    return this.active;
  }

  refuse(code: Code, detail: string, hint: string, order: OrderHandle | undefined): void {
    this.counters.refusals++;
    if (!this.mayAct()) {
      if (order !== undefined && order.id === 0) order.status = "denied";
      return;
    }
    this.#host.port.note(code, this.id, detail.slice(0, TEXT_UNITS_MAX));
    if (this.#refused.length >= REFUSALS_MAX) {
      if (order !== undefined && order.id === 0) this.#unheard.push(order);
      return;
    }
    this.#refused.push({ code: codeName(code), reason: detail, hint, order });
    if (this.#depth === 0) this.#deliver(); // Called between handlers: there is none to wait for.
  }

  follow(order: OrderHandle): void {
    assert(order.id > 0, Code.ValueOutOfRange);
    this.counters.intents++;
    this.#orders.set(order.id, order);
  }

  /** A record of this instance, already applied. */
  onRecord(record: Readonly<TradingRecord>): void {
    assert(record.instance === this.id, Code.InvariantBroken);
    const order = this.#orders.get(record.order);
    if (order === undefined) return;
    const before = order.status;
    const wasLive = order.live;
    order.take(record);
    const hasEnded = wasLive && !order.live;
    if (hasEnded) this.#settle(order);
    const rejection = rejectionOf(record, order);
    if (rejection !== undefined) this.counters.rejections++;
    if (record.kind === RecordKind.OrderFilled) this.#onFill(order, record);
    const { onReject, onOrder } = this.handlers;
    if (rejection !== undefined && onReject !== undefined && this.active) this.call(onReject, rejection);
    if (order.status !== before && onOrder !== undefined && this.active) this.call(onOrder, order);
    if (hasEnded && this.active) this.call(goOn, order);
  }

  /** JSON of all cells when they changed since they were last asked for. */
  dirtyState(): string | undefined {
    if (!this.#cells.isDirty) return undefined;
    const { text, fault } = this.#cells.flush();
    const bytes = utf8Bytes(text);
    if (fault !== "") this.#fail(Code.StrategyShape, fault, {});
    else if (bytes <= this.#host.limits.stateBytesMax) return text;
    else
      this.#fail(Code.StrategyStateTooLarge, `state() takes ${bytes} of ${this.#host.limits.stateBytesMax} bytes`, {});
    return undefined;
  }

  stateHash(): string {
    return this.#cells.hash();
  }

  #setUp(markets: Readonly<Record<string, MarketHandle>>): unknown {
    const context = {
      params: Object.freeze({ ...this.spec.params }),
      now: () => this.#host.port.nowUs(),
      random: () => this.#prng.nextFloat(),
      every: (interval: string, run?: () => void) => this.#every(interval, run),
      log: (message: unknown) => this.#log(message),
      state: (key: string, initial: StateValue) => this.#cells.cell(key, initial),
      ...markets,
    };
    this.#depth++;
    try {
      return this.spec.module.setup(context as never);
    } catch (error) {
      // Nothing is noted: the caller gets the problem, and no input is being worked on.
      this.problem = this.#problemOf(error);
      this.paused = true;
      return undefined;
    } finally {
      this.#depth--;
    }
  }

  #handle(name: string, binding: Binding, tf: string): MarketHandle | Problem | undefined {
    const { port, limits } = this.#host;
    const instrument = port.instrument(binding.instrument);
    const market = port.market(binding.instrument);
    if (instrument === undefined || market === undefined) return undefined;
    const barUs = intervalUs(tf);
    if (barUs === undefined) return problem(Code.StrategyParam, `tf=${tf} is no timeframe`, {}, INTERVAL_HINT);
    return new MarketHandle({ name, port, owner: this, market, instrument, account: binding.account, barUs, limits });
  }

  #every(interval: string, run?: () => void): void {
    if (this.#isBuilt) throw new Error("every: timers are declared in setup, not in a handler");
    const us = intervalUs(interval);
    if (us === undefined) throw new RangeError(`every: ${String(interval)} is no interval; ${INTERVAL_HINT}`);
    if (run !== undefined && typeof run !== "function") throw new TypeError(`every ${interval}: no function`);
    const timer = Object.freeze({ interval });
    this.timers.push({ us, run: run ?? (() => this.handlers.onTimer?.(timer)) });
  }

  #onFill(order: OrderHandle, record: Readonly<TradingRecord>): void {
    const { onFill } = this.handlers;
    if (onFill === undefined || !this.active) return;
    const { listing } = order.desk;
    const { priceUnit } = listing;
    assert(record.qty > 0 && record.price > 0, Code.ValueOutOfRange);
    const market = this.markets.find((m) => m.desk === order.desk)?.name ?? "";
    this.call(onFill, {
      market,
      order,
      side: order.side,
      price: record.price / priceUnit,
      size: listing.size(record.qty),
      maker: record.liquidity === Liquidity.Maker,
      time: record.timeUs,
    });
  }

  #settle(order: OrderHandle): void {
    assert(this.#orders.has(order.id), Code.InvariantBroken);
    order.desk.settle(order);
    this.#ended.push(order.id);
    if (this.#ended.length > ENDED_MAX) this.#orders.delete(this.#ended.shift() as number);
  }

  /** What a handler of refusals asks for may be refused again: bounded by REFUSALS_MAX per round. */
  #deliver(): void {
    assert(this.#depth === 0, Code.InvariantBroken);
    this.#depth++; // So that refusals of refusals join this round.
    for (let i = 0; i < this.#refused.length && i < REFUSALS_MAX; i++) {
      const rejection = this.#refused[i] as Rejection;
      const order = rejection.order as OrderHandle | undefined;
      const isNew = order !== undefined && order.id === 0;
      if (isNew) order.status = "denied";
      const { onReject, onOrder } = this.handlers;
      if (onReject !== undefined && this.active) this.call(onReject, rejection);
      if (isNew && onOrder !== undefined && this.active) this.call(onOrder, order);
    }
    for (const order of this.#unheard) order.status = "denied";
    this.#unheard.length = 0;
    this.#refused.length = 0;
    this.#depth--;
  }

  #checkAnswer(answer: unknown): void {
    const then = (answer as { then?: unknown } | null)?.then;
    if (typeof then !== "function") return;
    // Taken over, so that its failure is not the process's.
    then.call(answer, ignore, ignore);
    this.#fail(Code.StrategyShape, "a handler answered with a promise: handlers are synchronous", {});
  }

  #log(message: unknown): void {
    if (this.logs.length === LOG_MAX) this.logs.shift();
    this.logs.push(String(message).slice(0, TEXT_UNITS_MAX));
  }

  #problemOf(error: unknown): Problem {
    this.counters.throws++;
    const detail = error instanceof Error ? error.message : String(error);
    const { definition, source } = this.spec.module;
    return problem(Code.StrategyThrew, `${definition.name}: ${detail}`, positionOf(error, source));
  }

  #threw(error: unknown): void {
    const found = this.#problemOf(error);
    this.#fail(Code.StrategyThrew, found.detail, found);
  }

  #fail(code: Code, detail: string, at: Readonly<Partial<Problem>>): void {
    const { file, line, column } = at;
    const where = file === undefined ? {} : { file, ...(line === undefined ? {} : { line, column: column ?? 1 }) };
    assert(detail !== "", Code.InvariantBroken);
    this.problem ??= problem(code, detail, where);
    this.paused = true;
    this.#host.port.note(code, this.id, detail.slice(0, TEXT_UNITS_MAX));
  }
}

/** The end of an order may free what `target` or `flat` wants next. */
function goOn(order: OrderHandle): void {
  order.desk.onSettled();
}

function ignore(): void {}

function rejectionOf(record: Readonly<TradingRecord>, order: OrderHandle): Rejection | undefined {
  switch (record.kind) {
    case RecordKind.OrderDenied:
    case RecordKind.CancelDenied:
    case RecordKind.ReplaceDenied: {
      const text = DENIAL_TEXTS[record.code as Denial];
      return { code: Denial[record.code] ?? "", reason: text?.meaning ?? "", hint: text?.hint ?? "", order };
    }
    case RecordKind.OrderWithdrawn: {
      if (record.code === Denial.None) return undefined; // Taken back on the strategy's own wish.
      const text = DENIAL_TEXTS[record.code as Denial];
      return { code: Denial[record.code] ?? "", reason: text?.meaning ?? "", hint: text?.hint ?? "", order };
    }
    case RecordKind.OrderRejected:
    case RecordKind.ReplaceRejected:
    case RecordKind.CancelRejected:
      return { code: Reject[record.code] ?? "", reason: record.text, hint: "the venue refused", order };
    default:
      return undefined;
  }
}
