/** A venue simulator whose market stands still: one full book of each symbol and nothing after it, one account, two keys. */

import { until } from "../../exchange/book_client.testing.ts";
import type { Feed, FeedFrame, Listing, ServedVenue, SimVenue } from "../../exchange/feed.ts";
import { type Simulator, startSimulator } from "../../exchange/simulator.ts";
import type { AccountSpec } from "../../exchange/trading/account.ts";
import { type Instrument, InstrumentTable } from "../../model/instrument.ts";
import type { InstrumentKind } from "../../model/order.ts";

/** Of each book: 60000.00 and 60000.10. */
export const BID = 6_000_000;
export const ASK = 6_000_010;
export const QTY_SCALE = 5;
export const SECRET = "secret-ann";
export const PASSPHRASE = "pass";
/** The coins of the two symbols, each against USDT. */
const BASES = ["BTC", "ETH"];

class StillFeed implements Feed {
  readonly listings: readonly Listing[];
  readonly streams = [];
  readonly problems = [];
  readonly frameCount: number;
  readonly #frames: FeedFrame[];

  constructor(markets: readonly SimVenue[]) {
    const places = { tick: "0.01", step: "0.00001", priceDecimals: 2, qtyDecimals: QTY_SCALE };
    this.listings = markets.flatMap((venue) =>
      BASES.map((base) => ({ venue, symbol: `${base}USDT`, base, quote: "USDT", ...places })),
    );
    const book = { lastUpdateId: 1, bids: [["60000.00", "50"]], asks: [["60000.10", "50"]] };
    const data = JSON.stringify(book);
    this.#frames = this.listings.map(({ venue, symbol }) => {
      return { timeUs: 0, venue, symbol, stream: "", data, envelope: undefined };
    });
    this.frameCount = this.#frames.length;
  }

  nextTimeUs(): number | undefined {
    return this.#frames[0]?.timeUs;
  }

  take(): FeedFrame {
    return this.#frames.shift() as FeedFrame;
  }

  rewind(): boolean {
    return false;
  }

  upcomingBook(venue: SimVenue, symbol: string): string | undefined {
    return this.#frames.find((frame) => frame.venue === venue && frame.symbol === symbol)?.data;
  }
}

export interface StillMarket {
  /** Whose market data there is. */
  readonly markets: readonly SimVenue[];
  readonly venues: readonly ServedVenue[];
  readonly balances: Readonly<Record<string, string>>;
  /** Besides `key-ann`, which trades, and `key-read`, which only withdraws. */
  readonly keys?: AccountSpec["keys"];
}

/** Runs when it is answered, and all books are shown. */
export async function startStill({ markets, venues, balances, keys = [] }: StillMarket): Promise<Simulator> {
  const named = { secret: SECRET, passphrase: PASSPHRASE };
  const usual = [
    { key: "key-ann", ...named, mayTrade: true, mayWithdraw: false },
    { key: "key-read", ...named, mayTrade: false, mayWithdraw: true },
  ];
  const feed = new StillFeed(markets);
  const accounts = [{ name: "ann", keys: [...usual, ...keys], balances }];
  const simulator = await startSimulator({ venues, feed, accounts, start: "now" });
  if (!(await until(() => simulator.status().position >= feed.frameCount, 5_000)))
    throw new Error("the books are not shown");
  return simulator;
}

/** One of the symbols: `id` even is BTC, odd ETH. */
export function stillInstrument(id: number, kind: InstrumentKind, more: Partial<Instrument> = {}): Instrument {
  const base = BASES[id % BASES.length] as string;
  const scales = { priceScale: 2, qtyScale: QTY_SCALE, priceDecimals: 2, qtyDecimals: QTY_SCALE };
  const rules = { tick: 1, lot: 1, qtyMin: 1, qtyMax: 0, notionalMin: 0 };
  const names = { name: `venue:${base}-USDT`, venue: "venue", venueSymbol: `${base}USDT` };
  return { id, revision: 1, kind, ...names, base, quote: "USDT", settle: "USDT", ...scales, ...rules, ...more };
}

export function tableOf(instruments: readonly Instrument[]): InstrumentTable {
  const table = new InstrumentTable();
  for (const instrument of instruments) table.define(instrument);
  return table;
}
