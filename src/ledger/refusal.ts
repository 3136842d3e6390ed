/** Why the ledger did not post a record. */

/** Counted, never silent; each is a break that reconciliation must find. */
export enum Refusal {
  None = 0,
  /** Account, instrument, instance, leg, side, quantity, price or amount is no value of its kind. */
  Malformed = 1,
  AssetUnknown = 2,
  InstrumentUnknown = 3,
  /** The revision's scales are not known, or a revision would shrink a scale. */
  RevisionUnknown = 4,
  /** A kind of instrument that this version does not know: nothing is guessed. */
  KindUnsupported = 5,
  /** A sum would leave the range of amounts or mantissas. */
  RangeExceeded = 6,
  /** A movement of cash with an id that was posted before: no break, the venue said it twice. */
  AlreadyPosted = 7,
}
