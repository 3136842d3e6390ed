/** What ended the journal thread, as a value that crosses threads. */

import { AssertionFailed } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";

export interface ThreadProblem {
  readonly problem: Problem;
  /** The code's number, for the words. */
  readonly number: Code;
}

export function threadProblem(error: unknown): ThreadProblem {
  if (error instanceof ProblemError) return { problem: error.problem, number: codeNumber(error.problem.code) };
  const number = error instanceof AssertionFailed ? error.code : Code.InvariantBroken;
  return { problem: problem(number, error instanceof Error ? error.message : String(error)), number };
}

function codeNumber(name: string): Code {
  return Code[name as keyof typeof Code] ?? Code.InvariantBroken;
}
