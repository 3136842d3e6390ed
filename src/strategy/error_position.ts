/** Where in a strategy's file an error was thrown, as far as its stack tells. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Position } from "../core/problem.ts";

const STACK_UNITS_MAX = 20_000;

/**
 * The first frame in `file`; where the file is not known (built-ins), the first frame with an absolute path. A path may
 * carry a query (`?v=…`), which is how a changed file is loaded anew.
 */
export function positionOf(error: unknown, file: string | undefined): Position {
  const stack = error instanceof Error && typeof error.stack === "string" ? error.stack : "";
  const frame = /\(?(?:file:\/\/)?((?:\/|[A-Za-z]:[\\/])[^()\n?]*?)(?:\?[^():\n]*)?:(\d+):(\d+)\)?/g;
  for (const match of stack.slice(0, STACK_UNITS_MAX).matchAll(frame)) {
    const path = match[1] as string;
    if (file !== undefined && path !== file) continue;
    const line = Number(match[2]); // number-ok: a line count
    const column = Number(match[3]); // number-ok: a column count
    assert(line >= 0 && column >= 0, Code.ValueOutOfRange);
    return { file: path, line, column };
  }
  return file === undefined ? {} : { file };
}
