/** How OKX's instruments and our names go together: `BTC-USDT` is `okx:BTC-USDT`, `BTC-USDT-SWAP` is `okx:BTC-USDT-PERP`. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

/** `Instrument.venue`: spot and swaps are one account, one connection and one space of names. */
export const VENUE = "okx";
const SWAP_TAIL = "-SWAP";
const PERP_TAIL = "-PERP";

export function nameOf(instType: "SPOT" | "SWAP", base: string, quote: string): string {
  assert(base !== "" && quote !== "", Code.ValueOutOfRange);
  return `${VENUE}:${base}-${quote}${instType === "SWAP" ? PERP_TAIL : ""}`;
}

/** Our name of an `instId`. */
export function nameOfSymbol(instId: string): string {
  assert(instId !== "", Code.ValueOutOfRange);
  return `${VENUE}:${isSwap(instId) ? instId.slice(0, -SWAP_TAIL.length) + PERP_TAIL : instId}`;
}

export function isSwap(instId: string): boolean {
  return instId.endsWith(SWAP_TAIL);
}
