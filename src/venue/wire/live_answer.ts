/** One question to a venue over REST, and what any venue's answer to any request says, whichever way it came. */

import { Code, codeName } from "../../core/code.ts";
import { parseExact } from "./fields.ts";
import type { RestAnswer, RestMethod } from "./rest.ts";

export type Param = readonly [name: string, value: string];

/** none: public. key: the key's name alone. signed: all. */
export type AskSecurity = "none" | "key" | "signed";

/** A REST request in the venue's words; it is signed when it leaves. */
export interface RestAsk {
  readonly method: RestMethod;
  /** Begins with `/`. */
  readonly path: string;
  /** In the order of sending: the query, or a form where the venue takes one. */
  readonly params: readonly Param[];
  /** JSON of venues that take it. */
  readonly body?: string;
  readonly security: AskSecurity;
  /** What it costs by the venue's count. */
  readonly weight: number;
}

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

const MESSAGE_UNITS_MAX = 300;

/** An answer that says how it failed. Code 0: nobody knows whether it did. */
export function failed(code: number, msg: string, isSent = true): VenueAnswer {
  return { isOk: false, value: undefined, code, msg: msg.slice(0, MESSAGE_UNITS_MAX), isSent };
}

/**
 * The JSON of a REST answer with long whole numbers as text, or the answer that says nothing: lost, refused by ourselves,
 * no JSON. Total.
 */
export function restJson(answer: RestAnswer): { readonly value: unknown } | VenueAnswer {
  const { problem } = answer;
  if (problem !== undefined) {
    const isSent = problem.code !== codeName(Code.Forbidden) && problem.code !== codeName(Code.TooManyRequests);
    return failed(0, `${problem.code}: ${problem.detail}`, isSent);
  }
  const parsed = parseExact(answer.text);
  return typeof parsed === "object" ? parsed : failed(0, `HTTP ${answer.status}, no JSON`);
}
