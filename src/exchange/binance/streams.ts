/** Names of streams: `ethusdt@depth@100ms` → the frames that it carries. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { FrameKind } from "./frame.ts";

export interface StreamWish {
  /** As the client wrote it: the envelope repeats it. */
  readonly name: string;
  readonly symbol: string;
  readonly kind: FrameKind;
  /** Levels of a partial book; 0 = not one. */
  readonly levels: number;
}

const PATTERN = /^([a-z0-9]{2,30}(?:_[0-9]{6})?)@(trade|aggTrade|bookTicker|markPrice|kline|depth)(.*)$/;

/** Undefined: no stream of ours. */
export function parseStream(name: string): StreamWish | undefined {
  const found = PATTERN.exec(name);
  if (found === null) return undefined;
  const [, symbol = "", kind = "", rest = ""] = found;
  assert(symbol !== "", Code.InvariantBroken);
  const levels = kind === "depth" ? Number(/^(5|10|20)(?=@|$)/.exec(rest)?.[1] ?? 0) : 0; // number-ok: a count of levels
  if (!restFits(kind, rest)) return undefined;
  return { name, symbol: symbol.toUpperCase(), kind: kind as FrameKind, levels };
}

function restFits(kind: string, rest: string): boolean {
  if (kind === "depth") return /^(?:5|10|20)?(?:@(?:0|100|250|500|1000)ms)?$/.test(rest);
  if (kind === "markPrice") return rest === "" || rest === "@1s";
  if (kind === "kline") return rest === "_1m";
  return rest === "";
}

/** Key by which frames find their readers. */
export function streamKey(symbol: string, kind: FrameKind, levels: number): string {
  return `${symbol}@${kind}${levels === 0 ? "" : levels}`;
}
