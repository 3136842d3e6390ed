/** Bybit's answers read, by REST and by the connection of orders: what the venue said, or that nobody knows. */

import { Fields } from "../wire/fields.ts";
import { failed, restJson, type VenueAnswer } from "../wire/live_answer.ts";
import type { RestAnswer } from "../wire/rest.ts";
import { SHUT_OUT } from "./order_outcome.ts";

const OK = 200;

/** Total: what cannot be read is an answer that says nothing. */
export function readRest(answer: RestAnswer): VenueAnswer {
  // The gate before the venue: whatever it writes, nothing has come through.
  if (answer.status === SHUT_OUT) return failed(SHUT_OUT, `HTTP ${SHUT_OUT} ${answer.text}`);
  const parsed = restJson(answer);
  if ("isOk" in parsed) return parsed;
  const body = Fields.of(parsed.value);
  const read = said(body, body.source["result"], `HTTP ${answer.status}`);
  // A yes under another status than the usual one is none.
  return read.isOk && answer.status !== OK ? failed(0, `HTTP ${answer.status} with code 0`) : read;
}

/** The answer to a socket request. */
export function readSocket(answer: Fields): VenueAnswer {
  return said(answer, answer.source["data"], "an answer");
}

/** Batches are answered by 0 as a whole. */
function said(body: Fields, value: unknown, what: string): VenueAnswer {
  const code = body.source["retCode"];
  const msg = body.text("retMsg", "");
  if (typeof code !== "number" || !Number.isSafeInteger(code)) return failed(0, `${what} without a code`);
  if (code !== 0) return failed(code, `${code} ${msg}`);
  return { isOk: true, value, code, msg: "", isSent: true };
}
