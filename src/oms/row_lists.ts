/** Intrusive doubly linked lists of rows: iteration, removal and appending without allocation. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { StateWriter } from "../core/state_bytes.ts";

/** `listsMax` lists over the same rows; a row is in at most one of them. Links are row + 1, 0 = none. */
export class RowLists {
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  readonly #count: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  constructor(listsMax: number, rowsMax: number) {
    assert(listsMax > 0 && rowsMax > 0, Code.LimitRelationBroken);
    this.#head = new Int32Array(listsMax);
    this.#tail = new Int32Array(listsMax);
    this.#count = new Int32Array(listsMax);
    this.#next = new Int32Array(rowsMax);
    this.#previous = new Int32Array(rowsMax);
  }

  /** First row of a list, -1 when it is empty. */
  first(list: number): number {
    return (this.#head[list] as number) - 1;
  }

  /** Row after `row`, -1 at the end. */
  next(row: number): number {
    return (this.#next[row] as number) - 1;
  }

  count(list: number): number {
    return this.#count[list] as number;
  }

  /** How many rows a list has, and the rows in its order. */
  saveList(out: StateWriter, list: number): void {
    out.u32(this.count(list));
    for (let row = this.first(list); row >= 0; row = this.next(row)) out.u32(row);
  }

  append(list: number, row: number): void {
    this.#insertAfter(list, row, this.#tail[list] as number);
  }

  /** Keeps the list ascending by `keys[row]`: a new largest key, the usual case, is found at once. */
  insertSorted(list: number, row: number, keys: Uint32Array): void {
    const key = keys[row] as number;
    let after = this.#tail[list] as number;
    while (after !== 0 && (keys[after - 1] as number) > key) after = this.#previous[after - 1] as number;
    this.#insertAfter(list, row, after);
  }

  remove(list: number, row: number): void {
    assert((this.#count[list] as number) > 0, Code.InvariantBroken);
    const previous = this.#previous[row] as number;
    const next = this.#next[row] as number;
    if (previous === 0) this.#head[list] = next;
    else this.#next[previous - 1] = next;
    if (next === 0) this.#tail[list] = previous;
    else this.#previous[next - 1] = previous;
    this.#next[row] = 0;
    this.#previous[row] = 0;
    this.#count[list] = (this.#count[list] as number) - 1;
  }

  #insertAfter(list: number, row: number, after: number): void {
    const next = after === 0 ? (this.#head[list] as number) : (this.#next[after - 1] as number);
    this.#next[row] = next;
    this.#previous[row] = after;
    if (after === 0) this.#head[list] = row + 1;
    else this.#next[after - 1] = row + 1;
    if (next === 0) this.#tail[list] = row + 1;
    else this.#previous[next - 1] = row + 1;
    this.#count[list] = (this.#count[list] as number) + 1;
  }
}
