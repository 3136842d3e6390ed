/** Signed OKX requests: headers of REST, and the login of a socket. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

/** A key at the venue. Whoever implements it holds the secret; this room never sees it. */
export interface OkxKey {
  readonly apiKey: string;
  /** Chosen with the key; it is sent as it is. */
  readonly passphrase: string;
  /** HMAC-SHA256 as base64. */
  sign(payload: string): string;
}

const LOGIN_PATH = "/users/self/verify";

/** `path` with its query; `nowMs` by the venue's clock. */
export function restHeaders(
  key: OkxKey,
  nowMs: number,
  method: string,
  path: string,
  body: string,
): Record<string, string> {
  assert(Number.isSafeInteger(nowMs) && path.startsWith("/"), Code.ValueOutOfRange);
  const time = new Date(nowMs).toISOString(); // det-ok: writes a time that it is given
  return {
    "ok-access-key": key.apiKey,
    "ok-access-passphrase": key.passphrase,
    "ok-access-timestamp": time,
    "ok-access-sign": key.sign(time + method + path + body),
  };
}

/** Its time counts seconds. */
export function loginText(key: OkxKey, nowMs: number): string {
  assert(Number.isSafeInteger(nowMs) && nowMs > 0, Code.ValueOutOfRange);
  const timestamp = String(Math.floor(nowMs / 1_000));
  const sign = key.sign(`${timestamp}GET${LOGIN_PATH}`);
  return JSON.stringify({
    op: "login",
    args: [{ apiKey: key.apiKey, passphrase: key.passphrase, timestamp, sign }],
  });
}
