/** Live: the engine on live time, with accounts at real venues. */

import type { VenueGateway } from "../engine/ports.ts";
import type { Config } from "./config_schema.ts";
import type { SeatStatus } from "./live_account.ts";
import { type LiveOpening, LiveSeat } from "./live_seat.ts";

export class LiveRig {
  /** By the account's id. */
  readonly #seats: (LiveSeat | undefined)[] = [];

  constructor(readonly config: Config) {}

  /** The gateway of one account; undefined when its key cannot be used: the account then opens nothing, and says why. */
  open(opening: LiveOpening): VenueGateway | undefined {
    const seat = new LiveSeat(this.config, opening, (place) => this.#seats.some((other) => other?.place === place));
    this.#seats[opening.id] = seat;
    return seat.account;
  }

  /** Why an account may open nothing; "" = nothing is known against it. */
  whyUnfit(account: number): string {
    return this.#seats[account]?.unfitWhy ?? "";
  }

  /** Where an account trades and by which key; "" = nobody knows. */
  placeOf(account: number): string {
    return this.#seats[account]?.place ?? "";
  }

  start(): void {
    for (const seat of this.#seats) seat?.account?.start();
  }

  /** Each turn of the engine's loop: an engine that hangs renews nothing. */
  turn(nowUs: number): void {
    for (let i = 0; i < this.#seats.length; i++) this.#seats[i]?.account?.turn(nowUs);
  }

  stop(): void {
    for (const seat of this.#seats) seat?.stop();
  }

  status(): SeatStatus[] {
    return this.#seats.flatMap((seat) => (seat === undefined ? [] : [seat.status()]));
  }
}
