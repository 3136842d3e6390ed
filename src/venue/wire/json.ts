/** JSON of the correct path: parsed without a throw, and what is wrong with what does not parse. */

import { Code } from "../../core/code.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

const BACKSLASH = 92;
const QUOTE = 34;

/** The parsed value, or why there is none: `FrameTruncated` when the text ends inside something, else `FrameNotJson`. */
export function parseJson(text: string): { readonly value: unknown } | Code.FrameTruncated | Code.FrameNotJson {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return endsInside(text) ? Code.FrameTruncated : Code.FrameNotJson;
  }
}

export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/**
 * What a message says at some place, as text: never by `String`, which calls what the value names `toString` and throws when
 * that is no function.
 */
export function wordOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}

/** The `e` of a message, or of the first message of a list. */
export function eventName(value: unknown): string | undefined {
  const event = objectOf(Array.isArray(value) ? value[0] : value)?.e;
  return typeof event === "string" ? event : undefined;
}

/** True when a string or a bracket is still open at the end. */
function endsInside(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === BACKSLASH) at++;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === 123 || unit === 91) depth++;
    else if (unit === 125 || unit === 93) depth--;
  }
  return inString || depth > 0;
}
