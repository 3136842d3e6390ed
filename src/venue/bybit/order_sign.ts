/** Signed Bybit requests: REST by headers over time, key, window and what is sent; sockets by a login that expires. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { RestAsk } from "../wire/live_answer.ts";
import type { RestRequest } from "../wire/rest.ts";

/** A key at the venue. Whoever implements it holds the secret; this room never sees it. */
export interface BybitKey {
  /** The public name of the key. */
  readonly apiKey: string;
  /** HMAC-SHA256 as hex. */
  sign(payload: string): string;
}

/** When a request was made by the venue's clock, and for how long it may be accepted. */
export interface RequestTime {
  readonly timestampMs: number;
  readonly recvWindowMs: number;
}

export function restRequest(baseUrl: string, ask: RestAsk, time: RequestTime, key: BybitKey): RestRequest {
  assert(!baseUrl.endsWith("/"), Code.ValueOutOfRange);
  const { method, path, params, body, security } = ask;
  assert(body === undefined || params.length === 0, Code.ValueOutOfRange);
  const query = params.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const url = query === "" ? `${baseUrl}${path}` : `${baseUrl}${path}?${query}`;
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (security === "signed") Object.assign(headers, signedHeaders(body ?? query, time, key));
  return { method, url, headers, ...(body === undefined ? {} : { body }) };
}

/** `payload`: the query as it is sent, or the body. */
export function signedHeaders(payload: string, time: RequestTime, key: BybitKey): Record<string, string> {
  assert(Number.isSafeInteger(time.timestampMs) && time.recvWindowMs > 0, Code.ValueOutOfRange);
  const [timestamp, window] = [String(time.timestampMs), String(time.recvWindowMs)];
  return {
    "x-bapi-api-key": key.apiKey,
    "x-bapi-timestamp": timestamp,
    "x-bapi-recv-window": window,
    "x-bapi-sign": key.sign(`${timestamp}${key.apiKey}${window}${payload}`),
  };
}

/** What is said first on a private connection. */
export function loginText(expiresMs: number, key: BybitKey): string {
  assert(Number.isSafeInteger(expiresMs) && expiresMs > 0, Code.ValueOutOfRange);
  const expires = String(expiresMs);
  return JSON.stringify({ op: "auth", args: [key.apiKey, expires, key.sign(`GET/realtime${expires}`)] });
}
