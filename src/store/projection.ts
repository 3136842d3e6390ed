/** Durable records in, rows of all tables out: apply and nothing else decides what they hold. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { apply } from "../engine/apply.ts";
import type { DurableState } from "../engine/durable.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { ProjectionContext } from "./projection_context.ts";
import { ControlProjection } from "./projection_control.ts";
import { MoneyProjection } from "./projection_money.ts";
import { type Bust, OrderProjection } from "./projection_orders.ts";
import { SessionProjection } from "./projection_session.ts";
import { RowBuffer } from "./row_buffer.ts";
import type { RowChange } from "./store.ts";
import type { Row } from "./tables.ts";

export type { Bust } from "./projection_orders.ts";

/** Rows of one batch, and busts of executions that an earlier batch has written. */
export interface Drained {
  readonly rows: RowChange[];
  readonly busts: readonly Bust[];
}

/**
 * D at record n, the rows that the store has of what lives at n (`prime…`), and the records from n + 1 on give the same
 * rows, whatever batches they come in. Pure: no clock, no store.
 */
export class Projection {
  readonly #out = new RowBuffer();
  readonly #context: ProjectionContext;
  readonly #session: SessionProjection;
  readonly #orders: OrderProjection;
  readonly #money: MoneyProjection;
  readonly #control: ControlProjection;

  /** `state` is this projection's to apply records to from here on. `node`: of the client order ids. */
  constructor(
    readonly state: DurableState,
    node: number,
  ) {
    this.#context = new ProjectionContext(state, node, this.#out);
    this.#session = new SessionProjection(this.#context);
    this.#orders = new OrderProjection(this.#context);
    this.#money = new MoneyProjection(this.#context);
    this.#control = new ControlProjection(this.#context);
  }

  primeAccount(row: Row<"accounts">): void {
    this.#session.prime(row);
  }

  /** Only of orders that D holds. */
  primeOrder(row: Row<"orders">): void {
    this.#orders.prime(row);
  }

  primePosition(row: Row<"positions">): void {
    this.#money.primePosition(row);
  }

  primeBreach(row: Row<"riskBreaches">): void {
    this.#control.prime(row);
  }

  /** Applies the next record and notes what it changes. */
  take(record: Readonly<TradingRecord>): void {
    assert(record.record === this.state.record + 1, Code.RecordOrderBroken);
    this.#money.before(record);
    apply(this.state, record);
    this.#session.take(record);
    const realized = this.#money.take(record);
    if (isOfOrder(record)) {
      this.#session.order(record);
      this.#orders.take(record, realized);
    }
    this.#control.take(record);
  }

  /**
   * Rows of all that D holds now, where the records that led to it are gone: the history begins here. What D does not
   * remember (when an order was made, what its fills were worth, fees of a position) begins at nothing.
   */
  seed(): void {
    assert(this.state.record > 0, Code.InvariantBroken);
    this.#session.seed();
    this.#orders.seed();
    this.#money.seed();
  }

  /** All rows since the last call. */
  drain(): Drained {
    const busts = this.#orders.flush();
    this.#money.flush();
    return { rows: this.#out.drain(), busts };
  }
}

/** Steps of an order: each is an event of it, and may change it. */
export function isOfOrder({ kind, order }: Readonly<TradingRecord>): boolean {
  if (order === 0) return false;
  if (kind >= RecordKind.OrderTriggered && kind <= RecordKind.OrderAdopted) return true;
  return kind >= RecordKind.OrderIntent && kind <= RecordKind.FillBusted && kind !== RecordKind.InstanceDeleted;
}
