/** The thread that does all HTTP: asks only allowed origins, follows nobody, waits and reads within limits. */

import { assert, present } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import type { RestRequest } from "../venue/wire/rest.ts";
import { definitionsOf } from "./definitions.ts";
import type { RestLimits, RestQuestion, RestReply, RestSetup } from "./rest_messages.ts";

declare const self: Worker;

self.onmessage = (event: MessageEvent<RestSetup>) => {
  const { kind, origins, limits } = event.data;
  assert(kind === "setup", Code.InvariantBroken);
  const allowed = new Set(origins);
  self.onmessage = (question: MessageEvent<RestQuestion>) => void reply(question.data, allowed, limits);
  postMessage("ready");
};

async function reply(question: RestQuestion, allowed: ReadonlySet<string>, limits: RestLimits): Promise<void> {
  const { id, request } = question;
  const { url } = request;
  const none: RestReply = { id, status: 0, text: "", headers: {}, problem: undefined, definitions: undefined };
  try {
    assert(allowed.has(new URL(url).origin), Code.Forbidden);
    const response = await fetch(url, optionsOf(request, limits));
    const headers = Object.fromEntries(response.headers);
    const { status } = response;
    const body = await bodyOf(response, limits.answerBytesMax);
    if (typeof body !== "string") {
      postMessage({ ...none, status, headers, problem: body } satisfies RestReply);
      return;
    }
    const wish = status === 200 ? question.definitions : undefined;
    const definitions = wish === undefined ? undefined : definitionsOf(body, wish);
    postMessage({ ...none, status, headers, text: wish === undefined ? body : "", definitions } satisfies RestReply);
  } catch (error) {
    postMessage({ ...none, problem: problemOf(error, url) } satisfies RestReply);
  }
}

/**
 * The last three are Bun's: without them the environment would name a proxy that reads what we ask, let anybody pose as the
 * venue (NODE_TLS_REJECT_UNAUTHORIZED=0), or print keys and signatures (BUN_CONFIG_VERBOSE_FETCH).
 */
function optionsOf({ method, headers, body }: RestRequest, limits: RestLimits): BunFetchRequestInit {
  const options = {
    method,
    ...(body === undefined ? {} : { body }),
    redirect: "error",
    signal: AbortSignal.timeout(limits.timeoutMs),
    headers: { accept: "application/json", "user-agent": "meltica", ...headers },
    proxy: false,
    tls: { rejectUnauthorized: true },
    verbose: false,
  };
  return options as unknown as BunFetchRequestInit;
}

/** The body as text, read piece by piece so that an endless one ends at the limit. */
async function bodyOf(response: Response, bytesMax: number): Promise<string | Problem> {
  if (response.body === null) return "";
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > bytesMax) {
      await reader.cancel();
      return problem(Code.FrameTooLarge, `an answer of more than ${bytesMax} bytes`);
    }
    pieces.push(value);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces));
  } catch {
    return problem(Code.FrameNotText, `an answer of ${size} bytes is not UTF-8`);
  }
}

function problemOf(error: unknown, url: string): Problem {
  const name = error instanceof Error ? error.name : "";
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const host = URL.canParse(url) ? present(new URL(url).host) : "?";
  const said = `${host}: ${error instanceof Error ? error.message : String(error)}`;
  if (name === "TimeoutError") return problem(Code.TimedOut, `${host} did not answer in time`);
  if (/redirect/i.test(code) || /redirect/i.test(said))
    return problem(Code.AnswerRefused, `${host} redirects; nobody is followed`);
  if (code === "ConnectionRefused" || code === "ECONNREFUSED") return problem(Code.SocketRefused, said);
  return problem(Code.SocketLost, said);
}
