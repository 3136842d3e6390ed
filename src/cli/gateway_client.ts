/** Asks the running gateway over its HTTP interface: time-outs, problems as problems, pages as one list. */

import type { ProblemView } from "../control/views.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { Arguments } from "./arguments.ts";
import { dataDirOf } from "./data_dir.ts";
import { findGateway, notRunning, readToken } from "./gateway_file.ts";
import { plain } from "./plain.ts";

const TIMEOUT_MS = 10_000;
const PAGE_ROWS = 500;

export interface Request {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Values of undefined are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface Rows<T> {
  readonly items: readonly T[];
  readonly record?: number;
}

/** The gateway of the data directory that the arguments mean. Throws ProblemError NotRunning. */
export async function openGateway(given: Arguments): Promise<GatewayClient> {
  return connect(await dataDirOf(given));
}

export function connect(dataDir: string): GatewayClient {
  const gateway = findGateway(dataDir);
  return new GatewayClient(gateway.url, gateway.pid, readToken(gateway));
}

export class GatewayClient {
  constructor(
    readonly url: string,
    readonly pid: number,
    readonly token: string,
  ) {
    // fetch obeys HTTP_PROXY even for this host, and would hand the token to the proxy.
    process.env["NO_PROXY"] = process.env["no_proxy"] = "*";
  }

  /** The answer's JSON. Throws ProblemError: the gateway's own problem, TimedOut, or NotRunning. */
  async call<T>(path: string, request: Request = {}): Promise<T> {
    const { method = "GET", timeoutMs = TIMEOUT_MS } = request;
    const target = new URL(`/api/v1/${path}`, this.url);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) target.searchParams.set(name, value);
    }
    const headers: Record<string, string> = { authorization: `Bearer ${this.token}`, ...request.headers };
    if (request.body !== undefined) headers["content-type"] = "application/json";
    const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) };
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await fetch(target, { method, headers, ...body, redirect: "manual", signal });
      return this.#read<T>(answer, await answer.text(), target);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      throw this.#noAnswer(error, method, timeoutMs);
    }
  }

  /** All pages of a list, at most `rowsMax` rows. */
  async list<T>(path: string, query: Request["query"] = {}, rowsMax?: number): Promise<Rows<T>> {
    const items: T[] = [];
    let cursor: string | undefined;
    for (;;) {
      // Lists that come whole know no limit: it is sent only where a number of rows was asked for, or a page followed.
      const wanted = rowsMax === undefined ? PAGE_ROWS : Math.min(PAGE_ROWS, rowsMax - items.length);
      const limit = rowsMax === undefined && cursor === undefined ? undefined : String(wanted);
      const page = await this.call<Rows<T> & { next?: string | null }>(path, { query: { ...query, limit, cursor } });
      if (!Array.isArray(page.items)) throw notRunning(`what answers at ${this.url} is no gateway: ${path} is no list`);
      items.push(...page.items);
      cursor = page.next ?? undefined;
      const isFull = rowsMax !== undefined && items.length >= rowsMax;
      // A page without rows may be followed by others: old numbers are skipped.
      if (cursor !== undefined && !isFull) continue;
      return { items: items.slice(0, rowsMax), ...(page.record === undefined ? {} : { record: page.record }) };
    }
  }

  #read<T>(answer: Response, text: string, target: URL): T {
    let body: unknown;
    try {
      body = text === "" ? {} : JSON.parse(text);
    } catch {
      throw notRunning(`what answers at ${target.origin} is no gateway (status ${answer.status}, no JSON)`);
    }
    if (answer.ok) return body as T;
    const { code, detail, title, hint, errors } = body as Partial<ProblemView>;
    if (typeof code !== "string") throw notRunning(`what answers at ${target.origin} is no gateway (${answer.status})`);
    const faults = errors?.map(({ path, message }) => `${path}: ${message}`).join("; ") ?? "";
    const what = [detail ?? title ?? `status ${answer.status}`, faults].filter((part) => part !== "").join(": ");
    throw new ProblemError(plain({ code, detail: what, hint: hint ?? "" }));
  }

  #noAnswer(error: unknown, method: string, timeoutMs: number): ProblemError {
    const { name, message, code } = error as Error & { code?: string };
    if (name === "TimeoutError" || name === "AbortError") {
      const detail = `the gateway (process ${this.pid}) did not answer within ${timeoutMs / 1_000} s`;
      return new ProblemError(problem(Code.TimedOut, detail));
    }
    const refused = code === "ConnectionRefused" || code === "ECONNREFUSED";
    if (refused || method === "GET")
      return notRunning(`process ${this.pid} does not listen at ${this.url}: ${message}`);
    // The request may have arrived before the connection broke.
    const detail = `the connection to the gateway (process ${this.pid}) broke: ${message}`;
    return new ProblemError(problem(Code.OutcomeUnknown, detail, {}, "see `meltica status` and `meltica orders`"));
  }
}
