/** What the HTTP interface answers: one TypeBox schema for each noun, shared by server, page and command line. */

import { type Static, type TSchema, Type as t } from "@sinclair/typebox";
import { LiveAccountView } from "./live_account_view.ts";
import { Decimal, Time } from "./value_views.ts";

const closed = { additionalProperties: false };
/** Orders of each kind in one batch. */
const BATCH_MAX = 50;

export const InstrumentView = t.Object(
  {
    id: t.Integer(),
    name: t.String({ description: "venue:BASE-QUOTE[-PERP]" }),
    venue: t.String(),
    venueSymbol: t.String(),
    kind: t.Union([t.Literal("spot"), t.Literal("linear-perpetual"), t.Literal("inverse-perpetual")]),
    base: t.String(),
    quote: t.String(),
    settle: t.String(),
    contractSize: t.Optional(
      t.String({ description: "of contracts: what 1 of qty stands for, in base (linear) or quote (inverse)" }),
    ),
    tick: Decimal,
    lot: Decimal,
    qtyMin: Decimal,
    qtyMax: Decimal,
    notionalMin: Decimal,
    revision: t.Integer(),
  },
  closed,
);
export type InstrumentView = Static<typeof InstrumentView>;

/** Best bid and ask, last trade. Zero prices are null: not known. */
export const QuoteView = t.Object(
  {
    instrument: t.String(),
    valid: t.Boolean({ description: "the order book may be trusted" }),
    bidPrice: t.Union([Decimal, t.Null()]),
    bidQty: t.Union([Decimal, t.Null()]),
    askPrice: t.Union([Decimal, t.Null()]),
    askQty: t.Union([Decimal, t.Null()]),
    lastPrice: t.Union([Decimal, t.Null()]),
    lastQty: t.Union([Decimal, t.Null()]),
    time: t.Union([Time, t.Null()]),
  },
  closed,
);
export type QuoteView = Static<typeof QuoteView>;

export const BookView = t.Object(
  {
    instrument: t.String(),
    valid: t.Boolean(),
    updateId: t.Number(),
    bids: t.Array(t.Tuple([Decimal, Decimal])),
    asks: t.Array(t.Tuple([Decimal, Decimal])),
    time: t.Union([Time, t.Null()]),
  },
  closed,
);
export type BookView = Static<typeof BookView>;

export const BarView = t.Object(
  {
    instrument: t.String(),
    tf: t.String(),
    start: Time,
    open: Decimal,
    high: Decimal,
    low: Decimal,
    close: Decimal,
    volume: Decimal,
    trades: t.Integer(),
    closed: t.Boolean(),
  },
  closed,
);
export type BarView = Static<typeof BarView>;

export const AccountView = t.Object(
  {
    id: t.Integer(),
    name: t.String(),
    venue: t.String(),
    mode: t.String(),
    killed: t.Boolean(),
    ready: t.Boolean(),
    armed: t.Boolean({ description: "with real money: armed for the build that runs" }),
    live: t.Union([LiveAccountView, t.Null()], { description: "null: paper" }),
  },
  closed,
);
export type AccountView = Static<typeof AccountView>;

/** A connection to a venue's market data. */
export const ProviderView = t.Object(
  {
    name: t.String(),
    adapter: t.String(),
    connected: t.Boolean(),
    reconnects: t.Integer(),
    frames: t.Integer(),
    setAside: t.Integer(),
    lastFrame: t.Union([Time, t.Null()]),
    problem: t.Union([t.String(), t.Null()]),
  },
  closed,
);
export type ProviderView = Static<typeof ProviderView>;

export const StrategyView = t.Object(
  {
    name: t.String(),
    source: t.Union([t.Literal("built-in"), t.Literal("file")]),
    markets: t.Array(t.String()),
    params: t.Record(t.String(), t.Unknown(), { description: "JSON Schema of each parameter" }),
  },
  closed,
);
export type StrategyView = Static<typeof StrategyView>;

