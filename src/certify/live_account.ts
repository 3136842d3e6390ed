/** A live gateway as a venue under test: what it tells is kept, and a call waits until it has nothing more on its way. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import type { VenueGateway } from "../engine/ports.ts";
import { type Instrument, InstrumentTable } from "../model/instrument.ts";
import { InstrumentKind } from "../model/order.ts";
import { RecordKind, StreamState, TradingRecord } from "../model/record.ts";
import type { MarketLane } from "../ring/market_lane.ts";
import type { LiveGateway } from "../venue/wire/live_gateway.ts";
import { OwnIds } from "../venue/wire/order_ids.ts";
import type { ReportSink } from "../venue/wire/outbox.ts";
import type { Adapter, AdapterKey, VenueUrls } from "./adapter.ts";
import { FetchClient } from "./fetch_client.ts";
import { within } from "./judge.ts";
import { TIMERS, wallUs } from "./quick.ts";
import type { Conditions, LivePart } from "./subject.ts";

/** Where something may be put between the gateway and those who use it: mutants are planted there. */
export interface Hooks {
  sink?(real: ReportSink): ReportSink;
  gateway?(real: LiveGateway, sink: ReportSink): VenueGateway;
  live?(real: LiveGateway): LivePart;
  /** Before the market takes a slot of the lane. */
  slot?(lane: MarketLane, slot: number): void;
}

export interface AccountParts {
  readonly adapter: Adapter;
  readonly urls: VenueUrls;
  readonly key: AdapterKey;
  readonly instruments: readonly Instrument[];
  readonly conditions: Conditions;
  readonly isQuick: boolean;
  /** Part of every client order id: never the same twice at one venue. */
  readonly epoch: number;
  /** Session in which an order number was given out, where not in this one. */
  readonly epochOf?: (order: number) => number | undefined;
  readonly hooks?: Hooks;
}

/** Nothing has come for so long: it is quiet. */
const QUIET_MS = { quick: 20, real: 600 } as const;
const SETTLE_MS_MAX = { quick: 4_000, real: 15_000 } as const;
const UP_MS_MAX = 20_000;
/** The last one: whoever reads such an id in an account that also trades knows whose it is. */
const NODE = 255;

export class LiveAccount {
  readonly real: LiveGateway;
  readonly gateway: VenueGateway;
  readonly problems: Problem[] = [];
  readonly assets: string[];
  readonly #told: TradingRecord[] = [];

  constructor(readonly parts: AccountParts) {
    const { adapter, instruments, hooks = {} } = parts;
    const table = new InstrumentTable();
    for (const instrument of instruments) table.define(instrument);
    const named = instruments.flatMap(({ base, quote, settle }) => [settle, quote, base]);
    this.assets = [...new Set([...named, "BNB", "OKB", "MNT"])];
    const kept: ReportSink = { put: (record) => this.#told.push(new TradingRecord().copyFrom(record)) > 0 };
    const sink = hooks.sink?.(kept) ?? kept;
    this.real = adapter.gateway({
      ...TIMERS,
      account: 0,
      urls: parts.urls,
      key: parts.key,
      conditions: parts.conditions,
      isQuick: parts.isQuick,
      nowUs: wallUs,
      rest: new FetchClient(),
      ids: new OwnIds(NODE, parts.epoch, parts.epochOf),
      instruments: table,
      assetId: (code) => this.assetId(code),
      sink,
      poll: () => undefined,
      problem: (found) => this.problems.push(found),
    });
    this.gateway = hooks.gateway?.(this.real, sink) ?? this.real;
  }

  assetId(code: string): number | undefined {
    const at = this.assets.indexOf(code);
    return at < 0 ? undefined : at;
  }

  /** Throws ProblemError when it does not come up. */
  async up(): Promise<this> {
    this.real.start();
    const isUp = () => this.#told.some((r) => r.kind === RecordKind.StreamChanged && r.code === StreamState.Up);
    if (await within(UP_MS_MAX, isUp)) {
      this.#told.length = 0;
      return this;
    }
    this.real.stop();
    const found = this.problems.at(-1);
    throw new ProblemError(found ?? problem(Code.SocketLost, `the private stream of ${this.real.venue} is not up`));
  }

  /** Everything told since the last call, once nothing more is on its way. */
  async settle(): Promise<TradingRecord[]> {
    const pace = this.parts.isQuick ? "quick" : "real";
    const untilMs = performance.now() + SETTLE_MS_MAX[pace];
    let quietMs = performance.now();
    let before = -1;
    while (performance.now() < untilMs) {
      await Bun.sleep(5);
      const { requestsOpen, questionsOpen, isUp } = this.real.status();
      const isIdle = requestsOpen + questionsOpen === 0 && isUp && before === this.#told.length;
      before = this.#told.length;
      if (!isIdle) quietMs = performance.now();
      else if (performance.now() - quietMs >= QUIET_MS[pace]) break;
    }
    return this.#told.splice(0);
  }

  /** Columns of a venue under test that follow from the instrument. */
  facts(instrument: Instrument) {
    const { id, base, quote, qtyScale, kind } = instrument;
    const assets = { base: this.assetId(base), quote: this.assetId(quote) };
    assert(assets.base !== undefined && assets.quote !== undefined, Code.InvariantBroken);
    const { deadManMsMin } = this.parts.adapter;
    return {
      instrument: id,
      ...(deadManMsMin === undefined ? {} : { deadManMsMin }),
      live: this.parts.hooks?.live?.(this.real) ?? this.real,
      hasPositions: kind !== InstrumentKind.Spot,
      assets: { base: assets.base, quote: assets.quote, qtyScale },
    };
  }
}
