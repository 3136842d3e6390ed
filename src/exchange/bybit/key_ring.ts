/** Who asks: API keys, signatures of REST requests and of socket logins, and the rule of times. */

import { createHmac, createPublicKey, verify } from "node:crypto";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { ApiKey } from "../trading/account.ts";
import { BybitError } from "./bybit_error.ts";

export interface Caller {
  readonly account: string;
  readonly key: ApiKey;
}

/** Requests may be so much ahead of the venue's clock. */
const AHEAD_MS = 1_000;
const RECV_WINDOW_MS = 5_000;

type Headers = Readonly<Record<string, string>>;

export class KeyRing {
  readonly #keys = new Map<string, Caller>();

  add(account: string, key: ApiKey): void {
    assert(key.key.length > 0, Code.ValueOutOfRange);
    this.#keys.set(key.key, { account, key });
  }

  /** `payload`: the query as it was sent, or the body. Throws 10003, 10002, 10004, 10005. */
  openRest(headers: Headers, payload: string, mustTrade: boolean, nowMs: number): Caller {
    const key = headers["x-bapi-api-key"] ?? "";
    const time = headers["x-bapi-timestamp"] ?? "";
    const window = headers["x-bapi-recv-window"] ?? "";
    const caller = this.#caller(key);
    checkTime(time, window, nowMs);
    const origin = `${time}${key}${window}${payload}`;
    if (!isSignedBy(caller.key, origin, headers["x-bapi-sign"] ?? "")) {
      throw new BybitError(10_004, `error sign! origin_string[${origin}]`);
    }
    if (mustTrade && !caller.key.mayTrade) {
      throw new BybitError(10_005, "Permission denied, please check your API key permissions.");
    }
    return caller;
  }

  /** `args` of `auth`: key, when it expires, signature. Throws 10001, 10003, 10004. */
  openSocket(args: unknown, nowMs: number): Caller {
    const [key, expires, sign] = Array.isArray(args) ? args : [];
    const until = typeof expires === "number" ? String(expires) : expires;
    if (typeof key !== "string" || typeof until !== "string" || typeof sign !== "string" || !/^\d{1,15}$/.test(until)) {
      throw new BybitError(10_001, "Params Error");
    }
    const caller = this.#caller(key);
    if (Number.parseInt(until, 10) <= nowMs) throw new BybitError(10_001, "Params Error: expires is in the past");
    if (isSignedBy(caller.key, `GET/realtime${until}`, sign)) return caller;
    throw new BybitError(10_004, "Invalid sign");
  }

  #caller(key: string): Caller {
    const caller = this.#keys.get(key);
    if (caller !== undefined) return caller;
    throw new BybitError(10_003, "API key is invalid.");
  }
}

/** Throws 10002. */
export function checkTime(time: string, window: string, nowMs: number): void {
  const sentMs = /^\d{1,15}$/.test(time) ? Number.parseInt(time, 10) : 0;
  const windowMs = window === "" ? RECV_WINDOW_MS : /^\d{1,6}$/.test(window) ? Number.parseInt(window, 10) : 0;
  if (nowMs - windowMs <= sentMs && sentMs < nowMs + AHEAD_MS) return;
  const times = `req_timestamp[${time}],server_timestamp[${nowMs}],recv_window[${window}]`;
  throw new BybitError(10_002, `invalid request, please check your server timestamp or recv_window param. ${times}`);
}

function isSignedBy(key: ApiKey, payload: string, signature: string): boolean {
  if (key.publicKeyPem === undefined) {
    return createHmac("sha256", key.secret).update(payload).digest("hex") === signature.toLowerCase();
  }
  // Not RSA, which the venue takes, but what accounts of the simulator have: a public key and base64.
  const bytes = Buffer.from(signature, "base64");
  return bytes.length === 64 && verify(null, Buffer.from(payload), createPublicKey(key.publicKeyPem), bytes);
}
