/** A market at the simulator that a test moves by hand: one symbol, a trade and a new top of book each 50 ms. */

import type { Feed, FeedFrame } from "../../src/exchange/feed.ts";

const STEP_US = 50_000;
const VENUE = "binance-spot";

export class HandFeed implements Feed {
  readonly listings;
  readonly streams;
  readonly frameCount = 0;
  readonly problems = [];
  readonly #queue: FeedFrame[] = [];
  #timeUs: number;
  #updateId = 1;
  #tradeId = 0;
  #shown: number;

  /** Prices are whole numbers of the quote asset. */
  constructor(
    public price: number,
    readonly symbol = "ETHUSDT",
  ) {
    const [base, quote] = [symbol.slice(0, -4), symbol.slice(-4)];
    const decimals = { priceDecimals: 8, qtyDecimals: 8 };
    this.listings = [{ venue: VENUE, symbol, base, quote, tick: "0.01", step: "0.0001", ...decimals } as const];
    this.streams = ["trade", "depth@100ms", "bookTicker"].map((kind) => ({
      venue: VENUE,
      stream: `${symbol.toLowerCase()}@${kind}`,
    })) as { readonly venue: typeof VENUE; readonly stream: string }[];
    this.#timeUs = Date.now() * 1_000;
    this.#shown = price;
    const bids = Array.from({ length: 100 }, (_, i) => [`${price - 1 - i}.00`, "10"]);
    const asks = Array.from({ length: 100 }, (_, i) => [`${price + 1 + i}.00`, "10"]);
    this.#push("", { lastUpdateId: 1, bids, asks });
  }

  nextTimeUs(): number {
    if (this.#queue.length === 0) this.#step();
    return (this.#queue[0] as FeedFrame).timeUs;
  }

  take(): FeedFrame {
    this.nextTimeUs();
    return this.#queue.shift() as FeedFrame;
  }

  rewind(): boolean {
    return false;
  }

  upcomingBook(_venue: string, symbol: string): string | undefined {
    return this.#queue.find((frame) => frame.stream === "" && frame.symbol === symbol)?.data;
  }

  #step(): void {
    const { price, symbol } = this;
    this.#timeUs += STEP_US;
    const ms = Math.floor(this.#timeUs / 1_000);
    const first = this.#updateId + 1;
    this.#updateId++;
    const gone: string[][] = [];
    for (let p = Math.min(price, this.#shown) - 1; p <= Math.max(price, this.#shown) + 1; p++)
      gone.push([`${p}.00`, "0"]);
    const levels = (sign: 1 | -1) => Array.from({ length: 20 }, (_, i) => [`${price + sign * (1 + i)}.00`, "10"]);
    const b = [...gone, ...levels(-1)];
    const a = [...gone, ...levels(1)];
    this.#shown = price;
    const event = { E: ms, s: symbol };
    this.#push("depth@100ms", { e: "depthUpdate", ...event, U: first, u: this.#updateId, b, a });
    const top = { b: `${price - 1}.00`, B: "10", a: `${price + 1}.00`, A: "10" };
    this.#push("bookTicker", { u: this.#updateId, s: symbol, ...top });
    const trade = { t: ++this.#tradeId, p: `${price}.00`, q: "0.1", T: ms, m: false, M: true };
    this.#push("trade", { e: "trade", ...event, ...trade });
  }

  #push(kind: string, message: object): void {
    const stream = kind === "" ? "" : `${this.symbol.toLowerCase()}@${kind}`;
    const data = JSON.stringify(message);
    this.#queue.push({ timeUs: this.#timeUs, venue: VENUE, symbol: this.symbol, stream, data, envelope: undefined });
  }
}
