/** For tests: a desk whose venue is worked by hand: questions are kept, answers are put into the private lane one by one. */

import { Code } from "../core/code.ts";
import { RecordKind, type StreamState, TradingRecord, VenueOrderStatus } from "../model/record.ts";
import { Desk, START_US } from "./engine.testing.ts";
import type { VenueQuery } from "./ports.ts";

export type Columns = Partial<Omit<TradingRecord, "reset" | "copyFrom">>;

export class AskedDesk extends Desk {
  /** Questions that were not answered yet, oldest first. */
  readonly asked: VenueQuery[] = [];
  /** What `query` answers at once. */
  queryCode: (query: VenueQuery) => Code = () => Code.Ok;

  constructor() {
    super();
    this.gateway.query = (query?: VenueQuery) => {
      const code = this.queryCode(query as VenueQuery);
      if (code === Code.Ok) this.asked.push(query as VenueQuery);
      return code;
    };
    this.quote(26_790_000, 26_800_000);
  }

  /** Begins as after a start, and answers the sweep: nothing open, flat. */
  ready(): this {
    this.engine.recover(this.nowUs);
    this.answerSweep();
    return this;
  }

  answerSweep(orders: Columns[] = [], positions: Columns[] = [], balances: Columns[] = []): void {
    this.reply("openOrders", orders);
    this.reply("positions", positions);
    this.reply("balances", balances);
  }

  /** Model time passes in small turns. */
  pass(us: number): void {
    const untilUs = this.nowUs + us;
    for (; this.nowUs < untilUs; this.nowUs += Math.min(20_000, untilUs - this.nowUs)) this.engine.tick(this.nowUs);
    this.engine.tick(this.nowUs);
  }

  take(kind: VenueQuery["kind"]): VenueQuery {
    const at = this.asked.findIndex((query) => query.kind === kind);
    const found = this.asked.splice(at, at < 0 ? 0 : 1)[0];
    if (found === undefined) throw new Error(`nobody asked ${kind}; asked: ${this.asked.map((q) => q.kind).join(" ")}`);
    return found;
  }

  /** Answers the oldest question of a kind; statements of orders, positions, balances or fills by what was asked. */
  reply(kind: VenueQuery["kind"], statements: Columns[] = [], code = Code.Ok): VenueQuery {
    const query = this.take(kind);
    for (const columns of statements) this.put(STATES[kind], query.id, columns);
    this.put(RecordKind.QueryEnded, query.id, { code });
    return query;
  }

  put(kind: RecordKind, id: number, columns: Columns = {}): void {
    const record = new TradingRecord().reset(kind);
    Object.assign(record, { attempt: id, timeUs: this.nowUs, instrumentRevision: 1 }, columns);
    if (!this.lanes.private.put(record)) throw new Error("the private lane is full");
    this.engine.poll();
  }

  stream(state: StreamState): void {
    this.put(RecordKind.StreamChanged, 0, { code: state });
  }

  /** The order as the venue states it when it agrees with D. */
  stated(order: number, more: Columns = {}): Columns {
    const { orders } = this.state;
    return {
      order,
      code: VenueOrderStatus.Open,
      side: orders.side(order),
      qty: orders.qty(order),
      price: orders.price(order),
      cumQty: orders.cumQty(order),
      venueOrderId: `V${order}`,
      ...more,
    };
  }

  get agoUs(): number {
    return this.nowUs - START_US;
  }
}

const STATES: Readonly<Record<VenueQuery["kind"], RecordKind>> = {
  order: RecordKind.StatedOrder,
  orderHistory: RecordKind.StatedOrder,
  openOrders: RecordKind.StatedOrder,
  fills: RecordKind.OrderFilled,
  positions: RecordKind.StatedPosition,
  balances: RecordKind.StatedBalance,
};
