/** The handle of the REST thread: questions go there, answers come back to the caller's thread, each exactly once. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import type { RequestClient, RestAnswer, RestClient, RestRequest } from "../venue/wire/rest.ts";
import type {
  Definitions,
  DefinitionsWish,
  ListedMarket,
  RestLimits,
  RestQuestion,
  RestReply,
  RestSetup,
} from "./rest_messages.ts";

export type { Definitions, RestLimits } from "./rest_messages.ts";

export const DEFAULT_REST_LIMITS: RestLimits = Object.freeze({
  inFlightMax: 16,
  waitingMax: 256,
  timeoutMs: 10_000,
  answerBytesMax: 64 << 20,
});
/** The thread keeps its own time-out; when even that does not come, the thread hangs and is replaced. */
const HANGS_AFTER_MS = 5_000;

export interface RestSettings {
  /** Base URLs of the configuration: their origins are all that may be asked. */
  readonly baseUrls: readonly string[];
  readonly limits?: Partial<RestLimits>;
  /** For tests: another thread than ours. */
  readonly startWorker?: () => Worker;
}

export interface RestStatus {
  readonly inFlight: number;
  readonly waiting: number;
  readonly answered: number;
  /** Answers without HTTP status: refused by us, lost, late. */
  readonly failed: number;
  /** Threads that ended or hung. */
  readonly restarts: number;
}

type Done = (reply: RestReply) => void;
interface Asked {
  readonly question: RestQuestion;
  readonly done: Done;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class RestThread implements RestClient, RequestClient {
  readonly #origins: ReadonlySet<string>;
  readonly #limits: RestLimits;
  readonly #startWorker: () => Worker;
  readonly #inFlight = new Map<number, Asked>();
  readonly #waiting: Asked[] = [];
  #worker: Worker | undefined;
  #lastId = 0;
  #answered = 0;
  #failed = 0;
  #restarts = 0;
  #closed = false;

  constructor({ baseUrls, limits, startWorker }: RestSettings) {
    this.#origins = new Set(baseUrls.map((url) => new URL(url).origin));
    this.#limits = { ...DEFAULT_REST_LIMITS, ...limits };
    this.#startWorker = startWorker ?? startRestWorker;
    assert(this.#limits.inFlightMax > 0, Code.LimitRelationBroken);
    this.#worker = this.#start(); // Its first answer must not wait for the thread to load.
  }

  get(url: string, done: (answer: RestAnswer) => void): void {
    this.send({ method: "GET", url }, done);
  }

  send(request: RestRequest, done: (answer: RestAnswer) => void): void {
    this.#ask(request, undefined, ({ status, text, headers, problem: p }) => {
      done(p === undefined ? { status, text, headers } : { status, text, headers, problem: p });
    });
  }

  /**
   * Instruments of exchangeInfo, or of one page of what another venue calls it: `symbols` only, all when undefined. The
   * answer's text stays on the thread.
   */
  exchangeInfo(
    url: string,
    market: ListedMarket,
    symbols: readonly string[] | undefined,
    done: (definitions: Definitions, answer: RestAnswer) => void,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    this.#ask(
      { method: "GET", url, headers },
      { market, symbols },
      ({ status, text, headers, problem: p, definitions }) => {
        const failed = p ?? problem(Code.AnswerRefused, `exchangeInfo: HTTP ${status} ${text.slice(0, 200)}`);
        const read = definitions ?? { instruments: [], problems: [failed], cursor: "" };
        done(read, p === undefined ? { status, text, headers } : { status, text, headers, problem: p });
      },
    );
  }

  status(): RestStatus {
    const [inFlight, waiting] = [this.#inFlight.size, this.#waiting.length];
    return { inFlight, waiting, answered: this.#answered, failed: this.#failed, restarts: this.#restarts };
  }

  /** Ends the thread; what waits for an answer gets a problem. */
  close(): void {
    this.#closed = true;
    this.#end(problem(Code.NotRunning, "the REST client is closed"));
  }

  #ask(request: RestRequest, definitions: DefinitionsWish | undefined, done: Done): void {
    const question: RestQuestion = { kind: "question", id: ++this.#lastId, request, definitions };
    const asked: Asked = { question, done, timer: undefined };
    const fault = this.#faultOf(request.url);
    // Later, never before `get` returns: callers need not expect an answer inside their own call.
    if (fault !== undefined) queueMicrotask(() => this.#fail(asked, fault));
    else if (this.#inFlight.size < this.#limits.inFlightMax) this.#send(asked);
    else this.#waiting.push(asked);
  }

  #faultOf(url: string): Problem | undefined {
    if (this.#closed) return problem(Code.NotRunning, "the REST client is closed");
    if (!URL.canParse(url)) return problem(Code.Forbidden, `${url.slice(0, 100)} is no URL`);
    const { origin, username, password } = new URL(url);
    if (!this.#origins.has(origin) || username !== "" || password !== "") {
      return problem(Code.Forbidden, `${origin} is not configured`, {}, "only configured base URLs are asked");
    }
    if (this.#waiting.length >= this.#limits.waitingMax) {
      return problem(Code.TooManyRequests, `${this.#waiting.length} requests wait`);
    }
    return undefined;
  }

  #send(asked: Asked): void {
    const { question } = asked;
    this.#inFlight.set(question.id, asked);
    this.#worker ??= this.#start();
    asked.timer = setTimeout(() => this.#lost("it hangs"), this.#limits.timeoutMs + HANGS_AFTER_MS);
    this.#worker.postMessage(question);
  }

  #start(): Worker {
    const worker = this.#startWorker();
    worker.onmessage = (event: MessageEvent<RestReply | "ready">) => {
      if (worker === this.#worker && event.data !== "ready") this.#received(event.data);
    };
    worker.onerror = (event) => {
      if (worker === this.#worker) this.#lost(event.message);
    };
    worker.addEventListener("close", () => {
      if (worker === this.#worker) this.#lost("it ended");
    });
    const setup: RestSetup = { kind: "setup", origins: [...this.#origins], limits: this.#limits };
    worker.postMessage(setup);
    return worker;
  }

  #received(reply: RestReply): void {
    const asked = this.#inFlight.get(reply.id);
    if (asked === undefined) return;
    this.#inFlight.delete(reply.id);
    clearTimeout(asked.timer);
    this.#answered++;
    if (reply.status === 0) this.#failed++;
    this.#next();
    asked.done(reply);
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#inFlight.size < this.#limits.inFlightMax) {
      const asked = this.#waiting.shift();
      if (asked !== undefined) this.#send(asked);
    }
  }

  /** The thread is no more: all that it was asked is unanswered, and the next question starts a new one. */
  #lost(why: string): void {
    this.#restarts++;
    this.#end(problem(Code.SocketLost, `the REST thread is replaced: ${why}`));
  }

  #end(why: Problem): void {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.terminate();
    const open = [...this.#inFlight.values(), ...this.#waiting.splice(0)];
    this.#inFlight.clear();
    for (const asked of open) this.#fail(asked, why);
  }

  #fail(asked: Asked, why: Problem): void {
    clearTimeout(asked.timer);
    this.#failed++;
    const { id } = asked.question;
    asked.done({ id, status: 0, text: "", headers: {}, problem: why, definitions: undefined });
  }
}

/** A source file and an executable name their workers differently. */
function startRestWorker(): Worker {
  const embedded = Bun.main.startsWith("/$bunfs");
  return new Worker(embedded ? "./src/app/rest.worker.ts" : new URL("./rest.worker.ts", import.meta.url).href);
}
