/**
 * A market data session at Binance: books begin with a snapshot by HTTP. Time, chance, HTTP and what becomes of a frame are
 * ports, so a session can be run again.
 */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Limits } from "../../core/limits.ts";
import { RequestBudget } from "../wire/budget.ts";
import {
  LineSession,
  type LineSessionPorts,
  type LineSessionStatus,
  type LineStream,
  TopicKind,
  type TopicName,
  type TopicSymbol,
} from "../wire/line_session.ts";
import type { RestClient } from "../wire/rest.ts";
import { DepthBootstrap } from "./bootstrap.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { BINANCE_DIALECT, STREAM_HEAD } from "./session_control.ts";
import { type SessionLimits, sessionLimitsOf } from "./session_limits.ts";
import { type StreamChoice, streamsOf } from "./session_streams.ts";

export type { SessionLimits } from "./session_limits.ts";
export type { StreamChoice } from "./session_streams.ts";

export interface SessionSettings {
  /** Base of the streams, without a path: `wss://stream.binance.com:9443`, `wss://fstream.binance.com`. */
  readonly url: string;
  /** Base of REST: `https://api.binance.com`, `https://fapi.binance.com`. */
  readonly restUrl: string;
  readonly market: BinanceMarket;
  readonly symbols: readonly TopicSymbol[];
  readonly streams: StreamChoice;
  readonly limits: Limits;
  readonly session?: Partial<SessionLimits>;
}

export interface SessionPorts extends LineSessionPorts {
  decodeSnapshot(text: string, receiveUs: number, symbol: string): void;
  readonly rest: RestClient;
  /** Shared by all that ask this venue from this address; one of its own when none is given. */
  readonly budget?: RequestBudget;
}

export interface SessionStatus extends LineSessionStatus {
  readonly snapshotsAsked: number;
  readonly snapshotsServed: number;
  readonly snapshotsFailed: number;
  readonly snapshotsInFlight: number;
}

export class MarketSession extends LineSession<LineStream> {
  readonly #settings: SessionSettings;
  readonly #depthOf = new Map<number, LineStream>();
  readonly #bootstrap: DepthBootstrap;

  constructor(settings: SessionSettings, ports: SessionPorts) {
    const { url, symbols, market, restUrl } = settings;
    const symbolsMax = settings.limits.instrumentsMax;
    assert(symbols.length <= symbolsMax, Code.TableFull);
    const limits = sessionLimitsOf(market, settings.session);
    super({ url, symbolsMax, dialect: BINANCE_DIALECT, form: { head: STREAM_HEAD }, limits }, ports);
    this.#settings = settings;
    const budget = ports.budget ?? new RequestBudget(limits.requests);
    this.#bootstrap = new DepthBootstrap(market, restUrl, limits, budget, {
      nowUs: () => ports.nowUs(),
      random: () => ports.random(),
      book: (instrument) => ports.book(instrument),
      decodeSnapshot: (text, receiveUs, symbol) => ports.decodeSnapshot(text, receiveUs, symbol),
      poll: () => ports.poll(),
      streaming: (instrument) => this.#streaming(instrument),
      problem: (p) => this.say(p),
      rest: ports.rest,
    });
    this.list(symbols);
  }

  override status(): SessionStatus {
    const { asked, served, failed, inFlight } = this.#bootstrap;
    return {
      ...super.status(),
      snapshotsAsked: asked,
      snapshotsServed: served,
      snapshotsFailed: failed,
      snapshotsInFlight: inFlight,
    };
  }

  protected override namesOf(symbol: string): readonly TopicName[] {
    return streamsOf(this.#settings.market, symbol, this.#settings.streams);
  }

  protected override streamOf(stream: LineStream): LineStream {
    return stream;
  }

  protected override opened(stream: LineStream, symbol: string): void {
    if (stream.kind !== TopicKind.Book) return;
    this.#depthOf.set(stream.instrument, stream);
    this.#bootstrap.add(symbol, stream.instrument);
  }

  protected override closed(instrument: number): void {
    this.#depthOf.delete(instrument);
    this.#bootstrap.remove(instrument);
  }

  protected override tick(nowUs: number): void {
    this.tickLines(nowUs);
    this.watch(nowUs);
    this.#bootstrap.tick(nowUs);
  }

  protected override takes(stream: LineStream): boolean {
    if (stream.kind === TopicKind.Book) this.#bootstrap.sawDiff(stream.instrument);
    return true;
  }

  protected override restarted(instrument: number): void {
    this.#bootstrap.restarted(instrument);
    super.restarted(instrument);
  }

  #streaming(instrument: number): boolean {
    const depth = this.#depthOf.get(instrument);
    return depth?.connection.holds(depth.name) === true;
  }
}
