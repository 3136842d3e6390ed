/** Assertions that stay on in production: no string is built on the good path. */

import { Code, codeName } from "./code.ts";
import { CODE_TEXTS } from "./code_texts.ts";

/** A programmer's error: state can no longer be trusted, so the process stops and recovers. */
export class AssertionFailed extends Error {
  override readonly name = "AssertionFailed";
  constructor(readonly code: Code) {
    super(`${codeName(code)}: ${CODE_TEXTS[code].meaning}`);
  }
}

/** Throws `AssertionFailed` when `condition` is false. State the positive; split compounds. */
export function assert(condition: boolean, code: Code): asserts condition {
  if (!condition) throw new AssertionFailed(code);
}

/** The value, asserted to exist: for indexes that the surrounding code has proven. */
export function present<T>(value: T | undefined | null, code: Code = Code.InvariantBroken): T {
  if (value === undefined || value === null) throw new AssertionFailed(code);
  return value;
}
