/** Bybit market data as a feed: a session's sockets on the engine thread, HTTP on a thread of its own. */

import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import type { Instrument } from "../model/instrument.ts";
import type { Category } from "../venue/bybit/category.ts";
import { BybitDecoder } from "../venue/bybit/decode.ts";
import { marketSession } from "../venue/bybit/session.ts";
import { instrumentsQuery } from "../venue/bybit/symbols.ts";
import type { TopicSession } from "../venue/wire/topic_session.ts";
import type { ProviderConfig } from "./config_schema.ts";
import type { Feed, FeedStatus } from "./feed.ts";
import type { FeedParts } from "./feeds.ts";
import { RestThread } from "./rest_client.ts";
import type { Definitions } from "./rest_messages.ts";
import type { InstrumentDraft } from "./session_sync.ts";

type BybitConfig = Extract<ProviderConfig, { adapter: "bybit-spot" | "bybit-linear" }>;

/** The venue lists under a thousand contracts a page and about two pages; a cursor that goes round must not hold us. */
const PAGES_MAX = 32;

export class BybitFeed implements Feed {
  readonly isLocal = false;
  readonly #category: Category;
  readonly #decoder: BybitDecoder;
  readonly #rest: RestThread;
  #session: TopicSession | undefined;
  #problem = "";

  constructor(
    readonly name: string,
    readonly config: BybitConfig,
    readonly parts: FeedParts,
  ) {
    this.#category = config.adapter === "bybit-spot" ? "spot" : "linear";
    this.#decoder = new BybitDecoder(parts.lane, parts.limits);
    this.#rest = new RestThread({ baseUrls: [config.restUrl] });
  }

  /** Asks the venue what it lists, page after page until all is found. */
  async prepare(): Promise<readonly InstrumentDraft[]> {
    const { symbols } = this.config;
    const found = new Map<string, InstrumentDraft>();
    const problems: Problem[] = [];
    let cursor = "";
    for (let page = 0; page < PAGES_MAX; page++) {
      const read = await this.#page(cursor);
      for (const draft of read.instruments) found.set(draft.venueSymbol, draft);
      problems.push(...read.problems);
      cursor = read.cursor;
      if (cursor === "" || found.size === symbols.length) break;
    }
    for (const each of problems) this.parts.thread.problem(each);
    const missing = symbols.filter((symbol) => !found.has(symbol));
    if (missing.length === 0) return [...found.values()];
    const said = problems[0] ?? problem(Code.NoInstrument, `${this.name} does not list ${missing.join(", ")}`);
    this.#problem = said.detail;
    throw new ProblemError(said);
  }

  start(instruments: readonly Instrument[]): void {
    const { config, parts } = this;
    const { thread } = parts;
    for (const { id, revision, venueSymbol, priceScale, qtyScale } of instruments) {
      this.#decoder.define({ symbol: venueSymbol, instrument: id, revision, priceScale, qtyScale });
    }
    this.#problem = "";
    this.#session = marketSession(
      {
        url: config.wsUrl,
        category: this.#category,
        symbols: instruments.map(({ venueSymbol, id }) => ({ symbol: venueSymbol, instrument: id })),
        topics: { trades: true, quotes: config.quotes, depth: config.depth, marks: true },
        limits: parts.limits,
      },
      {
        nowUs: () => thread.nowUs(),
        random: () => Math.random(), // det-ok: jitter of reconnects, at the edge
        setTimer: (delayMs, fn) => setTimeout(fn, delayMs),
        clearTimer: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
        decode: (text, receiveUs) => {
          thread.before(receiveUs);
          this.#decoder.decode(text, receiveUs);
        },
        poll: () => thread.poll(),
        book: (instrument) => thread.book(instrument),
        onReconnect: (instrument) => thread.onReconnect(instrument),
        problem: (found) => thread.problem(found),
      },
    );
    this.#session.start();
  }

  stop(): void {
    this.#session?.stop();
    this.#rest.close();
  }

  /** Its frames come when they come. */
  nextDueUs(): number {
    return Number.POSITIVE_INFINITY;
  }

  step(): void {}

  catchUp(): void {}

  status(): FeedStatus {
    const status = this.#session?.status();
    return {
      name: this.name,
      adapter: this.config.adapter,
      connected: status?.connected ?? false,
      reconnects: status?.reconnects ?? 0,
      frames: status?.frames ?? 0,
      setAside: (status?.setAside ?? 0) + this.#decoder.stats.setAsideTotal,
      lastFrameUs: status?.lastFrameUs ?? 0,
      problem: status?.problem?.detail ?? this.#problem,
    };
  }

  #page(cursor: string): Promise<Definitions> {
    const { adapter, restUrl, symbols } = this.config;
    const url = `${restUrl}${instrumentsQuery(this.#category, cursor)}`;
    return new Promise((resolve) => this.#rest.exchangeInfo(url, adapter, symbols, resolve));
  }
}
