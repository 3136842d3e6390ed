/** OKX's public channels: who listens to what, and what frames of the feed become for them. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Taken } from "../symbol_market.ts";
import type { Connection } from "./connection.ts";
import type { OkxListing } from "./listings.ts";
import type { OkxVenue } from "./okx_venue.ts";
import {
  candleRow,
  fundingRow,
  indexOf,
  indexRow,
  intervalOf,
  liquidationRow,
  markRow,
  tickerRow,
  tradeRow,
} from "./public_words.ts";

const CHANNELS = [
  "books",
  "books5",
  "bbo-tbt",
  "trades",
  "tickers",
  "mark-price",
  "funding-rate",
  "index-tickers",
  "liquidation-orders",
] as const;
const SWAP_TAIL = "-SWAP";
/** Told by the type of instrument. */
const LIQUIDATIONS = "liquidation-orders";
const TICKER_US = 100_000;
const CANDLE_US = 500_000;

export class PublicChannels {
  /** `channel instId` → connections. */
  readonly #members = new Map<string, Set<Connection>>();
  readonly #toldUs = new Map<string, number>();
  published = 0;

  constructor(
    readonly venue: OkxVenue,
    readonly steadyMs: () => number,
  ) {}

  /** On which path a channel lives; undefined: there is no such channel. */
  static pathOf(channel: string): "public" | "business" | undefined {
    if ((CHANNELS as readonly string[]).includes(channel)) return "public";
    if (channel === "trades-all") return "business";
    const bar = /^candle(.+)$/.exec(channel)?.[1];
    return bar !== undefined && intervalOf(bar) !== undefined ? "business" : undefined;
  }

  /** Whose market a channel's `instId` speaks of: an index is that of its swap. */
  static listedAs(channel: string, instId: string): string {
    return channel === "index-tickers" ? instId + SWAP_TAIL : instId;
  }

  /** True for a channel that is asked for by `instType`; of what type it is told here: others are silent. */
  static isByType(channel: string): boolean {
    return channel === LIQUIDATIONS;
  }

  joinType(connection: Connection, channel: string, instType: string): void {
    const key = `${channel} ${instType}`;
    this.#members.set(key, (this.#members.get(key) ?? new Set<Connection>()).add(connection));
  }

  leaveType(connection: Connection, channel: string, instType: string): void {
    const key = `${channel} ${instType}`;
    const members = this.#members.get(key);
    members?.delete(connection);
    if (members?.size === 0) this.#members.delete(key);
  }

  /** What is there already is told at once. */
  join(connection: Connection, channel: string, listing: OkxListing): void {
    assert(PublicChannels.pathOf(channel) !== undefined, Code.ValueOutOfRange);
    const key = `${channel} ${listing.instId}`;
    const members = this.#members.get(key) ?? new Set<Connection>();
    this.#members.set(key, members);
    members.add(connection);
    const feed = this.venue.bookFeed(listing);
    const tell = (row: object | undefined, action?: "snapshot") => {
      if (row !== undefined) connection.deliver(textOf(channel, listing, row, action));
    };
    const { book } = listing.market;
    if (channel === "books") tell(feed.snapshot(this.steadyMs()), "snapshot");
    else if (channel === "books5" && !book.isEmpty) tell(feed.picture());
    else if (channel === "bbo-tbt") tell(feed.lastTop());
    else if (channel === "tickers" && !book.isEmpty) tell(tickerRow(listing));
    else if (channel === "mark-price") tell(markRow(listing));
    else if (channel === "funding-rate") tell(fundingRow(listing));
    else if (channel === "index-tickers") tell(indexRow(listing));
  }

  leave(connection: Connection, channel: string, asked: string): void {
    const instId = PublicChannels.listedAs(channel, asked);
    const key = `${channel} ${instId}`;
    const members = this.#members.get(key);
    members?.delete(connection);
    if (members === undefined || members.size > 0) return;
    this.#members.delete(key);
    const listing = this.venue.listing(instId);
    if (channel === "books" && listing !== undefined) this.venue.bookFeed(listing).forget();
  }

