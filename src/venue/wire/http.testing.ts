/** Clients for requests in tests: real HTTP that keeps what was asked, and answers by a script. */

import { Code } from "../../core/code.ts";
import { problem } from "../../core/problem.ts";
import type { RequestClient, RestAnswer, RestRequest } from "./rest.ts";

/** Real HTTP; what was asked is kept. */
export class Http implements RequestClient {
  readonly asked: RestRequest[] = [];

  send(request: RestRequest, done: (answer: RestAnswer) => void): void {
    this.asked.push(request);
    const { method, url, headers = {}, body } = request;
    fetch(url, { method, headers, ...(body === undefined ? {} : { body }), signal: AbortSignal.timeout(2_000) })
      .then(async (answer) => ({
        status: answer.status,
        text: await answer.text(),
        headers: Object.fromEntries(answer.headers),
      }))
      .catch((error) => ({ status: 0, text: "", headers: {}, problem: problem(Code.SocketLost, String(error)) }))
      .then(done);
  }
}

export type Script = Record<string, readonly (readonly [status: number, body: unknown])[]>;

/** Answers by method and path, in order; the last one stays. */
export class Scripted implements RequestClient {
  readonly asked: RestRequest[] = [];
  readonly #at = new Map<string, number>();

  constructor(readonly script: Script) {}

  send(request: RestRequest, done: (answer: RestAnswer) => void): void {
    this.asked.push(request);
    const name = `${request.method} ${new URL(request.url).pathname}`;
    const list = this.script[name] ?? [[404, ""] as const];
    const at = Math.min(this.#at.get(name) ?? 0, list.length - 1);
    this.#at.set(name, at + 1);
    const [status, body] = list[at] as readonly [number, unknown];
    queueMicrotask(() => done({ status, text: typeof body === "string" ? body : JSON.stringify(body), headers: {} }));
  }

  /** Of all requests to a path, what was said: query and body. */
  said(name: string): string[] {
    const ofName = this.asked.filter(({ method, url }) => `${method} ${new URL(url).pathname}` === name);
    return ofName.map(({ url, body }) => body ?? new URL(url).search);
  }
}
