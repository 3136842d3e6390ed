/** Cancels all orders of one account over REST: lists what is open, cancels it, and says what became of it; a venue adds words. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type CancelAllClient, CancelAllOutcome, type CancelAllReport } from "./cancel_all.ts";
import type { RestAsk, VenueAnswer } from "./live_answer.ts";
import type { RequestClient, RestAnswer, RestRequest } from "./rest.ts";
import { ServerClock } from "./server_clock.ts";

/** Longer than for orders: a cancel of everything that comes late does no harm. */
const RECV_WINDOW_MS = 5_000;
/** When the venue says no time of its own. */
const LIMITED_MS = 2_000;
const LIMITED_MS_MAX = 60_000;
/** Cancels that are on their way at one time. */
const CANCELS_MAX = 8;
const PAGES_MAX = 64;
const ORDERS_MAX = 16_384;
const SECOND_MS = 1_000;

/** When a request is made by the venue's clock, and for how long it may be accepted. */
export interface CancelTime {
  readonly timestampMs: number;
  readonly recvWindowMs: number;
}

export interface OpenOrder {
  readonly symbol: string;
  /** "" where the venue cancels by symbol. */
  readonly id: string;
}

export interface OpenPage {
  readonly orders: readonly OpenOrder[];
  /** What the next page is asked for with; "" = this was the last one. */
  readonly next: string;
}

/** One request that cancels; `orders`: those that it is meant for, none when nobody knows what is open. */
export interface CancelAsk {
  readonly ask: RestAsk;
  readonly orders: readonly OpenOrder[];
}

/** What an answer to one `CancelAsk` says. */
export interface Taken {
  readonly taken: number;
  /** Why not all: undefined also when some were no longer open, as the next list shows. */
  readonly failed?: VenueAnswer | undefined;
}

/** Orders of one kind: those that have a list and a cancel of their own. */
export interface CancelKind {
  /** `next` "" = the first one. */
  page(next: string): RestAsk;
  /** Undefined: it is no list of open orders. */
  readPage(value: unknown): OpenPage | undefined;
  cancels(open: readonly OpenOrder[]): readonly CancelAsk[];
  /** What can be done when the venue does not say what is open. */
  blind(): readonly RestAsk[];
  read(answer: VenueAnswer, orders: readonly OpenOrder[]): Taken;
}

/** No; this endpoint; everything: more requests would make it longer. */
export type Limited = "no" | "here" | "all";

/** What a venue adds. */
export interface CancelWords {
  request(ask: RestAsk, time: CancelTime): RestRequest;
  /** Total. */
  readRest(answer: RestAnswer): VenueAnswer;
  clockAsk(): RestAsk;
  /** 0: not readable. */
  clockMs(value: unknown): number;
  isClockOff(answer: VenueAnswer): boolean;
  limitedOf(answer: VenueAnswer, status: number): Limited;
  /** The key, its rights, its address: for good. */
  isRefused(answer: VenueAnswer): boolean;
  /** Needs the key, and costs little. */
  checkAsk(): RestAsk;
  readonly kinds: readonly CancelKind[];
}

export interface RestCancelAllParts {
  readonly account: string;
  readonly rest: RequestClient;
  nowUs(): number;
}

/** What one kind of order came to in a pass. */
interface KindResult {
  /** -1: the venue did not tell, or not to the end. */
  readonly open: number;
  readonly canceled: number;
  readonly failed: VenueAnswer | undefined;
}

export class RestCancelAll implements CancelAllClient {
  readonly account: string;
  readonly #clock = new ServerClock();
  #needsTime = true;
  #retryAfterMs = 0;
  #isFrozen = false;

  constructor(
    readonly parts: RestCancelAllParts,
    readonly words: CancelWords,
  ) {
    assert(words.kinds.length > 0, Code.ValueOutOfRange);
    this.account = parts.account;
  }

