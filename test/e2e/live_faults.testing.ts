/** What goes wrong during a session: shares of the simulator's faults, and those that befall all at once, by turns. */

import type { VenueProcess } from "./live_venue.testing.ts";

export const FAULTS = {
  "lost-ack": 0.03,
  "late-ack": 0.03,
  "failed-ack": 0.03,
  "report-drop": 0.03,
  "report-duplicate": 0.03,
  "report-reorder": 0.05,
  "report-delay": 0.05,
  "private-cut": 0.002,
  "http-5xx": 0.01,
  "slow-rest": 0.01,
  "stale-snapshot": 0.1,
  drop: 0.0005,
  duplicate: 0.001,
  delay: 0.002,
  cut: 0.0001,
  close: 0.0001,
  corrupt: 0.0005,
  "late-ack-ms": 700,
};

/** Binance's 429 freezes until the minute is over: rare, and not in a session of seconds. */
const LONG = { "http-429": 0.0005 };

export const CALM: Readonly<Record<string, number>> = Object.fromEntries(
  Object.keys({ ...FAULTS, ...LONG }).map((name) => [name, name === "late-ack-ms" ? 1_000 : 0]),
);

/** All sockets end (24 hours are over), private ones, listen keys expire, a machine goes down; clocks go wrong in between. */
const BY_TURNS: readonly Readonly<Record<string, unknown>>[] = [
  { now: "close" },
  { "clock-skew-ms": 900 },
  { now: "listen-key-expired" },
  { now: "shutdown" },
  { "clock-skew-ms": -900 },
  { now: "private-close" },
  { now: "cut" },
  { "clock-skew-ms": 0 },
  { now: "silence" },
];
/** Each costs weight at Binance (full books, open orders): too many in a minute, and the governor has us wait for the next. */
const EVERY_MS_MIN = 5_000;
const EVERY_MS_MAX = 10_000;
/** In a session of seconds the weight of a minute must do for all the books and questions that faults cost. */
const CHEAP = { "stale-snapshot": 0.02, "private-cut": 0.001, cut: 0, close: 0 };
const LONG_MS = 60_000;

/** From now on; `stop` ends it and sets the clock right. */
export class Trouble {
  readonly counts: Record<string, number> = {};
  #isOver = false;
  readonly #done: Promise<void>;

  constructor(venue: VenueProcess, spanMs: number) {
    this.#done = this.#run(venue, spanMs);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #run(venue: VenueProcess, spanMs: number): Promise<void> {
    await venue.faults(spanMs >= LONG_MS ? { ...FAULTS, ...LONG } : { ...FAULTS, ...CHEAP });
    const everyMs = Math.min(EVERY_MS_MAX, Math.max(EVERY_MS_MIN, spanMs / (BY_TURNS.length + 1)));
    for (let at = 0; !this.#isOver; at++) {
      for (let waitedMs = 0; waitedMs < everyMs && !this.#isOver; waitedMs += 50) await Bun.sleep(50);
      if (this.#isOver) break;
      const turn = BY_TURNS[at % BY_TURNS.length] as Record<string, unknown>;
      await venue.faults(turn);
      const name = String(turn["now"] ?? "clock-skew");
      this.counts[name] = (this.counts[name] ?? 0) + 1;
    }
    await venue.faults({ "clock-skew-ms": 0 });
  }
}
