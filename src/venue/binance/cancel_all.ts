/** Cancels all orders of one Binance account over REST: what the watchdog does when the engine is silent. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type CancelAllClient, CancelAllOutcome, type CancelAllReport } from "../wire/cancel_all.ts";
import type { Param, VenueAnswer } from "../wire/live_answer.ts";
import type { RequestClient, RestAnswer, RestMethod } from "../wire/rest.ts";
import { ServerClock } from "../wire/server_clock.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { readRest } from "./gateway_calls.ts";
import { CANCEL_REFUSED, CLOCK_OFF, Outcome, outcomeOf, TOO_MANY_REQUESTS } from "./order_outcome.ts";
import { type BinanceKey, signedText } from "./order_sign.ts";

/** Longer than for orders: a cancel of everything that comes late does no harm. */
const RECV_WINDOW_MS = 5_000;
/** When the venue says no time of its own. */
const LIMITED_MS = 2_000;
const LIMITED_MS_MAX = 60_000;
/** Cancels that are on their way at one time. */
const CANCELS_MAX = 8;
const SYMBOLS_MAX = 4_096;
const TEXT_MAX = 300;
const SECOND_MS = 1_000;
const LIMITED_STATUS: readonly number[] = Object.freeze([418, 429]);

interface Paths {
  readonly time: string;
  /** Each lists open orders of all symbols; each cancel takes one symbol. */
  readonly kinds: readonly { readonly list: string; readonly cancel: string }[];
}

const PATHS: Readonly<Record<BinanceMarket, Paths>> = Object.freeze({
  spot: { time: "/api/v3/time", kinds: [{ list: "/api/v3/openOrders", cancel: "/api/v3/openOrders" }] },
  // Conditional orders have endpoints of their own: the others neither list nor cancel them.
  usdm: {
    time: "/fapi/v1/time",
    kinds: [
      { list: "/fapi/v1/openOrders", cancel: "/fapi/v1/allOpenOrders" },
      { list: "/fapi/v1/openAlgoOrders", cancel: "/fapi/v1/algoOpenOrders" },
    ],
  },
});

export interface BinanceCancelAllParts {
  readonly account: string;
  readonly market: BinanceMarket;
  /** Without a slash at its end. */
  readonly restUrl: string;
  readonly key: BinanceKey;
  readonly rest: RequestClient;
  /** Symbols as the venue writes them: canceled blindly when the venue does not list what is open. */
  readonly symbols: readonly string[];
  nowUs(): number;
}

/** What one kind of order came to in a pass. */
interface KindResult {
  readonly open: number;
  readonly canceled: number;
  readonly failed: VenueAnswer | undefined;
}

export class BinanceCancelAll implements CancelAllClient {
  readonly account: string;
  readonly #clock = new ServerClock();
  readonly #paths: Paths;
  #needsTime = true;
  #retryAfterMs = 0;

  constructor(readonly parts: BinanceCancelAllParts) {
    assert(!parts.restUrl.endsWith("/"), Code.ValueOutOfRange);
    assert(parts.symbols.length <= SYMBOLS_MAX, Code.ValueOutOfRange);
    this.account = parts.account;
    this.#paths = PATHS[parts.market];
  }

