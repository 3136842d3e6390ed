/** Market data of a venue as a feed: a session's sockets on the engine thread, HTTP on a thread of its own. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import type { Instrument, InstrumentDraft } from "../model/instrument.ts";
import type { DecodeStats } from "../venue/wire/decode_stats.ts";
import type { LineSessionPorts, LineSessionStatus, TopicSymbol } from "../venue/wire/line_session.ts";
import type { ListingEntry } from "../venue/wire/listing_table.ts";
import type { Feed, FeedParts, FeedStatus } from "./feed.ts";
import { RestThread } from "./rest_client.ts";
import type { Definitions } from "./rest_messages.ts";

export interface FeedSession {
  start(): void;
  stop(): void;
  status(): LineSessionStatus;
}

/** What differs from venue to venue. */
export interface FeedVenue {
  readonly adapter: string;
  /** Symbols that are wanted; each must be listed. */
  readonly symbols: readonly string[];
  readonly restUrl: string;
  readonly decoder: {
    readonly stats: DecodeStats;
    define(entry: ListingEntry): void;
    decode(text: string, receiveUs: number): unknown;
  };
  /** One answer after the other of what the venue lists; undefined behind the last. `before`: the one that came last. */
  list(rest: RestThread, before: Definitions | undefined, count: number): Promise<Definitions> | undefined;
  open(symbols: readonly TopicSymbol[], ports: LineSessionPorts, rest: RestThread): FeedSession;
}

/** A list that goes round must not hold us. */
const ANSWERS_MAX = 32;

export class VenueFeed implements Feed {
  readonly isLocal = false;
  protected readonly rest: RestThread;
  #session: FeedSession | undefined;
  #problem = "";

  constructor(
    readonly name: string,
    readonly venue: FeedVenue,
    readonly parts: FeedParts,
  ) {
    assert(venue.symbols.length > 0, Code.ValueOutOfRange);
    this.rest = new RestThread({ baseUrls: [venue.restUrl] });
  }

  /** Asks the venue what it lists, until all that is wanted is found. */
  async prepare(): Promise<readonly InstrumentDraft[]> {
    const { symbols } = this.venue;
    const found = new Map<string, InstrumentDraft>();
    const problems: Problem[] = [];
    let read: Definitions | undefined;
    for (let count = 0; count < ANSWERS_MAX && found.size < symbols.length; count++) {
      const asked = this.venue.list(this.rest, read, count);
      if (asked === undefined) break;
      read = await asked;
      for (const draft of read.instruments) found.set(draft.venueSymbol, draft);
      problems.push(...read.problems);
    }
    for (const each of problems) this.parts.thread.problem(each);
    const missing = symbols.filter((symbol) => !found.has(symbol));
    if (missing.length === 0) return [...found.values()];
    const said = problems[0] ?? problem(Code.NoInstrument, `${this.name} does not list ${missing.join(", ")}`);
    this.#problem = said.detail;
    throw new ProblemError(said);
  }

  start(instruments: readonly Instrument[]): void {
    const { decoder } = this.venue;
    for (const { id, revision, venueSymbol, priceScale, qtyScale } of instruments) {
      decoder.define({ symbol: venueSymbol, instrument: id, revision, priceScale, qtyScale });
    }
    this.#problem = "";
    const symbols = instruments.map(({ venueSymbol, id }) => ({ symbol: venueSymbol, instrument: id }));
    this.#session = this.venue.open(symbols, this.#ports(), this.rest);
    this.#session.start();
  }

  stop(): void {
    this.#session?.stop();
    this.rest.close();
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
      adapter: this.venue.adapter,
      connected: status?.connected ?? false,
      reconnects: status?.reconnects ?? 0,
      frames: status?.frames ?? 0,
      setAside: (status?.setAside ?? 0) + this.venue.decoder.stats.setAsideTotal,
      lastFrameUs: status?.lastFrameUs ?? 0,
      problem: status?.problem?.detail ?? this.#problem,
    };
  }

  #ports(): LineSessionPorts {
    const { thread } = this.parts;
    const { decoder } = this.venue;
    return {
      nowUs: () => thread.nowUs(),
      random: () => Math.random(), // det-ok: jitter of reconnects, at the edge
      setTimer: (delayMs, fn) => setTimeout(fn, delayMs),
      clearTimer: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
      decode: (text, receiveUs) => {
        thread.before(receiveUs);
        decoder.decode(text, receiveUs);
      },
      poll: () => thread.poll(),
      book: (instrument) => thread.book(instrument),
      onReconnect: (instrument) => thread.onReconnect(instrument),
      problem: (found) => thread.problem(found),
    };
  }
}
