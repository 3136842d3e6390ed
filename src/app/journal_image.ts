/** All that records lead to, on the side of control: D, what the interface remembers, what the next start needs. */

import { ControlMemory } from "../control/memory.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { apply } from "../engine/apply.ts";
import { DurableState } from "../engine/durable.ts";
import type { TradingRecord } from "../model/record.ts";
import { type RestoreOptions, restore } from "./restore.ts";
import { SessionMemory } from "./session_memory.ts";

/** A snapshot holds one of these. D comes first: the engine reads that, and leaves the rest. */
export class JournalImage implements Saved {
  readonly state: DurableState;
  readonly session = new SessionMemory();
  readonly control: ControlMemory;

  constructor(limits: Limits) {
    this.state = new DurableState(limits);
    this.control = new ControlMemory(limits);
  }

  get record(): number {
    return this.state.record;
  }

  hash(): string {
    return this.state.hash();
  }

  take(record: Readonly<TradingRecord>): void {
    apply(this.state, record);
    this.session.onRecord(record);
    this.control.onRecord(record);
  }

  save(out: StateWriter): void {
    this.state.save(out);
    this.session.save(out);
    this.control.save(out);
  }

  load(from: StateReader): void {
    this.state.load(from);
    this.session.load(from);
    this.control.load(from);
  }
}

/** The newest image that the snapshots of a journal hold; an empty one when there is none. Throws as `restore` does. */
export function restoreImage(journalDir: string, limits: Limits, options: RestoreOptions = {}): JournalImage {
  return restore(journalDir, limits, () => new JournalImage(limits), options);
}
