/** Cursors of paged answers: opaque to clients, a row number inside, bound to the list they came from. */

import { Code } from "../core/code.ts";
import { httpProblem } from "./http_problem.ts";

export function cursorText(list: string, at: number): string {
  return Buffer.from(`${list}:${at}`).toString("base64url");
}

/** The number inside, or `first` when there is no cursor. Anything else is a 400. */
export function readCursor(list: string, cursor: string | undefined, first: number): number {
  if (cursor === undefined) return first;
  const match = /^([a-z]+):(\d{1,16})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  if (match?.[1] !== list) throw httpProblem(Code.CursorInvalid, "the cursor is none of this list");
  return Number.parseInt(match[2] as string, 10);
}

/** `?limit=`, bounded. */
export function readLimit(limit: string | undefined, max: number, usual = max): number {
  if (limit === undefined) return Math.min(usual, max);
  return Math.min(Math.max(1, Number.parseInt(limit, 10)), max);
}
