/** The inline host: strategies on the engine thread, fed by what changed, guarded from each other. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { type Problem, problem } from "../core/problem.ts";
import { MarketEvent } from "../market/market_event.ts";
import { Side } from "../model/order.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import type { HandlerMeter, HostPort } from "./host_port.ts";
import {
  type InstanceCounters,
  type InstanceHost,
  type InstanceSpec,
  type InstanceTimer,
  StrategyInstance,
} from "./instance.ts";
import type { MarketHandle } from "./market_handle.ts";
import type { PlotPoint } from "./plot_lines.ts";

/** One handle of one instance, and the events that anything of it wants. */
interface Route {
  readonly instance: StrategyInstance;
  readonly handle: MarketHandle;
  readonly events: number;
}

interface Timer {
  readonly instance: StrategyInstance;
  readonly timer: InstanceTimer;
  isArmed: boolean;
}

export class InlineHost implements InstanceHost {
  readonly #instances: (StrategyInstance | undefined)[] = [];
  /** Events that anybody wants, by instrument: most frames end here. */
  readonly #interest: number[] = [];
  /** Who wants them, in the order in which instances were added. */
  readonly #routes: (Route[] | undefined)[] = [];
  readonly #timers: Timer[] = [];

  constructor(
    readonly port: HostPort,
    readonly limits: Limits,
    readonly seed: number,
    readonly meter: HandlerMeter | undefined = undefined,
  ) {}

