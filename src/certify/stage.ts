/** The market of a certification: two symbols that stand still until a card moves them, and every move is known. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { parseMantissa } from "../core/decimal.ts";
import type { Feed, FeedFrame, Listing, SimVenue } from "../exchange/feed.ts";
import { LevelBook } from "../exchange/level_book.ts";
import type { Instrument } from "../model/instrument.ts";
import type { MarketPicture } from "./subject.ts";

export const STAGE_BASES = ["BTC", "ETH"] as const;
export const STAGE_QUOTE = "USDT";
/** Of every level at first, in units of the base. */
export const LEVEL_SIZE = 5;
/** Hundredths: prices are counted in them here. */
export const BEST_BID = 6_000_000;
export const BEST_ASK = 6_000_010;
/** Between two levels of a side, in hundredths. */
export const LEVEL_GAP = 10;
const LEVELS = 40;
const IDLE_US = 4_000;
/** Inside of the spread: where the best price comes and goes. */
const BETTER_BID = 6_000_004;

/** Kinds of messages in turn. */
const PLAY = ["diff", "diff", "quote", "trade"] as const;

interface Play {
  readonly listing: Listing;
  readonly book: LevelBook;
  updateId: number;
  tradeId: number;
  step: number;
  last: readonly [price: string, qty: string, buyer: boolean];
}

export class StageFeed implements Feed {
  readonly listings: readonly Listing[];
  readonly streams: readonly { readonly venue: SimVenue; readonly stream: string }[];
  readonly frameCount = 0;
  readonly problems = [];
  readonly #plays: Play[];
  readonly #queue: FeedFrame[] = [];
  #startUs: number | undefined;

  constructor(venues: readonly SimVenue[]) {
    this.listings = venues.flatMap((venue) => STAGE_BASES.map((base) => listingOf(venue, base)));
    this.#plays = this.listings.map((listing) => ({
      listing,
      book: firstBook(),
      updateId: 1,
      tradeId: 0,
      step: 0,
      last: ["0", "0", true],
    }));
    this.streams = this.listings.flatMap(({ venue, symbol }) =>
      ["depth@100ms", "bookTicker", "trade", "aggTrade"].map((kind) => ({
        venue,
        stream: `${symbol.toLowerCase()}@${kind}`,
      })),
    );
    for (const play of this.#plays) {
      const { book } = play;
      this.#push(play, "", { lastUpdateId: 1, bids: book.bids(LEVELS), asks: book.asks(LEVELS) });
    }
  }

  /** Messages that wait to be sent. */
  get waiting(): number {
    return this.#queue.length;
  }

  nextTimeUs(): number {
    this.#startUs ??= nowUs();
    return this.#queue.length > 0 ? this.#startUs : nowUs() + IDLE_US;
  }

  take(): FeedFrame {
    const frame = this.#queue.shift();
    assert(frame !== undefined, Code.InvariantBroken);
    return frame;
  }

  rewind(): boolean {
    return false;
  }

  upcomingBook(venue: SimVenue, symbol: string): string | undefined {
    return this.#queue.find((frame) => frame.stream === "" && frame.venue === venue && frame.symbol === symbol)?.data;
  }

  /** So many messages of one symbol, the last one a quote: what is best at the end has been told. */
  move(venue: SimVenue, symbol: string, messages: number): void {
    const play = this.#play(venue, symbol);
    for (let n = 0; n < messages; n++) {
      const kind = n === messages - 1 ? "quote" : PLAY[play.step % PLAY.length];
      play.step++;
      if (kind === "diff") this.#diff(play);
      else if (kind === "trade") this.#trade(play);
      else this.#quote(play);
    }
    if (messages === 1) this.#diff(play);
  }

  /** A best quote with another size than the one before: some venues do not tell what has not changed. No diff tells it. */
  quote(venue: SimVenue, symbol: string): void {
    const play = this.#play(venue, symbol);
    play.updateId++;
    play.step++;
    this.#quote(play, sizeOf(play.step, 2));
  }

  /** What has been sent, at the scales of `instrument`. */
  picture(venue: SimVenue, symbol: string, instrument: Instrument): MarketPicture {
    const { book, tradeId, last } = this.#play(venue, symbol);
    const price = (text: string) => mantissa(text, instrument.priceScale);
    const qty = (text: string) => contracts(mantissa(text, instrument.qtyScale), instrument);
    const side = (letter: string, levels: readonly (readonly [string, string])[]) =>
      levels.map(([p, q]) => `${letter} ${price(p)} ${qty(q)}`);
    return {
      isValid: true,
      book: [...side("B", book.bids(LEVELS * 2)), ...side("A", book.asks(LEVELS * 2))].join("\n"),
      bid: price(book.bestBid?.[0] ?? "0"),
      ask: price(book.bestAsk?.[0] ?? "0"),
      snapshots: 1,
      trades: tradeId,
      last: [price(last[0]), qty(last[1]), last[2] ? 1 : 2],
      liquidations: 0,
      liquidated: [0, 0, 0],
    };
  }

  /** Sizes of levels change, one goes or comes back, and the best bid with them. */
  #diff(play: Play): void {
    const { book, step } = play;
    const bids: [string, string][] = [];
    const asks: [string, string][] = [];
    const change = (isBid: boolean, price: string, qty: string) => {
      book.set(isBid, price, qty);
      (isBid ? bids : asks).push([price, qty]);
    };
    change(true, hundredths(BEST_BID - LEVEL_GAP * (1 + (step % 17))), sizeOf(step, 3));
    change(false, hundredths(BEST_ASK + LEVEL_GAP * (1 + (step % 13))), sizeOf(step, 5));
    const far = LEVEL_GAP * (20 + (step % 7));
    change(false, hundredths(BEST_ASK + far), step % 3 === 0 ? "0.00000" : sizeOf(step, 7));
    change(true, hundredths(BETTER_BID), step % 4 < 2 ? "0.00000" : sizeOf(step, 11));
    const before = play.updateId;
    play.updateId += 1 + (step % 5);
    const ids = { U: before + 1, u: play.updateId };
    const isSpot = play.listing.venue === "binance-spot";
    const head = { e: "depthUpdate", E: nowMs(), ...(isSpot ? {} : { T: nowMs() }), s: play.listing.symbol };
    this.#push(play, "depth@100ms", { ...head, ...ids, ...(isSpot ? {} : { pu: before }), b: bids, a: asks });
  }

  #quote(play: Play, bidSize?: string): void {
    const { book, listing, updateId } = play;
    const [b, size] = book.bestBid as readonly [string, string];
    const B = bidSize ?? size;
    const [a, A] = book.bestAsk as readonly [string, string];
    const body = { u: updateId, s: listing.symbol, b, B, a, A };
    const isSpot = listing.venue === "binance-spot";
    this.#push(play, "bookTicker", isSpot ? body : { e: "bookTicker", ...body, T: nowMs(), E: nowMs() });
  }

  #trade(play: Play): void {
    const isBuy = play.step % 3 !== 0;
    const price = hundredths(isBuy ? BEST_ASK : BEST_BID);
    const qty = sizeOf(play.step, 2);
    play.last = [price, qty, isBuy];
    play.tradeId++;
    const { venue, symbol } = play.listing;
    const head = { e: "trade", E: nowMs(), s: symbol, t: play.tradeId, p: price, q: qty, T: nowMs() };
    const tail = { m: !isBuy };
    this.#push(
      play,
      "trade",
      venue === "binance-spot" ? { ...head, ...tail, M: true } : { ...head, X: "MARKET", ...tail },
    );
  }

  #play(venue: SimVenue, symbol: string): Play {
    const found = this.#plays.find(({ listing }) => listing.venue === venue && listing.symbol === symbol);
    assert(found !== undefined, Code.NoInstrument);
    return found;
  }

  #push({ listing: { venue, symbol } }: Play, kind: string, message: object): void {
    const stream = kind === "" ? "" : `${symbol.toLowerCase()}@${kind}`;
    this.#queue.push({
      timeUs: this.#startUs ?? 0,
      venue,
      symbol,
      stream,
      data: JSON.stringify(message),
      envelope: undefined,
    });
  }
}

