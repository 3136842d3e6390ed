/** Bars out of a symbol's trades: minutes are kept, longer ones are put together when somebody asks. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { compareDecimals, DecimalSum } from "./decimal_text.ts";

/** Minutes of the intervals that are served. */
export const INTERVAL_MINUTES: Readonly<Record<string, number>> = Object.freeze({
  "1m": 1,
  "3m": 3,
  "5m": 5,
  "15m": 15,
  "30m": 30,
  "1h": 60,
  "2h": 120,
  "4h": 240,
  "6h": 360,
  "8h": 480,
  "12h": 720,
  "1d": 1_440,
});

const MINUTE_MS = 60_000;
/** A day of minutes. */
const BARS_MAX = 1_440;

export interface PublicTrade {
  readonly id: number;
  readonly price: string;
  readonly qty: string;
  readonly timeMs: number;
  /** True: the taker sold. */
  readonly buyerIsMaker: boolean;
}

export class Bar {
  high: string;
  low: string;
  close: string;
  trades = 0;
  firstId: number;
  lastId: number;
  readonly volume = new DecimalSum();
  readonly quoteVolume = new DecimalSum();
  readonly takerVolume = new DecimalSum();
  readonly takerQuoteVolume = new DecimalSum();

  constructor(
    readonly openMs: number,
    readonly minutes: number,
    readonly open: string,
    id: number,
  ) {
    assert(openMs % (minutes * MINUTE_MS) === 0, Code.ValueOutOfRange);
    this.high = open;
    this.low = open;
    this.close = open;
    this.firstId = id;
    this.lastId = id;
  }

  /** The last millisecond that belongs to it. */
  get closeMs(): number {
    return this.openMs + this.minutes * MINUTE_MS - 1;
  }

  add(trade: PublicTrade): void {
    this.#stretch(trade.price, trade.price, trade.price);
    assert(trade.timeMs >= 0 && trade.price !== "", Code.ValueOutOfRange);
    this.trades++;
    this.lastId = trade.id;
    this.volume.add(trade.qty);
    this.quoteVolume.addProduct(trade.price, trade.qty);
    if (trade.buyerIsMaker) return;
    this.takerVolume.add(trade.qty);
    this.takerQuoteVolume.addProduct(trade.price, trade.qty);
  }

  addBar(bar: Bar): void {
    assert(bar.minutes <= this.minutes, Code.ValueOutOfRange);
    this.#stretch(bar.high, bar.low, bar.close);
    this.trades += bar.trades;
    this.lastId = bar.lastId;
    this.volume.addSum(bar.volume);
    this.quoteVolume.addSum(bar.quoteVolume);
    this.takerVolume.addSum(bar.takerVolume);
    this.takerQuoteVolume.addSum(bar.takerQuoteVolume);
  }

  #stretch(high: string, low: string, close: string): void {
    if (compareDecimals(high, this.high) > 0) this.high = high;
    if (compareDecimals(low, this.low) < 0) this.low = low;
    this.close = close;
  }
}

export class Bars {
  readonly #minutes: Bar[] = [];

  /** Trades come in time order; one that is late counts for the bar that is open. */
  add(trade: PublicTrade): void {
    assert(Number.isSafeInteger(trade.timeMs) && trade.timeMs >= 0, Code.ValueOutOfRange);
    const openMs = trade.timeMs - (trade.timeMs % MINUTE_MS);
    let bar = this.#minutes.at(-1);
    if (bar === undefined || bar.openMs < openMs) {
      bar = new Bar(openMs, 1, trade.price, trade.id);
      this.#minutes.push(bar);
      if (this.#minutes.length > BARS_MAX) this.#minutes.shift();
    }
    bar.add(trade);
  }

  clear(): void {
    this.#minutes.length = 0;
  }

  /** Bars of an interval of `INTERVAL_MINUTES`, oldest first; intervals without a trade have none. */
  of(interval: string): Bar[] {
    const minutes = INTERVAL_MINUTES[interval];
    assert(minutes !== undefined, Code.ValueOutOfRange);
    assert(this.#minutes.length <= BARS_MAX, Code.InvariantBroken);
    if (minutes === 1) return [...this.#minutes];
    const longer: Bar[] = [];
    for (const bar of this.#minutes) {
      const openMs = bar.openMs - (bar.openMs % (minutes * MINUTE_MS));
      if (longer.at(-1)?.openMs !== openMs) longer.push(new Bar(openMs, minutes, bar.open, bar.firstId));
      (longer.at(-1) as Bar).addBar(bar);
    }
    return longer;
  }

  last(interval: string): Bar | undefined {
    return interval === "1m" ? this.#minutes.at(-1) : this.of(interval).at(-1);
  }
}
