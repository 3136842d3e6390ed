/** Dead-man switches: who wants to have all orders cancelled when, unless it says otherwise before. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

interface Countdown {
  readonly account: string;
  /** Undefined: all symbols. */
  readonly symbol: string | undefined;
  readonly dueMs: number;
}

export class Countdowns {
  readonly #armed = new Map<string, Countdown>();
  /** How often one ran out. */
  fired = 0;

  get count(): number {
    return this.#armed.size;
  }

  /** Replaces the one before. */
  arm(account: string, symbol: string | undefined, dueMs: number): void {
    assert(Number.isFinite(dueMs), Code.ValueOutOfRange);
    this.#armed.set(`${account} ${symbol ?? ""}`, { account, symbol, dueMs });
  }

  disarm(account: string, symbol: string | undefined): void {
    this.#armed.delete(`${account} ${symbol ?? ""}`);
  }

  /** Those whose time has come: they are over with this. */
  due(nowMs: number): Countdown[] {
    const due: Countdown[] = [];
    for (const [key, countdown] of this.#armed) {
      if (countdown.dueMs > nowMs) continue;
      this.#armed.delete(key);
      due.push(countdown);
    }
    this.fired += due.length;
    return due;
  }
}