export const InstanceView = t.Object(
  {
    id: t.Integer(),
    name: t.String(),
    strategy: t.String(),
    status: t.Union([t.Literal("running"), t.Literal("paused"), t.Literal("stopped")]),
    params: t.Record(t.String(), t.Unknown()),
    markets: t.Record(
      t.String(),
      t.Object({ instrument: t.String(), account: t.String(), tf: t.Optional(t.String()) }, closed),
    ),
    problem: t.Union([t.String(), t.Null()]),
    openOrders: t.Integer(),
    killed: t.Boolean(),
  },
  closed,
);
export type InstanceView = Static<typeof InstanceView>;

const OrderTypeName = t.Union([
  t.Literal("market"),
  t.Literal("limit"),
  t.Literal("stop"),
  t.Literal("stopLimit"),
  t.Literal("takeProfit"),
  t.Literal("takeProfitLimit"),
  t.Literal("trailingStop"),
]);
const TimeInForceName = t.Union([t.Literal("gtc"), t.Literal("ioc"), t.Literal("fok"), t.Literal("gtd")]);
const TriggerName = t.Union([t.Literal("last"), t.Literal("quote"), t.Literal("mark")]);
const OutageName = t.Union([t.Literal("trigger"), t.Literal("keep"), t.Literal("cancel")], {
  description: "when the market passed its trigger while the gateway was down; usual: trigger",
});

export const OrderView = t.Object(
  {
    id: t.Integer(),
    clientOrderId: t.String(),
    venueOrderId: t.Union([t.String(), t.Null()]),
    account: t.String(),
    instrument: t.String(),
    instance: t.Union([t.String(), t.Null()], { description: "null = by hand" }),
    side: t.Union([t.Literal("buy"), t.Literal("sell")]),
    type: OrderTypeName,
    timeInForce: TimeInForceName,
    postOnly: t.Boolean(),
    reduceOnly: t.Boolean(),
    external: t.Optional(
      t.Boolean({ description: "true: not ours, found at the venue; only a cancel by its id ends it" }),
    ),
    lost: t.Optional(
      t.Boolean({ description: "true: ours by its id, and found at the venue after its journal was lost" }),
    ),
    price: t.Union([Decimal, t.Null()]),
    qty: Decimal,
    filledQty: Decimal,
    leavesQty: Decimal,
    state: t.String({
      description: "intent, sent, unknown, open, partiallyFilled, cancelSent, replaceSent, denied, …",
    }),
    terminal: t.Boolean(),
    reason: t.Union([t.String(), t.Null()], { description: "why denied or rejected" }),
    why: t.String(),
    updated: Time,
    emulated: t.Optional(
      t.Boolean({ description: "the gateway watches its condition: unprotected while the gateway is down" }),
    ),
    triggered: t.Optional(t.Boolean({ description: "its condition has come true" })),
    triggerPrice: t.Optional(Decimal),
    triggerBy: t.Optional(TriggerName),
    trailPrice: t.Optional(Decimal),
    trailBps: t.Optional(Decimal),
    watermark: t.Optional(t.String({ description: "best price since a trailing order was armed" })),
    onOutage: t.Optional(OutageName),
    displayQty: t.Optional(Decimal),
    expires: t.Optional(Time),
    expiredBy: t.Optional(t.Union([t.Literal("venue"), t.Literal("engine")])),
    parent: t.Optional(t.Integer({ description: "order whose fills this one follows" })),
    group: t.Optional(t.Integer({ description: "first order of those that cancel each other" })),
  },
  closed,
);
export type OrderView = Static<typeof OrderView>;

export const ExecutionView = t.Object(
  {
    record: t.Integer({ description: "record number: unique, rising" }),
    fillId: t.String(),
    order: t.Integer(),
    account: t.String(),
    instrument: t.String(),
    instance: t.Union([t.String(), t.Null()]),
    side: t.Union([t.Literal("buy"), t.Literal("sell")]),
    price: Decimal,
    qty: Decimal,
    amount: Decimal,
    fee: Decimal,
    feeAsset: t.String(),
    liquidity: t.Union([t.Literal("maker"), t.Literal("taker"), t.Literal("unknown")]),
    busted: t.Optional(t.Boolean({ description: "true: the venue has taken this fill back" })),
    time: Time,
  },
  closed,
);
export type ExecutionView = Static<typeof ExecutionView>;

