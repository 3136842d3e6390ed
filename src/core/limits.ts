/** Every capacity and bound of the system in one place, with the relations between them checked where they are born. */

import { assert } from "./assert.ts";
import { Code } from "./code.ts";

/**
 * Farthest that an update id of a market's messages may lie from the one before to be believed; what lies beyond is a gap or a
 * new beginning. Ids that are shared by all symbols of a venue rise by some 10^5 a second, and a connection lives for a day.
 */
export const BOOK_ID_JUMP_MAX = 10_000_000_000;

export interface Limits {
  /** Market lane slots (64 bytes each); must hold one largest frame twice. A power of two. */
  readonly marketLaneSlots: number;
  /** Bytes of each variable-length lane (private reports, commands, wishes). A power of two. */
  readonly messageLaneBytes: number;
  /** Bytes of the trading ring between engine and journal. A power of two. */
  readonly tradingRingBytes: number;
  /** One trading record, texts included. */
  readonly recordBytesMax: number;
  /** One frame from a venue, in UTF-16 units; longer ones are set aside. */
  readonly frameUnitsMax: number;
  /** Levels of one side in one depth message or snapshot. */
  readonly frameLevelsMax: number;
  /** Levels of one side of a full book. */
  readonly bookLevelsMax: number;
  /** Depth diffs buffered while waiting for a snapshot, in levels. */
  readonly bookBufferLevelsMax: number;
  readonly instrumentsMax: number;
  readonly assetsMax: number;
  readonly accountsMax: number;
  /** Largest leverage that is taken, in hundredths. */
  readonly leverageCentsMax: number;
  readonly instancesMax: number;
  /** Live and recently terminal orders in D. */
  readonly ordersMax: number;
  /** Fill ids remembered for idempotency. */
  readonly fillsMax: number;
  /** New orders remembered to know a duplicate by. A power of two. */
  readonly duplicatesMax: number;
  /** Ids of cash movements remembered for idempotency. */
  readonly movementsMax: number;
  /** Reports that wait for the order they name. */
  readonly reportsParkedMax: number;
  /** Sessions that numbered orders and are remembered: client order ids name them. */
  readonly epochsMax: number;
  /** Queries of reconciliation: on their way at one time, and in a window, for each account. */
  readonly queriesInFlightMax: number;
  readonly queriesPerWindowMax: number;
  readonly queryWindowUs: number;
  readonly timersMax: number;
  /** Approved effects that may wait for the journal at one time. */
  readonly releasesMax: number;
  readonly intentsPerStepMax: number;
  readonly stateBytesMax: number;
  /** Opening orders older than this at release are denied. */
  readonly intentAgeUsMax: number;
  /** Names of unknown messages that are counted apart; the rest are counted together. */
  readonly unknownNamesMax: number;
  /** Bars kept per bar series for `history(n)`. */
  readonly barHistoryMax: number;
  /** Bytes of one journal segment, zero-filled before use. A multiple of 4 KiB. */
  readonly segmentBytes: number;
  /** Largest batch of the journal: what one write and one sync take. A multiple of 4 KiB. */
  readonly batchBytesMax: number;
  /** Body of an HTTP request. */
  readonly bodyBytesMax: number;
  /** Rows of one page of an HTTP answer. */
  readonly pageRowsMax: number;
  /** Commands of the HTTP interface that may wait for the engine at one time. */
  readonly commandsWaitingMax: number;
  /** Executions, equity points and bars that the HTTP interface remembers. */
  readonly historyRowsMax: number;
  /** Stream connections, and bytes that may wait in one before it is closed as too slow. */
  readonly streamsMax: number;
  readonly streamBufferBytesMax: number;
  /** Messages that a channel keeps for readers that resume. */
  readonly streamReplayMax: number;
  /** Configuration file: its size, how deep it nests, and its values with aliases counted each time. */
  readonly configBytesMax: number;
  readonly configDepthMax: number;
  readonly configNodesMax: number;
  /** Browser sessions, login codes and stream tickets that are in force at one time. */
  readonly sessionsMax: number;
  /** Requests a second of one principal (token or session); twice as many at once. */
  readonly readsPerSecondMax: number;
  readonly writesPerSecondMax: number;
  /** Logins that may fail in a minute from one address. */
  readonly loginFailuresMax: number;
}

