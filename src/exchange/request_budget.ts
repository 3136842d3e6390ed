/** Request weight of a minute, as both venues count it: 429 above the limit, 418 for who does not listen. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { VenueError } from "./rest_query.ts";

const MINUTE_MS = 60_000;
/** Who goes on asking after so many refusals is told to stay away longer. */
const BAN_REFUSALS = 20;
const BAN_SECONDS = 120;

export class RequestBudget {
  #minute = -1;
  #used = 0;
  #refusedInMinute = 0;
  #bannedUntilMs = 0;
  refused = 0;

  constructor(
    readonly weightMax: number,
    /** Milliseconds since the epoch: minutes begin where the clock's do. */
    readonly wallMs: () => number,
  ) {
    assert(weightMax > 0, Code.ValueOutOfRange);
  }

  get used(): number {
    this.#roll();
    return this.#used;
  }

  /** Counts a request; throws the venue's 429 above the limit. */
  take(weight: number): void {
    assert(weight > 0, Code.ValueOutOfRange);
    this.checkBan();
    this.#roll();
    this.#used += weight;
    if (this.#used > this.weightMax) throw this.refusal();
  }

  /** Takes back what was counted for a request that turned out to weigh nothing. */
  give(weight: number): void {
    this.#roll();
    this.#used = Math.max(0, this.#used - weight);
  }

  /** From now on every request is refused with 418, for as long as the venue's shortest ban. */
  ban(): void {
    this.#bannedUntilMs = this.wallMs() + BAN_SECONDS * 1_000;
  }

  /** Throws the venue's 418 while the ban lasts. */
  checkBan(): void {
    const waitMs = this.#bannedUntilMs - this.wallMs();
    if (waitMs > 0) throw this.#banned(Math.ceil(waitMs / 1_000));
  }

  refusal(): VenueError {
    this.refused++;
    this.#refusedInMinute++;
    if (this.#refusedInMinute > BAN_REFUSALS) {
      return this.#banned(BAN_SECONDS);
    }
    const waitSeconds = Math.ceil((MINUTE_MS - (this.wallMs() % MINUTE_MS)) / 1_000);
    const msg =
      `Too much request weight used; current limit is ${this.weightMax} request weight per 1 MINUTE. ` +
      "Please use WebSocket Streams for live updates to avoid polling the API.";
    return new VenueError(429, -1_003, msg, { "Retry-After": String(waitSeconds) });
  }

  #banned(seconds: number): VenueError {
    const msg =
      "Way too much request weight used; IP banned. Please use WebSocket Streams for live updates to avoid bans.";
    return new VenueError(418, -1_003, msg, { "Retry-After": String(seconds) });
  }

  #roll(): void {
    const minute = Math.floor(this.wallMs() / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#minute = minute;
    this.#refusedInMinute = 0;
    this.#used = 0;
  }
}
