/** What a synthetic instrument is: its listing, its price model, its book and how busy it is. */

/** Funding and marks of a perpetual. */
export interface SyntheticPerpetual {
  /** Funding times are its multiples since the epoch: 8 h on most venues; shorter to see some within a test. */
  readonly fundingIntervalUs: number;
  readonly markIntervalUs: number;
}

/** Prices are mantissas at priceScale, quantities at qtyScale; shares are fractions of 1. */
export interface SyntheticSpec {
  readonly base: string;
  readonly quote: string;
  /** Undefined: spot. */
  readonly perpetual: SyntheticPerpetual | undefined;
  readonly priceScale: number;
  readonly qtyScale: number;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  readonly tick: number;
  readonly lot: number;
  readonly startPrice: number;
  /** Drift and volatility a year, as shares: 0.5 = 50 %. */
  readonly driftYear: number;
  readonly volatilityYear: number;
  /** Legs: for a while the price leans one way by so much a second, then mostly the other. */
  readonly trendBps: number;
  readonly legUsMin: number;
  readonly legUsMax: number;
  /** Rare jumps, up to `shockBps` either way. */
  readonly shocksPerHour: number;
  readonly shockBps: number;
  /** Mean distance of best bid and best ask, and of neighbouring levels. */
  readonly spreadTicks: number;
  readonly levelGapTicks: number;
  /** Levels a side, 24–64. */
  readonly levels: number;
  /** Typical size of a level. */
  readonly levelLots: number;
  /** Share of trades that sweep several levels, and how far such a one goes at most. */
  readonly sweepShare: number;
  readonly sweepBps: number;
  /** Events a second; both are multiplied by `speed`. */
  readonly bookRate: number;
  readonly tradeRate: number;
  readonly speed: number;
}
