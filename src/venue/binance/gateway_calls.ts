/** REST requests of Binance, signed, and its answers read: what the venue said, or that nobody knows. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { Fields } from "../wire/fields.ts";
import { failed, type RestAsk, restJson, type VenueAnswer } from "../wire/live_answer.ts";
import type { RestAnswer, RestRequest } from "../wire/rest.ts";
import { type BinanceKey, type RequestTime, signedText } from "./order_sign.ts";

/** POST and PUT carry their parameters as a form. */
export function restRequest(baseUrl: string, ask: RestAsk, time: RequestTime, key: BinanceKey): RestRequest {
  assert(!baseUrl.endsWith("/"), Code.ValueOutOfRange);
  const { method, path, params, security } = ask;
  const plain = params.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const text = security === "signed" ? signedText(params, time, key) : plain;
  const inBody = (method === "POST" || method === "PUT") && text !== "";
  const url = inBody || text === "" ? `${baseUrl}${path}` : `${baseUrl}${path}?${text}`;
  const headers: Record<string, string> = security === "none" ? {} : { "x-mbx-apikey": key.apiKey };
  if (inBody) headers["content-type"] = "application/x-www-form-urlencoded";
  return { method, url, headers, ...(inBody ? { body: text } : {}) };
}

/** Total: what cannot be read is an answer that says nothing. */
export function readRest(answer: RestAnswer): VenueAnswer {
  const parsed = restJson(answer);
  if ("isOk" in parsed) return parsed;
  if (answer.status === 200) return { isOk: true, value: parsed.value, code: 0, msg: "", isSent: true };
  return { ...errorOf(parsed.value, answer.status), value: parsed.value };
}

/** The answer to a socket request. */
export function readSocket(answer: Fields): VenueAnswer {
  const status = answer.whole("status", 0);
  if (status === 200) return { isOk: true, value: answer.source["result"], code: 0, msg: "", isSent: true };
  return errorOf(answer.source["error"], status);
}

function errorOf(value: unknown, status: number): VenueAnswer {
  const error = Fields.of(value);
  const code = error.whole("code");
  const msg = error.text("msg", "");
  return error.bad === "" ? failed(code, `${code} ${msg}`) : failed(0, `HTTP ${status} without a code`);
}
