/** The engine thread's heart: one beat for both who watch it, the supervisor and the watchdog; and its look at the watchdog's. */

import { HeartbeatPage } from "./heartbeat_page.ts";
import { Silence } from "./silence.ts";
import { Beat } from "./thread_memory.ts";

/** Nobody would cancel for so long: live accounts open nothing more. */
export const WATCHDOG_SILENT_MS = 5_000;
const US_PER_MS = 1_000;

export class EnginePulse {
  readonly #page: HeartbeatPage | undefined;
  readonly #silence: Silence | undefined;

  /** `page`: path of the heartbeat page; undefined where no account is live. Throws ProblemError HeartbeatUnusable. */
  constructor(
    readonly words: Int32Array,
    page: string | undefined,
    epoch: number,
    nowUs: number,
  ) {
    if (page === undefined) return;
    this.#page = HeartbeatPage.map(page);
    this.#page.sayEngineEpoch(epoch);
    // Until it is heard for the first time, nobody is there.
    this.#silence = new Silence(this.#beats(), nowUs / US_PER_MS, WATCHDOG_SILENT_MS);
  }

  /** With every turn of the loop, and nowhere else: a loop that does not turn is silent for both. */
  turn(nowUs: number): void {
    Atomics.add(this.words, Beat.Turns, 1);
    this.#page?.beat(nowUs);
    this.#silence?.look(this.#beats(), nowUs / US_PER_MS);
  }

  /** Whether somebody would cancel if this thread stopped; true where nobody has to. */
  get isGuarded(): boolean {
    return this.#silence === undefined || this.#silence.ms < WATCHDOG_SILENT_MS;
  }

  /** Of a watchdog that looks after an older gateway nothing counts. */
  #beats(): number {
    const page = this.#page as HeartbeatPage;
    return page.guards === page.epoch ? page.watchdogBeats : 0;
  }
}
