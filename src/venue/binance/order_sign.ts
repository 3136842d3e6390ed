/** Signed Binance requests: REST text in the order of sending, socket parameters in alphabetical order. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Param } from "./order_params.ts";

/** A key at the venue. Whoever implements it holds the secret; this room never sees it. */
export interface BinanceKey {
  /** The public name of the key: header X-MBX-APIKEY, parameter `apiKey`. */
  readonly apiKey: string;
  /** HMAC-SHA256 as hex, or Ed25519 as base64. */
  sign(payload: string): string;
}

/** When a request was made by the venue's clock, and for how long it may be accepted. */
export interface RequestTime {
  readonly timestampMs: number;
  readonly recvWindowMs: number;
}

/** What goes into the query or the body, signature last. Percent-encoded before it is signed, as the venue wants it. */
export function signedText(params: readonly Param[], time: RequestTime, key: BinanceKey): string {
  assert(Number.isSafeInteger(time.timestampMs) && time.recvWindowMs > 0, Code.ValueOutOfRange);
  const all: Param[] = [["timestamp", String(time.timestampMs)], ...params, ["recvWindow", String(time.recvWindowMs)]];
  const text = all.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return `${text}&signature=${encodeURIComponent(key.sign(text))}`;
}

/** Parameters of a socket request: raw text is signed, sorted by name. */
export function signedParams(
  params: readonly Param[],
  time: RequestTime,
  key: BinanceKey,
): Record<string, string | number> {
  assert(Number.isSafeInteger(time.timestampMs) && time.recvWindowMs > 0, Code.ValueOutOfRange);
  const all: (readonly [string, string | number])[] = [
    ...params,
    ["apiKey", key.apiKey],
    ["recvWindow", time.recvWindowMs],
    ["timestamp", time.timestampMs],
  ];
  all.sort(([one], [other]) => (one < other ? -1 : 1));
  const payload = all.map(([name, value]) => `${name}=${value}`).join("&");
  return Object.fromEntries([...all, ["signature", key.sign(payload)]]);
}
