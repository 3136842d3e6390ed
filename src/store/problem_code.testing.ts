/** Test support: what became of a promise, as a word. */

import { ProblemError } from "../core/problem.ts";

/** Its problem's code, or `Ok`; any other error is thrown on. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
  return "Ok";
}
