/** The port to HTTP: one GET, one answer, never a throw; the app implements it on a thread of its own. */

import type { Problem } from "../../core/problem.ts";

export interface RestAnswer {
  /** HTTP status; 0 when no answer came (see `problem`). */
  readonly status: number;
  readonly text: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Set when there is no answer to read: refused by us, lost, late or too large. */
  readonly problem?: Problem;
}

export interface RestClient {
  /** `done` is called exactly once, later, on the caller's thread. */
  get(url: string, done: (answer: RestAnswer) => void): void;
}
