/** A user's or the outside's mistake as one value: code, where it is, what to do. Never thrown in floors 0–4. */

import { type Code, codeName } from "./code.ts";
import { CODE_TEXTS } from "./code_texts.ts";

/** Where in a file or text something is wrong; lines and columns count from 1. */
export interface Position {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

export interface Problem extends Position {
  readonly code: string;
  readonly detail: string;
  readonly hint: string;
}

export function problem(code: Code, detail: string, at: Position = {}, hint?: string): Problem {
  return { code: codeName(code), detail, hint: hint ?? CODE_TEXTS[code].hint, ...at };
}

/** One line for a person: `file:line:column: detail [Code] (hint)`. */
export function problemText(p: Problem): string {
  const where = [p.file, p.line, p.column].filter((x) => x !== undefined).join(":");
  const hint = p.hint === "" ? "" : ` (${p.hint})`;
  return `${where === "" ? "" : `${where}: `}${p.detail} [${p.code}]${hint}`;
}

/** Carries a Problem through code of floors 5 and up that must unwind (CLI, files). */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  constructor(readonly problem: Problem) {
    super(problemText(problem));
  }
}
