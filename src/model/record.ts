/** The trading record: what the journal keeps, what `apply` reads, what private lanes and commands carry. */

import type { ColumnSpec } from "./market_slot.ts";

/** Kinds of records. Stable numbers. 1–39 facts and decisions of the journal; 64– commands that enter by a lane. */
export enum RecordKind {
  // What the session consists of; payload as JSON in `text`.
  SessionStarted = 1,
  AccountOpened = 2,
  AssetDefined = 3,
  InstrumentDefined = 4,
  LimitsSet = 5,
  InstanceStarted = 6,
  InstanceStopped = 7,
  StateCell = 8,
  InstancePaused = 9,

  // Orders: our decisions.
  OrderIntent = 10,
  OrderDenied = 11,
  OrderSent = 12,
  OrderWithdrawn = 13,
  CancelIntent = 14,
  CancelDenied = 15,
  ReplaceIntent = 16,
  ReplaceDenied = 17,
  ReplaceSent = 18,
  InstanceDeleted = 19,

  // Orders: the venue's evidence (also the kinds of private-lane messages).
  OrderAccepted = 20,
  OrderRejected = 21,
  OrderFilled = 22,
  OrderCanceled = 23,
  OrderExpired = 24,
  OrderReplaced = 25,
  ReplaceRejected = 26,
  CancelRejected = 27,
  OrderUnknown = 28,
  OrderNotFound = 29,
  FillBusted = 30,

  // Money and control.
  CashMoved = 32,
  Killed = 33,
  Resumed = 34,
  ProblemNoted = 35,
  ReportOrphaned = 36,
  /** Hash of D before this record, in `text`: replicas and recovery compare it with theirs. */
  Sealed = 37,

  // Emulated and contingent orders.
  /** A held order's condition came true: it is an intent from here on, with the terms of this record. */
  OrderTriggered = 38,
  /** `price`: the best price since a trailing order was armed; journaled per basis point or second. */
  WatermarkMoved = 39,
  /** A child follows its parent's fills, a sibling its brother's: `qty` is its new quantity. Never at the venue. */
  OrderResized = 40,

  // What reconciliation finds.
  /** An order at the venue that D does not hold: `OrderFlag.External`, or `OrderFlag.LostOwn` when its id is ours. */
  OrderAdopted = 41,
  /** Position at the venue (`qty`, by `side`) is not ours (`cumQty`, signed): the instrument is halted. */
  PositionBroken = 42,
  /** An operator closes a break: the position becomes `qty` by `side`; `text`: who and why. */
  PositionAdjusted = 43,
  /** Cash at the venue (`amount`) is not ours (`fee`): the unexplained rest is their difference. */
  CashBroken = 44,
  /** `code`: Readiness of (account, instrument); `text`: why. */
  ReadinessChanged = 45,

  // Controls.
  /** `code`: TradingState of `scope`. */
  TradingStateSet = 46,
  /** `code`: the Denial that it now answers with; `scope` and its key; `text`: what was found. */
  BreakerTripped = 47,
  BreakerReset = 48,
  /** `flags` 1 = armed, 0 = disarmed; `text`: the hash that was approved. */
  AccountArmed = 49,
  /** One order may pass the controls once: `text` is JSON of who, why, until when. */
  OverrideGranted = 50,
  /** Denials of a flood that were counted instead of journaled one by one: `qty` of them, with `code`. */
  DenialsCounted = 51,
  /** `qty`: leverage in 1/100 of (account, instrument). */
  LeverageSet = 52,
  /** Profit of `scope` when its day began (`amount`), its highest so far (`fee`), and when the day ends (`expireUs`). */
  ProfitMarked = 53,

  // Answers to a VenueQuery and what a session says of itself: inputs of the private lane, never journaled as they are.
  /** One order as the venue has it: `code` is a VenueOrderStatus, `text` the client order id that it carries. */
  StatedOrder = 56,
  /** One position: `qty` by `side` and `leg`; `price`: average entry, 0 = not stated. */
  StatedPosition = 57,
  /** One balance: `amount` in all, `fee` of it locked. */
  StatedBalance = 58,
  /** The answer to query `attempt` is complete (`code` 0), or failed (`code`: a Code) and says nothing. */
  QueryEnded = 59,
  /** `code`: StreamState of the account's private stream. */
  StreamChanged = 60,

  // Commands (inputs; what they cause is journaled as the records above).
  CommandPlace = 64,
  CommandCancel = 65,
  CommandAmend = 66,
  CommandKill = 67,
  CommandResume = 68,
  CommandSetLimits = 69,
  CommandTick = 70,
  CommandCancelAll = 71,
  /** New instance (`instance` 0) or new definition of a stopped one; JSON of `InstanceDefinition` in `text`. */
  CommandInstanceStart = 72,
  CommandInstancePause = 73,
  CommandInstanceResume = 74,
  /** `text`: why; `flags`: StopPolicy. */
  CommandInstanceStop = 75,
  CommandInstanceDelete = 76,
  CommandAdjustPosition = 77,
  CommandSetTradingState = 78,
  CommandResetBreaker = 79,
  CommandArm = 80,
  CommandOverride = 81,
  CommandReconcile = 82,
  CommandSetLeverage = 83,
  /** An operator gives an external or lost order to an instance (`instance`), or takes it into hand (0). */
  CommandAdopt = 84,
  /** An operator ends an order whose fate nobody can tell any more: `fillId` is the name of who says so, `text` why. */
  CommandEndOrder = 85,
}

