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
  { name: "reserved", type: "u16", meaning: "0" },
  { name: "attempt", type: "u32", meaning: "which send of the order (replaces count up)" },
  { name: "price", type: "f64", meaning: "limit or fill price, mantissa; 0 = market" },
  { name: "qty", type: "f64", meaning: "order or fill quantity, mantissa" },
  { name: "cumQty", type: "f64", meaning: "venue's cumulative filled quantity, -1 = not stated" },
  { name: "referencePrice", type: "f64", meaning: "market price that the decision saw, mantissa" },
  { name: "referenceAgeUs", type: "f64", meaning: "age of that price" },
  { name: "amountHi", type: "f64", meaning: "money at 10^-18, high limb" },
  { name: "amountLo", type: "f64", meaning: "money at 10^-18, low limb" },
  { name: "feeHi", type: "f64", meaning: "fee at 10^-18 (positive = we pay), high limb" },
  { name: "feeLo", type: "f64", meaning: "fee, low limb" },
] as const satisfies readonly ColumnSpec[];

export const RECORD_TEXTS = ["venueOrderId", "fillId", "text"] as const;
export const RECORD_VERSION = 1;

/** Scopes of kill and limits, from narrow to wide. */
export enum Scope {
  Instance = 1,
  Instrument = 2,
  Venue = 3,
  Account = 4,
  Firm = 5,
}

type NumberColumns = Exclude<(typeof RECORD_COLUMNS)[number]["name"], "length" | "reserved">;
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
  attempt = 0;
  price = 0;
  qty = 0;
  cumQty = -1;
  referencePrice = 0;
  referenceAgeUs = 0;
  amountHi = 0;
  amountLo = 0;
  feeHi = 0;
  feeLo = 0;
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
    this.attempt = from.attempt;
    this.price = from.price;
    this.qty = from.qty;
    this.cumQty = from.cumQty;
    this.referencePrice = from.referencePrice;
    this.referenceAgeUs = from.referenceAgeUs;
    this.amountHi = from.amountHi;
    this.amountLo = from.amountLo;
    this.feeHi = from.feeHi;
    this.feeLo = from.feeLo;
    this.venueOrderId = from.venueOrderId;
    this.fillId = from.fillId;
    this.text = from.text;
    return this;
  }
}

const EMPTY: Readonly<TradingRecord> = Object.freeze(new TradingRecord());
