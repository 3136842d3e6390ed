/** One alarm at one account: passes of cancel-all with growing pauses, until the venue says that nothing is open. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type CancelAllClient, CancelAllOutcome, type CancelAllReport } from "../venue/wire/cancel_all.ts";

/** Between passes while something may be open; doubled each time. An order that was on its way lands within the first. */
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 5_000;
/** Between looks once nothing is open and the engine is silent still. */
const QUIET_MS = 1_000;
const QUIET_MS_MAX = 30_000;
/** So often in a row the venue says that nothing is open, before it is believed: the first may overtake an order. */
const CLEAN_MIN = 2;

export class CancelRound {
  /** Passes that ended in what nobody wants. */
  failed = 0;
  canceled = 0;
  passes = 0;
  last: CancelAllReport | undefined;
  #clean = 0;
  /** A pass that began after the alarm was taken in full by the venue. */
  #isTaken = false;
  #isRunning = false;
  #dueMs = 0;
  #pauseMs = PAUSE_MS;
  #quietMs = QUIET_MS;

  constructor(
    readonly client: CancelAllClient,
    readonly onReport: (round: CancelRound, report: CancelAllReport) => void,
  ) {}

  /** The venue says that nothing is open, and has said so twice. */
  get isClean(): boolean {
    return this.#clean >= CLEAN_MIN;
  }

  /** Everything that was open at the alarm is canceled; more may have come since, when the engine runs again. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Begins a pass when one is due. */
  poll(nowMs: number, now: () => number): void {
    if (this.#isRunning || nowMs < this.#dueMs) return;
    this.#isRunning = true;
    this.passes++;
    void this.client.pass().then((report) => this.#onReport(report, now()));
  }

  /** A new alarm: what was clean is no longer. */
  again(): void {
    this.#clean = 0;
    this.#isTaken = false;
    this.#dueMs = 0;
    this.#pauseMs = PAUSE_MS;
    this.#quietMs = QUIET_MS;
  }

  #onReport(report: CancelAllReport, nowMs: number): void {
    assert(this.#isRunning, Code.InvariantBroken);
    this.#isRunning = false;
    this.last = report;
    this.canceled += report.canceled;
    if (report.outcome === CancelAllOutcome.NoneOpen) {
      this.#clean++;
      this.#isTaken = true;
      this.#dueMs = nowMs + (this.isClean ? this.#quietMs : PAUSE_MS);
      if (this.isClean) this.#quietMs = Math.min(2 * this.#quietMs, QUIET_MS_MAX);
    } else {
      this.#clean = 0;
      if (report.outcome === CancelAllOutcome.Canceled) this.#isTaken = true;
      else this.failed++;
      this.#dueMs = nowMs + Math.max(this.#pauseMs, report.retryAfterMs);
      this.#pauseMs = Math.min(2 * this.#pauseMs, PAUSE_MS_MAX);
    }
    this.onReport(this, report);
  }
}
