/** The synthetic market as a feed: its frames are made here, when they are due. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { SyntheticSpec } from "../match/synthetic_spec.ts";
import { defaultSpecs } from "../match/synthetic_specs.ts";
import type { Instrument, InstrumentDraft } from "../model/instrument.ts";
import { instrumentsOf, listingsOf, symbolOf } from "../venue/sim/instruments.ts";
import { SyntheticMarket } from "../venue/sim/market.ts";
import type { ProviderConfig } from "./config_schema.ts";
import type { Feed, FeedParts, FeedStatus } from "./feed.ts";

/** The past that is made up at the start, so that bars are there: thirty seconds at the usual speed, less at a higher one. */
const HISTORY_EVENTS_US = 30_000_000;

type SimConfig = Extract<ProviderConfig, { adapter: "sim" }>;

export class SimFeed implements Feed {
  readonly adapter = "sim";
  readonly isLocal = true;
  readonly #specs: readonly SyntheticSpec[];
  #market: SyntheticMarket | undefined;
  #stopped = false;

  constructor(
    readonly name: string,
    readonly config: SimConfig,
    readonly parts: FeedParts,
  ) {
    const known = defaultSpecs();
    this.#specs = config.instruments.map((symbol) => {
      const spec = known.find((candidate) => symbolOf(candidate) === symbol);
      if (spec !== undefined) return { ...spec, speed: config.speed };
      throw new ProblemError(problem(Code.NoInstrument, `the synthetic market has no ${symbol}`));
    });
  }

  /** Nobody to ask: known at once. */
  readonly drafts = (): readonly InstrumentDraft[] => instrumentsOf(this.#specs);

  async prepare(): Promise<readonly InstrumentDraft[]> {
    return this.drafts();
  }

  start(instruments: readonly Instrument[]): void {
    const { thread, lane, limits, lastPrices } = this.parts;
    this.#market = new SyntheticMarket(
      {
        listings: listingsOf(instruments, this.#specs),
        // Another path after each restart: time has gone on as well.
        seed: this.config.seed,
        startUs: thread.nowUs(),
        historyUs: Math.floor(HISTORY_EVENTS_US / Math.max(1, this.config.speed)),
        startPrices: onTick(lastPrices, instruments),
        onReconnect: (instrument) => thread.onReconnect(instrument),
      },
      lane,
      limits,
    );
  }

  stop(): void {
    this.#stopped = true;
  }

  nextDueUs(): number {
    return this.#stopped ? Number.POSITIVE_INFINITY : (this.#market?.nextDueUs() ?? Number.POSITIVE_INFINITY);
  }

  catchUp(nowUs: number): void {
    this.#market?.catchUp(nowUs);
  }

  step(): void {
    this.#market?.step();
  }

  status(): FeedStatus {
    const market = this.#market;
    return {
      name: this.name,
      adapter: this.adapter,
      connected: market !== undefined && market.frames > 0,
      reconnects: (market?.connections ?? 1) - 1,
      frames: market?.frames ?? 0,
      setAside: 0,
      lastFrameUs: market === undefined ? 0 : Math.min(market.nextDueUs(), this.parts.thread.nowUs()),
      problem: "",
    };
  }
}

/** The journal's prices are references, which may lie between two ticks. */
function onTick(prices: ReadonlyMap<number, number>, instruments: readonly Instrument[]): Map<number, number> {
  const rounded = new Map<number, number>();
  for (const { id, tick } of instruments) {
    const price = prices.get(id);
    if (price !== undefined && price >= tick) rounded.set(id, price - (price % tick));
  }
  return rounded;
}