/** Contracts of a size in the base asset, where the venue trades contracts. */
export function contracts(baseMantissa: number, { contractSize, contractScale }: Instrument): number {
  if (contractSize === undefined) return baseMantissa;
  return Math.round((baseMantissa * 10 ** (contractScale ?? 0)) / contractSize);
}

export function mantissa(text: string, scale: number): number {
  const parsed = parseMantissa(text, scale);
  assert(parsed.code === Code.Ok, Code.ValueOutOfRange);
  return parsed.mantissa;
}

/** `60000.10` of 6000010. */
export function hundredths(count: number): string {
  return (count / 100).toFixed(2);
}

function firstBook(): LevelBook {
  const book = new LevelBook();
  const rows = (best: number, way: number) =>
    Array.from({ length: LEVELS }, (_, n) => [hundredths(best + way * n * LEVEL_GAP), LEVEL_SIZE.toFixed(5)]);
  book.seed(1, rows(BEST_BID, -1), rows(BEST_ASK, 1));
  return book;
}

/** Between a hundredth and four of the base, two decimals: whole contracts everywhere. */
function sizeOf(step: number, salt: number): string {
  return `${(1 + ((step * salt * 37) % 399)) / 100}`;
}

function listingOf(venue: SimVenue, base: string): Listing {
  const numbers = { tick: "0.01", step: "0.00001", priceDecimals: 2, qtyDecimals: 5 };
  return { venue, symbol: `${base}${STAGE_QUOTE}`, base, quote: STAGE_QUOTE, ...numbers };
}

function nowUs(): number {
  return Math.floor(performance.now() * 1_000);
}

function nowMs(): number {
  return Date.now();
}
