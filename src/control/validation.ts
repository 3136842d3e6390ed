/** What Elysia's validation throws, in our words: every field that does not fit, and why. */

import { Code } from "../core/code.ts";
import { type FieldError, type HttpProblem, httpProblem } from "./http_problem.ts";

const ERRORS_MAX = 20;

interface ValidationLike {
  readonly type: string;
  readonly all: readonly { readonly path?: string; readonly message?: string; readonly summary?: string }[];
}

/** Undefined for what is no mistake of the client. */
export function validationProblem(code: string | number, error: unknown): HttpProblem | undefined {
  if (code === "NOT_FOUND") return httpProblem(Code.NotFound, "there is nothing here", { hint: "see /api/docs" });
  if (code === "PARSE") return httpProblem(Code.BodyInvalid, "the body cannot be read", { status: 400 });
  if (code !== "VALIDATION") return undefined;
  const { type, all } = error as ValidationLike;
  // An answer of ours that does not fit its schema is our fault.
  if (type === "response") return undefined;
  const errors: FieldError[] = [];
  for (const { path, message, summary } of all) {
    if (errors.length >= ERRORS_MAX) break;
    errors.push({
      path: path === undefined || path === "" ? "/" : path,
      message: summary ?? message ?? "does not fit",
    });
  }
  const [first] = errors;
  const where = first === undefined ? "" : `: ${first.path} ${first.message}`;
  return httpProblem(Code.BodyInvalid, `the ${type} does not fit its schema${where}`, { errors });
}
