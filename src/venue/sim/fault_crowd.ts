/** Everybody else at the fault gateway's venue: quotes around a walking price, and takers who hit what rests. */

import type { Prng } from "../../core/prng.ts";
import type { OwnBook } from "../../match/own_book.ts";
import type { Instrument } from "../../model/instrument.ts";
import { OrderType, Side, TimeInForce } from "../../model/order.ts";

/** Book numbers from here on are the crowd's. */
export const CROWD_FIRST = 1_000_000_000;
const LEVELS = 4;

export class FaultCrowd {
  /** The price that everybody believes in, a multiple of the tick. */
  price: number;
  #next = CROWD_FIRST;
  #resting: number[] = [];

  constructor(
    readonly book: OwnBook,
    readonly instrument: Instrument,
    readonly prng: Prng,
    startPrice: number,
  ) {
    this.price = startPrice - (startPrice % instrument.tick);
  }

  /** Quotes anew around a price that has moved; now and then somebody takes. */
  step(): void {
    const { book, prng, instrument } = this;
    const { tick, lot } = instrument;
    for (const order of this.#resting) book.cancel(order);
    this.#resting = [];
    const jump = prng.nextBelow(20) === 0 ? 40 : 6;
    this.price = Math.max(1_000 * tick, this.price + (prng.nextBelow(2 * jump + 1) - jump) * tick);
    for (let level = 1; level <= LEVELS; level++) {
      const away = level * tick * (1 + prng.nextBelow(5));
      this.#quote(Side.Buy, this.price - away, lot * (1 + prng.nextBelow(5_000)));
      this.#quote(Side.Sell, this.price + away, lot * (1 + prng.nextBelow(5_000)));
    }
    if (prng.nextBelow(3) !== 0) return;
    const side = prng.nextBelow(2) === 0 ? Side.Buy : Side.Sell;
    const qty = lot * (1 + prng.nextBelow(10_000));
    book.submit(this.#next++, side, OrderType.Market, 0, qty, TimeInForce.Ioc, false);
  }

  #quote(side: Side, price: number, qty: number): void {
    const order = this.#next++;
    this.book.submit(order, side, OrderType.Limit, price, qty, TimeInForce.Gtc, false);
    this.#resting.push(order);
  }
}
