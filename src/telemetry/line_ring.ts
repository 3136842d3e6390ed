/** The last lines of the log, bounded: what the HTTP interface shows of it. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

export type LogLine = Readonly<Record<string, unknown>>;

/** Keeps lines as they were written; each is parsed only when somebody asks. */
export class LineRing {
  readonly #lines: string[] = [];
  #next = 0;
  /** Lines ever written. */
  count = 0;

  constructor(readonly capacity: number) {
    assert(Number.isSafeInteger(capacity) && capacity > 0, Code.LimitRelationBroken);
  }

  push(line: string): void {
    this.#lines[this.#next] = line;
    this.#next = this.#next + 1 === this.capacity ? 0 : this.#next + 1;
    this.count++;
    assert(this.#lines.length <= this.capacity, Code.InvariantBroken);
  }

  /** At most `limit` newest lines, newest last. A line that is no JSON object is shown as `{msg}`. */
  last(limit: number): readonly LogLine[] {
    const held = this.#lines.length;
    const wanted = Math.max(0, Math.min(limit, held));
    const out: LogLine[] = [];
    for (let back = wanted; back >= 1; back--) {
      const index = (this.#next - back + held) % held;
      out.push(parseLine(this.#lines[index] as string));
    }
    return out;
  }
}

function parseLine(line: string): LogLine {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as LogLine;
  } catch {
    return { msg: line };
  }
  return { msg: line };
}
