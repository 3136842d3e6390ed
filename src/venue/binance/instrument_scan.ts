/** Infers instruments from captured frames when no exchangeInfo is at hand: decimals seen become tick and lot. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { parseMantissa, pow10 } from "../../core/decimal.ts";
import { type InstrumentDraft, scaleFor } from "../../model/instrument.ts";
import { type JsonObject, objectOf, parseJson } from "../wire/json.ts";
import { decimalsOf } from "../wire/listing_text.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { kindOf, nameOf, splitSymbol, venueOf } from "./naming.ts";

/** More decimals than this are no price or size of Binance's. */
const DECIMALS_MAX = 9;

interface Seen {
  priceWritten: number;
  priceSignificant: number;
  qtyWritten: number;
  qtySignificant: number;
  firstPrice: string;
}

/** Feed it every frame; a capture is read once before it is replayed. */
export class InstrumentScan {
  readonly #seen = new Map<string, Seen>();
  /** Decimals of REST answers that name no symbol: the only symbol's, when there is one. */
  readonly #nameless = emptySeen();

  /** Takes note of one frame: trades, quotes, depth, bars; anything else is passed over. */
  add(text: string): void {
    const parsed = parseJson(text);
    if (typeof parsed === "number") return;
    const frame = objectOf(parsed.value);
    if (frame === undefined) return;
    const stream = typeof frame.stream === "string" ? frame.stream : undefined;
    const message = stream === undefined ? frame : objectOf(frame.data);
    if (message === undefined) return;
    if (Array.isArray(message.bids) && Array.isArray(message.asks)) {
      const at = stream?.indexOf("@") ?? -1;
      if (stream !== undefined && at <= 0) return;
      const seen = stream === undefined ? this.#nameless : this.#of(stream.slice(0, at).toUpperCase());
      noteLevels(seen, message.bids);
      noteLevels(seen, message.asks);
    } else if (typeof message.s === "string" && message.s !== "") this.#message(message.s, message);
  }

  /** The instruments seen, by symbol; ids and revisions are the caller's. */
  result(market: BinanceMarket): InstrumentDraft[] {
    const symbols = [...this.#seen.keys()].sort((a, b) => (a < b ? -1 : 1));
    return symbols.map((symbol) => {
      const own = this.#seen.get(symbol) as Seen;
      return draftOf(market, symbol, symbols.length === 1 ? merged(own, this.#nameless) : own);
    });
  }

  /** First price seen of a symbol as a mantissa at `scale`; 0 when there was none, or it does not fit. */
  firstPrice(venueSymbol: string, scale: number): number {
    const own = this.#seen.get(venueSymbol)?.firstPrice ?? "";
    const text = own === "" && this.#seen.size === 1 ? this.#nameless.firstPrice : own;
    const { code, mantissa } = parseMantissa(text, scale);
    return code === Code.Ok ? mantissa : 0;
  }

  #of(symbol: string): Seen {
    let seen = this.#seen.get(symbol);
    if (seen === undefined) {
      seen = emptySeen();
      this.#seen.set(symbol, seen);
    }
    return seen;
  }

  #message(symbol: string, o: JsonObject): void {
    const bar = o.e === "kline" ? objectOf(o.k) : undefined;
    if (bar !== undefined) {
      const seen = this.#of(symbol);
      for (const price of [bar.o, bar.h, bar.l, bar.c]) notePrice(seen, price);
      noteQty(seen, bar.v);
    } else if (o.e === "trade" || o.e === "aggTrade") {
      const seen = this.#of(symbol);
      notePrice(seen, o.p);
      noteQty(seen, o.q);
    } else if (o.e === "depthUpdate" && Array.isArray(o.b) && Array.isArray(o.a)) {
      const seen = this.#of(symbol);
      noteLevels(seen, o.b);
      noteLevels(seen, o.a);
    } else if ((o.e === "bookTicker" || o.e === undefined) && typeof o.b === "string" && typeof o.a === "string") {
      const seen = this.#of(symbol);
      notePrice(seen, o.b);
      noteQty(seen, o.B);
      notePrice(seen, o.a);
      noteQty(seen, o.A);
    }
  }
}

function emptySeen(): Seen {
  return { priceWritten: 0, priceSignificant: 0, qtyWritten: 0, qtySignificant: 0, firstPrice: "" };
}

function merged(a: Seen, b: Seen): Seen {
  return {
    priceWritten: Math.max(a.priceWritten, b.priceWritten),
    priceSignificant: Math.max(a.priceSignificant, b.priceSignificant),
    qtyWritten: Math.max(a.qtyWritten, b.qtyWritten),
    qtySignificant: Math.max(a.qtySignificant, b.qtySignificant),
    firstPrice: a.firstPrice,
  };
}

function noteLevels(seen: Seen, levels: readonly unknown[]): void {
  for (const level of levels) {
    if (!Array.isArray(level)) continue;
    notePrice(seen, level[0]);
    noteQty(seen, level[1]);
  }
}

function notePrice(seen: Seen, text: unknown): void {
  const decimals = decimalsOf(text);
  if (decimals === undefined || decimals.significant > DECIMALS_MAX) return;
  if (decimals.written > seen.priceWritten) seen.priceWritten = decimals.written;
  if (decimals.significant > seen.priceSignificant) seen.priceSignificant = decimals.significant;
  // A price of zero stands for an empty side or no trade.
  if (seen.firstPrice === "" && /[1-9]/.test(text as string)) seen.firstPrice = text as string;
}

function noteQty(seen: Seen, text: unknown): void {
  const decimals = decimalsOf(text);
  if (decimals === undefined || decimals.significant > DECIMALS_MAX) return;
  if (decimals.written > seen.qtyWritten) seen.qtyWritten = decimals.written;
  if (decimals.significant > seen.qtySignificant) seen.qtySignificant = decimals.significant;
}

function draftOf(market: BinanceMarket, venueSymbol: string, seen: Seen): InstrumentDraft {
  const { base, quote } = splitSymbol(venueSymbol);
  const priceScale = scaleFor(seen.priceSignificant, seen.qtySignificant);
  const qtyScale = scaleFor(seen.qtySignificant, seen.priceSignificant);
  assert(priceScale >= seen.priceSignificant && qtyScale >= seen.qtySignificant, Code.ValueOutOfRange);
  const lot = pow10(qtyScale - seen.qtySignificant);
  return {
    name: nameOf(market, venueSymbol, base, quote),
    venue: venueOf(market),
    venueSymbol,
    kind: kindOf(market),
    base,
    quote,
    settle: quote,
    priceScale,
    qtyScale,
    priceDecimals: seen.priceWritten,
    qtyDecimals: seen.qtyWritten,
    tick: pow10(priceScale - seen.priceSignificant),
    lot,
    qtyMin: lot,
    qtyMax: 0,
    notionalMin: 0,
  };
}
