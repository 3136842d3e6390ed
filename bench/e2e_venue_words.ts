/** What both ends of `e2e.frame_to_order.<venue>` share: words, clock, key, and the plain side's frame. */

export interface EndMessage {
  readonly venue: string;
  readonly words: SharedArrayBuffer;
  readonly times: SharedArrayBuffer;
}

/** Samples that were begun, and those whose order has arrived. */
export const SENT = 0;
export const ARRIVED = 1;

export const BENCH_KEY = {
  key: "bench-key",
  secret: "bench-secret",
  passphrase: "b",
  mayTrade: true,
  mayWithdraw: false,
};

export const FRAME =
  '{"stream":"btcusdt@bookTicker","data":{"u":400900217,"s":"BTCUSDT","b":"60000.00","B":"5.00000","a":"60000.10","A":"5.00000"}}';

/** Rounds in which the two threads compare their clocks: ours asks, the venue's end answers with its time. */
export const ASKED = 2;
export const ANSWERED = 3;
export const COMPARISONS = 400;
export const WORDS_BYTES = 16;

/** Of this thread: each counts from its own start. */
export function nowNs(): number {
  return Bun.nanoseconds();
}
