/** One running strategy instance: its handles, orders, cells and handlers, guarded so that a throw pauses only it. */

import { assert } from "../core/assert.ts";
import { Code, codeName } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import type { Prng } from "../core/prng.ts";
import { type Problem, problem } from "../core/problem.ts";
import { DENIAL_TEXTS, Denial, Reject } from "../model/denial.ts";
import { Liquidity } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { Handlers, Rejection, StateCell, StateValue, StrategyModule } from "./api.ts";
import type { HostPort } from "./host_port.ts";
import { MarketHandle } from "./market_handle.ts";
import { OrderDesk, type RefusalSink } from "./order_desk.ts";
import type { OrderHandle } from "./order_handle.ts";
import { intervalUs, type ParamValues } from "./params.ts";

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

const LOG_MAX = 1_000;
const REFUSALS_MAX = 256;

export class StrategyInstance implements RefusalSink {
  readonly markets: MarketHandle[] = [];
  readonly logs: string[] = [];
  handlers: Handlers = {};
  running = false;
  paused = false;
  problem: Problem | undefined;
  /** Calls that were refused before they became a wish. */
  refusals = 0;
  readonly #orders = new Map<number, OrderHandle>();
  readonly #cells = new Map<string, { value: StateValue }>();
  readonly #pending: Rejection[] = [];
  #flushed = "";
  #depth = 0;

  constructor(
    readonly spec: InstanceSpec,
    readonly port: HostPort,
    readonly limits: Limits,
    readonly prng: Prng,
  ) {}

  /** Builds the handles and runs setup. */
  build(): Problem | undefined {
    const { module, bindings } = this.spec;
    const markets: Record<string, MarketHandle> = {};
    for (const [name, marketSpec] of Object.entries(module.definition.markets)) {
      const binding = bindings[name];
      const made = binding === undefined ? undefined : this.#handle(name, binding, binding.tf ?? marketSpec.tf ?? "1m");
      if (made === undefined) return problem(Code.StrategyShape, `market ${name} is not bound to a known instrument`);
      if ("code" in made) return made;
      markets[name] = made;
      this.markets.push(made);
    }
    const context = {
      params: Object.freeze({ ...this.spec.params }),
      now: () => this.port.nowUs(),
      random: () => this.prng.nextFloat(),
      log: (message: string) => this.#log(message),
      state: (key: string, initial: StateValue) => this.#cell(key, initial),
      ...markets,
    };
    const handlers = this.guard(() => module.setup(context as never));
    if (this.problem !== undefined) return this.problem;
    this.handlers = handlers ?? {};
    return undefined;
  }

  start(): void {
    this.running = true;
    const { onStart } = this.handlers;
    const restored = this.spec.restored !== undefined;
    if (onStart !== undefined) this.guard(() => onStart({ restored }));
  }

  stop(reason: string): void {
    const { onStop } = this.handlers;
    if (onStop !== undefined && this.active) this.guard(() => onStop({ reason }));
    this.running = false;
  }

  get active(): boolean {
    return this.running && !this.paused;
  }

  /** Intervals of `every`, as (name, µs, handler). */
  timers(): { readonly us: number; readonly run: () => void }[] {
    const timers = [];
    for (const [text, run] of Object.entries(this.handlers.every ?? {})) {
      const us = intervalUs(text);
      if (us === undefined) this.#fail(Code.StrategyShape, `every: ${text} is no interval`, undefined);
      else timers.push({ us, run });
    }
    return timers;
  }

