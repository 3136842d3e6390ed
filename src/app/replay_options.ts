/** What a replay is asked to do: the command line as data, checked in form but not yet against files or strategies. */

/** Everything the verb `replay` takes. Money and sizes stay decimal text: they become integers at an instrument's scale. */
export interface ReplayOptions {
  /** Capture files, in the order given; at least one. */
  readonly files: readonly string[];
  /** Name of a built-in strategy, or the path of a strategy file. */
  readonly strategy: string;
  /** Parameters by name, as text; the strategy's schema reads them. */
  readonly params: Readonly<Record<string, string>>;
  /** exchangeInfo JSON; without it tick, lot and scales are inferred from the capture. */
  readonly instrumentFile: string | undefined;
  /** Undefined: inferred from the content. */
  readonly venue: ReplayVenue | undefined;
  /** The venue's symbol or the canonical name; needed only when the capture has several. */
  readonly symbol: string | undefined;
  /** Opening balances, asset → decimal amount. Empty: the session's default. */
  readonly balances: Readonly<Record<string, string>>;
  /** Risk limits that replace the default ones, name → decimal value. */
  readonly limits: Readonly<Record<string, string>>;
  /** From our release to the matching engine, simulated. */
  readonly entryLatencyUs: number;
  /** From the matching engine back to us, simulated. */
  readonly ackLatencyUs: number;
  /** Fraction of the notional as decimal text (`0.001`; negative is a rebate). Undefined: the venue's usual fee. */
  readonly makerFee: string | undefined;
  readonly takerFee: string | undefined;
  /** Of everything that is drawn by chance. */
  readonly seed: number;
  /** True: afterwards apply alone and decide again, and compare. */
  readonly verify: boolean;
}

export const REPLAY_VENUES = ["binance-spot", "binance-usdm"] as const;
export type ReplayVenue = (typeof REPLAY_VENUES)[number];

/** What holds where the command line says nothing. */
export const REPLAY_DEFAULTS = Object.freeze({
  strategy: "noop",
  entryLatencyUs: 5_000,
  ackLatencyUs: 5_000,
  seed: 1,
  verify: true,
});

/** How far a replay is: `done` of `total` frames (0 while the total is not known), and what is being done. */
export interface ReplayProgress {
  readonly stage: "read" | "replay" | "verify";
  readonly done: number;
  readonly total: number;
}
