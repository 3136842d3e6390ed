/** The types of the module `meltica`, in one file without imports: strategy files are checked against this very text. */

/** One parameter: its type, bounds and default; at once form, CLI flag, optimiser space and error message. */
export interface Schema<T> {
  readonly type: "integer" | "number" | "string" | "boolean";
  readonly default: T;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly T[];
  readonly title?: string;
  readonly description?: string;
}

export interface NumberOptions {
  readonly default: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly title?: string;
  readonly description?: string;
}

export interface TextOptions<T> {
  readonly default: T;
  readonly title?: string;
  readonly description?: string;
}

export interface SchemaMaker {
  Integer(options: NumberOptions): Schema<number>;
  Number(options: NumberOptions): Schema<number>; // number-ok: the name of a schema
  String(options: TextOptions<string>): Schema<string>;
  Boolean(options: TextOptions<boolean>): Schema<boolean>;
  /** One of the listed texts. */
  Enum<const T extends readonly string[]>(values: T, options: TextOptions<T[number]>): Schema<T[number]>;
}

export type Schemas = Readonly<Record<string, Schema<number> | Schema<string> | Schema<boolean>>>;
/** So that naming any parameter of a strategy without parameters is an error. */
export type NoParams = Readonly<Record<never, never>>;
export type ParamsOf<P> = { readonly [K in keyof P]: P[K] extends Schema<infer T> ? T : never };

/** What a market handle needs; which instrument and account it is, is said at deployment. */
export interface MarketSpec {
  /** Timeframe of `onBar` and of indicators made on the handle: `1s`, `5m`, `1h`, `1d`. Default `1m`. */
  readonly tf?: string;
}

export type Markets = Readonly<Record<string, MarketSpec>>;

/** A closed bar. Prices and sizes as numbers: for indicators and decisions, never for money. */
export interface Bar {
  /** Start, in microseconds since the Unix epoch, exchange time. */
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Trades in it. */
  readonly trades: number;
  /** True when every trade of the interval was seen: it did not begin in the middle, and the feed had no gap. */
  readonly complete: boolean;
  /** Intervals without any trade right before it: bars are never invented for them. */
  readonly skipped: number;
  /** True when trades of earlier intervals came while it was forming; they are counted in no bar. */
  readonly lateTrades: boolean;
}

/** A streaming value: updated once per closed bar, before `onBar`. */
export interface Indicator {
  /** Latest value; NaN until `ready`. */
  readonly value: number;
  readonly ready: boolean;
  /** Bars needed before the first value. */
  readonly warmup: number;
  /** As `Array.at`: -1 is the latest, -2 the one before; NaN when not there. The last 64 are kept. */
  at(index: number): number;
  /** True when this went from at or below to above with its latest bar; stays true until its next one. */
  crossedAbove(other: Indicator | number): boolean;
  crossedBelow(other: Indicator | number): boolean;
}

export interface Bands {
  readonly upper: Indicator;
  readonly middle: Indicator;
  readonly lower: Indicator;
}

export interface MacdLines {
  readonly macd: Indicator;
  readonly signal: Indicator;
  readonly histogram: Indicator;
}

export type Field = "open" | "high" | "low" | "close" | "volume" | "hl2" | "hlc3";
/** Where an indicator takes its input: a field of the bar, or an indicator of the same timeframe. Default `close`. */
export type Source = Field | Indicator;

/** Closed bars of one timeframe, and the indicators that live on them: declared in setup, nowhere else. */
export interface Timeframe {
  readonly bar: Bar | undefined;
  /** The last `count` closed bars, oldest first. */
  history(count: number): Bar[];
  /** Seeded by the mean of the first `period` values. */
  ema(period: number, source?: Source): Indicator;
  sma(period: number, source?: Source): Indicator;
  /** Wilder's, 0–100. */
  rsi(period: number, source?: Source): Indicator;
  /** Wilder's. */
  atr(period: number): Indicator;
  /** Of the population: divided by n. */
  stdev(period: number, source?: Source): Indicator;
  /** Of the highs; of the lows for `lowest`. */
  highest(period: number, source?: Source): Indicator;
  lowest(period: number, source?: Source): Indicator;
  bollinger(period: number, deviations: number, source?: Source): Bands;
  macd(fast: number, slow: number, signal: number, source?: Source): MacdLines;
  /** Volume-weighted average of the last `period` bars, or of the UTC day when no period is given. */
  vwap(period?: number): Indicator;
}

/**
 * A size: of the base asset, of the quote asset, or a share of equity. Numbers or decimal text. Contracts are reckoned in:
 * one of a hundredth of the base is 0.01. Inverse contracts alone count as contracts, as `base`, and have no other size.
 */
export type Size =
  | { readonly base: number | string }
  | { readonly quote: number | string }
  | { readonly equity: number | string };

export interface Reason {
  /** Why: kept with the order, its fills and every refusal. */
  readonly why: string;
}

