/** A decoder of one venue and the market state behind it: what the engine's feed is, without sockets. */

import { Code } from "../../src/core/code.ts";
import { mantissaTextShort } from "../../src/core/decimal.ts";
import { DEFAULT_LIMITS } from "../../src/core/limits.ts";
import { BookSide } from "../../src/market/book.ts";
import type { BookSync } from "../../src/market/book_sync.ts";
import { instrumentOf } from "../../src/market/feed.testing.ts";
import { type InstrumentMarket, MarketState } from "../../src/market/market.ts";
import { MarketLane } from "../../src/ring/market_lane.ts";
import { BinanceDecoder } from "../../src/venue/binance/decode.ts";
import { BybitDecoder } from "../../src/venue/bybit/decode.ts";
import { OkxDecoder } from "../../src/venue/okx/decode.ts";

export type Venue = "binance-spot" | "binance-usdm" | "okx" | "bybit";

export interface Scales {
  readonly priceScale: number;
  readonly qtyScale: number;
}

type Decoder = BinanceDecoder | OkxDecoder | BybitDecoder;

export function decoderOf(venue: Venue, lane: MarketLane): Decoder {
  if (venue === "okx") return new OkxDecoder(lane, DEFAULT_LIMITS);
  if (venue === "bybit") return new BybitDecoder(lane, DEFAULT_LIMITS);
  return new BinanceDecoder(venue === "binance-spot" ? "spot" : "usdm", lane, DEFAULT_LIMITS);
}

export class World {
  /** Called after each slot. */
  onSlot: () => void = () => undefined;
  readonly decoder: Decoder;
  readonly state = new MarketState(DEFAULT_LIMITS, { checkQuotes: true });
  readonly #lane = MarketLane.create(DEFAULT_LIMITS);

  constructor(
    readonly venue: Venue,
    readonly symbol: string,
    readonly scales: Scales,
  ) {
    this.decoder = decoderOf(venue, this.#lane);
    this.decoder.define({ symbol, instrument: 0, revision: 1, ...scales });
    this.state.define(instrumentOf({ name: `${venue}:${symbol}`, venue, venueSymbol: symbol, ...scales }));
  }

  get market(): InstrumentMarket {
    return present(this.state.instrument(0));
  }

  get sync(): BookSync {
    return present(this.market.book);
  }

  decode(text: string, receivedUs: number): Code {
    return this.#take(this.decoder.decode(text, receivedUs));
  }

  /** An answer of REST with a book. */
  snapshot(text: string, receivedUs: number): Code {
    const { decoder } = this;
    if (!(decoder instanceof BinanceDecoder)) return Code.MessageUnknown;
    return this.#take(decoder.decodeDepthSnapshot(text, receivedUs, this.symbol));
  }

  /** Price and quantity as texts without zeros at their ends, best first. */
  levels(side: BookSide, most: number): [string, string][] {
    const { book } = this.sync;
    return Array.from({ length: Math.min(most, book.levels(side)) }, (_, n) => [
      mantissaTextShort(book.priceAt(side, n), this.scales.priceScale),
      mantissaTextShort(book.qtyAt(side, n), this.scales.qtyScale),
    ]);
  }

  #take(code: Code): Code {
    const count = this.#lane.pending();
    for (let n = 0; n < count; n++) {
      this.state.onSlot(this.#lane, this.#lane.peek(n));
      this.onSlot();
    }
    this.#lane.release(count);
    return code;
  }
}

export function bestFirst(world: World, most: number): { bids: [string, string][]; asks: [string, string][] } {
  return { bids: world.levels(BookSide.Bid, most), asks: world.levels(BookSide.Ask, most) };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("not defined");
  return value;
}
