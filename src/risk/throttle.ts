/** A sliding window that is exact: the times of the last messages, so that no window ever holds more than its count. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";

/** Remembers the times of the last `capacity` messages. Part of D: written by `note`, `resize` and `clear` alone. */
export class Throttle implements Saved {
  #times: Float64Array;
  /** Where the next time goes. */
  #next = 0;
  #filled = 0;

  constructor(
    readonly hash: RowHash,
    readonly table: number,
    readonly scope: number,
    readonly key: number,
    readonly kind: number,
  ) {
    this.#times = new Float64Array(0);
  }

  get capacity(): number {
    return this.#times.length;
  }

  /**
   * Keeps the newest times that fit the new capacity, so that a changed limit does not forget. A window that was full may
   * have seen more than it remembers, exits above all: in a larger one, what is forgotten counts as the oldest that is not.
   */
  resize(capacity: number): void {
    assert(Number.isSafeInteger(capacity) && capacity >= 0, Code.ValueOutOfRange);
    if (capacity === this.#times.length) return;
    const old = this.#times;
    const filled = this.#filled;
    for (let slot = 0; slot < filled; slot++) this.#row(slot).takeOut();
    const kept = Math.min(filled, capacity);
    const padded = filled > 0 && filled === old.length ? capacity - kept : 0;
    const times = new Float64Array(capacity);
    const first = this.#next - kept + old.length;
    for (let i = 0; i < kept; i++) times[padded + i] = old[(first + i) % old.length] as number;
    if (padded > 0) times.fill(times[padded] as number, 0, padded);
    this.#times = times;
    this.#filled = kept + padded;
    this.#next = capacity === 0 ? 0 : this.#filled % capacity;
    for (let slot = 0; slot < this.#filled; slot++) this.#row(slot).putIn();
  }

  /** A message left at `timeUs`. Times do not run backward. */
  note(timeUs: number): void {
    const capacity = this.#times.length;
    if (capacity === 0) return;
    const slot = this.#next;
    if (this.#filled === capacity) this.#row(slot).takeOut();
    else this.#filled++;
    this.#times[slot] = timeUs;
    assert(slot < capacity, Code.InvariantBroken);
    this.#next = slot + 1 === capacity ? 0 : slot + 1;
    this.#row(slot).putIn();
  }

  /** True when one more message at `nowUs` makes at most `count` in the last `windowUs`; count ≤ capacity. */
  allows(nowUs: number, count: number, windowUs: number): boolean {
    const capacity = this.#times.length;
    assert(count <= capacity, Code.ValueOutOfRange);
    assert(windowUs > 0, Code.ValueOutOfRange);
    if (count === 0) return false;
    if (this.#filled < count) return true;
    let slot = this.#next - count;
    if (slot < 0) slot += capacity;
    // The window is half open, (now − windowUs, now]: written so that a NaN refuses.
    return (this.#times[slot] as number) <= nowUs - windowUs;
  }

  /** Forgets all times: a person has confirmed that it may go on. */
  clear(): void {
    for (let slot = 0; slot < this.#filled; slot++) this.#row(slot).takeOut();
    this.#filled = 0;
    this.#next = 0;
    assert(this.#times.length >= this.#filled, Code.InvariantBroken);
  }

  save(out: StateWriter): void {
    out.u32(this.#times.length).u32(this.#next).u32(this.#filled).column(this.#times, this.#filled);
  }

  load(from: StateReader): void {
    assert(this.#filled === 0, Code.InvariantBroken);
    this.#times = new Float64Array(from.u32());
    this.#next = from.u32();
    this.#filled = from.u32();
    assert(from.column(this.#times) === this.#filled, Code.InvariantBroken);
    for (let slot = 0; slot < this.#filled; slot++) this.#row(slot).putIn();
  }

  /** Slots are rows, so that noting one time costs one row. Slot numbers are positions in time modulo capacity. */
  #row(slot: number): RowHash {
    this.hash.begin(this.table, slot).add(this.scope).add(this.key).add(this.kind);
    return this.hash.add(this.#times.length).add(this.#times[slot] as number);
  }
}
