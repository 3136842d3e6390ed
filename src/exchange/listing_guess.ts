/** What an instrument's filters must be, judged by the numbers that a feed carries. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { isDecimal, significantDecimals, unitText, writtenDecimals } from "./decimal_text.ts";
import type { Listing, SimVenue } from "./feed.ts";
import type { Message } from "./message.ts";

interface Seen {
  readonly venue: SimVenue;
  readonly symbol: string;
  price: Decimals;
  qty: Decimals;
}

interface Decimals {
  significant: number;
  written: number;
}

/** Quotes that symbols end with, longest first. */
const QUOTES: readonly string[] = Object.freeze(
  "FDUSD USDT USDC BUSD TUSD EUR TRY BRL JPY USD BTC ETH BNB DAI".split(" "),
);

export class ListingGuess {
  readonly #seen = new Map<string, Seen>();

  /** Takes the numbers of one message into account. */
  add(venue: SimVenue, symbol: string, message: Message): void {
    assert(symbol.length > 0, Code.ValueOutOfRange);
    const key = `${venue} ${symbol}`;
    let seen = this.#seen.get(key);
    if (seen === undefined) {
      const none = () => ({ significant: 0, written: 0 });
      seen = { venue, symbol, price: none(), qty: none() };
      this.#seen.set(key, seen);
    }
    if (message.e === "trade" || message.e === "aggTrade") {
      widen(seen.price, message.p);
      widen(seen.qty, message.q);
    } else if (Array.isArray(message.b) || Array.isArray(message.bids)) {
      for (const rows of [message.b, message.a, message.bids, message.asks]) widenRows(seen, rows);
    } else if ("B" in message && "A" in message) {
      widenRows(seen, [
        [message.b, message.B],
        [message.a, message.A],
      ]);
    }
  }

  listings(): Listing[] {
    return [...this.#seen.values()].map(({ venue, symbol, price, qty }) => {
      const [base, quote] = splitSymbol(symbol);
      assert(price.written >= price.significant && qty.written >= qty.significant, Code.InvariantBroken);
      // Spot writes its filters with all eight decimals, USD-M without trailing zeros.
      const isSpot = venue === "binance-spot";
      return {
        venue,
        symbol,
        base,
        quote,
        tick: unitText(price.significant, isSpot ? price.written : price.significant),
        step: unitText(qty.significant, isSpot ? qty.written : qty.significant),
        priceDecimals: price.written,
        qtyDecimals: qty.written,
      };
    });
  }
}

/** `ETHUSDT` into `ETH` and `USDT`; a quote that is not known is taken to have three letters. */
export function splitSymbol(symbol: string): [base: string, quote: string] {
  const name = symbol.split("_")[0] as string;
  const quote = QUOTES.find((known) => name.endsWith(known) && name.length > known.length);
  const cut = quote === undefined ? Math.max(1, name.length - 3) : name.length - quote.length;
  assert(cut > 0, Code.ValueOutOfRange);
  return [name.slice(0, cut), name.slice(cut)];
}

function widenRows(seen: Seen, rows: unknown): void {
  if (!Array.isArray(rows)) return;
  for (const row of rows) {
    if (!Array.isArray(row)) continue;
    widen(seen.price, row[0]);
    widen(seen.qty, row[1]);
  }
}

function widen(decimals: Decimals, text: unknown): void {
  if (!isDecimal(text)) return;
  decimals.significant = Math.max(decimals.significant, significantDecimals(text));
  decimals.written = Math.max(decimals.written, writtenDecimals(text));
}
