/** One socket of a client of OKX's dialect: its path, who logged in, what it listens to, when it was last heard of. */

import type { Peer } from "../peer.ts";
import type { ReportLane } from "../trading/report_lane.ts";
import type { Caller } from "./okx_keys.ts";

/** any: a path of the simulator that carries all three. */
export type SocketKind = "public" | "private" | "business" | "any";

export interface Subscription {
  readonly channel: string;
  /** As it was asked for. */
  readonly arg: Readonly<Record<string, unknown>>;
  readonly instId: string | undefined;
  /** Of public channels that are told by the type of instrument. */
  readonly instType?: string;
}

const HOUR_MS = 3_600_000;
/** Subscriptions, cancellations of them and logins in an hour. */
const CHANGES_MAX = 480;

export class Connection {
  readonly subscriptions = new Map<string, Subscription>();
  caller: Caller | undefined;
  lastMs: number;
  #hourMs: number;
  #changes = 0;

  constructor(
    readonly id: string,
    readonly kind: SocketKind,
    readonly peer: Peer,
    /** The way of private messages. */
    readonly lane: ReportLane,
    readonly steadyMs: () => number,
  ) {
    this.lastMs = steadyMs();
    this.#hourMs = this.lastMs;
  }

  /** An answer: no fault befalls it. */
  say(message: object | string): void {
    this.lastMs = this.steadyMs();
    this.peer.say(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** A message of a public channel. */
  deliver(text: string): void {
    this.lastMs = this.steadyMs();
    this.peer.deliver("", text, undefined);
  }

  /** A message of a private channel. */
  report(message: object): void {
    this.lastMs = this.steadyMs();
    this.lane.send(JSON.stringify(message));
  }

  /** False: so many changes are too many. */
  mayChange(count: number): boolean {
    const now = this.steadyMs();
    if (now - this.#hourMs >= HOUR_MS) {
      this.#hourMs = now;
      this.#changes = 0;
    }
    this.#changes += count;
    return this.#changes <= CHANGES_MAX;
  }

  serves(kind: "public" | "private" | "business"): boolean {
    return this.kind === "any" || this.kind === kind;
  }
}
