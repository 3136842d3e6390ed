/** What one connection is subscribed to, against what is wanted: only differences are sent, and answers are checked. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type BudgetLimits, RequestBudget } from "./budget.ts";
import type { LineDialect } from "./dialect.ts";

export interface SubscriptionLimits {
  /** Stream names in one control message. */
  readonly namesPerMessageMax: number;
  /** Least time between two control messages; the venue closes at more than 5 incoming frames a second, pongs included. */
  readonly messageGapUsMin: number;
  /** An answer that has not come by then will not come. */
  readonly answerUsMax: number;
  /** Names subscribed and left in any window, where the venue bounds them for one connection. */
  readonly names?: BudgetLimits;
}

/** The control message that waits for its answer: one at a time, so that no two speak of the same stream. */
interface Asked {
  readonly id: number;
  readonly subscribe: boolean;
  readonly streams: readonly string[];
  readonly sentUs: number;
}

export class Subscriptions {
  readonly #limits: SubscriptionLimits;
  readonly #wanted: ReadonlySet<string>;
  readonly #held = new Set<string>();
  /** Streams that the venue refused one by one: not asked again on this connection. */
  readonly #refused = new Set<string>();
  /** Streams to leave although they are wanted: they come back with the next difference. */
  readonly #renew = new Set<string>();
  #asked: Asked | undefined;
  #lastId = 0;
  #sentUs = Number.NEGATIVE_INFINITY;
  #changed = true;
  #namesMax: number;
  readonly #budget: RequestBudget | undefined;
  #starved = false;

  /** `wanted` belongs to the caller, who says `change()` when it differs. */
  constructor(
    wanted: ReadonlySet<string>,
    limits: SubscriptionLimits,
    readonly dialect: Pick<LineDialect, "request">,
  ) {
    assert(limits.namesPerMessageMax > 0, Code.LimitRelationBroken);
    this.#wanted = wanted;
    this.#limits = limits;
    this.#namesMax = limits.namesPerMessageMax;
    this.#budget = limits.names === undefined ? undefined : new RequestBudget(limits.names);
  }

  /** The venue takes no more changes on this connection for now: a new one could say what this one may not. */
  get starved(): boolean {
    return this.#starved;
  }

  change(): void {
    this.#changed = true;
  }

  /** The venue has said yes to this stream, and we have not left it. */
  holds(stream: string): boolean {
    return this.#held.has(stream);
  }

  /** Everything wanted and not refused is held, and nothing else. */
  get settled(): boolean {
    return !this.#changed && this.#asked === undefined;
  }

  get heldCount(): number {
    return this.#held.size;
  }

  get refusedCount(): number {
    return this.#refused.size;
  }

  /** Leaves a stream and subscribes it again: it may have been forgotten on the other side. */
  renew(stream: string): void {
    if (!this.#held.has(stream)) return;
    this.#renew.add(stream);
    this.#changed = true;
  }

  /** It is to be left, or being left, only to be taken again. */
  renews(stream: string): boolean {
    return this.#renew.has(stream);
  }

  /** The next control message to send now, or undefined: nothing to say, or not yet. */
  next(nowUs: number): string | undefined {
    if (!this.#changed || this.#asked !== undefined) return undefined;
    if (nowUs - this.#sentUs < this.#limits.messageGapUsMin) return undefined;
    const leave = this.#toLeave();
    const subscribe = leave.length === 0;
    const streams = subscribe ? this.#toTake() : leave;
    if (streams.length === 0) {
      this.#changed = false;
      return undefined;
    }
    assert(streams.length <= this.#limits.namesPerMessageMax, Code.InvariantBroken);
    this.#starved = this.#budget?.take(streams.length, nowUs) === false;
    if (this.#starved) return undefined;
    this.#lastId++;
    this.#asked = { id: this.#lastId, subscribe, streams, sentUs: nowUs };
    this.#sentUs = nowUs;
    return this.dialect.request(subscribe, streams, this.#lastId);
  }

  /**
   * An answer; `id` undefined when the venue did not name it; `only` when it answers for one stream of the message alone.
   * Answers the stream that it refused for good, if it did.
   */
  answer(id: number | undefined, refused: boolean, only?: string): string | undefined {
    const asked = this.#asked;
    if (asked === undefined || (id !== undefined && id !== asked.id)) return undefined;
    if (only !== undefined) return this.#answerOne(asked, refused, only);
    // An error without an id is about what we said last; a plain answer always has one.
    if (id === undefined && !refused) return undefined;
    this.#asked = undefined;
    if (!refused) {
      for (const stream of asked.streams) this.#settle(stream, asked.subscribe);
      this.#namesMax = Math.min(this.#limits.namesPerMessageMax, this.#namesMax * 2);
      return undefined;
    }
    if (!asked.subscribe) {
      // It does not know them: then they are left.
      for (const stream of asked.streams) this.#settle(stream, false);
      return undefined;
    }
    if (asked.streams.length > 1) {
      this.#namesMax = Math.max(1, asked.streams.length >>> 1); // Which one was it? Ask for fewer at a time.
      return undefined;
    }
    const stream = asked.streams[0] as string;
    this.#refused.add(stream);
    return stream;
  }

  /** One stream of the message is answered; the message is when all of its streams are. */
  #answerOne(asked: Asked, refused: boolean, stream: string): string | undefined {
    if (!asked.streams.includes(stream)) return undefined;
    const left = asked.streams.filter((name) => name !== stream);
    this.#asked = left.length === 0 ? undefined : { ...asked, streams: left };
    if (refused && asked.subscribe) {
      this.#refused.add(stream);
      return stream;
    }
    this.#settle(stream, asked.subscribe);
    if (left.length === 0) this.#namesMax = Math.min(this.#limits.namesPerMessageMax, this.#namesMax * 2);
    return undefined;
  }

  /** True when the answer to the last message is overdue. */
  overdue(nowUs: number): boolean {
    return this.#asked !== undefined && nowUs - this.#asked.sentUs >= this.#limits.answerUsMax;
  }

  #settle(stream: string, subscribed: boolean): void {
    if (subscribed) this.#held.add(stream);
    else {
      this.#held.delete(stream);
      this.#renew.delete(stream);
    }
  }

  #toLeave(): string[] {
    const streams: string[] = [];
    for (const stream of this.#held) {
      if (streams.length === this.#limits.namesPerMessageMax) break;
      if (!this.#wanted.has(stream) || this.#renew.has(stream)) streams.push(stream);
    }
    return streams;
  }

  #toTake(): string[] {
    const streams: string[] = [];
    for (const stream of this.#wanted) {
      if (streams.length === this.#namesMax) break;
      if (!this.#held.has(stream) && !this.#refused.has(stream)) streams.push(stream);
    }
    return streams;
  }
}
