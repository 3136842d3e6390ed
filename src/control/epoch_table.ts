/** Which epoch an order was made in: its client order id names that one for ever, also after restarts. */

import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";

export class EpochTable implements Saved {
  /** Rising in both columns. */
  readonly #sessions: { readonly firstOrder: number; readonly epoch: number }[] = [];
  #lastOrder = 0;

  constructor(readonly limits: Limits) {}

  onRecord(record: Readonly<TradingRecord>): void {
    if (record.kind === RecordKind.SessionStarted) this.#onSession(record.text);
    else if (record.order > this.#lastOrder) this.#lastOrder = record.order;
  }

  /** Undefined: no session is known that the order could be of. */
  epochOf(order: number): number | undefined {
    return this.#sessions.findLast((session) => session.firstOrder <= order)?.epoch;
  }

  save(out: StateWriter): void {
    out.part("epochs", 1).f64(this.#lastOrder).u32(this.#sessions.length);
    for (const { firstOrder, epoch } of this.#sessions) out.f64(firstOrder).f64(epoch);
  }

  load(from: StateReader): void {
    from.part("epochs", 1);
    this.#lastOrder = from.f64();
    for (let left = from.u32(); left > 0; left--) this.#sessions.push({ firstOrder: from.f64(), epoch: from.f64() });
  }

  #onSession(text: string): void {
    const epoch = epochIn(text);
    if (epoch === undefined) return;
    const firstOrder = this.#lastOrder + 1;
    // A session without orders leaves nothing to ask for.
    if (this.#sessions.at(-1)?.firstOrder === firstOrder) this.#sessions.pop();
    this.#sessions.push({ firstOrder, epoch });
    if (this.#sessions.length > this.limits.historyRowsMax) this.#sessions.shift();
  }
}

function epochIn(text: string): number | undefined {
  try {
    const { epoch } = JSON.parse(text) as { epoch?: unknown };
    return Number.isSafeInteger(epoch) ? (epoch as number) : undefined;
  } catch {
    return undefined; // A session of a replay names none.
  }
}
