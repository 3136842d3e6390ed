/** REST requests to Binance: signed when they leave, answered with what the venue said or that nobody knows. */

import { assert } from "../../core/assert.ts";
import { Code, codeName } from "../../core/code.ts";
import type { RequestClient, RestAnswer, RestMethod } from "../wire/rest.ts";
import type { GatewayBudget } from "./gateway_budget.ts";
import type { ServerClock } from "./gateway_clock.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import type { Param } from "./order_params.ts";
import { type BinanceKey, signedText } from "./order_sign.ts";
import { Fields, parseExact } from "./private_fields.ts";

/** An answer of the venue, whichever way it came. */
export interface VenueAnswer {
  readonly isOk: boolean;
  /** The answer's content; undefined when there is none that can be read. */
  readonly value: unknown;
  /** The venue's error code; 0 when it gave none: nobody knows then. */
  readonly code: number;
  readonly msg: string;
  /** False: no byte has left. */
  readonly isSent: boolean;
}

/** none: public. key: the key's name alone. signed: all. */
export type CallSecurity = "none" | "key" | "signed";

export interface CallParts {
  readonly baseUrl: string;
  readonly key: BinanceKey;
  readonly rest: RequestClient;
  readonly clock: ServerClock;
  readonly budget: GatewayBudget;
  readonly limits: GatewayLimits;
  nowUs(): number;
}

export class RestCalls {
  constructor(readonly parts: CallParts) {
    assert(!parts.baseUrl.endsWith("/"), Code.ValueOutOfRange);
  }

  /** `path` begins with `/`. `done` is called exactly once, later. */
  call(
    method: RestMethod,
    path: string,
    params: readonly Param[],
    security: CallSecurity,
    done: (answer: VenueAnswer) => void,
  ): void {
    const { baseUrl, key, rest, clock, budget, limits } = this.parts;
    const nowUs = this.parts.nowUs();
    const time = { timestampMs: clock.nowMs(nowUs), recvWindowMs: limits.recvWindowMs };
    const plain = params.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
    const text = security === "signed" ? signedText(params, time, key) : plain;
    const inBody = (method === "POST" || method === "PUT") && text !== "";
    const url = inBody || text === "" ? `${baseUrl}${path}` : `${baseUrl}${path}?${text}`;
    const headers: Record<string, string> = security === "none" ? {} : { "x-mbx-apikey": key.apiKey };
    if (inBody) headers["content-type"] = "application/x-www-form-urlencoded";
    const ownBefore = budget.weight.own(nowUs);
    rest.send({ method, url, headers, ...(inBody ? { body: text } : {}) }, (answer) => {
      budget.onAnswer(answer, ownBefore, this.parts.nowUs());
      done(readRest(answer));
    });
  }
}

/** Total: what cannot be read is an answer that says nothing. */
export function readRest(answer: RestAnswer): VenueAnswer {
  const { problem } = answer;
  if (problem !== undefined) {
    const isSent = problem.code !== codeName(Code.Forbidden) && problem.code !== codeName(Code.TooManyRequests);
    return { isOk: false, value: undefined, code: 0, msg: `${problem.code}: ${problem.detail}`, isSent };
  }
  const parsed = parseExact(answer.text);
  if (typeof parsed !== "object") {
    return { isOk: false, value: undefined, code: 0, msg: `HTTP ${answer.status}, no JSON`, isSent: true };
  }
  if (answer.status === 200) return { isOk: true, value: parsed.value, code: 0, msg: "", isSent: true };
  return { isOk: false, value: parsed.value, ...errorOf(parsed.value, answer.status), isSent: true };
}

/** The answer to a socket request. */
export function readSocket(answer: Fields): VenueAnswer {
  const status = answer.whole("status", 0);
  if (status === 200) return { isOk: true, value: answer.source["result"], code: 0, msg: "", isSent: true };
  return { isOk: false, value: undefined, ...errorOf(answer.source["error"], status), isSent: true };
}

function errorOf(value: unknown, status: number): { readonly code: number; readonly msg: string } {
  const error = Fields.of(value);
  const code = error.whole("code");
  const msg = error.text("msg", "");
  if (error.bad !== "") return { code: 0, msg: `HTTP ${status} without a code` };
  return { code, msg: `${code} ${msg}`.slice(0, 300) };
}
