/** Rows by key in the order they came: a row replaces the row of the same key; what ended longest ago goes first. */

export interface KeyedRowsOptions<T> {
  readonly key: (row: T) => string | number;
  /** Rows that may be dropped when there are more than `droppableMax` of them; none without it. */
  readonly droppable?: (row: T) => boolean;
  readonly droppableMax?: number;
  /** True when the row that is there is newer than the one that came. */
  readonly older?: (came: T, there: T) => boolean;
}

export class KeyedRows<T> {
  readonly #rows = new Map<string | number, T>();
  readonly #options: KeyedRowsOptions<T>;

  constructor(options: KeyedRowsOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string | number): T | undefined {
    return this.#rows.get(key);
  }

  /** A snapshot: what it does not name is gone. */
  replace(rows: readonly T[]): void {
    this.#rows.clear();
    this.put(rows);
  }

  put(rows: readonly T[]): void {
    const { key, older } = this.#options;
    for (const row of rows) {
      const at = key(row);
      const there = this.#rows.get(at);
      if (there !== undefined && older?.(row, there) === true) continue;
      this.#rows.delete(at); // Back to the end: the order of the map is the order of the last change.
      this.#rows.set(at, row);
    }
    this.#drop();
  }

  values(): T[] {
    return [...this.#rows.values()];
  }

  #drop(): void {
    const { droppable, droppableMax } = this.#options;
    if (droppable === undefined || droppableMax === undefined) return;
    let excess = -droppableMax;
    for (const row of this.#rows.values()) if (droppable(row)) excess++;
    for (const [key, row] of this.#rows) {
      if (excess <= 0) return;
      if (!droppable(row)) continue;
      this.#rows.delete(key);
      excess--;
    }
  }
}
