/** One frame of a feed as a venue sends it: the text of its data, and what it is, so that streams can choose. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

/** What streams can carry; `rest` is a depth answer that a capture holds inline. */
export type FrameKind = "trade" | "aggTrade" | "bookTicker" | "depth" | "markPrice" | "kline" | "rest" | "other";

export interface Frame {
  /** When it was received, or is due, in milliseconds of the feed's own time. */
  readonly timeMs: number;
  readonly kind: FrameKind;
  /** The venue's symbol, upper case; "" when the frame names none. */
  readonly symbol: string;
  /** The event itself, as the venue wrote it. */
  readonly data: string;
}

/** The part of an event that the simulator looks at. */
export interface EventFields {
  readonly e?: string;
  readonly s?: string;
  readonly U?: number;
  readonly u?: number;
  readonly b?: unknown;
  readonly a?: unknown;
  readonly p?: string;
  readonly q?: string;
  readonly t?: number;
  readonly T?: number;
  readonly m?: boolean;
  readonly lastUpdateId?: number;
  readonly bids?: readonly (readonly [string, string])[];
  readonly asks?: readonly (readonly [string, string])[];
}

const KINDS: Readonly<Record<string, FrameKind>> = Object.freeze({
  trade: "trade",
  aggTrade: "aggTrade",
  bookTicker: "bookTicker",
  depthUpdate: "depth",
  markPriceUpdate: "markPrice",
  kline: "kline",
});

/** Spot's best quotes name no event: they are known by their fields. */
export function kindOf(event: EventFields): FrameKind {
  if (event.e !== undefined) return KINDS[event.e] ?? "other";
  if (event.lastUpdateId !== undefined) return "rest";
  return event.u !== undefined && event.b !== undefined && event.a !== undefined ? "bookTicker" : "other";
}

export function frameOf(data: string, timeMs: number, symbol = ""): Frame {
  assert(Number.isFinite(timeMs), Code.ValueOutOfRange);
  const event = JSON.parse(data) as EventFields;
  return { timeMs, kind: kindOf(event), symbol: (event.s ?? symbol).toUpperCase(), data };
}
