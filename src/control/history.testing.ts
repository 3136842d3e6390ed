/** A history behind a rig: a real SQLite in memory, fed record by record as the projector would. */

import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { DurableState } from "../engine/durable.ts";
import type { TradingRecord } from "../model/record.ts";
import { Projection } from "../store/projection.ts";
import { SqliteStore } from "../store/sqlite_store.ts";
import type { History } from "./ports.ts";
import type { Rig } from "./rig.testing.ts";

export class RigHistory {
  readonly store = new SqliteStore({
    file: join(mkdtempSync(join(process.env["TMPDIR"] ?? "/tmp", "meltica-history-")), "store.sqlite"),
    busyTimeoutMs: 0,
  });
  readonly #projection: Projection;
  #record = 0;
  /** The batches so far. */
  done: Promise<unknown>;

  /** Before the rig starts. */
  constructor(readonly rig: Rig) {
    this.#projection = new Projection(new DurableState(rig.desk.limits), rig.ports.node);
    this.done = this.store.prepare(0);
    rig.ports.history = this.history();
    rig.follower = (record) => this.#take(record);
  }

  history(): History {
    const { store } = this;
    const after = async <T>(work: () => Promise<T>): Promise<T> => {
      await this.done;
      return work();
    };
    return {
      order: (id) => after(() => store.order(id)),
      orders: (ask) => after(() => store.orders(ask)),
      executions: (ask) => after(() => store.executions(ask)),
      timeline: (order) => after(() => store.timeline(order)),
      positions: (account) => after(() => store.positions(account)),
      positionsAt: (atUs, account) => after(() => store.positionsAt(atUs, account)),
      balances: (account) => after(() => store.balances(account)),
      balanceHistory: (ask) => after(() => store.balanceHistory(ask)),
      pnl: (ask) => after(() => store.pnl(ask)),
      view: () => ({
        ...{ dialect: "sqlite", state: "following", record: this.#record, durableRecord: this.#record },
        ...{ lagRecords: 0, begun: 1, problem: null, outbox: [] },
      }),
    };
  }

  #take(record: Readonly<TradingRecord>): void {
    this.#projection.take(record);
    this.#record = record.record;
    const { rows } = this.#projection.drain();
    const batch = { from: record.record, to: record.record, rows };
    this.done = this.done.then(() => this.store.apply(batch));
  }
}