export const PositionView = t.Object(
  {
    account: t.String(),
    instrument: t.String(),
    leg: t.Union([t.Literal("net"), t.Literal("long"), t.Literal("short")]),
    qty: Decimal,
    averageEntry: t.Union([Decimal, t.Null()]),
    markPrice: t.Union([Decimal, t.Null()]),
    realizedPnl: Decimal,
    unrealizedPnl: t.Union([Decimal, t.Null()]),
    funding: t.String({ description: "received; negative: paid" }),
    leverage: t.Union([Decimal, t.Null()], { description: "null = spot" }),
    initialMargin: t.Union([Decimal, t.Null()], { description: "of the position at the mark, orders apart" }),
    maintenanceMargin: t.Union([Decimal, t.Null()]),
    asset: t.String({ description: "asset of the profit and loss, and of the margin" }),
    instances: t.Record(t.String(), Decimal, { description: "whose part of it" }),
  },
  closed,
);
export type PositionView = Static<typeof PositionView>;

export const BalanceView = t.Object(
  {
    account: t.String(),
    asset: t.String(),
    total: Decimal,
    locked: t.String({ description: "by open spot orders, and the initial margin of contracts and their orders" }),
    free: t.String({ description: "total + unrealizedPnl - locked; may be negative" }),
    unrealizedPnl: t.String({ description: "of contracts that are settled in this asset" }),
    venueTotal: t.Union([Decimal, t.Null()], { description: "what the venue states, while it is not ours: a break" }),
    byCause: t.Record(t.String(), Decimal),
  },
  closed,
);
export type BalanceView = Static<typeof BalanceView>;

/** Equity of an account, an instance or the firm in one asset; of accounts also over time, for the curve. */
export const PnlView = t.Object(
  {
    by: t.Union([t.Literal("account"), t.Literal("instance"), t.Literal("firm")]),
    account: t.String({ description: "empty for the firm" }),
    instance: t.Union([t.String(), t.Null()], { description: "null unless by instance" }),
    asset: t.String({ description: "currency of the figures" }),
    equity: t.String({ description: "an instance's: what it has made since it began" }),
    realizedPnl: Decimal,
    unrealizedPnl: Decimal,
    fees: Decimal,
    funding: Decimal,
    complete: t.Boolean({ description: "all that has a market had a price" }),
    unvalued: t.Array(t.String(), {
      description: "assets that are in no figure: without a price, or without a market",
    }),
    time: Time,
  },
  closed,
);
export type PnlView = Static<typeof PnlView>;

export const KillView = t.Object(
  { scope: t.String(), key: t.String(), why: t.String(), time: t.Union([Time, t.Null()]) },
  closed,
);
export const BreakerView = t.Object(
  {
    scope: t.String(),
    key: t.String(),
    code: t.String({ description: "the denial that openings get" }),
    action: t.Union([t.Literal("reduce"), t.Literal("halt"), t.Literal("kill")]),
    since: Time,
    until: t.Union([Time, t.Null()], { description: "null: until somebody resets it by name" }),
    why: t.String(),
  },
  closed,
);
export type BreakerView = Static<typeof BreakerView>;
export const TradingStateView = t.Object({ scope: t.String(), key: t.String(), state: t.String() }, closed);
export const ArmingView = t.Object({ account: t.String(), armed: t.Boolean(), build: t.String() }, closed);
export const OverrideView = t.Object(
  {
    account: t.String(),
    instrument: t.String(),
    side: t.String(),
    price: t.Union([Decimal, t.Null()]),
    qty: Decimal,
    until: Time,
    by: t.String(),
    second: t.String(),
    reason: t.String(),
  },
  closed,
);
export const RiskView = t.Object(
  {
    killed: t.Boolean({ description: "the firm-wide kill is in force" }),
    kills: t.Array(KillView),
    breakers: t.Array(BreakerView),
    tradingStates: t.Array(TradingStateView, { description: "scopes that are not active" }),
    accounts: t.Array(ArmingView, { description: "accounts with real money" }),
    overrides: t.Array(OverrideView, { description: "one order each, until used or over" }),
    openOrders: t.Integer(),
    unknownOrders: t.Integer(),
    journalOccupancy: t.Number(),
  },
  closed,
);
export type RiskView = Static<typeof RiskView>;

