/** The port of the watchdog to a venue: all orders of one account are canceled, over REST, by whoever holds its key. */

export enum CancelAllOutcome {
  /** The venue says that nothing is open. The only end of an alarm. */
  NoneOpen = 0,
  /** Something was open, and the venue has taken every cancel: the next pass shows whether it is so. */
  Canceled = 1,
  /** Too many requests: nothing before `retryAfterMs`. */
  Limited = 2,
  /** The venue refuses for good: the key, its rights, its address. It is tried again all the same, slowly. */
  Refused = 3,
  /** No answer, or none that can be read: what was asked may have been done. */
  Unknown = 4,
}

export interface CancelAllReport {
  readonly outcome: CancelAllOutcome;
  /** Orders, conditional ones included, that the venue listed when this pass began; -1 = it did not tell. */
  readonly open: number;
  /** Of how many the venue has taken the cancel. */
  readonly canceled: number;
  /** Limited: not before so many milliseconds. Else 0. */
  readonly retryAfterMs: number;
  /** What the venue said when not all went well, without any secret; "" else. */
  readonly text: string;
}

export interface CancelAllClient {
  readonly account: string;
  /**
   * The clock of the venue, the way there, the key: asked now and then while nothing is wrong, so that a cancel finds an
   * open connection and a key that is known to work. Answers what is wrong with it, or "". Never rejects.
   */
  check(): Promise<string>;
  /**
   * One pass: asks what is open, cancels it, and at every instrument that it was made for when the venue does not say
   * what is open. Idempotent. Never rejects, and ends within the client's time-outs.
   */
  pass(): Promise<CancelAllReport>;
}
