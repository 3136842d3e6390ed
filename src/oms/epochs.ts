/** Which session an order number was given in: client order ids name that epoch for ever, also after restarts. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";

const TABLE = 24;

interface Session {
  readonly epoch: number;
  readonly firstOrder: number;
}

/** Rising in both columns. A session that numbered no order leaves no row. */
export class EpochTable implements Saved {
  readonly #sessions: Session[] = [];

  constructor(
    readonly epochsMax: number,
    readonly hash: RowHash,
  ) {
    assert(epochsMax > 0, Code.LimitRelationBroken);
  }

  /** The newest epoch; 0 before the first session. */
  get current(): number {
    return this.#sessions.at(-1)?.epoch ?? 0;
  }

  /** SessionStarted: the orders from `nextOrder` on are of the epoch in its payload. Texts that name none change nothing. */
  apply(payload: string, nextOrder: number): void {
    const epoch = epochIn(payload);
    if (epoch === undefined || epoch <= this.current) return; // The same session says it twice when venues come late.
    const last = this.#sessions.at(-1);
    if (last !== undefined && last.firstOrder === nextOrder) this.#takeOut(this.#sessions.length - 1);
    this.#sessions.push({ epoch, firstOrder: nextOrder });
    row(this.hash, epoch, nextOrder).putIn();
    if (this.#sessions.length > this.epochsMax) this.#takeOut(0);
  }

  /** Undefined: no session is known that the order could be of. */
  epochOf(order: number): number | undefined {
    return this.#sessions.findLast((session) => session.firstOrder <= order)?.epoch;
  }

  addRowsTo(hash: RowHash): void {
    for (const { epoch, firstOrder } of this.#sessions) row(hash, epoch, firstOrder).putIn();
  }

  save(out: StateWriter): void {
    out.part("epochs", 1).u32(this.#sessions.length);
    for (const { epoch, firstOrder } of this.#sessions) out.u32(epoch).u32(firstOrder);
  }

  load(from: StateReader): void {
    assert(this.#sessions.length === 0, Code.InvariantBroken);
    from.part("epochs", 1);
    for (let left = from.u32(); left > 0; left--) {
      const epoch = from.u32();
      const firstOrder = from.u32();
      this.#sessions.push({ epoch, firstOrder });
      row(this.hash, epoch, firstOrder).putIn();
    }
  }

  #takeOut(at: number): void {
    const [gone] = this.#sessions.splice(at, 1);
    assert(gone !== undefined, Code.InvariantBroken);
    row(this.hash, gone.epoch, gone.firstOrder).takeOut();
  }
}

function row(hash: RowHash, epoch: number, firstOrder: number): RowHash {
  return hash.begin(TABLE, epoch).add(firstOrder);
}

function epochIn(text: string): number | undefined {
  try {
    const { epoch } = JSON.parse(text) as { epoch?: unknown };
    return typeof epoch === "number" && Number.isInteger(epoch) && epoch > 0 && epoch <= 0xff_ffff ? epoch : undefined;
  } catch {
    return undefined; // A session of a replay names none.
  }
}
