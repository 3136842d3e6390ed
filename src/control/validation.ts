/** What Elysia's validation throws, in our words: every field that does not fit, and why. */

import { Code } from "../core/code.ts";
import { type FieldError, type HttpProblem, httpProblem } from "./http_problem.ts";

const ERRORS_MAX = 20;

interface ValidationLike {
  readonly type: string;
  readonly all: readonly FieldLike[];
}

interface FieldLike {
  readonly path?: string;
  readonly message?: string;
  readonly summary?: string;
  readonly schema?: { readonly anyOf?: readonly { readonly const?: unknown }[] };
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
  for (const field of all) {
    if (errors.length >= ERRORS_MAX) break;
    const { path, message, summary } = field;
    errors.push({
      path: path === undefined || path === "" ? "/" : path,
      message: choicesText(field) ?? summary ?? message ?? "does not fit",
    });
  }
  const [first] = errors;
  const where = first === undefined ? "" : `: ${first.path} ${first.message}`;
  return httpProblem(Code.BodyInvalid, `the ${type} does not fit its schema${where}`, { errors });
}

/** The words of a choice; the library names their types only. */
function choicesText({ schema }: FieldLike): string | undefined {
  const words = schema?.anyOf?.map((one) => one.const);
  if (words === undefined || words.length === 0 || words.includes(undefined)) return undefined;
  return `must be one of ${words.join(", ")}`;
}
