/** Binance market data as a feed: a session's sockets on the engine thread, HTTP on a thread of its own. */

import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import type { Instrument, InstrumentDraft } from "../model/instrument.ts";
import { BinanceDecoder } from "../venue/binance/decode.ts";
import { historyDialect } from "../venue/binance/history.ts";
import { MarketSession } from "../venue/binance/session.ts";
import { sessionLimitsOf } from "../venue/binance/session_limits.ts";
import { RequestBudget } from "../venue/wire/budget.ts";
import { PriceHistory, type PriceRange } from "../venue/wire/price_history.ts";
import type { ProviderConfig } from "./config_schema.ts";
import type { Feed, FeedStatus } from "./feed.ts";
import type { FeedParts } from "./feeds.ts";
import { RestThread } from "./rest_client.ts";

type BinanceConfig = Extract<ProviderConfig, { adapter: "binance-spot" | "binance-usdm" }>;

export class BinanceFeed implements Feed {
  readonly isLocal = false;
  readonly #market: "spot" | "usdm";
  readonly #decoder: BinanceDecoder;
  readonly #rest: RestThread;
  #session: MarketSession | undefined;
  #history: PriceHistory | undefined;
  readonly #instruments = new Map<number, Instrument>();
  #problem = "";

  constructor(
    readonly name: string,
    readonly config: BinanceConfig,
    readonly parts: FeedParts,
  ) {
    this.#market = config.adapter === "binance-spot" ? "spot" : "usdm";
    this.#decoder = new BinanceDecoder(this.#market, parts.lane, parts.limits);
    this.#rest = new RestThread({ baseUrls: [config.restUrl] });
  }

  /** Asks the venue what it lists. */
  prepare(): Promise<readonly InstrumentDraft[]> {
    const { config } = this;
    const path = this.#market === "spot" ? "/api/v3/exchangeInfo" : "/fapi/v1/exchangeInfo";
    return new Promise((resolve, reject) => {
      this.#rest.exchangeInfo(`${config.restUrl}${path}`, this.#market, config.symbols, (read) => {
        const { instruments } = read;
        const missing = config.symbols.filter((symbol) => !instruments.some((i) => i.venueSymbol === symbol));
        for (const found of read.problems) this.parts.thread.problem(found);
        if (missing.length === 0) return resolve(instruments);
        const found = problem(Code.NoInstrument, `${this.name} does not list ${missing.join(", ")}`);
        this.#problem = (read.problems[0] ?? found).detail;
        reject(new ProblemError(read.problems[0] ?? found));
      });
    });
  }

  start(instruments: readonly Instrument[]): void {
    const { config, parts } = this;
    const { thread } = parts;
    const budget = parts.budgets.get(this.name) ?? new RequestBudget(sessionLimitsOf(this.#market).requests);
    this.#history = new PriceHistory(historyDialect(config.restUrl, this.#market), {
      nowUs: () => thread.nowUs(),
      rest: this.#rest,
      budget,
    });
    for (const instrument of instruments) {
      const { id, revision, venueSymbol, priceScale, qtyScale } = instrument;
      this.#instruments.set(id, instrument);
      this.#decoder.define({ symbol: venueSymbol, instrument: id, revision, priceScale, qtyScale });
    }
    this.#problem = "";
    this.#session = new MarketSession(
      {
        url: config.wsUrl,
        restUrl: config.restUrl,
        market: this.#market,
        symbols: instruments.map(({ venueSymbol, id }) => ({ symbol: venueSymbol, instrument: id })),
        streams: { trades: config.trades, quotes: config.quotes, depth: config.depth },
        limits: parts.limits,
        session: { redundant: config.redundant },
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
        decodeSnapshot: (text, receiveUs, symbol) => {
          thread.before(receiveUs);
          this.#decoder.decodeDepthSnapshot(text, receiveUs, symbol);
        },
        poll: () => thread.poll(),
        book: (instrument) => thread.book(instrument),
        onReconnect: (instrument) => thread.onReconnect(instrument),
        problem: (found) => thread.problem(found),
        rest: this.#rest,
        budget,
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

  history(instrument: number, fromUs: number, toUs: number, done: (range: PriceRange | Problem) => void): void {
    const known = this.#instruments.get(instrument);
    if (known === undefined || this.#history === undefined) return;
    const { venueSymbol: symbol, priceScale } = known;
    this.#history.ask({ symbol, priceScale, fromUs, toUs }, done);
  }

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
}
