/** The way of private messages to one client: in order, unless a fault drops, doubles, swaps, delays or cuts. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { Prng } from "../../core/prng.ts";
import { befalls, type FaultKind, type FaultPlan } from "../faults.ts";

export interface ReportLaneEnds {
  readonly faults: FaultPlan;
  readonly seed: number;
  say(text: string): void;
  /** The connection ends, now. */
  cut(): void;
  /** Runs later; a test may have its own clock. */
  later(run: () => void, delayMs: number): void;
}

/** A message that waits to be overtaken goes out after this at the latest. */
const SWAP_MS = 100;

export class ReportLane {
  readonly #prng: Prng;
  #swapped: string | undefined;
  sent = 0;

  constructor(readonly ends: ReportLaneEnds) {
    this.#prng = new Prng(ends.seed);
  }

  send(text: string): void {
    assert(text.length > 0, Code.ValueOutOfRange);
    if (this.#befalls("private-cut")) return this.ends.cut();
    if (this.#befalls("report-drop")) return;
    if (this.#befalls("report-delay")) {
      const delayMs = this.#prng.nextFloat() * this.ends.faults.timeMs("report-delay-ms");
      return this.ends.later(() => this.#say(text), delayMs);
    }
    if (this.#swapped === undefined && this.#befalls("report-reorder")) {
      this.#swapped = text;
      return this.ends.later(() => this.#release(), SWAP_MS);
    }
    this.#say(text);
    if (this.#befalls("report-duplicate")) this.#say(text);
    this.#release();
  }

  #release(): void {
    const text = this.#swapped;
    this.#swapped = undefined;
    if (text !== undefined) this.#say(text);
  }

  #say(text: string): void {
    this.sent++;
    this.ends.say(text);
  }

  #befalls(kind: FaultKind): boolean {
    return befalls(this.ends.faults, kind, this.#prng);
  }
}
