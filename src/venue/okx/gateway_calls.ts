/** REST requests of OKX, signed, and answers of either way read: what the venue said, or that nobody knows. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { Fields } from "../wire/fields.ts";
import { failed, type RestAsk, restJson, type VenueAnswer } from "../wire/live_answer.ts";
import type { RestAnswer, RestRequest } from "../wire/rest.ts";
import { type OkxKey, restHeaders } from "./order_sign.ts";

/** Codes of an answer that tells of its rows what became of each. */
const ROWS_FAILED = 2;
const HTTP_OK = 200;

export interface RequestHow {
  readonly baseUrl: string;
  readonly key: OkxKey;
  /** By the venue's clock. */
  readonly nowMs: number;
  /** Until when the venue may take a new order or an amend. */
  readonly validMs: number;
  /** Of the venue's demo: money that is none. */
  readonly isDemo: boolean;
}

/** What the venue may not take late. Cancels are welcome whenever they come. */
const TIMED: readonly string[] = Object.freeze(["/api/v5/trade/order", "/api/v5/trade/amend-order"]);

export function restRequest(ask: RestAsk, how: RequestHow): RestRequest {
  assert(!how.baseUrl.endsWith("/"), Code.ValueOutOfRange);
  const { method, params, security, body } = ask;
  const query = params.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const path = query === "" ? ask.path : `${ask.path}?${query}`;
  const headers: Record<string, string> =
    security === "none" ? {} : restHeaders(how.key, how.nowMs, method, path, body ?? "");
  if (how.isDemo) headers["x-simulated-trading"] = "1";
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method === "POST" && TIMED.includes(ask.path)) headers["exptime"] = String(how.nowMs + how.validMs);
  return { method, url: how.baseUrl + path, headers, ...(body === undefined ? {} : { body }) };
}

/** Total: what cannot be read is an answer that says nothing. */
export function readRest(answer: RestAnswer): VenueAnswer {
  const parsed = restJson(answer);
  if ("isOk" in parsed) return parsed;
  const read = answerOf(Fields.of(parsed.value), `HTTP ${answer.status}`);
  return read.isOk && answer.status !== HTTP_OK ? failed(0, `HTTP ${answer.status} that says it went well`) : read;
}

/** `{code, msg, data}`; where `data` is one row with a code of its own, that code counts. */
export function answerOf(envelope: Fields, what: string): VenueAnswer {
  const code = codeOf(envelope.source["code"]);
  const value = envelope.source["data"];
  if (code === undefined) return failed(0, `${what} without a code`);
  const rows = Array.isArray(value) ? value : [];
  const row = Fields.of(rows.length === 1 ? rows[0] : undefined);
  const own = codeOf(row.source["sCode"]);
  if (own !== undefined && own !== 0) {
    return { ...failed(own, `${own} ${row.text("sMsg", "")}`.trim()), value };
  }
  if (code === 0) return { isOk: true, value, code: 0, msg: "", isSent: true };
  const msg = `${code} ${envelope.text("msg", "")}`.trim();
  // That rows failed, without a row that says why: nobody knows.
  return failed(code <= ROWS_FAILED ? 0 : code, msg);
}

function codeOf(value: unknown): number | undefined {
  if (typeof value === "string" && /^\d{1,6}$/.test(value)) return Number.parseInt(value, 10);
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