  /** Runs a handler; a throw pauses the instance with its first position. Refusals are delivered afterwards. */
  guard<T>(run: () => T): T | undefined {
    this.#depth++;
    try {
      return run();
    } catch (error) {
      this.#fail(Code.StrategyThrew, error instanceof Error ? error.message : String(error), error);
      return undefined;
    } finally {
      this.#depth--;
      if (this.#depth === 0) this.#deliver();
    }
  }

  refuse(code: Code, detail: string, order: OrderHandle | undefined): void {
    this.refusals++;
    if (this.#pending.length >= REFUSALS_MAX) return;
    this.#pending.push({ code: codeName(code), reason: detail, hint: "nothing was sent", order });
    this.port.note(code, this.spec.id, detail);
  }

  /** A record of this instance, already applied. */
  onRecord(record: Readonly<TradingRecord>): void {
    assert(record.instance === this.spec.id, Code.InvariantBroken);
    const order = this.#orders.get(record.order);
    if (order === undefined) return;
    const before = order.status;
    order.take(record);
    if (record.kind === RecordKind.OrderFilled) this.#onFill(order, record);
    const rejection = rejectionOf(record, order);
    const { onReject, onOrder } = this.handlers;
    if (rejection !== undefined && onReject !== undefined && this.active) this.guard(() => onReject(rejection));
    if (order.status !== before && onOrder !== undefined && this.active) this.guard(() => onOrder(order));
    if (!order.live) order.desk.settle(order);
  }

  /** JSON of all cells when they changed since they were last asked for. */
  dirtyState(): string | undefined {
    if (this.#cells.size === 0) return undefined;
    const text = JSON.stringify(Object.fromEntries([...this.#cells].map(([key, cell]) => [key, cell.value])));
    if (text === this.#flushed) return undefined;
    this.#flushed = text;
    if (text.length * 3 <= this.limits.stateBytesMax || utf8Bytes(text) <= this.limits.stateBytesMax) return text;
    this.#fail(Code.StrategyStateTooLarge, `state() takes ${utf8Bytes(text)} bytes`, undefined);
    return undefined;
  }

  #handle(name: string, binding: Binding, tf: string): MarketHandle | Problem | undefined {
    const instrument = this.port.instrument(binding.instrument);
    const market = this.port.market(binding.instrument);
    if (instrument === undefined || market === undefined) return undefined;
    const us = intervalUs(tf);
    if (us === undefined) return problem(Code.StrategyParam, `tf=${tf} is no timeframe`, {}, "for example 1s, 5m, 1h");
    const { id } = this.spec;
    const desk = new OrderDesk(this.port, this, this.#orders, id, binding.account, instrument);
    return new MarketHandle(name, this.port, desk, market, instrument, binding.account, id, us);
  }

  #onFill(order: OrderHandle, record: Readonly<TradingRecord>): void {
    const { onFill } = this.handlers;
    if (onFill === undefined || !this.active) return;
    const market = this.markets.find((m) => m.desk === order.desk)?.name ?? "";
    const fill = {
      market,
      order,
      side: order.side,
      price: record.price / order.desk.priceUnit,
      size: record.qty / order.desk.qtyUnit,
      maker: record.liquidity === Liquidity.Maker,
      time: record.timeUs,
    };
    this.guard(() => onFill(fill));
  }

  #deliver(): void {
    const { onReject } = this.handlers;
    // What a handler of refusals asks for may be refused again: bounded by REFUSALS_MAX per round.
    for (let i = 0; i < this.#pending.length && i < REFUSALS_MAX; i++) {
      const rejection = this.#pending[i] as Rejection;
      if (onReject !== undefined && this.active) this.#call(() => onReject(rejection));
    }
    this.#pending.length = 0;
  }

  #call(run: () => void): void {
    this.#depth++;
    this.guard(run);
    this.#depth--;
  }

  #cell(key: string, initial: StateValue): StateCell<never> {
    const known = this.#cells.get(key);
    const cell = known ?? { value: this.spec.restored?.[key] ?? initial };
    this.#cells.set(key, cell);
    return cell as StateCell<never>;
  }

  #log(message: string): void {
    if (this.logs.length === LOG_MAX) this.logs.shift();
    this.logs.push(String(message).slice(0, 500));
  }

  #fail(code: Code, detail: string, error: unknown): void {
    this.paused = true;
    this.problem = problem(code, `${this.spec.module.definition.name}: ${detail}`, positionOf(error));
    this.port.note(code, this.spec.id, detail.slice(0, 500));
  }
}

function rejectionOf(record: Readonly<TradingRecord>, order: OrderHandle): Rejection | undefined {
  switch (record.kind) {
    case RecordKind.OrderDenied:
    case RecordKind.CancelDenied:
    case RecordKind.ReplaceDenied: {
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

/** First frame of a stack that lies in a file of somebody's strategy. */
function positionOf(error: unknown): { file?: string; line?: number; column?: number } {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const match = /\(?((?:\/|[A-Za-z]:\\)[^():\n]+):(\d+):(\d+)\)?/.exec(stack);
  if (match === null) return {};
  const line = Number.parseInt(match[2] ?? "", 10);
  const column = Number.parseInt(match[3] ?? "", 10);
  return { file: match[1] as string, line, column };
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) bytes += text.charCodeAt(i) < 128 ? 1 : 3;
  return bytes;
}