/** Which orders CommandCancelAll means (bits of `flags`, all must fit); none = every order. */
export enum CancelFilter {
  Account = 1,
  Instrument = 2,
  Instance = 4,
}

/** What becomes of a stopped instance's orders and position (`flags` of CommandInstanceStop). */
export enum StopPolicy {
  /** Its open orders are cancelled; its position stays. */
  CancelOrders = 0,
  /** Orders and position stay as they are. */
  Keep = 1,
  /** Orders are cancelled and the position is closed at the market. */
  Flatten = 2,
}

/** Fixed columns in layout order; texts follow, each with a u16 byte length. A new field is one line. */
export const RECORD_COLUMNS = [
  { name: "length", type: "u16", meaning: "bytes of the whole record, texts included" },
  { name: "kind", type: "u8", meaning: "RecordKind" },
  { name: "version", type: "u8", meaning: "version of this table" },
  { name: "order", type: "u32", meaning: "dense order number, 0 = none" },
  { name: "record", type: "f64", meaning: "record number, dense; 0 in a lane" },
  { name: "input", type: "f64", meaning: "input number that caused it" },
  { name: "timeUs", type: "f64", meaning: "engine time" },
  { name: "exchangeTimeUs", type: "f64", meaning: "the venue's time, 0 = none" },
  { name: "account", type: "u16", meaning: "dense account id" },
  { name: "instrumentRevision", type: "u16", meaning: "revision whose scales the mantissas have" },
  { name: "instrument", type: "u32", meaning: "dense listing id" },
  { name: "instance", type: "u32", meaning: "strategy instance, 0 = by hand" },
  { name: "asset", type: "u16", meaning: "asset of `amount`" },
  { name: "feeAsset", type: "u16", meaning: "asset of `fee`" },
  { name: "leg", type: "u8", meaning: "Leg" },
  { name: "side", type: "u8", meaning: "Side" },
  { name: "orderType", type: "u8", meaning: "OrderType" },
  { name: "timeInForce", type: "u8", meaning: "TimeInForce" },
  { name: "flags", type: "u16", meaning: "OrderFlag bits" },
  { name: "code", type: "u16", meaning: "Denial, Reject, Code or CashCause by kind" },
  { name: "liquidity", type: "u8", meaning: "Liquidity" },
  { name: "scope", type: "u8", meaning: "kill and limits: KillScope" },
  { name: "evidence", type: "u8", meaning: "Evidence: where a venue fact comes from" },
  { name: "triggerBy", type: "u8", meaning: "TriggerBy: which price fires a stop" },
  { name: "attempt", type: "u32", meaning: "which send of the order (replaces count up); of queries their number" },
  { name: "parent", type: "u32", meaning: "order whose fills this one follows, 0 = none" },
  { name: "group", type: "u32", meaning: "first order of a one-cancels-other group, 0 = none" },
  { name: "price", type: "f64", meaning: "limit or fill price, mantissa; 0 = market" },
  { name: "qty", type: "f64", meaning: "order or fill quantity, mantissa" },
  { name: "cumQty", type: "f64", meaning: "venue's cumulative filled quantity, -1 = not stated" },
  { name: "referencePrice", type: "f64", meaning: "market price that the decision saw, mantissa" },
  { name: "referenceAgeUs", type: "f64", meaning: "age of that price" },
  { name: "amountHi", type: "f64", meaning: "money at 10^-18, high limb" },
  { name: "amountLo", type: "f64", meaning: "money at 10^-18, low limb" },
  { name: "feeHi", type: "f64", meaning: "fee at 10^-18 (positive = we pay), high limb" },
  { name: "feeLo", type: "f64", meaning: "fee, low limb" },
  { name: "triggerPrice", type: "f64", meaning: "stop or take-profit trigger, trailing: activation; 0 = none" },
  { name: "trailOffset", type: "f64", meaning: "trailing distance, price mantissa or 1/100 bp by flag; 0 = none" },
  { name: "displayQty", type: "f64", meaning: "shown part of an iceberg, mantissa; 0 = all" },
  { name: "expireUs", type: "f64", meaning: "good till this time; 0 = no end" },
] as const satisfies readonly ColumnSpec[];

export const RECORD_TEXTS = ["venueOrderId", "fillId", "text"] as const;
export const RECORD_VERSION = 2;

/** Scopes of kill and limits, from narrow to wide. */
export enum Scope {
  Instance = 1,
  Instrument = 2,
  Venue = 3,
  Account = 4,
  Firm = 5,
}

