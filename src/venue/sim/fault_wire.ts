/** What is under way: things that happen at a due time, equal times in the order in which they were sent. */

export interface Underway {
  readonly dueUs: number;
  readonly sequence: number;
  readonly run: (nowUs: number) => void;
}

/** A binary heap; for simulations, where a closure for each message does no harm. */
export class FaultWire {
  readonly #heap: Underway[] = [];
  /** When the item that runs was due. */
  nowUs = 0;
  #sequence = 0;

  get count(): number {
    return this.#heap.length;
  }

  nextDueUs(): number {
    return this.#heap[0]?.dueUs ?? Number.POSITIVE_INFINITY;
  }

  push(dueUs: number, run: (nowUs: number) => void): void {
    const heap = this.#heap;
    const item = { dueUs, sequence: this.#sequence++, run };
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(item, heap[parent] as Underway)) break;
      heap[at] = heap[parent] as Underway;
      at = parent;
    }
    heap[at] = item;
  }

  /** Runs all that is due by `nowUs`, also what that causes. */
  advance(nowUs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.dueUs <= nowUs; next = this.#heap[0]) {
      this.#dropFirst();
      this.nowUs = Math.max(this.nowUs, next.dueUs);
      next.run(this.nowUs);
    }
  }

  #dropFirst(): void {
    const heap = this.#heap;
    const item = heap.pop() as Underway;
    if (heap.length === 0) return;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Underway, heap[child] as Underway)) child++;
      if (!isBefore(heap[child] as Underway, item)) break;
      heap[hole] = heap[child] as Underway;
      hole = child;
    }
    heap[hole] = item;
  }
}

function isBefore(a: Underway, b: Underway): boolean {
  return a.dueUs < b.dueUs || (a.dueUs === b.dueUs && a.sequence < b.sequence);
}