export const StatusView = t.Object(
  {
    version: t.String(),
    pid: t.Integer(),
    dataDir: t.String(),
    started: Time,
    now: Time,
    ready: t.Boolean(),
    notReady: t.Array(t.String()),
    killed: t.Boolean(),
    epoch: t.Integer(),
    engineRestarts: t.Integer(),
    record: t.Integer({ description: "last record the read model holds" }),
    durableRecord: t.Integer(),
    input: t.Integer(),
    hash: t.String(),
    accounts: t.Integer(),
    instruments: t.Integer(),
    instances: t.Integer(),
    openOrders: t.Integer(),
    providers: t.Array(ProviderView),
    problems: t.Array(t.Object({ code: t.String(), detail: t.String(), hint: t.String() })),
  },
  closed,
);
export type StatusView = Static<typeof StatusView>;

/** RFC 9457. */
export const ProblemView = t.Object({
  type: t.String(),
  title: t.String(),
  status: t.Integer(),
  code: t.String(),
  detail: t.String(),
  hint: t.String(),
  instance: t.Optional(t.String()),
  errors: t.Optional(t.Array(t.Object({ path: t.String(), message: t.String() }))),
  denial: t.Optional(t.String({ description: "OrderDenied: which check refused" })),
  order: t.Optional(t.Integer({ description: "OrderDenied: number under which the denial is journaled" })),
  record: t.Optional(t.Integer()),
});
export type ProblemView = Static<typeof ProblemView>;

export function Page<T extends TSchema>(row: T) {
  return t.Object({ items: t.Array(row), next: t.Union([t.String(), t.Null()]), record: t.Integer() }, closed);
}

/** Bodies of requests. */
const triggers = {
  triggerPrice: t.Optional(t.String({ ...Decimal, description: "where it fires; trailing: from where on it trails" })),
  triggerBy: t.Optional(TriggerName),
  trailPrice: t.Optional(Decimal),
  trailBps: t.Optional(Decimal),
  onOutage: t.Optional(OutageName),
};

/** An order that comes with another one: a trigger or a trail, a price, or both. */
export const ExitBody = t.Object(
  { ...triggers, price: t.Optional(Decimal), reduceOnly: t.Optional(t.Boolean()) },
  closed,
);
export type ExitBody = Static<typeof ExitBody>;

export const PlaceBody = t.Object(
  {
    account: t.String({ maxLength: 64 }),
    instrument: t.String({ maxLength: 128 }),
    side: t.Union([t.Literal("buy"), t.Literal("sell")]),
    qty: Decimal,
    price: t.Optional(Decimal),
    type: t.Optional(OrderTypeName),
    timeInForce: t.Optional(TimeInForceName),
    ...triggers,
    expireUs: t.Optional(t.Integer({ minimum: 1, description: "epoch µs; makes it gtd" })),
    displayQty: t.Optional(Decimal),
    parent: t.Optional(
      t.Integer({ minimum: 1, description: "held until this order fills, never larger than its fills" }),
    ),
    exits: t.Optional(
      t.Object(
        { stop: t.Optional(ExitBody), takeProfit: t.Optional(ExitBody), oco: t.Optional(ExitBody) },
        { ...closed, description: "placed together with it: exits that follow its fills, or one that cancels it" },
      ),
    ),
    postOnly: t.Optional(t.Boolean()),
    reduceOnly: t.Optional(t.Boolean()),
    why: t.Optional(t.String({ maxLength: 500 })),
  },
  closed,
);
export type PlaceBody = Static<typeof PlaceBody>;

export const AmendBody = t.Object(
  {
    price: t.Optional(Decimal),
    qty: t.Optional(Decimal),
    triggerPrice: t.Optional(Decimal),
    why: t.Optional(t.String({ maxLength: 500 })),
  },
  closed,
);
export type AmendBody = Static<typeof AmendBody>;