export const DEFAULT_LIMITS: Limits = checkLimits({
  marketLaneSlots: 32_768,
  messageLaneBytes: 1 << 20,
  tradingRingBytes: 1 << 22,
  recordBytesMax: 4_096,
  frameUnitsMax: 4 << 20,
  frameLevelsMax: 5_000,
  bookLevelsMax: 16_384,
  bookBufferLevelsMax: 65_536,
  instrumentsMax: 8_192,
  assetsMax: 4_096,
  accountsMax: 64,
  leverageCentsMax: 20_000,
  instancesMax: 1_024,
  ordersMax: 65_536,
  fillsMax: 262_144,
  duplicatesMax: 4_096,
  movementsMax: 16_384,
  reportsParkedMax: 1_024,
  epochsMax: 16_384,
  queriesInFlightMax: 4,
  queriesPerWindowMax: 60,
  queryWindowUs: 10_000_000,
  timersMax: 4_096,
  releasesMax: 1_024,
  intentsPerStepMax: 64,
  stateBytesMax: 3_584,
  intentAgeUsMax: 250_000,
  unknownNamesMax: 64,
  barHistoryMax: 4_096,
  segmentBytes: 4 << 20,
  batchBytesMax: 1 << 20,
  bodyBytesMax: 64 << 10,
  pageRowsMax: 500,
  commandsWaitingMax: 1_024,
  historyRowsMax: 16_384,
  streamsMax: 256,
  streamBufferBytesMax: 1 << 20,
  streamReplayMax: 1_024,
  configBytesMax: 1 << 20,
  configDepthMax: 24,
  configNodesMax: 65_536,
  sessionsMax: 256,
  readsPerSecondMax: 500,
  writesPerSecondMax: 200,
  loginFailuresMax: 5,
});

/** Returns the limits when all relations hold, else stops: a wrong limit must not reach the market. */
export function checkLimits(limits: Limits): Limits {
  for (const value of Object.values(limits)) assert(Number.isSafeInteger(value) && value > 0, Code.LimitRelationBroken);
  assert(isPowerOfTwo(limits.marketLaneSlots), Code.CapacityNotPowerOfTwo);
  assert(isPowerOfTwo(limits.messageLaneBytes), Code.CapacityNotPowerOfTwo);
  assert(isPowerOfTwo(limits.tradingRingBytes), Code.CapacityNotPowerOfTwo);
  assert(isPowerOfTwo(limits.duplicatesMax), Code.CapacityNotPowerOfTwo);
  // One frame is decoded whole before it is taken: both sides, begin slot, twice so that one may wait.
  assert(limits.marketLaneSlots >= 2 * (2 * limits.frameLevelsMax + 2), Code.LimitRelationBroken);
  assert(limits.bookLevelsMax >= limits.frameLevelsMax, Code.LimitRelationBroken);
  assert(limits.bookBufferLevelsMax >= 4 * limits.frameLevelsMax, Code.LimitRelationBroken);
  assert(limits.recordBytesMax <= 4_096, Code.LimitRelationBroken);
  assert(limits.messageLaneBytes >= 64 * limits.recordBytesMax, Code.LimitRelationBroken);
  assert(limits.tradingRingBytes >= 4 * limits.intentsPerStepMax * limits.recordBytesMax, Code.LimitRelationBroken);
  assert(limits.fillsMax >= limits.ordersMax, Code.LimitRelationBroken);
  assert(limits.releasesMax >= limits.intentsPerStepMax, Code.LimitRelationBroken);
  // A state cell is one record: its JSON, the fixed columns and a little room for the other texts.
  assert(limits.stateBytesMax + 512 <= limits.recordBytesMax, Code.LimitRelationBroken);
  assert(limits.segmentBytes % 4_096 === 0 && limits.batchBytesMax % 4_096 === 0, Code.LimitRelationBroken);
  // A segment holds its header page and at least one batch of the largest size.
  assert(limits.segmentBytes >= limits.batchBytesMax + 4_096, Code.LimitRelationBroken);
  assert(limits.batchBytesMax >= limits.recordBytesMax + 4_096, Code.LimitRelationBroken);
  return limits;
}

export function isPowerOfTwo(n: number): boolean {
  if (!Number.isSafeInteger(n) || n < 1) return false;
  let power = 1;
  while (power < n) power *= 2;
  return power === n;
}
