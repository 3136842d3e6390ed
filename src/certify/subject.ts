/** What the cards are held against: an account at a venue, a market data session, and what can be done to their world. */

import type { VenueGateway } from "../engine/ports.ts";
import type { TradingRecord } from "../model/record.ts";
import type { LiveGateway } from "../venue/wire/live_gateway.ts";

/** What a card wants otherwise than usual. */
export interface Conditions {
  /** A connection is replaced after a fraction of a second instead of a day. */
  readonly rollover?: true;
  /** A small budget of our own. */
  readonly tightBudget?: true;
  /** A private stream that nothing comes on is noticed within a fraction of a second. */
  readonly silence?: true;
  /** Nearly all that the venue allows the address, which nobody else uses meanwhile. */
  readonly wideBudget?: true;
  /** None: for benches, whose venue has no limits either. */
  readonly noBudget?: true;
}

/** What can be made to happen at a simulator; a real venue lets nobody. */
export interface World {
  /** Done once, at once: names as in `exchange/faults.ts`. */
  befall(now: string): void | Promise<void>;
  /** Shares of faults from now on. */
  faults(change: Readonly<Record<string, number>>): void | Promise<void>;
}

export type LivePart = Pick<LiveGateway, "status" | "probe" | "clock" | "armDeadMan" | "batchMax">;

/** One account at one venue in a state that the cards know: flat, nothing open, a market with depth on both sides. */
export interface VenueUnderTest {
  readonly gateway: VenueGateway;
  readonly instrument: number;
  /** Another listing, in which nothing happens. */
  readonly quietInstrument: number;
  readonly bid: number;
  readonly ask: number;
  readonly tick: number;
  /** A size that the depth at the touch fills at once. */
  readonly qty: number;
  /** True for a listing whose holdings are positions, false for spot. */
  readonly hasPositions: boolean;
  /** An order to buy that several levels fill: as many fills as that, at least. */
  readonly sweep?: { readonly price: number; readonly qty: number; readonly parts: number };
  /** A size that the account's money does not suffice for. */
  readonly qtyTooMuch?: number;
  /** A size below what the venue takes. */
  readonly qtyTooSmall?: number;
  /** Assets of the listing by number: what is bought, what is paid; the quantity's scale. */
  readonly assets?: { readonly base: number; readonly quote: number; readonly qtyScale: number };
  /** The same gateway with what only a live one has. */
  readonly live?: LivePart;
  /** The shortest countdown of the venue's dead-man switch. */
  readonly deadManMsMin?: number;
  readonly world?: World;
  /** Nobody else asks from this address. */
  readonly isAlone?: true;
  /** Answers everything that was reported since the last call; time passes until the venue is quiet. */
  settle(): TradingRecord[] | Promise<TradingRecord[]>;
  /** The connection is lost for a while, where that can be brought about. */
  disconnect?(): void | Promise<void>;
  /** Another gateway takes over the account, as after a restart. */
  restart?(): Promise<VenueUnderTest>;
  close?(): void | Promise<void>;
}

/** What a session has made of an instrument, at the instrument's scales. */
export interface MarketPicture {
  readonly isValid: boolean;
  /** All levels, as `bookText` has them. */
  readonly book: string;
  readonly bid: number;
  readonly ask: number;
  readonly trades: number;
  /** Times that a whole book was loaded. */
  readonly snapshots: number;
  /** Price, size and taker's side (1 bought, 2 sold) of the last one. */
  readonly last: readonly [price: number, qty: number, side: number];
  /** Forced orders that were told, and the last one. */
  readonly liquidations: number;
  readonly liquidated: Liquidated;
}

/** A forced order: at the instrument's scales; its own side, 1 bought, 2 sold. */
export type Liquidated = readonly [price: number, qty: number, side: number];

export interface MarketStatus {
  readonly connected: boolean;
  readonly streams: number;
  readonly reconnects: number;
  readonly handovers: number;
  readonly setAside: number;
  readonly epoch: number;
}

/** A market data session over a market whose every move is known. */
export interface MarketUnderTest {
  readonly instrument: number;
  readonly quietInstrument: number;
  readonly world: World;
  /** The venue numbers its trades: one that is told twice is known by its number. */
  readonly hasTradeNumbers: boolean;
  subscribe(instrument: number): boolean;
  unsubscribe(instrument: number): boolean;
  status(): MarketStatus;
  seen(instrument: number): MarketPicture;
  /** What the venue has sent, as it would be seen; trades since the start. */
  truth(instrument: number): MarketPicture;
  /** The venue sends so many messages: diffs, quotes and trades. Resolves once they have left it. */
  move(messages: number): Promise<void>;
  /** Somebody's position is closed by force; answers what the venue tells of it. Not given where none can be. */
  liquidate?(instrument: number, isSale: boolean): Promise<Liquidated>;
  close(): void | Promise<void>;
}

export type VenueFactory = (conditions: Conditions) => VenueUnderTest | Promise<VenueUnderTest>;
export type MarketFactory = (conditions: Conditions) => Promise<MarketUnderTest>;

/** An adapter to be certified. */
export interface Subject {
  /** `Instrument.venue`, or another name for a venue of our own. */
  readonly venue: string;
  readonly orders?: VenueFactory;
  readonly market?: MarketFactory;
  /** Why there is no market session to look at. */
  readonly marketMissing?: string;
}
