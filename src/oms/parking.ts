/** Reports that wait for the order or the fill they name: bounded, first in first out, all objects made at the start. */

import { assert, present } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { TradingRecord } from "../model/record.ts";

/** Part of V on the deciding side: the same reports in the same order give the same parking. */
export class Parking {
  /** The first `count` are parked, oldest first; the others are free. */
  readonly #records: TradingRecord[] = [];
  #count = 0;

  constructor(readonly reportsParkedMax: number) {
    assert(reportsParkedMax > 0, Code.LimitRelationBroken);
    for (let i = 0; i < reportsParkedMax; i++) this.#records.push(new TradingRecord());
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.reportsParkedMax;
  }

  /** Copies a report to the end. Make room first. */
  add(report: Readonly<TradingRecord>): void {
    assert(!this.isFull, Code.TableFull);
    present(this.#records[this.#count]).copyFrom(report);
    this.#count++;
  }

  peek(index: number): Readonly<TradingRecord> {
    assert(index >= 0, Code.ValueOutOfRange);
    assert(index < this.#count, Code.ValueOutOfRange);
    return present(this.#records[index]);
  }

  /** Takes one out; the object stays valid until the next `add`. */
  take(index: number): Readonly<TradingRecord> {
    assert(index >= 0, Code.ValueOutOfRange);
    assert(index < this.#count, Code.ValueOutOfRange);
    const taken = present(this.#records[index]);
    this.#count--;
    for (let i = index; i < this.#count; i++) this.#records[i] = present(this.#records[i + 1]);
    this.#records[this.#count] = taken;
    return taken;
  }
}
