/** What the engine thread counts for /metrics: inputs, records, frames, handler times and the length of its turns. */

import type { MetricSample } from "../control/ports.ts";
import type { Engine } from "../engine/engine.ts";
import type { HandlerMeter } from "../strategy/host_port.ts";
import type { OrderPath } from "./order_path.ts";
import { TimeBuckets } from "./time_buckets.ts";

const BOUNDS_US: readonly number[] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000];

export class EngineMetrics implements HandlerMeter {
  readonly turns = new TimeBuckets(BOUNDS_US);
  readonly #handlers = new TimeBuckets(BOUNDS_US);

  constructor(
    readonly nowUs: () => number,
    /** Shared word: the instance whose handler runs. */
    readonly handlerWord: Int32Array,
  ) {}

  begin(instance: number): number {
    Atomics.store(this.handlerWord, 0, instance);
    return this.nowUs();
  }

  end(_instance: number, begun: number): void {
    Atomics.store(this.handlerWord, 0, 0);
    this.#handlers.note(this.nowUs() - begun);
  }

  samples(engine: Engine, frames: number, orders: OrderPath): MetricSample[] {
    const { counters } = engine.reports;
    const memory = process.memoryUsage();
    const counter = (name: string, help: string, value: number): MetricSample => ({
      name: `meltica_${name}`,
      help,
      type: "counter",
      value,
    });
    const gauge = (name: string, help: string, value: number): MetricSample => ({
      name: `meltica_${name}`,
      help,
      type: "gauge",
      value,
    });
    return [
      counter("inputs_total", "Inputs that the engine took.", engine.recorder.input),
      counter("records_total", "Records that the engine emitted, since the journal began.", engine.state.record),
      counter("frames_total", "Market data frames, since this engine started.", frames),
      counter("report_duplicates_total", "Venue reports that said again what was known.", counters.duplicates),
      counter("report_late_total", "Fills that came after the end of their order.", counters.late),
      counter("report_breaks_total", "Venue reports that cannot be; not applied.", counters.breaks),
      counter("report_orphans_total", "Venue reports that name no order of ours.", counters.orphans),
      gauge("cancels_unsent", "Cancels that their gateway has not taken yet.", engine.decider.unsentCancels),
      gauge("engine_heap_bytes", "Heap in use, all threads.", memory.heapUsed),
      this.turns.sample("meltica_engine_turn_seconds", "Length of one turn of the engine's loop."),
      orders.times.sample(
        "meltica_order_path_seconds",
        "From the start of an input to its order's hand-over to the venue.",
      ),
      this.#handlers.sample("meltica_strategy_handler_seconds", "Time that strategy handlers took."),
    ];
  }
}
