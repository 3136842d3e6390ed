/** What the simulated venue knows at this point of its feed: books, trades, bars and best quotes, for REST and readers. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type DepthAnswer, ServedBook } from "./book.ts";
import type { EventFields, Frame } from "./frame.ts";

const TRADES_KEPT = 1_000;
const BARS_KEPT = 1_000;
/** Depth answers that a stale-snapshot fault may give again. */
const OLD_BOOKS_KEPT = 8;
const OLD_BOOK_EVERY = 20;
const OLD_BOOK_LEVELS = 1_000;

interface Symbol {
  readonly book: ServedBook;
  readonly trades: EventFields[];
  /** What depth answered some time ago, oldest first. */
  readonly oldBooks: DepthAnswer[];
  quote: EventFields | undefined;
  diffs: number;
}

export class MarketData {
  readonly #symbols = new Map<string, Symbol>();

  /** The books that a capture holds inline, so that a client may bootstrap at any time from the beginning on. */
  seed(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.kind !== "rest" || frame.symbol === "") continue;
      const { book } = this.#of(frame.symbol);
      if (!book.known) book.load(JSON.parse(frame.data) as DepthAnswer);
    }
    assert(this.#symbols.size <= frames.length, Code.InvariantBroken);
  }

  load(symbol: string, answer: DepthAnswer): void {
    this.#of(symbol).book.load(answer);
  }

  /** Takes a frame before it is sent. */
  take(frame: Frame): void {
    if (frame.symbol === "") return;
    const symbol = this.#of(frame.symbol);
    const event = JSON.parse(frame.data) as EventFields;
    if (frame.kind === "depth" && symbol.book.known) {
      if (symbol.diffs++ % OLD_BOOK_EVERY === 0)
        keep(symbol.oldBooks, symbol.book.depth(OLD_BOOK_LEVELS), OLD_BOOKS_KEPT);
      symbol.book.apply(event);
    } else if (frame.kind === "trade") keep(symbol.trades, event, TRADES_KEPT);
    else if (frame.kind === "bookTicker") symbol.quote = event;
  }

  /** Undefined until the book is known. `stale`: an answer of some time ago. */
  depth(symbol: string, limit: number, stale = false): DepthAnswer | undefined {
    const { book, oldBooks } = this.#of(symbol);
    const old = stale ? oldBooks[0] : undefined;
    if (old !== undefined) return { ...old, bids: old.bids.slice(0, limit), asks: old.asks.slice(0, limit) };
    return book.known ? book.depth(limit) : undefined;
  }

  levels(symbol: string): { readonly bids: number; readonly asks: number } {
    return this.#of(symbol).book.levels;
  }

  lastUpdateId(symbol: string): number {
    return this.#of(symbol).book.lastUpdateId;
  }

  trades(symbol: string, limit: number): object[] {
    return this.#of(symbol)
      .trades.slice(-limit)
      .map(({ t, p, q, T, m }) => ({
        id: t,
        price: p,
        qty: q,
        quoteQty: "0",
        time: T,
        isBuyerMaker: m,
        isBestMatch: true,
      }));
  }

  aggTrades(symbol: string, limit: number): object[] {
    return this.#of(symbol)
      .trades.slice(-limit)
      .map(({ t, p, q, T, m }) => ({ a: t, p, q, f: t, l: t, T, m, M: true }));
  }

  bookTicker(symbol: string): object {
    const { quote } = this.#of(symbol);
    const event = (quote ?? {}) as { b?: string; B?: string; a?: string; A?: string };
    return {
      symbol,
      bidPrice: event.b ?? "0",
      bidQty: event.B ?? "0",
      askPrice: event.a ?? "0",
      askQty: event.A ?? "0",
    };
  }

  /** Bars out of the trades that are kept: [start, open, high, low, close, volume, end, …] as the venue writes them. */
  klines(symbol: string, limit: number, intervalMs: number): unknown[] {
    assert(intervalMs > 0, Code.ValueOutOfRange);
    const bars = new Map<number, EventFields[]>();
    for (const trade of this.#of(symbol).trades) {
      const startMs = (trade.T ?? 0) - ((trade.T ?? 0) % intervalMs);
      const known = bars.get(startMs);
      if (known === undefined) bars.set(startMs, [trade]);
      else known.push(trade);
    }
    return [...bars].slice(-Math.min(limit, BARS_KEPT)).map(([startMs, trades]) => bar(startMs, intervalMs, trades));
  }

  #of(name: string): Symbol {
    const known = this.#symbols.get(name);
    if (known !== undefined) return known;
    const made = { book: new ServedBook(), trades: [], oldBooks: [], quote: undefined, diffs: 0 };
    this.#symbols.set(name, made);
    return made;
  }
}

function keep<T>(rows: T[], row: T, max: number): void {
  rows.push(row);
  if (rows.length > max) rows.shift();
  assert(rows.length <= max, Code.TableFull);
}

function bar(startMs: number, intervalMs: number, trades: readonly EventFields[]): unknown[] {
  const prices = trades.map((trade) => trade.p ?? "0");
  const byPrice = [...prices].sort((a, b) => Number(a) - Number(b)); // number-ok: order only, the texts stay
  const volume = trades.reduce((sum, trade) => sum + Number(trade.q), 0); // number-ok: a simulated venue's summary
  const [open, high, low, close] = [prices[0], byPrice.at(-1), byPrice[0], prices.at(-1)];
  return [
    startMs,
    open,
    high,
    low,
    close,
    volume.toFixed(8),
    startMs + intervalMs - 1,
    "0",
    trades.length,
    "0",
    "0",
    "0",
  ];
}
