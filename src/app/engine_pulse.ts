/** The engine thread's heart: one beat for both who watch it, the supervisor and the watchdog; and its look at the watchdog's. */

import { bitOf, HeartbeatPage } from "./heartbeat_page.ts";
import { Silence } from "./silence.ts";
import { Beat } from "./thread_memory.ts";

/** Nobody would cancel for so long: live accounts open nothing more. */
export const WATCHDOG_SILENT_MS = 5_000;
const US_PER_MS = 1_000;

export class EnginePulse {
  readonly #page: HeartbeatPage | undefined;
  readonly #silence: Silence | undefined;

  /**
   * `page`: path of the heartbeat page; undefined where no account is live. `names`: the live accounts, in the order in which
   * the watchdog has them. Throws ProblemError HeartbeatUnusable.
   */
  constructor(
    readonly words: Int32Array,
    page: string | undefined,
    readonly names: readonly string[],
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

  /** Whether somebody would cancel the account's orders if this thread stopped; true where nobody has to. */
  isGuarded(account: string): boolean {
    if (this.#page === undefined || this.#silence === undefined) return true;
    if (this.#silence.ms >= WATCHDOG_SILENT_MS) return false;
    const blind = this.#page.blind;
    return blind === 0 || (blind & bitOf(Math.max(0, this.names.indexOf(account)))) === 0;
  }

  /** Of a watchdog that looks after an older gateway nothing counts. */
  #beats(): number {
    const page = this.#page as HeartbeatPage;
    return page.guards === page.epoch ? page.watchdogBeats : 0;
  }
}