  async check(): Promise<string> {
    await this.#measure();
    if (this.#needsTime) return `the venue does not tell its time at ${this.parts.restUrl}${this.#paths.time}`;
    // Of one symbol where there is one: it weighs a fraction.
    const [symbol] = this.parts.symbols;
    const params: Param[] = symbol === undefined ? [] : [["symbol", symbol]];
    const answer = await this.#call("GET", (this.#paths.kinds[0] as Paths["kinds"][number]).list, params);
    return answer.isOk ? "" : answer.msg.slice(0, TEXT_MAX);
  }

  async pass(): Promise<CancelAllReport> {
    this.#retryAfterMs = 0;
    if (this.#needsTime) await this.#measure(); // Without an answer the last offset, or none, must do.
    const results = await Promise.all(this.#paths.kinds.map((kind) => this.#cancelKind(kind)));
    const isListed = results.every(({ open }) => open >= 0);
    const open = isListed ? results.reduce((sum, each) => sum + each.open, 0) : -1;
    const canceled = results.reduce((sum, each) => sum + each.canceled, 0);
    const failed = results.find((each) => each.failed !== undefined)?.failed;
    if (failed === undefined && open === canceled) {
      const outcome = open === 0 ? CancelAllOutcome.NoneOpen : CancelAllOutcome.Canceled;
      return { outcome, open, canceled, retryAfterMs: 0, text: "" };
    }
    if (failed === undefined) {
      // Filled meanwhile, or canceled by a request whose answer was lost, or refused for another reason: the same code.
      const text = `${open - canceled} of ${open} orders were no longer open, says the venue`;
      return { outcome: CancelAllOutcome.Unknown, open, canceled, retryAfterMs: 0, text };
    }
    const text = failed.msg.slice(0, TEXT_MAX);
    if (this.#retryAfterMs > 0) {
      return { outcome: CancelAllOutcome.Limited, open, canceled, retryAfterMs: this.#retryAfterMs, text };
    }
    const isRefused = outcomeOf(failed.code) === Outcome.Refused && failed.code !== CLOCK_OFF;
    const outcome = isRefused ? CancelAllOutcome.Refused : CancelAllOutcome.Unknown;
    return { outcome, open, canceled, retryAfterMs: 0, text };
  }

  async #cancelKind(kind: Paths["kinds"][number]): Promise<KindResult> {
    const listed = await this.#call("GET", kind.list, []);
    const bySymbol = listed.isOk ? countBySymbol(listed.value) : undefined;
    const open = bySymbol === undefined ? -1 : [...bySymbol.values()].reduce((sum, count) => sum + count, 0);
    // The venue refuses everybody for a while: more requests would make it longer.
    if (this.#retryAfterMs > 0) return { open, canceled: 0, failed: listed };
    const symbols = bySymbol === undefined ? [...this.parts.symbols] : [...bySymbol.keys()];
    const answers = await inTurns(symbols, CANCELS_MAX, (symbol) =>
      this.#call("DELETE", kind.cancel, [["symbol", symbol]]),
    );
    let canceled = 0;
    let failed = bySymbol === undefined ? unlisted(listed) : undefined;
    for (const [at, answer] of answers.entries()) {
      // Refused as unknown: the next pass shows whether it has ended.
      if (answer.isOk) canceled += bySymbol?.get(symbols[at] as string) ?? 0;
      else if (answer.code !== CANCEL_REFUSED) failed ??= answer;
    }
    return { open, canceled, failed };
  }

  async #measure(): Promise<void> {
    const { restUrl, rest, nowUs } = this.parts;
    const sentUs = nowUs();
    const answer = await new Promise<RestAnswer>((done) =>
      rest.send({ method: "GET", url: `${restUrl}${this.#paths.time}` }, done),
    );
    const { isOk, value } = readRest(answer);
    const serverMs = Number((value as { serverTime?: unknown } | undefined)?.serverTime); // number-ok: a time in ms
    if (!isOk || !Number.isSafeInteger(serverMs)) return;
    this.#clock.sample(sentUs, serverMs, Math.max(sentUs, nowUs()));
    this.#needsTime = false;
  }

  async #call(method: RestMethod, path: string, params: readonly Param[]): Promise<VenueAnswer> {
    const { restUrl, rest, key, nowUs } = this.parts;
    const time = { timestampMs: this.#clock.nowMs(nowUs()), recvWindowMs: RECV_WINDOW_MS };
    const url = `${restUrl}${path}?${signedText(params, time, key)}`;
    const answer = await new Promise<RestAnswer>((done) =>
      rest.send({ method, url, headers: { "x-mbx-apikey": key.apiKey } }, done),
    );
    const read = readRest(answer);
    if (read.code === CLOCK_OFF) {
      this.#clock.doubt();
      this.#needsTime = true;
    }
    if (LIMITED_STATUS.includes(answer.status) || read.code === TOO_MANY_REQUESTS) {
      this.#retryAfterMs = Math.max(this.#retryAfterMs, retryAfterMs(answer));
    }
    return read;
  }
}

/** Open orders by symbol; undefined when the answer is no list of orders. */
function countBySymbol(value: unknown): Map<string, number> | undefined {
  if (!Array.isArray(value)) return undefined;
  const counts = new Map<string, number>();
  for (const row of value) {
    const symbol = (row as { symbol?: unknown } | null)?.symbol;
    if (typeof symbol !== "string" || symbol === "") return undefined;
    if (counts.size < SYMBOLS_MAX) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  }
  return counts;
}

/** Whatever came instead of a list is a failure, an answer that says "done" too. */
function unlisted(answer: VenueAnswer): VenueAnswer {
  return answer.isOk ? { ...answer, isOk: false, code: 0, msg: "the answer is no list of open orders" } : answer;
}

function retryAfterMs({ headers }: RestAnswer): number {
  const text = headers["retry-after"] ?? "";
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * SECOND_MS : LIMITED_MS; // number-ok: seconds of a header
  return Math.min(LIMITED_MS_MAX, Math.max(SECOND_MS, ms));
}

/** At most `most` at one time; answers in the order of the items. */
async function inTurns<T, R>(items: readonly T[], most: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let at = 0; at < items.length; at += most) {
    answers.push(...(await Promise.all(items.slice(at, at + most).map(run))));
  }
  return answers;
}