/** Where a fact about an order, a position or money comes from: the cause of each correction. Stable numbers. */
export enum Evidence {
  /** The private stream, or the direct answer to a request. */
  Stream = 0,
  /** A query of one order by its client id. */
  OrderQuery = 1,
  /** The complete list of open orders. */
  OpenOrders = 2,
  OrderHistory = 3,
  /** Trade history, by cursor. */
  TradeHistory = 4,
  /** Positions or balances as the venue states them. */
  Statement = 5,
  /** Derived from a cumulative quantity whose trades were not found: replaced when a real trade id comes. */
  Inferred = 6,
  Operator = 7,
  /** Our own: what we never sent, or what ran out by our clock. */
  Own = 8,
}

/** What StatedOrder says of an order. */
export enum VenueOrderStatus {
  Open = 1,
  Filled = 2,
  Canceled = 3,
  Expired = 4,
  Rejected = 5,
  /** The venue does not know the id. Says nothing alone: see the evidence rule in `oms/`. */
  NotFound = 6,
}

export enum StreamState {
  Down = 0,
  Up = 1,
  /** Connected, and silent for too long. */
  Silent = 2,
}

/** Whether an account may trade an instrument. */
export enum Readiness {
  /** Not reconciled since the start or the last reconnect: openings wait, exits pass. */
  Syncing = 0,
  Ready = 1,
  /** A break is open: only an operator ends it. */
  Broken = 2,
}

export enum TradingState {
  Active = 0,
  /** Only what brings positions nearer to zero. */
  Reducing = 1,
  /** Nothing but cancels, and orders that are marked reduce-only and do reduce: the way to flatten stays open. */
  Halted = 2,
}

type NumberColumns = Exclude<(typeof RECORD_COLUMNS)[number]["name"], "length">;
type TextColumns = (typeof RECORD_TEXTS)[number];

/** One record as an object that is reused: filled by `decide`, read by `apply`, written by the codec. */
export class TradingRecord implements Record<NumberColumns, number>, Record<TextColumns, string> {
  kind = 0;
  version = RECORD_VERSION;
  order = 0;
  record = 0;
  input = 0;
  timeUs = 0;
  exchangeTimeUs = 0;
  account = 0;
  instrumentRevision = 0;
  instrument = 0;
  instance = 0;
  asset = 0;
  feeAsset = 0;
  leg = 0;
  side = 0;
  orderType = 0;
  timeInForce = 0;
  flags = 0;
  code = 0;
  liquidity = 0;
  scope = 0;
  evidence = 0;
  triggerBy = 0;
  attempt = 0;
  parent = 0;
  group = 0;
  price = 0;
  qty = 0;
  cumQty = -1;
  referencePrice = 0;
  referenceAgeUs = 0;
  amountHi = 0;
  amountLo = 0;
  feeHi = 0;
  feeLo = 0;
  triggerPrice = 0;
  trailOffset = 0;
  displayQty = 0;
  expireUs = 0;
  /** The venue's own order id. */
  venueOrderId = "";
  /** The venue's trade or execution id: the idempotency key of a fill. */
  fillId = "";
  /** Why (orders), reason (denials, rejects), name or JSON payload (definitions). */
  text = "";

  /** Back to empty, for a new use. */
  reset(kind: RecordKind): this {
    return this.copyFrom(EMPTY, kind);
  }

  copyFrom(from: Readonly<TradingRecord>, kind: number = from.kind): this {
    this.kind = kind;
    this.version = from.version;
    this.order = from.order;
    this.record = from.record;
    this.input = from.input;
    this.timeUs = from.timeUs;
    this.exchangeTimeUs = from.exchangeTimeUs;
    this.account = from.account;
    this.instrumentRevision = from.instrumentRevision;
    this.instrument = from.instrument;
    this.instance = from.instance;
    this.asset = from.asset;
    this.feeAsset = from.feeAsset;
    this.leg = from.leg;
    this.side = from.side;
    this.orderType = from.orderType;
    this.timeInForce = from.timeInForce;
    this.flags = from.flags;
    this.code = from.code;
    this.liquidity = from.liquidity;
    this.scope = from.scope;
    this.evidence = from.evidence;
    this.triggerBy = from.triggerBy;
    this.attempt = from.attempt;
    this.parent = from.parent;
    this.group = from.group;
    this.price = from.price;
    this.qty = from.qty;
    this.cumQty = from.cumQty;
    this.referencePrice = from.referencePrice;
    this.referenceAgeUs = from.referenceAgeUs;
    this.amountHi = from.amountHi;
    this.amountLo = from.amountLo;
    this.feeHi = from.feeHi;
    this.feeLo = from.feeLo;
    this.triggerPrice = from.triggerPrice;
    this.trailOffset = from.trailOffset;
    this.displayQty = from.displayQty;
    this.expireUs = from.expireUs;
    this.venueOrderId = from.venueOrderId;
    this.fillId = from.fillId;
    this.text = from.text;
    return this;
  }
}

const EMPTY: Readonly<TradingRecord> = Object.freeze(new TradingRecord());