  async check(): Promise<string> {
    await this.#measure();
    if (this.#needsTime) return `the venue does not tell its time at ${this.words.clockAsk().path}`;
    const answer = await this.#call(this.words.checkAsk());
    return answer.isOk ? "" : answer.msg;
  }

  async pass(): Promise<CancelAllReport> {
    this.#retryAfterMs = 0;
    this.#isFrozen = false;
    if (this.#needsTime) await this.#measure(); // Without an answer the last offset, or none, must do.
    const results = await Promise.all(this.words.kinds.map((kind) => this.#cancelKind(kind)));
    const isListed = results.every(({ open }) => open >= 0);
    const open = isListed ? results.reduce((sum, each) => sum + each.open, 0) : -1;
    const canceled = results.reduce((sum, each) => sum + each.canceled, 0);
    const failed = results.find((each) => each.failed !== undefined)?.failed;
    return { ...this.#outcome(open, canceled, failed), open, canceled };
  }

  #outcome(open: number, canceled: number, failed: VenueAnswer | undefined) {
    const retryAfterMs = this.#retryAfterMs;
    if (failed === undefined && canceled >= open) {
      return { outcome: open === 0 ? CancelAllOutcome.NoneOpen : CancelAllOutcome.Canceled, retryAfterMs: 0, text: "" };
    }
    if (failed === undefined) {
      // Filled meanwhile, or canceled by a request whose answer was lost, or refused for another reason: the same code.
      const text = `${open - canceled} of ${open} orders were no longer open, says the venue`;
      return { outcome: CancelAllOutcome.Unknown, retryAfterMs, text };
    }
    const text = failed.msg;
    if (retryAfterMs > 0) return { outcome: CancelAllOutcome.Limited, retryAfterMs, text };
    const isRefused = this.words.isRefused(failed) && !this.words.isClockOff(failed);
    return { outcome: isRefused ? CancelAllOutcome.Refused : CancelAllOutcome.Unknown, retryAfterMs: 0, text };
  }

  async #cancelKind(kind: CancelKind): Promise<KindResult> {
    const { orders, failed: unlisted } = await this.#list(kind);
    const open = unlisted === undefined ? orders.length : -1;
    if (this.#isFrozen) return { open, canceled: 0, failed: unlisted };
    const blind = unlisted === undefined ? [] : kind.blind().map((ask) => ({ ask, orders: [] }));
    const asks: CancelAsk[] = [...(orders.length === 0 ? [] : kind.cancels(orders)), ...blind];
    const answers = await inTurns(asks, CANCELS_MAX, async ({ ask, orders: meant }) =>
      kind.read(await this.#call(ask), meant),
    );
    const canceled = answers.reduce((sum, { taken }) => sum + taken, 0);
    return { open, canceled, failed: unlisted ?? answers.find((each) => each.failed !== undefined)?.failed };
  }

  /** Everything that is open of a kind; `failed`: why that is not all. */
  async #list(kind: CancelKind): Promise<{ orders: OpenOrder[]; failed: VenueAnswer | undefined }> {
    const orders: OpenOrder[] = [];
    let next = "";
    for (let pages = 0; pages < PAGES_MAX && orders.length < ORDERS_MAX; pages++) {
      const answer = await this.#call(kind.page(next));
      const page = answer.isOk ? kind.readPage(answer.value) : undefined;
      if (page === undefined) return { orders, failed: noList(answer) };
      orders.push(...page.orders);
      if (page.next === "") break; // What is beyond the bounds comes with the next pass.
      next = page.next;
    }
    return { orders, failed: undefined };
  }

  async #measure(): Promise<void> {
    const { rest, nowUs } = this.parts;
    const { words } = this;
    const sentUs = nowUs();
    const time = { timestampMs: this.#clock.nowMs(sentUs), recvWindowMs: RECV_WINDOW_MS };
    const raw = await new Promise<RestAnswer>((done) => rest.send(words.request(words.clockAsk(), time), done));
    const answer = words.readRest(raw);
    const serverMs = answer.isOk ? words.clockMs(answer.value) : 0;
    if (serverMs <= 0) return;
    this.#clock.sample(sentUs, serverMs, Math.max(sentUs, nowUs()));
    this.#needsTime = false;
  }

  async #call(ask: RestAsk): Promise<VenueAnswer> {
    const { rest, nowUs } = this.parts;
    const { words } = this;
    // Signed at the moment of sending.
    const time = { timestampMs: this.#clock.nowMs(nowUs()), recvWindowMs: RECV_WINDOW_MS };
    const raw = await new Promise<RestAnswer>((done) => rest.send(words.request(ask, time), done));
    const answer = words.readRest(raw);
    if (words.isClockOff(answer)) {
      this.#clock.doubt();
      this.#needsTime = true;
    }
    const limited = words.limitedOf(answer, raw.status);
    if (limited !== "no") this.#retryAfterMs = Math.max(this.#retryAfterMs, retryAfterMs(raw, limited));
    if (limited === "all") this.#isFrozen = true;
    return answer;
  }
}

/** Whatever came instead of a list is a failure, an answer that says "done" too. */
function noList(answer: VenueAnswer): VenueAnswer {
  return answer.isOk ? { ...answer, isOk: false, code: 0, msg: "the answer is no list of open orders" } : answer;
}

function retryAfterMs({ headers }: RestAnswer, limited: Limited): number {
  const text = headers["retry-after"] ?? "";
  const usualMs = limited === "all" ? LIMITED_MS : SECOND_MS;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * SECOND_MS : usualMs; // number-ok: seconds of a header
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
