/** Tells the engine thread that more has become durable: by looking while an order waits for it, by a wake otherwise. */

import type { RingJournal } from "../journal/ring_journal.ts";

/** A sync takes 80 to 200 µs on a disk of its own; one that takes longer gains nothing by being looked for. */
const LOOK_US_MAX = 300;
/** Two looks further apart than this: the thread lost its core in between. */
const GAP_US_MAX = 60;
/** No look for so long after one that was in vain or lost its core. */
const BACK_OFF_US = 1_000_000;
const WAIT_MS = 1_000;
/** Records that nobody waits for reach the journal thread within this, or with the next order. */
const LAZY_MS = 1;

/**
 * A wake by another thread reaches a waiting event loop some 25 to 45 µs late; a look once in each of its turns does not,
 * and sockets and messages are served between two looks. It takes CPU: only orders are worth it, not for long, and only
 * while a core is to spare, since a thread that looks on a busy machine is made to wait in turn, and loses more than it gains.
 */
export class DiskWatch {
  /** Looks that were begun and looks that ended in vain, for tests. */
  looks = 0;
  vain = 0;
  #told: number;
  #notBeforeUs = 0;
  #untilUs = 0;
  #lookedUs = 0;
  #isLooking = false;
  #isStopped = false;
  #lazy: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly journal: RingJournal,
    readonly nowUs: () => number,
    readonly onDurable: () => void,
  ) {
    this.#told = journal.durableRecord();
  }

  /**
   * At the end of a step. What an order waits for goes to the disk at once; the rest (sent, accepted, filled) may wait a
   * moment: its own sync would make the next order wait for two.
   */
  handOn(isAwaited: boolean): void {
    if (isAwaited) {
      this.journal.flush();
      this.look();
    } else if (this.#lazy === undefined) this.#lazy = setTimeout(this.#flush, LAZY_MS);
  }

  /** An order waits. */
  look(): void {
    if (this.#isLooking) return;
    const nowUs = this.nowUs();
    if (nowUs < this.#notBeforeUs) return;
    this.#isLooking = true;
    this.looks++;
    this.#lookedUs = nowUs;
    this.#untilUs = nowUs + LOOK_US_MAX;
    setImmediate(this.#again);
  }

  /** Until `stop`. */
  async follow(): Promise<void> {
    while (!this.#isStopped) {
      await this.journal.words.whenDurable(this.#told, WAIT_MS);
      if (!this.#isStopped) this.#tell();
    }
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#lazy);
    this.journal.flush();
  }

  readonly #flush = (): void => {
    this.#lazy = undefined;
    this.journal.flush();
  };

  readonly #again = (): void => {
    if (this.#isStopped) return;
    const nowUs = this.nowUs();
    const isLate = nowUs - this.#lookedUs > GAP_US_MAX;
    this.#lookedUs = nowUs;
    if (this.journal.durableRecord() !== this.#told) {
      this.#isLooking = false;
      if (isLate) this.#backOff(nowUs);
      this.#tell();
    } else if (!isLate && nowUs < this.#untilUs) setImmediate(this.#again);
    else {
      this.#isLooking = false;
      this.#backOff(nowUs);
    }
  };

  #backOff(nowUs: number): void {
    this.vain++;
    this.#notBeforeUs = nowUs + BACK_OFF_US;
  }

  #tell(): void {
    const durable = this.journal.durableRecord();
    if (durable === this.#told) return;
    this.#told = durable;
    this.onDurable();
  }
}
