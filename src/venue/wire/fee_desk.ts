/** What the venue charges an account: asked for each instrument at the start, every hour, and again later when it was refused. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { mantissaTextShort } from "../../core/decimal.ts";
import { type Problem, problem } from "../../core/problem.ts";
import type { Instrument } from "../../model/instrument.ts";
import type { RestAsk, VenueAnswer } from "./live_answer.ts";

const SECOND_US = 1_000_000;
const HOUR_US = 3_600 * SECOND_US;
/** Two questions are so far apart: hundreds of instruments must not take the room of what trading asks. */
const APART_US = SECOND_US / 4;
/** After an answer that cannot be used; twice as long after each further one about the same instrument. */
const RETRY_US = 5 * SECOND_US;
const RETRY_US_MAX = 600 * SECOND_US;

/** Decimals of rates: 0.0004 of the value is 400_000_000. */
export const FEE_RATE_SCALE = 12;

/** At `FEE_RATE_SCALE`, of a trade's value; positive: paid, negative: a rebate. */
export interface FeeRates {
  readonly maker: number;
  readonly taker: number;
  /** Fees may be paid in this asset, and are less then; "": they are as they are. */
  readonly discountAsset: string;
}

/** Plain data: crosses threads. */
export interface FeeFact extends FeeRates {
  readonly instrument: number;
  /** When the venue said so. */
  readonly atUs: number;
}

/** A question about one instrument, and how its answer is read: a text says what is wrong with it. */
export interface FeeAsk {
  readonly ask: RestAsk;
  read(value: unknown): FeeRates | string;
}

export interface FeeParts {
  instruments(): readonly Instrument[];
  askOf(instrument: Instrument): FeeAsk;
  /** False: it must wait. */
  take(weight: number, nowUs: number): boolean;
  call(ask: RestAsk, done: (answer: VenueAnswer) => void): void;
  nowUs(): number;
  problem(found: Problem): void;
}

interface Row {
  fact: FeeFact | undefined;
  dueUs: number;
  failures: number;
}

export class FeeDesk {
  readonly #rows = new Map<number, Row>();
  #facts: readonly FeeFact[] = [];
  #begun = false;
  #isAsking = false;
  #nextUs = 0;
  /** Why the last answer could not be used; "" = it could. */
  #why = "";

  constructor(readonly parts: FeeParts) {}

  /** The key has been looked at: from now on rates are asked for. */
  begin(): void {
    this.#begun = true;
  }

  /** What is known, the same array until it changes. */
  get facts(): readonly FeeFact[] {
    return this.#facts;
  }

  /** Instruments whose rates the venue has not told yet; 0 before `begin`. */
  get missing(): number {
    return this.#begun ? this.parts.instruments().length - this.#facts.length : 0;
  }

  tick(nowUs: number): void {
    if (!this.#begun || this.#isAsking || nowUs < this.#nextUs) return;
    this.#nextUs = nowUs + APART_US;
    const instrument = this.#due(nowUs);
    if (instrument === undefined) return;
    const asked = this.parts.askOf(instrument);
    if (!this.parts.take(asked.ask.weight, nowUs)) return;
    this.#isAsking = true;
    this.parts.call(asked.ask, (answer) => {
      this.#isAsking = false;
      const found = answer.isOk ? asked.read(answer.value) : answer.msg || "no answer";
      if (typeof found === "string") {
        const code = answer.isOk ? Code.FieldMissing : Code.AnswerRefused;
        this.#failed(instrument, problem(code, `what is charged for ${instrument.name}: ${found}`), found);
      } else this.#told(instrument, found);
    });
  }

  /** The one that has waited longest. */
  #due(nowUs: number): Instrument | undefined {
    let first: Instrument | undefined;
    let firstUs = nowUs;
    for (const instrument of this.parts.instruments()) {
      const { dueUs } = this.#row(instrument.id);
      if (dueUs > nowUs || (first !== undefined && dueUs >= firstUs)) continue;
      first = instrument;
      firstUs = dueUs;
    }
    return first;
  }

  #told(instrument: Instrument, rates: FeeRates): void {
    assert(Number.isSafeInteger(rates.maker) && Number.isSafeInteger(rates.taker), Code.ValueOutOfRange);
    const row = this.#row(instrument.id);
    const before = row.fact;
    const atUs = this.parts.nowUs();
    row.fact = { ...rates, instrument: instrument.id, atUs };
    row.dueUs = atUs + HOUR_US;
    row.failures = 0;
    this.#why = "";
    this.#facts = [...this.#rows.values()].flatMap(({ fact }) => (fact === undefined ? [] : [fact]));
    if (before === undefined || isSame(before, rates)) return;
    const detail = `${instrument.name}: ${feeText(rates)}, until now ${feeText(before)}`;
    this.parts.problem(problem(Code.FeeRateChanged, detail));
  }

  /** What was known stays known. Many instruments may be refused for one reason: it is told once. */
  #failed({ id }: Instrument, found: Problem, why: string): void {
    const row = this.#row(id);
    row.dueUs = this.parts.nowUs() + Math.min(RETRY_US * (1 << Math.min(row.failures, 20)), RETRY_US_MAX);
    row.failures++;
    if (why !== this.#why) this.parts.problem(found);
    this.#why = why;
  }

  #row(id: number): Row {
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = { fact: undefined, dueUs: 0, failures: 0 };
      this.#rows.set(id, row);
    }
    return row;
  }
}

function isSame(a: FeeRates, b: FeeRates): boolean {
  return a.maker === b.maker && a.taker === b.taker && a.discountAsset === b.discountAsset;
}

/** For people. */
function feeText({ maker, taker, discountAsset }: FeeRates): string {
  const rate = (mantissa: number) => mantissaTextShort(mantissa, FEE_RATE_SCALE);
  const discount = discountAsset === "" ? "" : `, less when paid in ${discountAsset}`;
  return `maker ${rate(maker)}, taker ${rate(taker)}${discount}`;
}
