/** A feed: what fills the market lane on the engine thread, be it a synthetic market or a venue's sockets. */

import type { Limits } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import type { BookSync } from "../market/book_sync.ts";
import type { Instrument, InstrumentDraft } from "../model/instrument.ts";
import type { MarketLane } from "../ring/market_lane.ts";
import type { RequestBudget } from "../venue/wire/budget.ts";
import type { PriceRange } from "../venue/wire/price_history.ts";
import type { Config } from "./config_schema.ts";

/** What feeds are made of. */
export interface FeedParts {
  readonly config: Config;
  readonly lane: MarketLane;
  readonly limits: Limits;
  readonly thread: FeedHost;
  /** Weight of the address, of providers that live accounts share it with. */
  readonly budgets: ReadonlyMap<string, RequestBudget>;
  /** Last known price mantissa by instrument id. */
  readonly lastPrices: ReadonlyMap<number, number>;
}

/** Plain data: crosses threads. Times in µs, 0 = never. */
export interface FeedStatus {
  readonly name: string;
  readonly adapter: string;
  readonly connected: boolean;
  readonly reconnects: number;
  readonly frames: number;
  readonly setAside: number;
  readonly lastFrameUs: number;
  readonly problem: string;
}

export interface Feed {
  readonly name: string;
  /** True when there is nobody to ask and nothing to connect to: it is ready before the engine runs. */
  readonly isLocal: boolean;
  /** What it will tell of; asks the venue where there is one. Rejects with ProblemError: tried again later. */
  prepare(): Promise<readonly InstrumentDraft[]>;
  /** D and the market state know the instruments now: frames may come. */
  start(instruments: readonly Instrument[]): void;
  stop(): void;
  /** When the next frame is due that this feed makes itself; Infinity for sockets, whose frames come when they come. */
  nextDueUs(): number;
  /** The host slept or was busy: what is too old to be worth telling is passed over. */
  catchUp(nowUs: number): void;
  /** Writes the one frame that is due into the lane. */
  step(): void;
  status(): FeedStatus;
  /** What was traded between two times, where the venue can be asked: an answer later, or a problem. */
  readonly history?: (
    instrument: number,
    fromUs: number,
    toUs: number,
    done: (range: PriceRange | Problem) => void,
  ) => void;
}

/** What a feed needs of the engine thread. */
export interface FeedHost {
  nowUs(): number;
  /** Before a frame of a socket: what simulated venues have done by then comes first, as in replay. */
  before(timeUs: number): void;
  book(instrument: number): BookSync | undefined;
  /** The engine takes what waits in the lanes. */
  poll(): void;
  /** Nothing was heard of the instrument for a while: its book must be built anew. */
  onReconnect(instrument: number): void;
  problem(problem: Problem): void;
}
