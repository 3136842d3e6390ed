/** A bounded list that forgets its oldest rows: executions, bars, equity points. */

import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";

/** Positions count from the first row ever pushed, so that they stay valid while rows are forgotten. */
export class RowRing<T> implements Saved {
  readonly #rows: T[] = [];
  #next = 0;
  /** Rows ever pushed. */
  count = 0;

  constructor(readonly capacity: number) {}

  push(row: T): void {
    this.#rows[this.#next] = row;
    this.#next = this.#next + 1 === this.capacity ? 0 : this.#next + 1;
    this.count++;
  }

  /** Position of the oldest row still held. */
  get first(): number {
    return this.count - this.#rows.length;
  }

  at(position: number): T | undefined {
    if (position < this.first || position >= this.count) return undefined;
    return this.#rows[position % this.capacity];
  }

  /** Replaces a row that is still held. */
  set(position: number, row: T): void {
    if (position >= this.first && position < this.count) this.#rows[position % this.capacity] = row;
  }

  /** The newest rows, oldest first. */
  last(limit: number): T[] {
    const rows: T[] = [];
    for (let at = Math.max(this.first, this.count - limit); at < this.count; at++) rows.push(this.at(at) as T);
    return rows;
  }

  /** Rows are saved as JSON: they hold numbers, texts and flags only. */
  save(out: StateWriter): void {
    out
      .part("rows", 1)
      .f64(this.count)
      .text(JSON.stringify(this.last(this.capacity)));
  }

  load(from: StateReader): void {
    from.part("rows", 1);
    const count = from.f64();
    const rows = JSON.parse(from.text()) as T[];
    this.count = count - rows.length;
    this.#next = this.count % this.capacity;
    for (const row of rows) this.push(row);
  }
}
