/** The controls of the gate as bits, and which of them must be set. */

/** Bits of `LimitSet.present`, also the number in a LimitMissing denial's detail. */
export enum Control {
  OrderValue = 1,
  OrderQty = 2,
  LongPosition = 4,
  ShortPosition = 8,
  Collar = 16,
  ReferenceAge = 32,
  NewOrders = 64,
  Cancels = 128,
  OpenOrders = 256,
  Amends = 512,
  Band = 1024,
  Slippage = 2048,
  Duplicate = 4096,
  SelfMatch = 8192,
  GrossValue = 16384,
  NetValue = 32768,
  Leverage = 65536,
  FreeBalance = 131072,
  DailyLoss = 262144,
  Drawdown = 524288,
  LosingTrips = 1048576,
  Executions = 2097152,
  Refusals = 4194304,
  RejectRatio = 8388608,
  Instruments = 16777216,
  Venues = 33554432,
  Restricted = 67108864,
  Hours = 134217728,
}

/** Every one of these must be set at one level at least. */
export const PAPER_CONTROLS = 511;

/** What real money needs on top: the exposure in sum, loss, repetition, duplicates, bands, and what may be traded. */
export const LIVE_CONTROLS =
  PAPER_CONTROLS |
  Control.Band |
  Control.Slippage |
  Control.Duplicate |
  Control.SelfMatch |
  Control.GrossValue |
  Control.FreeBalance |
  Control.DailyLoss |
  Control.Executions |
  Control.Refusals |
  Control.Instruments;

/** What becomes of trading when a loss limit is reached. */
export enum LossAction {
  Reduce = 1,
  Halt = 2,
  Kill = 3,
}
