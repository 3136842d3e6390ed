/** What Binance's stream names say of the messages they carry. */

import type { StreamNaming } from "../wire/decode_stats.ts";

/** How a stream's `depthUpdate` and `lastUpdateId` messages are to be read. */
export enum StreamClass {
  /** No stream name: a raw connection or a REST answer. */
  Raw = 0,
  /** `depth`, `depth@100ms`: changes of a book. */
  DepthDiff = 1,
  /** `depth5`, `depth20@100ms`: a picture of the top, whatever its messages call themselves. */
  DepthTop = 2,
  /** `depthSnapshot`: a REST answer that a recorder put among the streams. */
  DepthSnapshot = 3,
  /** Any other; depth in it (`rpiDepth`) is another book and must never touch ours. */
  Other = 4,
}

/** In combined frames `{"stream":"ethusdt@trade","data":{"…`. */
export const BINANCE_NAMING: StreamNaming = Object.freeze({ afterName: '","data":{"', classOf });

/** Class of a stream by its name. */
export function classOf(name: string): StreamClass {
  if (/^depth(?:5|10|20)(?:@|$)/.test(name)) return StreamClass.DepthTop;
  if (/^depth(?:@|$)/.test(name)) return StreamClass.DepthDiff;
  return name === "depthSnapshot" ? StreamClass.DepthSnapshot : StreamClass.Other;
}