/** A trailing distance: in price, or in basis points of the best price so far. */
export type Trail = (
  | { readonly price: number | string; readonly bps?: undefined }
  | { readonly bps: number | string; readonly price?: undefined }
) & {
  /** Starts to trail when the price has been here; at once when absent. */
  readonly activate?: number | string;
};

/** For orders that wait with us for their price. */
export interface HeldOptions {
  /** Which price fires: the last trade (default), the best quote it would trade against, or the mark. */
  readonly triggerBy?: "last" | "quote" | "mark";
  /** When the market passed its trigger while we were down: it fires (default), stays held, or is cancelled. */
  readonly onOutage?: "trigger" | "keep" | "cancel";
}

export interface OrderOptions extends Reason, HeldOptions {
  /** Limit price; without it the order is a market order. Rounded to the tick: a buy down, a sell up. */
  readonly limit?: number | string;
  readonly tif?: "gtc" | "ioc" | "fok";
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
  /** Fires when the price comes to it against the position: a sell at or below, a buy at or above. With `limit`: as that. */
  readonly stop?: number | string;
  /** Fires when the price comes to it in favour: a sell at or above, a buy at or below. */
  readonly takeProfit?: number | string;
  readonly trail?: Trail;
  /** Ends at this time, as `now()` counts. */
  readonly expire?: number;
  /** The part that is shown, where the venue has iceberg orders. */
  readonly display?: number | string;
}

/** An entry and the orders that end what it opens. */
export interface BracketOptions extends Reason, HeldOptions {
  readonly limit?: number | string;
  readonly tif?: "gtc" | "ioc" | "fok";
  readonly postOnly?: boolean;
  /** Trigger of the stop; or `trail`. */
  readonly stop?: number | string;
  readonly trail?: Trail;
  /** Limit price of the take-profit. */
  readonly takeProfit?: number | string;
}

export interface Bracket {
  readonly entry: Order;
  readonly stop: Order | undefined;
  readonly takeProfit: Order | undefined;
}

/** A limit order and a stop of one side; reduce-only unless that is said to be false. */
export interface OcoOptions extends Reason, HeldOptions {
  readonly limit: number | string;
  readonly stop?: number | string;
  readonly trail?: Trail;
  readonly reduceOnly?: boolean;
}

export interface Pair {
  readonly limit: Order;
  /** Undefined when the call itself was impossible. */
  readonly stop: Order | undefined;
}

export interface TargetOptions extends Reason {
  readonly limit?: number | string;
  readonly tif?: "gtc" | "ioc" | "fok";
  readonly postOnly?: boolean;
}

export type OrderStatus =
  | "pending"
  /** With us: waits for its trigger or its parent's fill. Unprotected while we are down. */
  | "held"
  | "open"
  | "partial"
  | "filled"
  | "canceled"
  | "expired"
  | "rejected"
  | "denied"
  | "unknown";

export interface Order {
  /** 0 when the call itself was impossible; `onReject` says why. */
  readonly id: number;
  readonly side: "buy" | "sell";
  /** `pending` when the call returns, whatever becomes of it: answers come after the handler. */
  readonly status: OrderStatus;
  /** Price and sizes as last confirmed; the price of a market order is 0. */
  readonly price: number;
  readonly size: number;
  readonly filled: number;
  readonly why: string;
  /** True while it may still trade, held orders included. */
  readonly live: boolean;
  cancel(reason?: Reason): void;
  /** `stop` is a new trigger, of an order that is held. */
  amend(
    change: { readonly price?: number | string; readonly size?: number | string; readonly stop?: number | string },
    reason?: Reason,
  ): void;
}

/** Always current: keep it, it changes with the fills. */
export interface Position {
  /** Signed: positive is long. Of this strategy instance alone. */
  readonly size: number;
  readonly side: "long" | "short" | "flat";
  readonly averagePrice: number;
}

/** One instrument on one account, bound at deployment. */
export interface Market extends Timeframe {
  readonly symbol: string;
  /** Last trade; the middle of the quote before the first one; 0 until known. */
  readonly price: number;
  /** Best prices and sizes; 0 until known. */
  readonly bid: number;
  readonly ask: number;
  readonly bidSize: number;
  readonly askSize: number;
  readonly mid: number;
  readonly spread: number;
  /** True while the book (or, without one, the quote) may be trusted. */
  readonly valid: boolean;
  readonly tick: number;
  readonly lot: number;
  readonly position: Position;
  /** Of the account, in the quote (or settlement) asset, at the reference price. */
  readonly equity: number;
  /** Free of the base and quote asset, at this account. */
  readonly baseBalance: number;
  readonly quoteBalance: number;
  readonly canShort: boolean;
  /** This instance's live orders here, oldest first. */
  readonly orders: readonly Order[];
  /** Closed bars of another timeframe; ask for it in setup. */
  tf(timeframe: string): Timeframe;
  /** Lines for charts: indicators or functions, sampled at each closed bar. */
  plot(lines: Readonly<Record<string, Indicator | (() => number)>>): void;
  buy(size: Size, options: OrderOptions): Order;
  sell(size: Size, options: OrderOptions): Order;
  /** An entry with exits: held until it fills, never larger than its fills; one exit ends the other. */
  bracket(side: "buy" | "sell", size: Size, options: BracketOptions): Bracket;
  /** A limit order and a stop: one cancels the other, and what one fills the other has less. */
  oco(side: "buy" | "sell", size: Size, options: OcoOptions): Pair;
  /**
   * Trades the difference between this instance's position and `fraction` of equity (negative: short, where the venue
   * allows it), by a market order unless a limit is given. Orders of earlier targets that are still live are counted,
   * or cancelled first where they stand against it. Answers the order, if one was needed at once.
   */
  target(fraction: number, options: TargetOptions): Order | undefined;
  /** Cancels this instance's orders here and closes its position, also what still fills before its cancel arrives. */
  flat(reason: Reason): Order | undefined;
  cancelAll(reason: Reason): void;
}

