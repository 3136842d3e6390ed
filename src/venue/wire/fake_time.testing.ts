/** Virtual time for tests: the same seed gives the same run, in no time at all. */

interface Due {
  readonly timeUs: number;
  readonly order: number;
  readonly fn: () => void;
  dead: boolean;
}

/** Runs what is due in order of time, then of asking. */
export class FakeTime {
  nowUs = 1_700_000_000_000_000;
  readonly #queue: Due[] = [];
  #order = 0;

  at(timeUs: number, fn: () => void): Due {
    const due = { timeUs, order: this.#order++, fn, dead: false };
    const queue = this.#queue;
    let low = 0;
    let high = queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((queue[middle] as Due).timeUs > timeUs) low = middle + 1;
      else high = middle;
    }
    queue.splice(low, 0, due); // Latest first; of equal times, the later asked first: pop takes the oldest.
    return due;
  }

  setTimer = (delayMs: number, fn: () => void): unknown => this.at(this.nowUs + delayMs * 1_000, fn);

  clearTimer = (handle: unknown): void => {
    if (handle !== undefined) (handle as Due).dead = true;
  };

  run(forUs: number): void {
    const untilUs = this.nowUs + forUs;
    for (;;) {
      const due = this.#queue.at(-1);
      if (due === undefined || due.timeUs > untilUs) break;
      this.#queue.pop();
      this.nowUs = due.timeUs;
      if (!due.dead) due.fn();
    }
    this.nowUs = untilUs;
  }
}
