/** D: all durable trading state. Written by `apply` alone; equal records give equal D and an equal hash. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { RowHash } from "../core/hash.ts";
import type { Limits } from "../core/limits.ts";
import { Ledger } from "../ledger/ledger.ts";
import { InstrumentTable } from "../model/instrument.ts";
import { EpochTable } from "../oms/epochs.ts";
import { OrderTable } from "../oms/order_table.ts";
import { RiskState } from "../risk/risk_state.ts";
import { AccountTable } from "./accounts.ts";
import { InstanceTable } from "./instances.ts";
import { ReadinessTable } from "./readiness.ts";

/** One D. No module-level state: an engine, its replica and a standby may live in one thread. */
export class DurableState {
  readonly rows = new RowHash();
  readonly instruments = new InstrumentTable();
  readonly accounts: AccountTable;
  readonly instances: InstanceTable;
  readonly ledger: Ledger;
  readonly orders: OrderTable;
  readonly risk: RiskState;
  readonly epochs: EpochTable;
  readonly readiness: ReadinessTable;
  /** Number of the last record applied; records are dense. */
  record = 0;
  /** Last input number that a record named. */
  input = 0;
  /** Engine time of the last record. */
  timeUs = 0;

  constructor(readonly limits: Limits) {
    this.accounts = new AccountTable(limits, this.rows);
    this.instances = new InstanceTable(limits, this.rows);
    this.ledger = new Ledger(limits, this.rows, this.instruments);
    this.orders = new OrderTable(limits, this.rows);
    this.risk = new RiskState(limits, this.rows);
    this.epochs = new EpochTable(limits.epochsMax, this.rows);
    this.readiness = new ReadinessTable(limits, this.rows);
  }

  /** Notes that `record` is being applied: numbers must be dense, inputs and time must not run backward. */
  advance(record: number, input: number, timeUs: number): void {
    assert(record === this.record + 1, Code.RecordOrderBroken);
    assert(input >= this.input, Code.RecordOrderBroken);
    assert(timeUs >= this.timeUs, Code.TimeWentBack);
    this.record = record;
    this.input = input;
    this.timeUs = timeUs;
  }

  /** Hash of D: row hashes, the record number and time. 16 hex digits and the record number. */
  hash(): string {
    return `${this.rows.text()}-${this.record}`;
  }
}
