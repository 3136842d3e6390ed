/** A set of limits as it stands in the configuration, in commands and in records. */

/**
 * `LimitsSet.text`. Decimals are text in units: value in the quote or settle asset, quantities in the base asset; gross
 * and net values and losses in the firm's currency. It replaces all limits of its scope and key.
 * What is not given is not set at this level: missing at every level (instance, instrument, venue, account, firm)
 * denies; there is no "unlimited". Which controls must be there: `PAPER_CONTROLS`, `LIVE_CONTROLS`.
 */
export interface LimitsPayload {
  readonly scope: "instrument" | "instance" | "venue" | "account" | "firm";
  /** Id of the instrument, instance or account; 0 for the firm and for a venue, which `venue` names. */
  readonly key: number;
  readonly venue?: string;
  /** Rises with each change of this scope and key; a record with an older one is ignored. */
  readonly version: number;
  readonly maxOrderValue?: string;
  readonly maxOrderQty?: string;
  readonly maxLongPosition?: string;
  readonly maxShortPosition?: string;
  /** Largest distance of a limit price from the reference, in 1/10,000 of the reference. */
  readonly collarBps?: number;
  readonly referenceAgeUsMax?: number;
  readonly newOrders?: RatePayload;
  readonly cancels?: RatePayload;
  readonly maxOpenOrders?: number;
  /** Amends apart; where it is not set they count as new orders. */
  readonly amends?: RatePayload;
  /** Largest distance of a price from the lowest and the highest reference of the last `windowUs`. */
  readonly band?: { readonly bps: number; readonly windowUs: number };
  /** Largest distance of a market order's expected average price from the reference. */
  readonly slippageBps?: number;
  /** The same order again within so many microseconds is a duplicate. */
  readonly duplicateUs?: number;
  /** An order that would meet a resting one of the same account, or of the firm, is denied. */
  readonly selfMatch?: "account" | "firm";
  /** Sum over instruments of |position| at mark if all open orders of its larger side fill. */
  readonly maxGrossValue?: string;
  /** |Sum over instruments| of signed positions at mark, open orders of one side counted. */
  readonly maxNetValue?: string;
  /** Gross value over equity, in 1/100. Accounts and the firm. */
  readonly maxLeverage?: number;
  /** What must stay free of what pays for an order (units of that asset), once all open orders have filled. Spot. */
  readonly minFreeBalance?: string;
  /** Realised and unrealised loss of the day. */
  readonly maxDailyLoss?: string;
  /** Fall of realised and unrealised profit from its highest value. */
  readonly maxDrawdown?: string;
  /** So many round trips lost in a row. */
  readonly maxLosingTrips?: number;
  /** What a loss limit does: only exits, nothing but marked exits, or kill. `reduce` when not given. */
  readonly onLoss?: "reduce" | "halt" | "kill";
  /** Automated executions until a person must confirm by name. Instances. */
  readonly executions?: RatePayload;
  /** Denials and rejects until a person must confirm by name. Instances. */
  readonly refusals?: RatePayload;
  /** Share of rejects among the last `orders` answers of the venue, in 1/10,000. */
  readonly rejectRatio?: { readonly orders: number; readonly bps: number };
  /** After so long a breaker of rejects ends by itself; 0 or absent: by name only. */
  readonly coolDownUs?: number;
  /** Only these instruments, only these venues; never these. */
  readonly instruments?: readonly string[];
  readonly venues?: readonly string[];
  readonly restricted?: readonly string[];
  readonly hours?: HoursPayload;
}

/** At most `count` messages in any `windowUs`. Cancels: `reserve` more for orders that no cancel is under way for. */
export interface RatePayload {
  readonly count: number;
  readonly windowUs: number;
  /** Cancels only; `count` again when not given. */
  readonly reserve?: number;
}

/** Trading hours of the day in UTC, `HH:MM`; `to` before `from` runs over midnight. Days: 1 = Monday … 7 = Sunday, all when absent. */
export interface HoursPayload {
  readonly from: string;
  readonly to: string;
  readonly days?: readonly number[];
}
