/** Requests to our own origin: JSON in and out, problem+json as one kind of error, a session that may be over. */

import type { ProblemView } from "../../control/views.ts";
import { BOUNDS } from "./bounds.ts";

export type Problem = Pick<ProblemView, "code" | "detail" | "hint" | "status">;

export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

export class Api {
  readonly #fetch: Fetch;
  /** Called on each 401 but the login's own. */
  onUnauthorized: () => void = () => undefined;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  get<T>(path: string): Promise<T> {
    return this.#ask("GET", path) as Promise<T>;
  }

  /** All items of a list that comes in pages, at most `rowsMax`. */
  async list<T>(path: string, rowsMax: number): Promise<T[]> {
    const rows: T[] = [];
    let cursor = "";
    do {
      const at = cursor === "" ? path : `${path}${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}`;
      const page = await this.get<T[] | { items: T[]; next?: string | null }>(at);
      if (Array.isArray(page)) return page;
      rows.push(...page.items);
      cursor = page.next ?? "";
    } while (cursor !== "" && rows.length < rowsMax);
    return rows.slice(0, rowsMax);
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.#ask("POST", path, body) as Promise<T>;
  }

  delete<T>(path: string): Promise<T> {
    return this.#ask("DELETE", path) as Promise<T>;
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (method !== "GET") headers["x-meltica"] = "1";
    if (body !== undefined) headers["content-type"] = "application/json";
    const init: RequestInit = { method, headers, signal: AbortSignal.timeout(BOUNDS.requestMs) };
    if (body !== undefined) init.body = JSON.stringify(body);
    let response: Response;
    try {
      response = await this.#fetch(`/api/v1${path}`, init);
    } catch (error) {
      throw new ApiError(unreachable(error));
    }
    const text = await response.text();
    if (response.ok) return text === "" ? undefined : JSON.parse(text);
    if (response.status === 401 && path !== "/login") this.onUnauthorized();
    throw new ApiError(readProblem(response.status, text));
  }
}

/** What went wrong, whatever it was that failed. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  return { status: 0, code: "PageFault", detail: String(error), hint: "Reload the page." };
}

/** The server's own words when it sent problem+json, else the status in ours. */
export function readProblem(status: number, text: string): Problem {
  let body: Partial<ProblemView> = {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) body = value;
  } catch {
    body = {};
  }
  return {
    status,
    code: body.code ?? `Http${status}`,
    detail: body.detail ?? body.title ?? `The gateway answered ${status}.`,
    hint: body.hint ?? "",
  };
}

function unreachable(error: unknown): Problem {
  const late = error instanceof DOMException && error.name === "TimeoutError";
  const detail = late ? "The gateway did not answer in time." : "The gateway cannot be reached.";
  return { status: 0, code: late ? "TimedOut" : "Unreachable", detail, hint: "Is it running? Look at its log." };
}
