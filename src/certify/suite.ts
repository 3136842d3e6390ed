/** All cards, and their run against one adapter: a fresh world for each, one after the other. */

import { AssertionFailed } from "../core/assert.ts";
import { type CardSpec, GROUPS, type Group } from "./card.ts";
import { DUTY_CARDS } from "./cards_duty.ts";
import { ENTRY_CARDS } from "./cards_entry.ts";
import { MARKET_CARDS } from "./cards_market.ts";
import { QUESTION_CARDS } from "./cards_questions.ts";
import { STREAM_CARDS } from "./cards_stream.ts";
import { TROUBLE_CARDS } from "./cards_trouble.ts";
import { CardFailed, CardSkipped } from "./judge.ts";
import { type Numbers, OrderCard } from "./order_card.ts";
import { type Proof, proofOf } from "./proofs.ts";
import type { Conditions, Subject } from "./subject.ts";

export const CARDS: readonly CardSpec[] = inGroups([
  ...ENTRY_CARDS,
  ...DUTY_CARDS,
  ...QUESTION_CARDS,
  ...STREAM_CARDS,
  ...TROUBLE_CARDS,
  ...MARKET_CARDS,
]);

/** `unproven`: it passes, and nothing that the venue itself said stands behind what the card takes for right. */
export type Verdict = "pass" | "unproven" | "skip" | "fail";

export interface CardResult {
  readonly number: string;
  readonly group: Group;
  readonly title: string;
  readonly verdict: Verdict;
  /** Why it failed or was skipped; "" else. */
  readonly reason: string;
  readonly proof: Proof | undefined;
  readonly ms: number;
}

export interface SuiteOptions {
  readonly cards?: readonly CardSpec[];
  readonly cardMsMax?: number;
  /** Shared by all runs at one account: numbers of orders must not repeat. */
  readonly numbers?: Numbers;
  /** Told before each card, and after the last. */
  onCard?(next: CardSpec | undefined, done: number, of: number): void;
}

const CARD_MS_MAX = 90_000;

export async function runSuite(subject: Subject, options: SuiteOptions = {}): Promise<CardResult[]> {
  const { cards = CARDS, numbers = { order: 0, query: 0 } } = options;
  const results: CardResult[] = [];
  for (const card of cards) {
    options.onCard?.(card, results.length, cards.length);
    results.push(await runCard(card, subject, numbers, options.cardMsMax));
  }
  options.onCard?.(undefined, results.length, cards.length);
  return results;
}

/** Never throws: whatever happens is the card's result. */
export async function runCard(
  card: CardSpec,
  subject: Subject,
  numbers: Numbers = { order: 0, query: 0 },
  cardMsMax = CARD_MS_MAX,
): Promise<CardResult> {
  const startMs = performance.now();
  const proof = proofOf(subject.venue, card.number);
  let verdict: Verdict = proof === undefined ? "unproven" : "pass";
  let reason = "";
  try {
    await inTime("look" in card ? lookAt(card, subject) : runOrders(card, subject, numbers), cardMsMax);
  } catch (error) {
    verdict = error instanceof CardSkipped ? "skip" : "fail";
    reason = reasonOf(error);
  }
  const { number, group, title } = card;
  return { number, group, title, verdict, reason, proof, ms: Math.round(performance.now() - startMs) };
}

/** The verdict of the whole: a skip and an unproven card do not fail it. */
export function isPassed(results: readonly CardResult[]): boolean {
  return results.every(({ verdict }) => verdict !== "fail");
}

export function countsOf(results: readonly CardResult[]): Record<Verdict, number> {
  const counts: Record<Verdict, number> = { pass: 0, unproven: 0, skip: 0, fail: 0 };
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

async function runOrders(card: Extract<CardSpec, { run: unknown }>, subject: Subject, numbers: Numbers): Promise<void> {
  if (subject.orders === undefined) throw new CardSkipped("no account to trade with");
  const talk = new OrderCard(await subject.orders(conditionsOf(card)), numbers);
  try {
    await talk.settle();
    await card.run(talk);
  } finally {
    await talk.venue.close?.();
  }
}

async function lookAt(card: Extract<CardSpec, { look: unknown }>, subject: Subject): Promise<void> {
  if (subject.market === undefined) throw new CardSkipped(subject.marketMissing ?? "it has no market data");
  const market = await subject.market(conditionsOf(card));
  try {
    await card.look(market);
  } finally {
    await market.close();
  }
}

function conditionsOf(card: CardSpec): Conditions {
  return card.conditions ?? {};
}

async function inTime(work: Promise<void>, msMax: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CardFailed(`it did not end within ${msMax / 1_000} s`)), msMax);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof CardFailed || error instanceof CardSkipped) return error.message;
  if (error instanceof AssertionFailed) return `an assertion of ours failed: ${error.message}`;
  return `it threw: ${error instanceof Error ? error.message : String(error)}`;
}

function inGroups(cards: readonly CardSpec[]): CardSpec[] {
  return GROUPS.flatMap((group) =>
    cards.filter((card) => card.group === group).sort((a, b) => (a.number < b.number ? -1 : 1)),
  );
}
