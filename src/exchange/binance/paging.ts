/** Which rows of a history a request means: from an id, within times, so many. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type RestQuery, VenueError } from "../rest_query.ts";

export interface TimeWindow {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/** Reads `startTime` and `endTime`; throws -1127 when they lie too far apart. */
export function windowOf(query: RestQuery, spanMsMax: number): TimeWindow {
  const fromMs = query.optionalWhole("startTime");
  const toMs = query.optionalWhole("endTime");
  if (fromMs !== undefined && toMs !== undefined && toMs - fromMs > spanMsMax) {
    const hours = spanMsMax / 3_600_000;
    throw new VenueError(400, -1_127, `More than ${hours} hours between startTime and endTime.`);
  }
  return { fromMs, toMs };
}

/** Rows are oldest first and stay so: the first ones from an id or a start, else the newest. */
export function pageOf<T>(
  rows: readonly T[],
  page: {
    readonly fromId: number | undefined;
    readonly window: TimeWindow;
    readonly limit: number;
    readonly idOf: (row: T) => number;
    readonly timeOf: (row: T) => number;
  },
): T[] {
  const { fromId, window, limit, idOf, timeOf } = page;
  assert(limit > 0, Code.ValueOutOfRange);
  const found = rows.filter(
    (row) =>
      (fromId === undefined || idOf(row) >= fromId) &&
      (window.fromMs === undefined || timeOf(row) >= window.fromMs) &&
      (window.toMs === undefined || timeOf(row) <= window.toMs),
  );
  return fromId === undefined && window.fromMs === undefined ? found.slice(-limit) : found.slice(0, limit);
}