export interface Fill {
  readonly market: string;
  readonly order: Order;
  readonly side: "buy" | "sell";
  readonly price: number;
  readonly size: number;
  readonly maker: boolean;
  readonly time: number;
}

export interface Rejection {
  /** Machine-readable: a denial, a venue's reject, `StrategyOrderInvalid` or `StrategyIntentsCapped`. */
  readonly code: string;
  readonly reason: string;
  readonly hint: string;
  /** Undefined when the call itself was impossible. */
  readonly order: Order | undefined;
}

export interface Trade {
  readonly market: string;
  readonly price: number;
  readonly size: number;
  readonly takerSide: "buy" | "sell";
  readonly time: number;
}

/** An order by which the venue closed somebody's position: told as far and as late as the venue does. */
export interface Liquidation {
  readonly market: string;
  /** What was paid, where the venue says it (Binance); else the bankruptcy price. */
  readonly price: number;
  readonly size: number;
  /** Of the forced order: `sell` ended a long position. */
  readonly side: "buy" | "sell";
  readonly time: number;
}

/** All synchronous. An order call never answers inside a handler: refusals come to `onReject` after it. */
export interface Handlers {
  onStart?(context: { readonly restored: boolean }): void;
  onBar?(context: { readonly market: string; readonly bar: Bar }): void;
  onTrade?(trade: Trade): void;
  /** Of contracts, where the provider subscribes to them (`liquidations: true`). */
  onLiquidation?(liquidation: Liquidation): void;
  onQuote?(context: { readonly market: string }): void;
  onBook?(context: { readonly market: string }): void;
  onFill?(fill: Fill): void;
  onOrder?(order: Order): void;
  onReject?(rejection: Rejection): void;
  /** For intervals that `every` of the context declared without a function. */
  onTimer?(timer: { readonly interval: string }): void;
  onStop?(context: { readonly reason: string }): void;
  /** Timers by interval: `{ "1m": () => … }`. */
  readonly every?: Readonly<Record<string, () => void>>;
}

export type StateValue = number | string | boolean | null;

/** Journaled and restored after a restart: finite numbers, text, true, false, null; 3.5 KiB in all of an instance. */
export interface StateCell<T extends StateValue> {
  value: T;
}

/** What setup gets beside its markets. The only clock and the only chance a strategy has. */
export interface Context<P> {
  readonly params: P;
  /** Engine time, microseconds since the Unix epoch. */
  now(): number;
  /** In [0, 1), the same in every run of the same session. */
  random(): number;
  /** Calls `run` (without it: `onTimer`) at each full interval, `1s` to `9999d`; declare it in setup. */
  every(interval: string, run?: () => void): void;
  log(message: string): void;
  state<T extends StateValue>(key: string, initial: T): StateCell<T extends number ? number : T>;
}

export interface Definition<P extends Schemas, M extends Markets> {
  /** Lower-case words joined by `-`. */
  readonly name: string;
  readonly description?: string;
  readonly params?: P;
  /** True, or what is wrong with this combination. */
  readonly validate?: (params: ParamsOf<P>) => true | string | false;
  readonly markets: M;
}

export type Setup<P extends Schemas, M extends Markets> = (
  context: Context<ParamsOf<P>> & { readonly [K in keyof M]: Market },
) => Handlers;

/** What a strategy file exports by default. */
export interface StrategyModule {
  readonly kind: "meltica.strategy";
  readonly definition: Definition<Schemas, Markets>;
  readonly setup: (context: never) => Handlers;
  /** Absolute path of the file it was loaded from, set by the loader; absent for built-in ones. */
  readonly source?: string;
  /** SHA-256 of that file, in hex. */
  readonly hash?: string;
}

export type StrategyFunction = <const P extends Schemas = NoParams, const M extends Markets = Markets>(
  definition: Definition<P, M>,
  setup: Setup<P, M>,
) => StrategyModule;
