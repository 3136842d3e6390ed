/** Every bound of the page: rows kept, points drawn, times waited. */

export const BOUNDS = Object.freeze({
  /** Ended orders that are kept; open ones always are. */
  ordersEndedMax: 300,
  fillsMax: 300,
  /** Rows a table draws; more are counted below it. */
  ordersShownMax: 60,
  fillsShownMax: 60,
  noticesMax: 4,
  problemsMax: 20,
  /** Points of the curve for each account: the older half is thinned when it is full. */
  curvePointsMax: 7_200,
  /** The curve begins so long before the page was opened. */
  historyMs: 3_600_000,
  historyRowsMax: 16_384,
  /** Rows of a polled list. */
  listRowsMax: 500,
  /** Silence after which data is shown as stale, and after which the connection is replaced. */
  staleMs: 3_500,
  silentMs: 12_000,
  pingMs: 4_000,
  connectMs: 8_000,
  backoffMsMin: 300,
  backoffMsMax: 8_000,
  pollMs: 2_500,
  requestMs: 10_000,
  noticeMs: 12_000,
});
