/** Strategy instances and their journaled `state()` cells. Part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import type { Saved, StateReader, StateWriter } from "../core/state_bytes.ts";
import { RecordKind, StopPolicy, type TradingRecord } from "../model/record.ts";

/** Stable numbers: part of the hash of D. */
export enum InstanceStatus {
  Stopped = 0,
  Running = 1,
  /** By hand or because it threw; started anew by a resume. */
  Paused = 2,
  /** Gone; its id is never used again. */
  Deleted = 3,
}

export interface Instance {
  readonly id: number;
  /** JSON of strategy name, parameters and bindings, as started. */
  readonly definition: string;
  readonly status: InstanceStatus;
  /** JSON of all `state()` cells, as last flushed; empty before the first. */
  readonly cells: string;
  /** Stopped with the wish that its position be closed; closing goes on over restarts. */
  readonly flatten: boolean;
}

const TABLE = 2;

export class InstanceTable implements Saved {
  /** Instance ids start at 1: 0 stands for orders by hand. */
  readonly #rows: Instance[] = [];

  constructor(
    readonly limits: Limits,
    readonly hash: RowHash,
  ) {}

  /** InstanceStarted, InstancePaused, InstanceStopped, InstanceDeleted, StateCell. */
  apply(record: Readonly<TradingRecord>): void {
    const id = record.instance;
    const known = this.#rows[id - 1];
    if (record.kind === RecordKind.InstanceStarted) {
      assert(id >= 1 && id <= this.#rows.length + 1, Code.IdNotDense);
      assert(id <= this.limits.instancesMax, Code.TableFull);
      const cells = known?.cells ?? "";
      this.#replace(id, { id, definition: record.text, status: InstanceStatus.Running, cells, flatten: false });
      return;
    }
    if (known === undefined) return;
    switch (record.kind) {
      case RecordKind.InstanceStopped: {
        const flatten = record.flags === StopPolicy.Flatten;
        return this.#replace(id, { ...known, status: InstanceStatus.Stopped, flatten });
      }
      case RecordKind.InstancePaused:
        return this.#replace(id, { ...known, status: InstanceStatus.Paused });
      case RecordKind.InstanceDeleted:
        // The definition stays: the name of what was deleted by hand is not started anew from the configuration.
        return this.#replace(id, { ...known, status: InstanceStatus.Deleted, cells: "", flatten: false });
      case RecordKind.StateCell:
        return this.#replace(id, { ...known, cells: record.text });
      default:
        return;
    }
  }

  get count(): number {
    return this.#rows.length;
  }

  get(id: number): Instance | undefined {
    return this.#rows[id - 1];
  }

  save(out: StateWriter): void {
    out.part("instances", 1).u32(this.#rows.length);
    for (const { definition, status, cells, flatten } of this.#rows) {
      out.text(definition).u32(status).text(cells).bool(flatten);
    }
  }

  load(from: StateReader): void {
    assert(this.#rows.length === 0, Code.InvariantBroken);
    from.part("instances", 1);
    const count = from.u32();
    assert(count <= this.limits.instancesMax, Code.TableFull);
    for (let id = 1; id <= count; id++) {
      const definition = from.text();
      const status = from.u32() as InstanceStatus;
      this.#replace(id, { id, definition, status, cells: from.text(), flatten: from.bool() });
    }
  }

  #replace(id: number, row: Instance): void {
    assert(row.id === id, Code.IdNotDense);
    const old = this.#rows[id - 1];
    if (old !== undefined) this.#row(old).takeOut();
    this.#rows[id - 1] = row;
    this.#row(row).putIn();
  }

  #row(row: Instance): RowHash {
    const hash = this.hash.begin(TABLE, row.id).addText(row.definition).add(row.status).addText(row.cells);
    return row.flatten ? hash.add(1) : hash;
  }
}
