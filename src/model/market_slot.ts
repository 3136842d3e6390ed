/** The market slot: 64 bytes, fixed; what decoders write and everybody else reads. One frame is one run of slots. */

/** What a slot says. Numbers are stable: captures and tests name them. */
export enum SlotKind {
  /** A frame that carried nothing for us; counted, so that every frame has an input number. */
  SetAside = 1,
  /** Best bid and ask. */
  Quote = 2,
  /** One public trade (or aggregate trade). */
  Trade = 3,
  /** Head of a depth diff; its levels follow as `Level` slots. */
  DepthDiff = 4,
  /** Head of a full snapshot (REST); its levels follow. */
  DepthSnapshot = 5,
  /** Head of a top-N picture (depth5/10/20): replaces the top, says nothing of what lies deeper. */
  DepthTop = 6,
  /** One price level of the head before it. */
  Level = 7,
  /** Open, high, low, close of the venue's own bar; `BarVolume` follows. */
  Bar = 8,
  BarVolume = 9,
  /** Mark price, index price, funding rate. */
  Mark = 10,
  /** An order that the venue placed to close somebody's position by force, as far as it tells of them. */
  Liquidation = 11,
}

/** Bits of the `flags` column. */
export enum SlotFlag {
  /** Last slot of its frame: the engine takes frames whole. */
  LastOfFrame = 1,
  /** Level: an ask. Trade: the taker sold (the buyer was the maker). Liquidation: the forced order sold. */
  Sell = 2,
  /** Bar: the venue says it is closed. */
  Closed = 4,
  /** Trade that is no market trade (insurance fund, ADL): no volume, no price. */
  NotMarket = 8,
  /** Trade: `sequence` is an aggregate trade id. */
  Aggregate = 16,
  /** DepthSnapshot: the venue tells what enters and leaves its depth from now on: no level better than its worst is unknown. */
  Window = 32,
}

/** Scale of mark and index prices, whatever the instrument's own scale is. */
export const MARK_SCALE = 8;
/** Scale of funding rates. */
export const FUNDING_SCALE = 10;

export const SLOT_BYTES = 64;
export const SLOT_F64 = SLOT_BYTES / 8;
export const SLOT_U32 = SLOT_BYTES / 4;
export const SLOT_U16 = SLOT_BYTES / 2;

/** One column of a layout table: where it lies, how wide it is, what it means in which kind. */
export interface ColumnSpec {
  readonly name: string;
  readonly type: "u8" | "u16" | "u32" | "f64";
  readonly meaning: string;
}

/** The table. Order is layout; a new field is one line, and the picture test shows what moved. */
export const MARKET_SLOT_COLUMNS: readonly ColumnSpec[] = [
  { name: "kind", type: "u8", meaning: "SlotKind" },
  { name: "flags", type: "u8", meaning: "SlotFlag bits" },
  { name: "revision", type: "u16", meaning: "instrument revision: the scale of every mantissa here" },
  { name: "instrument", type: "u32", meaning: "dense listing id" },
  { name: "exchangeTimeUs", type: "f64", meaning: "the venue's event time, 0 when the message has none" },
  { name: "receiveTimeUs", type: "f64", meaning: "when the frame reached us" },
  {
    name: "a",
    type: "f64",
    meaning:
      "Quote bidPrice · Trade/Level/Liquidation price · Diff firstUpdateId · Bar open · Volume qty · Mark · SetAside code",
  },
  {
    name: "b",
    type: "f64",
    meaning: "Quote bidQty · Trade/Level/Liquidation qty · Diff prevUpdateId or -1 · Bar high · Volume count · index",
  },
  {
    name: "c",
    type: "f64",
    meaning:
      "Quote askPrice · Trade/Liquidation its own time · heads bidLevels · Bar low · Volume startUs · funding rate",
  },
  {
    name: "d",
    type: "f64",
    meaning:
      "Quote askQty · Trade first of several ids, else 0 · heads askLevels · Bar close · Volume intervalUs · next funding time",
  },
  { name: "sequence", type: "f64", meaning: "updateId (heads: last) · tradeId · SetAside stream counter index" },
];

/** Index of a float64 column inside a slot, counted in float64s: view index = slot * SLOT_F64 + one of these. */
export const F64_EXCHANGE_TIME = 1;
export const F64_RECEIVE_TIME = 2;
export const F64_A = 3;
export const F64_B = 4;
export const F64_C = 5;
export const F64_D = 6;
export const F64_SEQUENCE = 7;
/** Byte, u16 and u32 positions of the head of a slot. */
export const U8_KIND = 0;
export const U8_FLAGS = 1;
export const U16_REVISION = 1;
export const U32_INSTRUMENT = 1;
