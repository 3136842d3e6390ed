/** Times the way of each order: from the start of the input that it came of until its bytes are handed to the venue. */

import type { Journal } from "../engine/ports.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { TimeBuckets } from "./time_buckets.ts";

/** Four bounds an octave from 1 µs to 1 s: a percentile read out of them is right within a few parts of a hundred. */
const OCTAVES = 20;
const BOUNDS_US: readonly number[] = Array.from({ length: 4 * OCTAVES + 1 }, (_, n) => {
  const octave = 2 ** Math.floor(n / 4);
  return octave + ((n % 4) * octave) / 4;
});

/** A journal that looks at what passes: an intent begins the time of its order, OrderSent ends it. No allocation. */
export class OrderPath implements Journal {
  readonly times = new TimeBuckets(BOUNDS_US);
  readonly #orders: Float64Array;
  readonly #begunUs: Float64Array;
  #inputUs = 0;

  constructor(
    readonly journal: Journal,
    ordersMax: number,
    readonly nowUs: () => number,
  ) {
    this.#orders = new Float64Array(ordersMax);
    this.#begunUs = new Float64Array(ordersMax);
  }

  /** Before each input: a frame, a command, a report, a tick. */
  begin(): void {
    this.#inputUs = this.nowUs();
  }

  append(record: Readonly<TradingRecord>): void {
    this.journal.append(record);
    if (record.kind !== RecordKind.OrderIntent && record.kind !== RecordKind.OrderSent) return;
    const slot = record.order % this.#orders.length;
    if (record.kind === RecordKind.OrderIntent) {
      this.#orders[slot] = record.order;
      this.#begunUs[slot] = this.#inputUs;
    } else if (this.#orders[slot] === record.order) {
      this.#orders[slot] = 0;
      this.times.note(this.nowUs() - (this.#begunUs[slot] as number));
    }
  }

  endStep(): void {
    this.journal.endStep?.();
  }

  durableRecord(): number {
    return this.journal.durableRecord();
  }

  occupancy(): number {
    return this.journal.occupancy();
  }
}
