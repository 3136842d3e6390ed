/** The port to HTTP: one request, one answer, never a throw; the app implements it on a thread of its own. */

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

export type RestMethod = "GET" | "POST" | "PUT" | "DELETE";

export interface RestRequest {
  readonly method: RestMethod;
  readonly url: string;
  /** Beside those that every request has. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What private endpoints need: methods, headers, bodies. */
export interface RequestClient {
  /**
   * `done` is called exactly once, later, on the caller's thread. A POST is sent once and never again: whoever asked
   * decides what an answer that did not come means. The others may be sent twice when a kept connection breaks under them.
   */
  send(request: RestRequest, done: (answer: RestAnswer) => void): void;
}
