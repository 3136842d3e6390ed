/** What a refused request is answered with: RFC 9457 problem details, one status for each code. */

import { Code, codeName } from "../core/code.ts";
import { CODE_TEXTS } from "../core/code_texts.ts";
import type { Problem } from "../core/problem.ts";
import type { ProblemView } from "./views.ts";

export const PROBLEM_CONTENT_TYPE = "application/problem+json";

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** More that an answer may carry. */
export interface ProblemExtras {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Name of the Denial. */
  readonly denial?: string;
  readonly order?: number;
  readonly record?: number;
}

/** Thrown by routes, answered by the server. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly hint: string,
    readonly extras: ProblemExtras = {},
  ) {
    super(detail);
  }
}

/** A problem of one of our codes; the status follows from the code unless given. */
export function httpProblem(
  code: Code,
  detail: string,
  more: ProblemExtras & { readonly status?: number; readonly hint?: string } = {},
): HttpProblem {
  const { status, hint, ...extras } = more;
  return new HttpProblem(status ?? statusOf(code), codeName(code), detail, hint ?? CODE_TEXTS[code].hint, extras);
}

/** The same for a Problem that another part of the process made. */
export function fromProblem(problem: Problem): HttpProblem {
  const code = (Code as unknown as Record<string, Code | undefined>)[problem.code];
  const where = problem.file === undefined ? "" : `${problem.file}:${problem.line ?? 1}:${problem.column ?? 1}: `;
  const status = code === undefined ? 422 : statusOf(code);
  return new HttpProblem(status, problem.code, where + problem.detail, problem.hint);
}

export function problemResponse(problem: HttpProblem, instance: string): Response {
  const { errors, denial, order, record, headers } = problem.extras;
  const body: ProblemView = {
    type: `urn:meltica:problem:${problem.code}`,
    title: TITLES[problem.status] ?? "Error",
    status: problem.status,
    code: problem.code,
    detail: problem.detail,
    hint: problem.hint,
    instance,
    ...(errors === undefined ? {} : { errors: [...errors] }),
    ...(denial === undefined ? {} : { denial }),
    ...(order === undefined ? {} : { order }),
    ...(record === undefined ? {} : { record }),
  };
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: { ...headers, "content-type": PROBLEM_CONTENT_TYPE },
  });
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  426: "Upgrade Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

function statusOf(code: Code): number {
  switch (code) {
    case Code.Unauthorized:
      return 401;
    case Code.Forbidden:
      return 403;
    case Code.NotFound:
    case Code.StrategyNotFound:
      return 404;
    case Code.IdempotencyMismatch:
    case Code.Conflict:
      return 409;
    case Code.MethodNotAllowed:
      return 405;
    case Code.BodyTooLarge:
      return 413;
    case Code.MediaTypeUnsupported:
      return 415;
    case Code.CursorInvalid:
      return 400;
    case Code.TooManyRequests:
      return 429;
    case Code.OutcomeUnknown:
    case Code.NotReady:
    case Code.HistoryAway:
    case Code.StoreAway:
    case Code.StoreFailed:
    case Code.StoreAhead:
    case Code.TimedOut:
    case Code.EngineDied:
    case Code.EngineStalled:
      return 503;
    case Code.InvariantBroken:
      return 500;
    default:
      return 422;
  }
}
