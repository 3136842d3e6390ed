/** What a venue is to the certification: its addresses, and how its market link and its gateway are made. */

import type { Limits } from "../core/limits.ts";
import type { Problem } from "../core/problem.ts";
import type { ServedVenue, SimVenue } from "../exchange/feed.ts";
import type { Simulator } from "../exchange/simulator.ts";
import type { MarketState } from "../market/market.ts";
import type { Instrument, InstrumentDraft } from "../model/instrument.ts";
import type { MarketLane } from "../ring/market_lane.ts";
import type { RequestSigner } from "../secrets/request_signer.ts";
import type { LiveGateway, LivePorts } from "../venue/wire/live_gateway.ts";
import type { RestClient } from "../venue/wire/rest.ts";
import type { Conditions, MarketStatus } from "./subject.ts";

export interface VenueUrls {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly privateUrl: string;
  /** Of the REST that says what a key may do, where that is another one; "" = there is none. */
  readonly walletUrl?: string;
  /** Some venues are spoken to otherwise in their demo. */
  readonly environment?: "production" | "testnet" | "demo";
}

export interface AdapterKey {
  readonly apiKey: string;
  readonly signer: RequestSigner;
  /** "" where the venue has none. */
  readonly passphrase: string;
}

export interface GatewayParts extends LivePorts {
  readonly account: number;
  readonly urls: VenueUrls;
  readonly key: AdapterKey;
  readonly conditions: Conditions;
  /** At the simulator: waits are fractions of those in life. */
  readonly isQuick: boolean;
}

export interface MarketParts {
  readonly urls: VenueUrls;
  readonly instruments: readonly Instrument[];
  readonly lane: MarketLane;
  readonly limits: Limits;
  readonly market: MarketState;
  readonly conditions: Conditions;
  readonly isQuick: boolean;
  readonly rest: RestClient;
  nowUs(): number;
  /** What waits in the lane is taken into the market. */
  poll(): void;
  problem(found: Problem): void;
}

export interface MarketLink {
  start(): void;
  stop(): void;
  subscribe(instrument: number): boolean;
  unsubscribe(instrument: number): boolean;
  status(): MarketStatus;
}

export interface Adapter {
  /** Of the row: the adapter's name in a configuration, or one of its markets (`okx-swap`). */
  readonly venue: string;
  /** Where one adapter trades markets of several kinds: its name in a configuration, and which symbols this row is for. */
  readonly share?: { readonly adapter: string; trades(symbol: string): boolean };
  /** How the simulator calls it, and which of the simulator's markets it shows. */
  readonly served: ServedVenue;
  readonly stageMarket: SimVenue;
  /** The venue's own name of base against quote. */
  symbolOf(base: string, quote: string): string;
  urls(simulator: Pick<Simulator, "url" | "wsUrl">): VenueUrls;
  /** Definitions of these symbols, asked of the venue. Throws ProblemError. */
  list(urls: VenueUrls, symbols: readonly string[], rest: RestClient): Promise<readonly InstrumentDraft[]>;
  gateway(parts: GatewayParts): LiveGateway;
  /** At a real venue, a card begins once so little of the address's limits is in use: what it asks must still pass. */
  readonly weightAtCard: number;
  /** There, a card begins so long after the last one: the venue's windows run on, and no answer tells a new gateway of them. */
  readonly pauseMs: number;
  /** Undefined until the adapter has a market session; `marketMissing` says so. */
  market?(parts: MarketParts): MarketLink;
  readonly marketMissing?: string;
  /** The shortest countdown that its dead-man switch takes; absent: the venue has no such switch. */
  readonly deadManMsMin?: number;
  /** Trades carry numbers by which a repeated one is known. */
  readonly hasTradeNumbers: boolean;
  /** Why no connection is replaced for its age; absent: some are. */
  readonly agelessReason?: { readonly orders?: string; readonly market?: string };
}
