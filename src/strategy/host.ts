/** The inline host: strategies on the engine thread, fed by what changed, guarded from each other. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import { Prng } from "../core/prng.ts";
import { type Problem, problem } from "../core/problem.ts";
import { MarketEvent } from "../market/market_event.ts";
import { Side } from "../model/order.ts";
import type { TradingRecord } from "../model/record.ts";
import type { HostPort } from "./host_port.ts";
import { type InstanceSpec, StrategyInstance } from "./instance.ts";
import type { MarketHandle } from "./market_handle.ts";

interface Timer {
  readonly instance: StrategyInstance;
  readonly us: number;
  readonly run: () => void;
}

export class InlineHost {
  readonly #instances: (StrategyInstance | undefined)[] = [];
  /** Events that anybody wants, by instrument: most frames end here. */
  readonly #interest: number[] = [];
  readonly #timers: Timer[] = [];

  constructor(
    readonly port: HostPort,
    readonly limits: Limits,
    readonly seed: number,
  ) {}

  /** Runs setup of a new instance. Its id must be new; a problem leaves it out. */
  add(spec: InstanceSpec): Problem | undefined {
    if (this.#instances[spec.id] !== undefined) return problem(Code.StrategyShape, `instance ${spec.id} exists`);
    assert(spec.id >= 1 && spec.id <= this.limits.instancesMax, Code.ValueOutOfRange);
    const instance = new StrategyInstance(spec, this.port, this.limits, new Prng(this.seed + spec.id));
    const fault = instance.build();
    if (fault !== undefined) return fault;
    this.#instances[spec.id] = instance;
    for (const handle of instance.markets) this.#addInterest(instance, handle);
    return undefined;
  }

  instance(id: number): StrategyInstance | undefined {
    return this.#instances[id];
  }

  start(id: number): void {
    const instance = this.#instances[id];
    if (instance === undefined) return;
    instance.start();
    for (const timer of instance.timers()) {
      this.#timers.push({ instance, ...timer });
      this.#arm(this.#timers.length - 1);
    }
  }

  stop(id: number, reason: string): void {
    this.#instances[id]?.stop(reason);
  }

  /** What instances failed of, oldest first. */
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
    if (timer === undefined || !timer.instance.running) return;
    if (timer.instance.active) timer.instance.guard(timer.run);
    this.#arm(payload);
  }

  onRecord(record: Readonly<TradingRecord>): void {
    if (record.instance === 0 || record.order === 0) return;
    this.#instances[record.instance]?.onRecord(record);
  }

  dirtyState(id: number): string | undefined {
    return this.#instances[id]?.dirtyState();
  }

  #dispatch(instrument: number, events: number): void {
    for (const instance of this.#instances) {
      if (instance === undefined || !instance.active) continue;
      for (const handle of instance.markets) {
        if (handle.instrument.id === instrument) deliver(instance, handle, events);
      }
    }
  }

  #addInterest(instance: StrategyInstance, handle: MarketHandle): void {
    const { onBook, onQuote, onTrade } = instance.handlers;
    let events: number = MarketEvent.Bar;
    if (onQuote !== undefined) events |= MarketEvent.Quote;
    if (onTrade !== undefined) events |= MarketEvent.Trade;
    if (onBook !== undefined) events |= MarketEvent.Book;
    this.#interest[handle.instrument.id] = (this.#interest[handle.instrument.id] ?? 0) | events;
  }

  /** Aligned to the interval, so that a restart does not shift it. */
  #arm(index: number): void {
    const timer = this.#timers[index] as Timer;
    const nowUs = this.port.nowUs();
    this.port.schedule(nowUs - (nowUs % timer.us) + timer.us, index);
  }
}

/** The bars that closed first, since the trade that closed them belongs to the next; then trade, quote, book. */
function deliver(instance: StrategyInstance, handle: MarketHandle, events: number): void {
  const { handlers } = instance;
  if ((events & MarketEvent.Bar) !== 0) {
    while (handle.stepBars()) {
      const { onBar } = handlers;
      const bar = handle.bar;
      if (onBar !== undefined && bar !== undefined) instance.guard(() => onBar({ market: handle.name, bar }));
      if (!instance.active) return;
    }
  }
  if ((events & MarketEvent.Trade) !== 0 && handlers.onTrade !== undefined) deliverTrade(instance, handle);
  const { onQuote, onBook } = handlers;
  if ((events & MarketEvent.Quote) !== 0 && onQuote !== undefined) {
    instance.guard(() => onQuote({ market: handle.name }));
  }
  if ((events & MarketEvent.Book) !== 0 && onBook !== undefined && instance.active) {
    instance.guard(() => onBook({ market: handle.name }));
  }
}

function deliverTrade(instance: StrategyInstance, handle: MarketHandle): void {
  const { onTrade } = instance.handlers;
  if (onTrade === undefined) return;
  const { market, desk } = handle;
  const trade = {
    market: handle.name,
    price: market.lastPrice / desk.priceUnit,
    size: market.lastQty / desk.qtyUnit,
    takerSide: market.lastSide === Side.Sell ? ("sell" as const) : ("buy" as const),
    time: market.lastTradeTimeUs,
  };
  instance.guard(() => onTrade(trade));
}
