/** What the REST client and its thread say to each other: plain data, copied between threads. */

import type { Problem } from "../core/problem.ts";
import type { InstrumentDraft } from "../model/instrument.ts";
import type { BinanceMarket } from "../venue/binance/decode.ts";
import type { RestRequest } from "../venue/wire/rest.ts";

export interface RestLimits {
  /** Requests on the wire at one time; further ones wait their turn. */
  readonly inFlightMax: number;
  /** Requests that wait; further ones are refused. */
  readonly waitingMax: number;
  /** From sending to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Of one answer, unpacked: exchangeInfo has about 20 MB. */
  readonly answerBytesMax: number;
}

/** The first message to the thread. */
export interface RestSetup {
  readonly kind: "setup";
  /** Scheme, host and port of what may be asked; nothing else is. */
  readonly origins: readonly string[];
  readonly limits: RestLimits;
}

/** Whose list of instruments it is: Binance's by market, others by their venue alias. */
export type ListedMarket = BinanceMarket | "bybit-spot" | "bybit-linear" | "okx";

/** exchangeInfo is large: it is parsed on the thread, and only what is wanted comes back. */
export interface DefinitionsWish {
  readonly market: ListedMarket;
  /** Venue symbols; undefined = all. */
  readonly symbols: readonly string[] | undefined;
}

export interface RestQuestion {
  readonly kind: "question";
  readonly id: number;
  readonly request: RestRequest;
  readonly definitions: DefinitionsWish | undefined;
}

export interface Definitions {
  readonly instruments: readonly InstrumentDraft[];
  /** Of the wanted symbols, and of the answer as a whole. */
  readonly problems: readonly Problem[];
  /** Of the next page; "" on the last, and where there are none. */
  readonly cursor: string;
}

export interface RestReply {
  readonly id: number;
  readonly status: number;
  /** Empty when it was read as definitions. */
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly problem: Problem | undefined;
  readonly definitions: Definitions | undefined;
}