/** Cancels first, then amends, then new orders; each is answered for itself. */
export const BatchBody = t.Object(
  {
    cancel: t.Optional(t.Array(t.Integer({ minimum: 1 }), { maxItems: BATCH_MAX })),
    amend: t.Optional(
      t.Array(t.Object({ id: t.Integer({ minimum: 1 }), ...AmendBody.properties }, closed), { maxItems: BATCH_MAX }),
    ),
    place: t.Optional(t.Array(PlaceBody, { maxItems: BATCH_MAX })),
  },
  closed,
);
export type BatchBody = Static<typeof BatchBody>;

export const CancelAllBody = t.Object(
  {
    account: t.Optional(t.String({ maxLength: 64 })),
    instrument: t.Optional(t.String({ maxLength: 128 })),
    instance: t.Optional(t.String({ maxLength: 64 })),
    why: t.Optional(t.String({ maxLength: 500 })),
  },
  closed,
);

export const InstanceBody = t.Object(
  {
    name: t.String({ minLength: 1, maxLength: 64, pattern: "^[a-z0-9][a-z0-9-]*$" }),
    strategy: t.String({ maxLength: 256 }),
    params: t.Optional(t.Record(t.String(), t.Union([t.String(), t.Number(), t.Boolean()]))),
    markets: t.Record(
      t.String(),
      t.Object(
        {
          instrument: t.String({ maxLength: 128 }),
          account: t.String({ maxLength: 64 }),
          tf: t.Optional(t.String({ maxLength: 16 })),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type InstanceBody = Static<typeof InstanceBody>;

export const StopBody = t.Object(
  {
    policy: t.Optional(t.Union([t.Literal("cancel-orders"), t.Literal("keep"), t.Literal("flatten")])),
    why: t.Optional(t.String({ maxLength: 500 })),
  },
  closed,
);

export const KillBody = t.Object(
  {
    scope: t.Optional(
      t.Union([
        t.Literal("firm"),
        t.Literal("account"),
        t.Literal("venue"),
        t.Literal("instrument"),
        t.Literal("instance"),
      ]),
    ),
    key: t.Optional(t.String({ maxLength: 128, description: "name of the account, venue, instrument or instance" })),
    why: t.Optional(t.String({ maxLength: 500 })),
  },
  closed,
);
export type KillBody = Static<typeof KillBody>;

/** Anyone may kill without a word; whoever resumes says what and why. */
export const ResumeBody = t.Object(
  {
    scope: t.Union([
      t.Literal("firm"),
      t.Literal("account"),
      t.Literal("venue"),
      t.Literal("instrument"),
      t.Literal("instance"),
    ]),
    key: t.Optional(t.String({ maxLength: 128 })),
    why: t.String({ minLength: 1, maxLength: 500 }),
  },
  closed,
);

/** Channels of the stream. */
export const CHANNELS = ["quotes", "bars", "orders", "fills", "positions", "pnl", "status"] as const;
export type Channel = (typeof CHANNELS)[number];

/** Client → server. `resume`: the last sequence seen of each channel; what is still held follows, else a snapshot. */
export const StreamRequest = t.Object(
  {
    op: t.Union([t.Literal("subscribe"), t.Literal("unsubscribe"), t.Literal("ping")]),
    channels: t.Optional(t.Array(t.String({ maxLength: 16 }), { maxItems: 16 })),
    resume: t.Optional(t.Record(t.String({ maxLength: 16 }), t.Integer({ minimum: 0 }))),
  },
  closed,
);
export type StreamRequest = Static<typeof StreamRequest>;

/**
 * Server → client. `seq` is dense for each channel and rises by one with each update; a snapshot carries the sequence
 * of the last update that it contains. Rows replace rows of the same key: quotes by instrument, orders by id, positions
 * by account + instrument + leg; fills, bars and pnl are appended.
 */
export interface StreamMessage {
  readonly channel: Channel;
  readonly type: "snapshot" | "update" | "error" | "pong";
  readonly seq: number;
  /** Durable record that the rows are from; market data: 0. */
  readonly record: number;
  readonly data: readonly unknown[];
}
