/** Timers that are events: fires all that is due in exact (due, id) order. A binary heap over typed arrays: no garbage. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";

export interface TimerListener {
  onTimer(payload: number): void;
}

/** Ids rise for ever, so equal due times fire in the order in which they were scheduled. */
export class TimerWheel {
  readonly #due: Float64Array;
  readonly #id: Float64Array;
  readonly #payload: Float64Array;
  #count = 0;
  #nextId = 1;

  constructor(limits: Limits) {
    this.#due = new Float64Array(limits.timersMax);
    this.#id = new Float64Array(limits.timersMax);
    this.#payload = new Float64Array(limits.timersMax);
  }

  get count(): number {
    return this.#count;
  }

  /** Schedules `payload` at `dueUs`; answers its id. Stops when the table is full: callers bound what they schedule. */
  schedule(dueUs: number, payload: number): number {
    assert(this.#count < this.#due.length, Code.TableFull);
    assert(Number.isFinite(dueUs), Code.ValueOutOfRange);
    const id = this.#nextId++;
    let at = this.#count++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.#due[parent] as number) <= dueUs) break; // Equal due: the parent's id is smaller.
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, dueUs, id, payload);
    return id;
  }

  /** True when the timer was still waiting. */
  cancel(id: number): boolean {
    for (let at = 0; at < this.#count; at++) {
      if (this.#id[at] === id) {
        this.#remove(at);
        return true;
      }
    }
    return false;
  }

  /** Due time of the earliest timer, Infinity when none waits. */
  nextDueUs(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : (this.#due[0] as number);
  }

  /** Fires all that is due at `toUs`, also what the handlers schedule meanwhile, if it is due as well. */
  advance(toUs: number, listener: TimerListener): void {
    // Bounded: a handler that re-schedules itself at once would otherwise hold the engine for ever.
    let budget = 2 * this.#due.length;
    while (this.#count > 0 && (this.#due[0] as number) <= toUs && budget > 0) {
      budget--;
      const payload = this.#payload[0] as number;
      this.#remove(0);
      listener.onTimer(payload);
    }
  }

  #remove(at: number): void {
    assert(at >= 0 && at < this.#count, Code.ValueOutOfRange);
    const last = --this.#count;
    if (at === last) return;
    const due = this.#due[last] as number;
    const id = this.#id[last] as number;
    const payload = this.#payload[last] as number;
    let hole = at;
    while (hole > 0 && this.#before(due, id, (hole - 1) >> 1)) {
      this.#move((hole - 1) >> 1, hole);
      hole = (hole - 1) >> 1;
    }
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#rowBefore(child + 1, child)) child++;
      if (this.#before(due, id, child)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#put(hole, due, id, payload);
  }

  #before(due: number, id: number, row: number): boolean {
    const other = this.#due[row] as number;
    return due < other || (due === other && id < (this.#id[row] as number));
  }

  #rowBefore(a: number, b: number): boolean {
    return this.#before(this.#due[a] as number, this.#id[a] as number, b);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#due[from] as number, this.#id[from] as number, this.#payload[from] as number);
  }

  #put(at: number, due: number, id: number, payload: number): void {
    this.#due[at] = due;
    this.#id[at] = id;
    this.#payload[at] = payload;
  }
}
