/** HTTP by the runtime's own fetch, on this thread: a certification has no engine that must not wait. */

import { Code } from "../core/code.ts";
import { problem } from "../core/problem.ts";
import type { RequestClient, RestAnswer, RestClient, RestRequest } from "../venue/wire/rest.ts";

const TIMEOUT_MS = 10_000;

export class FetchClient implements RestClient, RequestClient {
  get(url: string, done: (answer: RestAnswer) => void): void {
    this.send({ method: "GET", url }, done);
  }

  send({ method, url, headers = {}, body }: RestRequest, done: (answer: RestAnswer) => void): void {
    const init = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS), ...(body === undefined ? {} : { body }) };
    fetch(url, init)
      .then(async (answer) => ({
        status: answer.status,
        text: await answer.text(),
        headers: Object.fromEntries(answer.headers),
      }))
      .catch((error: unknown) => {
        // The address may carry a signature: only what went wrong is told.
        const lost = problem(Code.SocketLost, error instanceof Error ? error.name : "no answer");
        return { status: 0, text: "", headers: {}, problem: lost };
      })
      .then(done);
  }
}

/** One answer, awaited. */
export function ask(client: RestClient, url: string): Promise<RestAnswer> {
  return new Promise((resolve) => client.get(url, resolve));
}