  /** A frame has gone into the market of a listing. */
  onFrame(listing: OkxListing, taken: Taken): void {
    const { venue, symbol } = listing.market.listing;
    const hasQuotes = this.venue.hub.channels.isCarried(venue, symbol, "bookTicker");
    if (taken === "book" || taken === "diff") this.#onBook(listing, hasQuotes);
    if (taken === "quote") this.#publish("bbo-tbt", listing, () => this.venue.bookFeed(listing).top(true));
    if (taken === "trade") this.#onTrade(listing);
    if (taken === "mark") {
      this.#publish("mark-price", listing, () => markRow(listing));
      this.#publish("funding-rate", listing, () => fundingRow(listing));
      this.#publish("index-tickers", listing, () => indexRow(listing));
    }
    if (taken === "liquidation") this.#onLiquidation(listing);
    if (
      taken !== "mark" &&
      taken !== "liquidation" &&
      taken !== "other" &&
      this.#isDue("tickers", listing, TICKER_US)
    ) {
      this.#publish("tickers", listing, () => tickerRow(listing));
    }
  }

  /** Books that have been still for a minute say so. */
  advance(): void {
    for (const listing of this.venue.listings) {
      this.#publish("books", listing, () => this.venue.bookFeed(listing).keepAlive(this.steadyMs()), "update");
    }
  }

  #onBook(listing: OkxListing, hasQuotes: boolean): void {
    const feed = this.venue.bookFeed(listing);
    // Who subscribed before there was a book has been told nothing yet.
    if (feed.isFollowed) this.#publish("books", listing, () => feed.update(this.steadyMs()), "update");
    else this.#publish("books", listing, () => feed.snapshot(this.steadyMs()), "snapshot");
    if (listing.market.book.isEmpty) return;
    this.#publish("books5", listing, () => feed.picture());
    if (!hasQuotes) this.#publish("bbo-tbt", listing, () => feed.top(false));
  }

  #onTrade(listing: OkxListing): void {
    const trade = listing.market.trades.at(-1);
    if (trade === undefined) return;
    const row = tradeRow(listing, trade);
    const tail = () => ({ source: "0", seqId: this.venue.bookFeed(listing).nextSequence() });
    this.#publish("trades", listing, () => ({ ...row, count: "1", ...tail() }));
    this.#publish("trades-all", listing, () => ({ ...row, source: "0" }));
    for (const key of this.#members.keys()) {
      const [channel = "", instId] = key.split(" ");
      const interval =
        channel.startsWith("candle") && instId === listing.instId ? intervalOf(channel.slice(6)) : undefined;
      if (interval === undefined || !this.#isDue(channel, listing, CANDLE_US)) continue;
      const bar = listing.market.bars.last(interval);
      if (bar !== undefined) this.#publish(channel, listing, () => candleRow(listing, bar, false));
    }
  }

  #onLiquidation(listing: OkxListing): void {
    const members = this.#members.get(`${LIQUIDATIONS} ${listing.instType}`);
    const row = members === undefined ? undefined : liquidationRow(listing);
    if (members === undefined || row === undefined) return;
    const arg = { channel: LIQUIDATIONS, instType: listing.instType };
    const text = JSON.stringify({ arg, data: [row] });
    this.published++;
    for (const member of [...members]) member.deliver(text);
  }

  #isDue(channel: string, { instId }: OkxListing, spanUs: number): boolean {
    const key = `${channel} ${instId}`;
    if (!this.#members.has(key)) return false;
    const now = this.venue.hub.timeUs;
    const before = this.#toldUs.get(key);
    if (before !== undefined && now >= before && now - before < spanUs) return false;
    this.#toldUs.set(key, now);
    return true;
  }

  /** Nothing is made for nobody; undefined is nothing to tell. */
  #publish(channel: string, listing: OkxListing, make: () => object | undefined, action?: "snapshot" | "update"): void {
    const members = this.#members.get(`${channel} ${listing.instId}`);
    const row = members === undefined ? undefined : make();
    if (members === undefined || row === undefined) return;
    const text = textOf(channel, listing, row, action);
    this.published++;
    for (const member of [...members]) member.deliver(text);
  }
}

function textOf(channel: string, listing: OkxListing, row: object, action?: "snapshot" | "update"): string {
  const instId = channel === "index-tickers" ? indexOf(listing) : listing.instId;
  const arg = { channel, instId };
  return JSON.stringify(action === undefined ? { arg, data: [row] } : { arg, action, data: [row] });
}