  /** Runs setup of a new instance. Its id must be new; a problem leaves it out. */
  add(spec: InstanceSpec): Problem | undefined {
    assert(Number.isInteger(spec.id) && spec.id >= 1, Code.ValueOutOfRange);
    if (this.#instances[spec.id] !== undefined) return problem(Code.StrategyShape, `instance ${spec.id} exists`);
    return this.replace(spec);
  }

  /** Runs setup anew and puts the result in the place of what has that id; a problem leaves the old one as it is. */
  replace(spec: InstanceSpec): Problem | undefined {
    const instance = new StrategyInstance(spec, this);
    const fault = instance.build();
    if (fault !== undefined) return fault;
    if (this.#timers.length + instance.timers.length > this.limits.timersMax) {
      return problem(Code.StrategyShape, "no room for its timers", {}, "raise limits.timersMax");
    }
    this.remove(spec.id);
    this.#instances[spec.id] = instance;
    for (const timer of instance.timers) this.#addTimer(instance, timer);
    for (const handle of instance.markets) this.#addRoute(instance, handle);
    return undefined;
  }

  /** Forgets an instance without asking it: its handlers are never called again. */
  remove(id: number): void {
    const instance = this.#instances[id];
    if (instance === undefined) return;
    instance.running = false;
    this.#instances[id] = undefined;
    for (const handle of instance.markets) {
      const routes = (this.#routes[handle.instrumentId] ?? []).filter((route) => route.instance !== instance);
      this.#routes[handle.instrumentId] = routes;
      this.#interest[handle.instrumentId] = routes.reduce((events, route) => events | route.events, 0);
    }
  }

  instance(id: number): StrategyInstance | undefined {
    return this.#instances[id];
  }

  /** Warms indicators from kept history, calls `onStart`, arms the timers. */
  start(id: number): void {
    const instance = this.#instances[id];
    if (instance === undefined) return;
    instance.start();
    for (let i = 0; i < this.#timers.length; i++) {
      if ((this.#timers[i] as Timer).instance === instance) this.#arm(i);
    }
  }

  stop(id: number, reason: string): void {
    const instance = this.#instances[id];
    if (instance === undefined || !instance.running) return;
    instance.stop(reason);
  }

  /** What instances failed of, by instance. */
  get problems(): readonly Problem[] {
    return this.#instances.flatMap((instance) => (instance?.problem === undefined ? [] : [instance.problem]));
  }

  /** A few nanoseconds when nobody wants these events of this instrument. */
  onMarket(instrument: number, events: number): void {
    const wanted = (this.#interest[instrument] ?? 0) & events;
    if (wanted !== 0) this.#dispatch(instrument, wanted);
  }

  onTimer(payload: number): void {
    const timer = this.#timers[payload];
    assert(timer !== undefined, Code.ValueOutOfRange);
    timer.isArmed = false;
    if (!timer.instance.active) return;
    timer.instance.call(timer.timer.run, undefined);
    this.#arm(payload);
  }

  /** After `apply`: fills, answers and denials reach their instance; a revision reaches all who trade it. */
  onRecord(record: Readonly<TradingRecord>): void {
    if (record.kind === RecordKind.InstrumentDefined) this.#revise(record.instrument);
    if (record.instance === 0 || record.order === 0) return;
    const instance = this.#instances[record.instance];
    if (instance === undefined) return;
    instance.onRecord(record);
  }

  /** JSON of an instance's cells when one changed since they were last asked for. */
  dirtyState(id: number): string | undefined {
    return this.#instances[id]?.dirtyState();
  }

  /** 16 hex digits over an instance's cells. */
  stateHash(id: number): string | undefined {
    return this.#instances[id]?.stateHash();
  }

  /** Lines that an instance draws: by market, then by name. */
  plots(id: number): ReadonlyMap<string, ReadonlyMap<string, readonly PlotPoint[]>> {
    const markets = this.#instances[id]?.markets ?? [];
    return new Map(markets.map((handle) => [handle.name, handle.plots.lines()]));
  }

  counters(id: number): InstanceCounters | undefined {
    return this.#instances[id]?.counters;
  }

  /** Takes the place of a timer whose instance is gone and that is not under way; its number is on the wheel. */
  #addTimer(instance: StrategyInstance, timer: InstanceTimer): void {
    const free = this.#timers.findIndex((t) => !t.isArmed && this.#instances[t.instance.id] !== t.instance);
    const made = { instance, timer, isArmed: false };
    assert(free < this.#timers.length, Code.InvariantBroken);
    if (free < 0) this.#timers.push(made);
    else this.#timers[free] = made;
  }

  #dispatch(instrument: number, events: number): void {
    const routes = this.#routes[instrument];
    assert(routes !== undefined, Code.InvariantBroken);
    for (let i = 0; i < routes.length; i++) {
      const route = routes[i] as Route;
      const wanted = route.events & events;
      if (wanted !== 0 && route.instance.active) deliver(route.instance, route.handle, wanted);
    }
  }

  #addRoute(instance: StrategyInstance, handle: MarketHandle): void {
    const { onBar, onBook, onLiquidation, onQuote, onTrade } = instance.handlers;
    let events = 0;
    if (onBar !== undefined || handle.hasBarReaders) events |= MarketEvent.Bar;
    if (onQuote !== undefined) events |= MarketEvent.Quote;
    if (onTrade !== undefined) events |= MarketEvent.Trade;
    if (onLiquidation !== undefined) events |= MarketEvent.Liquidation;
    if (onBook !== undefined) {
      events |= MarketEvent.Book;
      handle.market.wantBook();
    }
    assert(handle.instrumentId >= 0, Code.ValueOutOfRange);
    if (events === 0) return;
    const id = handle.instrumentId;
    this.#interest[id] = (this.#interest[id] ?? 0) | events;
    const routes = this.#routes[id] ?? [];
    routes.push({ instance, handle, events });
    this.#routes[id] = routes;
  }

  #revise(id: number): void {
    const instrument = this.port.instrument(id);
    if (instrument === undefined) return;
    for (const instance of this.#instances) {
      for (const handle of instance?.markets ?? []) if (handle.instrumentId === id) handle.revise(instrument);
    }
  }

  /** Aligned to the interval, so that a restart does not shift it. */
  #arm(index: number): void {
    const timer = this.#timers[index] as Timer;
    if (timer.isArmed || !timer.instance.active) return;
    timer.isArmed = true;
    const nowUs = this.port.nowUs();
    assert(timer.timer.us > 0 && nowUs >= 0, Code.ValueOutOfRange);
    this.port.schedule(nowUs - (nowUs % timer.timer.us) + timer.timer.us, index);
  }
}

/** The bars that closed first, since the trade that closed them belongs to the next; then trade, liquidation, quote, book. */
function deliver(instance: StrategyInstance, handle: MarketHandle, events: number): void {
  assert(instance.active, Code.InvariantBroken);
  const { onBar, onTrade, onLiquidation, onQuote, onBook } = instance.handlers;
  if ((events & MarketEvent.Bar) !== 0) {
    while (instance.active && instance.stepBars(handle)) {
      if (onBar === undefined) continue;
      const bar = handle.bar;
      if (bar !== undefined) instance.call(onBar, { market: handle.name, bar });
    }
  }
  if ((events & MarketEvent.Trade) !== 0 && onTrade !== undefined && instance.active) {
    instance.call(onTrade, lastTrade(handle));
  }
  if ((events & MarketEvent.Liquidation) !== 0 && onLiquidation !== undefined && instance.active) {
    instance.call(onLiquidation, lastLiquidation(handle));
  }
  if ((events & MarketEvent.Quote) !== 0 && onQuote !== undefined && instance.active)
    instance.call(onQuote, handle.tag);
  if ((events & MarketEvent.Book) !== 0 && onBook !== undefined && instance.active) instance.call(onBook, handle.tag);
}

/** A new object each time: it is the strategy's to keep. */
function lastTrade(handle: MarketHandle) {
  const { market, listing } = handle;
  return {
    market: handle.name,
    price: market.lastPrice / listing.priceUnit,
    size: listing.size(market.lastQty),
    takerSide: market.lastSide === Side.Sell ? ("sell" as const) : ("buy" as const),
    time: market.lastTradeTimeUs,
  };
}

function lastLiquidation({ name, market, listing }: MarketHandle) {
  return {
    market: name,
    price: market.liquidationPrice / listing.priceUnit,
    size: listing.size(market.liquidationQty),
    side: market.liquidationSide === Side.Sell ? ("sell" as const) : ("buy" as const),
    time: market.liquidationTimeUs,
  };
}
