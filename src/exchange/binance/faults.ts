/** What goes wrong on purpose: seeded, by kind, changeable while it runs. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { nearestHint } from "../../core/nearest.ts";
import { Prng } from "../../core/prng.ts";
import { ProblemError, problem } from "../../core/problem.ts";

/** Shares of frames (or of answers), 0–1; all 0 = nothing goes wrong. */
export interface FaultShares {
  /** Frames that are never sent. */
  readonly drop: number;
  /** Frames that come after the next ones of their connection. */
  readonly delay: number;
  /** Frames after which the connection is cut, some in the middle of the frame. */
  readonly close: number;
  /** Frames whose bytes are damaged. */
  readonly corrupt: number;
  /** Depth answers that are older than diffs that were sent long before. */
  readonly staleSnapshot: number;
  /** HTTP answers of 500. */
  readonly restError: number;
  /** HTTP answers of 429, with the rest of the minute to wait. */
  readonly tooMany: number;
}

export const NO_FAULTS: FaultShares = Object.freeze({
  drop: 0,
  delay: 0,
  close: 0,
  corrupt: 0,
  staleSnapshot: 0,
  restError: 0,
  tooMany: 0,
});

const NAMES = Object.freeze(Object.keys(NO_FAULTS));

export type FaultKind = keyof FaultShares;

export class Faults {
  readonly counts: Record<FaultKind, number> = { ...NO_FAULTS };
  readonly #prng: Prng;

  constructor(
    public shares: FaultShares,
    seed: number,
  ) {
    assert(Number.isSafeInteger(seed), Code.ValueOutOfRange);
    this.#prng = new Prng(seed);
  }

  /** Draws: does this kind happen now? Counted when it does. */
  happens(kind: FaultKind): boolean {
    const share = this.shares[kind];
    assert(share >= 0 && share <= 1, Code.ValueOutOfRange);
    if (share === 0 || this.#prng.nextFloat() >= share) return false;
    this.counts[kind]++;
    return true;
  }

  below(bound: number): number {
    return this.#prng.nextBelow(bound);
  }

  /** The text cut short, with other characters, or something else altogether. */
  damage(text: string): string {
    const kind = this.#prng.nextBelow(3);
    const at = this.#prng.nextBelow(Math.max(1, text.length));
    if (kind === 0) return text.slice(0, at);
    if (kind === 1) return `${text.slice(0, at)}\u0000#${text.slice(at + 2)}`;
    return `garbage ${at}`;
  }
}

/** `drop=0.01,close=0.001`, or an object of the same. Throws ProblemError with what is wrong. */
export function readFaults(given: string | Readonly<Record<string, unknown>>): FaultShares {
  const entries = typeof given === "string" ? textEntries(given) : Object.entries(given);
  const shares: Record<string, number> = { ...NO_FAULTS };
  for (const [written, value] of entries) {
    const name = written.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!NAMES.includes(name)) {
      throw new ProblemError(problem(Code.Usage, `no fault is called ${written}`, {}, nearestHint(name, NAMES)));
    }
    const share = typeof value === "string" ? Number.parseFloat(value) : value; // number-ok: a probability
    if (typeof share !== "number" || !(share >= 0 && share <= 1)) {
      throw new ProblemError(problem(Code.Usage, `${written}=${String(value)} is no share`, {}, "from 0 to 1"));
    }
    shares[name] = share;
  }
  return shares as unknown as FaultShares;
}

function textEntries(text: string): [string, unknown][] {
  return text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => part.split("=", 2) as [string, string]);
}
