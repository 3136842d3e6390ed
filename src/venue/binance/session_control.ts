/** How Binance's stream connections are talked to: control messages, their answers, and the venue's word that it will close. */

import type { Control, LineDialect } from "../wire/dialect.ts";
import { eventName, objectOf, parseJson } from "../wire/json.ts";

/** Combined frames begin so, without a blank. */
export const STREAM_HEAD = '{"stream":"';
/** An answer is short; what is longer is not parsed twice. */
const CONTROL_UNITS_MAX = 4_096;

/** The combined stream that announces the venue's own restart. */
const SHUTDOWN_HEAD = '{"stream":"!serverShutdown"';

const EXCLAMATION = 33;

export const BINANCE_DIALECT: LineDialect = Object.freeze({
  request: (subscribe: boolean, streams: readonly string[], id: number) =>
    JSON.stringify({ method: subscribe ? "SUBSCRIBE" : "UNSUBSCRIBE", params: streams, id }),
  // A stream of the venue itself has a name that begins with "!".
  isData: (text: string) => text.startsWith(STREAM_HEAD) && text.charCodeAt(STREAM_HEAD.length) !== EXCLAMATION,
  readControl,
});

/** Reads a frame that is no data. Total: what is not understood is `other`. */
export function readControl(text: string): Control {
  if (text.startsWith(SHUTDOWN_HEAD)) return { kind: "shutdown" };
  if (text.length > CONTROL_UNITS_MAX) return { kind: "other" };
  const parsed = parseJson(text);
  if (typeof parsed === "number") return { kind: "other" };
  const object = objectOf(parsed.value);
  if (object === undefined) return { kind: "other" };
  if (eventName(object) === "serverShutdown") return { kind: "shutdown" };
  const id = typeof object.id === "number" ? object.id : undefined;
  const error = objectOf(object.error) ?? object;
  if (typeof error.code === "number" || typeof error.msg === "string") {
    return { kind: "answer", id, refused: true, detail: `${error.code ?? ""} ${error.msg ?? ""}`.trim() };
  }
  if (id !== undefined && "result" in object) return { kind: "answer", id, refused: false, detail: "" };
  return { kind: "other" };
}
