/** Who asks, and whether it may: API keys, signatures, timestamps and receive windows of Binance requests. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { VenueError } from "../rest_query.ts";
import type { ApiKey } from "../trading/account.ts";
import { isSignedBy, restPayload, socketPayload } from "./signature.ts";

/** none: public. key: the key alone. read, trade: signed; trade also needs the permission. */
export type Security = "none" | "key" | "read" | "trade";

export interface Caller {
  /** Name of the account. */
  readonly account: string;
  readonly key: ApiKey;
}

const WINDOW_MS_USUAL = 5_000;
const WINDOW_MS_MAX = 60_000;
const AHEAD_MS_MAX = 1_000;
/** Above this a timestamp counts microseconds. */
const MICROSECONDS_FROM = 100_000_000_000_000;

export class KeyRing {
  readonly #callers = new Map<string, Caller>();

  add(account: string, key: ApiKey): void {
    assert(key.key.length > 0, Code.ValueOutOfRange);
    this.#callers.set(key.key, { account, key });
  }

  /** The caller of a REST request; throws VenueError. `values` are its parameters. */
  openRest(
    security: Security,
    header: string | undefined,
    query: string,
    body: string,
    values: URLSearchParams,
    nowMs: number,
  ): Caller {
    const caller = this.find(header);
    if (security === "key") return caller;
    checkTime(values.get("timestamp"), values.get("recvWindow"), nowMs);
    checkSignature(caller.key, restPayload(query, body), values.get("signature"));
    return mayDo(caller, security);
  }

  /** The caller of a WebSocket request that carries key and signature itself; throws VenueError. */
  openSocket(security: Security, params: Readonly<Record<string, unknown>>, nowMs: number): Caller {
    const caller = this.find(textOf(params["apiKey"]));
    if (security === "key") return caller;
    checkTime(textOf(params["timestamp"]), textOf(params["recvWindow"]), nowMs);
    checkSignature(caller.key, socketPayload(params), textOf(params["signature"]));
    return mayDo(caller, security);
  }

  /** Throws VenueError -2014 or -2015. */
  find(key: string | undefined): Caller {
    if (key === undefined || key === "") throw new VenueError(401, -2_014, "API-key format invalid.");
    const caller = this.#callers.get(key);
    if (caller !== undefined) return caller;
    throw new VenueError(401, -2_015, "Invalid API-key, IP, or permissions for action.");
  }
}

export function mayDo(caller: Caller, security: Security): Caller {
  if (security !== "trade" || caller.key.mayTrade) return caller;
  throw new VenueError(401, -2_015, "Invalid API-key, IP, or permissions for action.");
}

/** A request of a session that is logged on needs a timestamp too, and no signature. Throws VenueError. */
export function checkTime(
  timestamp: string | null | undefined,
  recvWindow: string | null | undefined,
  nowMs: number,
): void {
  if (timestamp === null || timestamp === undefined || timestamp === "") throw missing("timestamp");
  if (!/^\d{1,17}$/.test(timestamp)) throw illegal("timestamp", "^[0-9]{1,20}$");
  const window = recvWindow ?? String(WINDOW_MS_USUAL);
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(window)) throw illegal("recvWindow", "^[0-9]{1,5}(\\.[0-9]{1,3})?$");
  const windowMs = Number(window); // number-ok: milliseconds
  if (windowMs > WINDOW_MS_MAX) throw new VenueError(400, -1_131, "recvWindow must be less than 60000.");
  const sent = Number(timestamp); // number-ok: milliseconds or microseconds since the epoch
  const sentMs = sent > MICROSECONDS_FROM ? sent / 1_000 : sent;
  if (sentMs >= nowMs + AHEAD_MS_MAX) {
    throw new VenueError(400, -1_021, "Timestamp for this request was 1000ms ahead of the server's time.");
  }
  if (nowMs - sentMs > windowMs) {
    throw new VenueError(400, -1_021, "Timestamp for this request is outside of the recvWindow.");
  }
}

function checkSignature(key: ApiKey, payload: string, signature: string | null | undefined): void {
  if (signature === null || signature === undefined || signature === "") throw missing("signature");
  if (isSignedBy(key, payload, signature)) return;
  throw new VenueError(400, -1_022, "Signature for this request is not valid.");
}

function missing(name: string): VenueError {
  return new VenueError(400, -1_102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
}

function illegal(name: string, range: string): VenueError {
  return new VenueError(400, -1_100, `Illegal characters found in parameter '${name}'; legal range is '${range}'.`);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
