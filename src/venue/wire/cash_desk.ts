/** Cash that moves without a fill, read back from the account's statement at the venue: each movement is told once, by its id. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { problem } from "../../core/problem.ts";
import type { RestAsk } from "./live_answer.ts";
import type { LiveHost, Pages } from "./live_dialect.ts";

/** Rows remembered as told: more than any overlap has. */
const SEEN_MAX = 10_000;
/** So many looks in a row must have failed before somebody is told. */
const FAILURES_TOLD = 3;
const RETRY_US_MAX = 60_000_000;

export interface CashLimits {
  /** How often is looked, whatever the stream says. */
  readonly everyUs: number;
  /** After a look that failed; twice as long after each further one, up to a minute. */
  readonly retryUs: number;
  /** Rows are looked for from so long before the last look on: they may show up late, and not in the order of their times. */
  readonly overlapMs: number;
  /** Of one look. */
  readonly pagesMax: number;
}

/** What a row is called; `id` "": it cannot be read. */
export interface CashRow {
  readonly id: string;
  readonly timeMs: number;
}

/** How a venue's statement is asked for and read. */
export interface CashWords {
  /** Kinds of movements that are looked for each time, and those of which one is looked for each time. */
  readonly usual: readonly string[];
  readonly others: readonly string[];
  /** All rows of a kind since then, by the venue's clock. */
  pages(kind: string, sinceMs: number): Pages;
  /** False: this page must wait. */
  take(weight: number, nowUs: number): boolean;
  rowOf(value: unknown): CashRow;
  /** Total: a row is told, or set aside by name. */
  tell(value: unknown): void;
}

/** One kind that is being read. */
interface Reading {
  readonly kind: string;
  readonly pages: Pages;
  readonly rows: unknown[];
  readonly askedMs: number;
}

export class CashDesk {
  readonly #seen = new Set<string>();
  /** Kinds that are to be read. */
  #wanted = new Set<string>();
  /** By kind: what is older has been read, by the venue's clock. */
  readonly #readMs = new Map<string, number>();
  /** By the venue's clock. Older movements, reconciliation finds. */
  #fromMs: number;
  /** When to look whatever the stream says. */
  #dueUs = Number.POSITIVE_INFINITY;
  #lookedUs = 0;
  #retryUs = 0;
  #failures = 0;
  #turn = 0;
  #isAsking = false;

  constructor(
    readonly host: Pick<LiveHost, "call" | "nowUs" | "clock" | "problem">,
    readonly limits: CashLimits,
    readonly words: CashWords,
    /** By the venue's clock; 0: from the first look on. */
    sinceMs = 0,
  ) {
    assert(limits.everyUs > 0 && limits.pagesMax > 0, Code.LimitRelationBroken);
    this.#fromMs = sinceMs;
  }

  /** The stream is up: what moved while nobody listened is looked for, from now on every few seconds. */
  begin(): void {
    const nowUs = this.host.nowUs();
    if (this.#fromMs === 0) this.#fromMs = this.host.clock.nowMs(nowUs);
    this.#dueUs = nowUs;
  }

  /** These kinds have moved, as the stream has just said: they are read first. */
  want(kinds: readonly string[]): void {
    this.#wanted = new Set([...kinds, ...this.#wanted]);
  }

  /** Something may have moved: the next look is not waited for, yet two are never closer than `apartUs`. */
  soon(apartUs: number): void {
    const nextUs = Math.max(this.host.nowUs(), this.#lookedUs + apartUs);
    if (this.#dueUs !== Number.POSITIVE_INFINITY) this.#dueUs = Math.min(this.#dueUs, nextUs);
  }

  /** One kind after the other: trades, which are in such statements too, would fill the pages. */
  tick(nowUs: number): void {
    const { words, host } = this;
    if (nowUs >= this.#dueUs) this.#look(nowUs);
    const [kind] = this.#wanted;
    if (kind === undefined || this.#isAsking || nowUs < this.#retryUs) return;
    const sinceMs = Math.max(0, (this.#readMs.get(kind) ?? this.#fromMs) - this.limits.overlapMs);
    const pages = words.pages(kind, sinceMs);
    if (!words.take(pages.first.weight, nowUs)) return;
    this.#isAsking = true;
    this.#wanted.delete(kind);
    this.#page({ kind, pages, rows: [], askedMs: host.clock.nowMs(nowUs) }, pages.first, 1);
  }

  #look(nowUs: number): void {
    const { usual, others } = this.words;
    this.#lookedUs = nowUs;
    this.#dueUs = nowUs + this.limits.everyUs;
    this.want(others.length === 0 ? usual : [...usual, others[this.#turn++ % others.length] as string]);
  }

  #page(reading: Reading, ask: RestAsk, count: number): void {
    const { pages, rows } = reading;
    this.host.call(ask, ({ isOk, value, msg }) => {
      const found = isOk ? pages.rows(value) : undefined;
      const next = found === undefined ? "broken" : pages.next(found, value);
      rows.push(...(found ?? []));
      if (next === "broken") return this.#failed(reading, msg || "it cannot be read");
      if (next === undefined) return this.#isRead(reading);
      if (count >= this.limits.pagesMax) return this.#failed(reading, "too many pages");
      // Without room for the next page it begins anew: nobody's failure.
      if (!this.words.take(next.weight, this.host.nowUs())) return this.#again(reading, this.limits.retryUs);
      this.#page(reading, next, count + 1);
    });
  }

  #failed(reading: Reading, why: string): void {
    const waitUs = Math.min(this.limits.retryUs * (1 << Math.min(this.#failures, 20)), RETRY_US_MAX);
    this.#failures++;
    this.#again(reading, waitUs);
    if (this.#failures !== FAILURES_TOLD) return;
    this.host.problem(problem(Code.AnswerRefused, `cash that moved without a fill (${reading.kind}): ${why}`));
  }

  #again({ kind }: Reading, waitUs: number): void {
    this.#isAsking = false;
    this.#wanted.add(kind);
    this.#retryUs = this.host.nowUs() + waitUs;
  }

  #isRead({ kind, pages, rows, askedMs }: Reading): void {
    this.#isAsking = false;
    this.#failures = 0;
    this.#readMs.set(kind, Math.max(askedMs, this.#fromMs));
    for (const row of pages.isNewestFirst === true ? rows.toReversed() : rows) this.#row(row);
    const oldest = this.#seen.values();
    while (this.#seen.size > SEEN_MAX) this.#seen.delete(oldest.next().value as string);
  }

  /** What was there before the first look is in what the account was opened with, or found by reconciliation. */
  #row(value: unknown): void {
    const { id, timeMs } = this.words.rowOf(value);
    if (id !== "" && (timeMs < this.#fromMs || this.#seen.has(id))) return;
    if (id !== "") this.#seen.add(id);
    this.words.tell(value);
  }
}
