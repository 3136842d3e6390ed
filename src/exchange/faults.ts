/** What goes wrong on purpose: shares by kind, read from text or JSON, changed while running, counted, drawn from a seed. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import type { Prng } from "../core/prng.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import type { Message } from "./message.ts";

/**
 * Of frames: drop, duplicate, delay (order is kept), close, cut (within a frame, without farewell), corrupt, silence.
 * Of REST: stale-snapshot (of depth), slow-rest, http-5xx, http-429, http-418.
 * Of requests that act on orders, after they have taken effect: lost-ack (the connection ends without an answer),
 * late-ack, failed-ack (a 5xx instead of the answer).
 * Of private messages: report-drop, report-duplicate, report-reorder, report-delay, private-cut (the connection ends).
 * Each is a share from 0 to 1.
 */
export const FAULT_KINDS = [
  "drop",
  "duplicate",
  "delay",
  "close",
  "cut",
  "corrupt",
  "silence",
  "stale-snapshot",
  "slow-rest",
  "http-5xx",
  "http-429",
  "http-418",
  "lost-ack",
  "late-ack",
  "failed-ack",
  "report-drop",
  "report-duplicate",
  "report-reorder",
  "report-delay",
  "private-cut",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** How long: a delay at most, a silence, a slow answer, a late one, a late report; and how far the venue's clock is ahead. */
const TIMES = ["delay-ms", "silence-ms", "slow-rest-ms", "late-ack-ms", "report-delay-ms", "clock-skew-ms"] as const;
type TimeName = (typeof TIMES)[number];

const TIME_MS_MAX = 600_000;

/**
 * Done once, at once: to all connections (`close` is also what happens after 24 hours), to the private ones
 * (`private-silence`: they stay open, and nothing more comes, not even an answer to a ping), to listen keys, or to all
 * addresses (418 from now on for two minutes).
 */
export const FAULTS_NOW = [
  "close",
  "cut",
  "corrupt",
  "silence",
  "shutdown",
  "private-close",
  "private-silence",
  "listen-key-expired",
  "ban",
] as const;
export type FaultNow = (typeof FAULTS_NOW)[number];

export type FaultShares = Readonly<Record<FaultKind, number>>;

/** What whoever draws a fault needs of them. */
export interface FaultPlan {
  share(kind: FaultKind): number;
  timeMs(name: TimeName): number;
  count(kind: FaultKind): void;
}

/** Whether a fault strikes now: drawn only where it has a share, and counted. */
export function befalls(faults: FaultPlan, kind: FaultKind, prng: Prng): boolean {
  const share = faults.share(kind);
  assert(share >= 0, Code.ValueOutOfRange);
  if (share === 0 || prng.nextFloat() >= share) return false;
  faults.count(kind);
  return true;
}

export class Faults implements FaultPlan {
  readonly #places = new Map<string, PlacedFaults>();
  readonly #shares = zeros();
  readonly #counts = zeros();
  readonly #times: Record<TimeName, number> = {
    "delay-ms": 250,
    "silence-ms": 5_000,
    "slow-rest-ms": 1_500,
    "late-ack-ms": 1_000,
    "report-delay-ms": 500,
    "clock-skew-ms": 0,
  };

  /** `drop=0.01,delay=0.02,delay-ms=100`; throws ProblemError `Usage`. */
  static parse(text: string): Message {
    const found: Record<string, number> = {};
    for (const part of text.split(",").filter((word) => word.trim() !== "")) {
      const [name = "", value = ""] = part.split("=").map((word) => word.trim());
      if (!/^-?\d+(\.\d+)?$/.test(value)) {
        const detail = `fault "${part.trim()}" has no such form`;
        throw new ProblemError(problem(Code.Usage, detail, {}, "NAME=SHARE, e.g. drop=0.01"));
      }
      found[name] = Number(value); // number-ok: a share of frames or milliseconds
    }
    const wrong = new Faults().change(found);
    if (wrong !== undefined) throw new ProblemError({ ...wrong, code: "Usage" });
    return found;
  }

  /** Takes over what is named, all or nothing; answers what is wrong. */
  change(wanted: Message): Problem | undefined {
    for (const [name, value] of Object.entries(wanted)) {
      const isTime = (TIMES as readonly string[]).includes(name);
      if (!isTime && !(FAULT_KINDS as readonly string[]).includes(name)) {
        const names = [...FAULT_KINDS, ...TIMES];
        return problem(
          Code.BodyInvalid,
          `no fault is called "${name}"`,
          {},
          nearestHint(name, names) || names.join(", "),
        );
      }
      const max = isTime ? TIME_MS_MAX : 1;
      const min = name === "clock-skew-ms" ? -TIME_MS_MAX : 0;
      if (typeof value !== "number" || !(value >= min) || value > max) {
        const hint = `a number from ${min} to ${max}`;
        return problem(Code.BodyInvalid, `${name} cannot be ${JSON.stringify(value)}`, {}, hint);
      }
    }
    for (const [name, value] of Object.entries(wanted)) {
      if (name in this.#times) this.#times[name as TimeName] = value as number;
      else this.#shares[name as FaultKind] = value as number;
    }
    return undefined;
  }

  share(kind: FaultKind): number {
    assert(this.#shares[kind] <= 1, Code.InvariantBroken);
    return this.#shares[kind];
  }

  timeMs(name: TimeName): number {
    return this.#times[name];
  }

  count(kind: FaultKind): void {
    this.#counts[kind]++;
    assert(Number.isSafeInteger(this.#counts[kind]), Code.ValueOutOfRange);
  }

  /** Of one venue: the same plan, and counts of its own that go into these as well. */
  at(venue: string): PlacedFaults {
    const known = this.#places.get(venue);
    if (known !== undefined) return known;
    const made = new PlacedFaults(this);
    this.#places.set(venue, made);
    return made;
  }

  /** How often each fault has struck at each venue, without zeros. */
  get countsByVenue(): Readonly<Record<string, Partial<FaultShares>>> {
    return Object.fromEntries([...this.#places].map(([venue, { counts }]) => [venue, counts]));
  }

  get counts(): FaultShares {
    return { ...this.#counts };
  }

  /** Shares and times as they stand. */
  get plan(): Readonly<Record<FaultKind | TimeName, number>> {
    return { ...this.#shares, ...this.#times };
  }
}

/** The faults of one venue. */
export class PlacedFaults implements FaultPlan {
  readonly #counts = zeros();

  constructor(readonly whole: Faults) {
    assert(whole instanceof Faults, Code.InvariantBroken);
  }

  share(kind: FaultKind): number {
    return this.whole.share(kind);
  }

  timeMs(name: TimeName): number {
    return this.whole.timeMs(name);
  }

  count(kind: FaultKind): void {
    this.#counts[kind]++;
    this.whole.count(kind);
  }

  get counts(): Partial<FaultShares> {
    return Object.fromEntries(Object.entries(this.#counts).filter(([, count]) => count > 0));
  }
}

function zeros(): Record<FaultKind, number> {
  return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
}
