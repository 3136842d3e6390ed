/** Who asks, and whether it may: keys, passphrases, signatures and timestamps of OKX, for REST and for logins. */

import { createHmac, timingSafeEqual } from "node:crypto";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { ApiKey } from "../trading/account.ts";
import { OkxError } from "./okx_error.ts";

export interface Caller {
  /** Name of the account. */
  readonly account: string;
  readonly key: ApiKey;
}

const WINDOW_MS = 30_000;
const LOGIN_PATH = "/users/self/verify";

export class OkxKeys {
  readonly #callers = new Map<string, Caller>();

  add(account: string, key: ApiKey): void {
    assert(key.key.length > 0, Code.ValueOutOfRange);
    this.#callers.set(key.key, { account, key });
  }

  /** Of a REST request; `path` with its query. Throws OkxError 501xx. */
  openRest(
    headers: Readonly<Record<string, string>>,
    method: string,
    path: string,
    body: string,
    nowMs: number,
  ): Caller {
    const key = header(headers, "ok-access-key", "50103");
    const passphrase = header(headers, "ok-access-passphrase", "50104");
    const sign = header(headers, "ok-access-sign", "50106");
    const timestamp = header(headers, "ok-access-timestamp", "50107");
    const caller = this.#callers.get(key);
    if (caller === undefined) throw new OkxError("50111", "Invalid OK-ACCESS-KEY.", 401);
    const sentMs = timeOf(timestamp);
    if (sentMs === undefined) throw new OkxError("50112", "Invalid OK-ACCESS-TIMESTAMP.", 401);
    if (Math.abs(nowMs - sentMs) > WINDOW_MS) throw new OkxError("50102", "Timestamp request expired.", 401);
    if (!isSame(passphrase, caller.key.passphrase ?? "")) {
      throw new OkxError("50105", "OK-ACCESS-PASSPHRASE incorrect.", 401);
    }
    if (isSame(sign, signature(caller.key.secret, timestamp + method + path + body))) return caller;
    throw new OkxError("50113", "Invalid Sign", 401);
  }

  /** Of a login over a socket; its timestamp counts seconds. Throws OkxError 600xx. */
  openLogin(arg: Readonly<Record<string, unknown>>, nowMs: number): Caller {
    const caller = this.#callers.get(String(arg["apiKey"]));
    if (caller === undefined) throw new OkxError("60005", "Invalid apiKey");
    const timestamp = String(arg["timestamp"] ?? "");
    if (!/^\d{10}(\.\d{1,3})?$/.test(timestamp)) throw new OkxError("60004", "Invalid timestamp");
    const sentMs = Number(timestamp) * 1_000; // number-ok: seconds since the epoch
    if (Math.abs(nowMs - sentMs) > WINDOW_MS) throw new OkxError("60006", "Timestamp request expired");
    if (!isSame(String(arg["passphrase"] ?? ""), caller.key.passphrase ?? "")) {
      throw new OkxError("60024", "Wrong passphrase");
    }
    const wanted = signature(caller.key.secret, `${timestamp}GET${LOGIN_PATH}`);
    if (isSame(String(arg["sign"] ?? ""), wanted)) return caller;
    throw new OkxError("60007", "Invalid sign");
  }
}

/** Base64 of HMAC-SHA256. */
export function signature(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("base64");
}

function header(headers: Readonly<Record<string, string>>, name: string, code: string): string {
  const value = headers[name];
  if (value !== undefined && value !== "") return value;
  throw new OkxError(code, `Request header "${name.toUpperCase()}" cannot be empty.`, 401);
}

/** ISO with milliseconds, or seconds since the epoch with a fraction. */
function timeOf(text: string): number | undefined {
  if (/^\d{10}(\.\d{1,6})?$/.test(text)) return Number(text) * 1_000; // number-ok: seconds since the epoch
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function isSame(given: string, wanted: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(wanted);
  return a.length === b.length && timingSafeEqual(a, b);
}
