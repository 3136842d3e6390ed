/** Short ways to talk to an account under test. */

import { Code, codeName } from "../core/code.ts";
import type { VenueQuery } from "../engine/ports.ts";
import { OrderType, Side, TimeInForce } from "../model/order.ts";
import { Evidence, RecordKind as K, TradingRecord, VenueOrderStatus } from "../model/record.ts";
import { CardSkipped, holds, same, skip } from "./judge.ts";
import type { VenueUnderTest, World } from "./subject.ts";
import { TrialGate } from "./trial_gate.ts";

export type Columns = Partial<Omit<TradingRecord, "reset" | "copyFrom">>;
type DistributedOmit<T, Name extends PropertyKey> = T extends unknown ? Omit<T, Name> : never;

/** Orders of one certification carry numbers of their own: client order ids must never repeat at a venue. */
export interface Numbers {
  order: number;
  query: number;
}

export class OrderCard {
  /** Every StreamChanged since the start, as codes. */
  readonly streamStates: number[] = [];
  readonly #gate: TrialGate;

  constructor(
    public venue: VenueUnderTest,
    readonly numbers: Numbers = { order: 0, query: 0 },
  ) {
    this.#gate = new TrialGate(venue);
  }

  /** OrderIntent; a resting buy unless told otherwise. Answers its number. */
  place(more: Columns = {}): number {
    const order = more.order ?? ++this.numbers.order;
    taken(this.tryPlace({ ...more, order }), "handing over an order");
    return order;
  }

  /** The same, with the gateway's own answer. */
  tryPlace(more: Columns = {}): Code {
    const { bid, tick, qty, instrument, gateway } = this.venue;
    const terms = {
      orderType: OrderType.Limit,
      timeInForce: TimeInForce.Gtc,
      price: bid - 10 * tick,
      qty,
      side: Side.Buy,
    };
    const order = more.order ?? ++this.numbers.order;
    const intent = record(K.OrderIntent, { order, instrument, attempt: 1, ...terms, ...more });
    return this.#gate.pass(intent, (approved) => gateway.open(approved));
  }

  /** Taken at once. */
  take(more: Columns = {}): number {
    return this.place({ price: this.venue.ask, timeInForce: TimeInForce.Ioc, ...more });
  }

  replace(order: number, more: Columns): void {
    const { instrument, qty, gateway } = this.venue;
    const limit = { orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc };
    const terms = { order, instrument, side: Side.Buy, qty, attempt: 2, ...limit };
    const intent = record(K.ReplaceIntent, { ...terms, ...more });
    const code = this.#gate.pass(intent, (approved) => gateway.open(approved));
    taken(code, "handing over a replace");
  }

  cancel(order: number, more: Columns = {}): void {
    const { instrument, gateway } = this.venue;
    const asked = gateway.close(record(K.CancelIntent, { order, instrument, side: Side.Buy, ...more }));
    taken(asked, "handing over a cancel");
  }

  /** Asks, and answers the statements. Checks what holds for every answer. */
  async ask(query: DistributedOmit<VenueQuery, "id">): Promise<TradingRecord[]> {
    const id = this.send(query);
    const all = await this.settle();
    const end = all.findIndex((r) => r.kind === K.QueryEnded);
    const ends = all.filter((r) => r.kind === K.QueryEnded).map((r) => [r.attempt, r.code]);
    same(ends, [[id, Code.Ok]], `ends of the question ${query.kind} (id, code)`);
    const statements = all.filter((r) => r.attempt === id && isStatement(r));
    const late = all.slice(end).filter((r) => isStatement(r) && r.attempt === id);
    same(late.length, 0, "statements after the end of their question");
    const { account } = this.venue.gateway;
    holds(
      statements.every((r) => r.account === account && r.record === 0),
      "statements are of another account, or numbered already",
    );
    return statements;
  }

  send(query: DistributedOmit<VenueQuery, "id">): number {
    const id = ++this.numbers.query;
    taken(this.venue.gateway.query({ ...query, id } as VenueQuery), `asking ${query.kind}`);
    return id;
  }

  async order(order: number, kind: "order" | "orderHistory" = "order"): Promise<TradingRecord> {
    const found = await this.ask({ kind, order, clientOrderId: "", instrument: this.venue.instrument });
    same(found.length, 1, "statements about one order");
    return found[0] as TradingRecord;
  }

  async openOrders(instrument: number | "all" = "all"): Promise<TradingRecord[]> {
    return this.ask({ kind: "openOrders", instrument });
  }

  /** Everything told since the last call but the states of the stream. */
  async settle(): Promise<TradingRecord[]> {
    const told = await this.venue.settle();
    this.streamStates.push(...told.filter((r) => r.kind === K.StreamChanged).map((r) => r.code));
    return told.filter((r) => r.kind !== K.StreamChanged);
  }

  /** Reports of one order since the last call. */
  async told(order: number): Promise<TradingRecord[]> {
    return (await this.settle()).filter((r) => r.order === order);
  }

  fillsOf(records: readonly TradingRecord[]): TradingRecord[] {
    return records.filter((r) => r.kind === K.OrderFilled);
  }

  /** The open orders, once the adapter may ask again; undefined when that takes longer than anybody waits here. */
  async openOrdersAfterThaw(): Promise<TradingRecord[] | undefined> {
    for (let tries = 0; tries < 15; tries++) {
      const id = ++this.numbers.query;
      if (this.venue.gateway.query({ id, kind: "openOrders", instrument: "all" }) === Code.Ok) {
        return (await this.settle()).filter((r) => r.attempt === id && isStatement(r));
      }
      await Bun.sleep(100);
    }
    return undefined;
  }

  get world(): World {
    return this.venue.world ?? skip("nothing can be made to go wrong here: it needs the simulator");
  }

  get live(): NonNullable<VenueUnderTest["live"]> {
    return this.venue.live ?? skip("no connection of its own to look at");
  }

  needs(name: "amend" | "postOnly" | "fillOrKill" | "reduceOnly" | "cancelAll" | "deadMan"): void {
    if (!this.venue.gateway.capabilities[name]) throw new CardSkipped(`the adapter has no capability ${name}`);
  }
}

/** A gateway has taken what it was handed. */
export function taken(code: Code, what: string): void {
  same(codeName(code), "Ok", what);
}

export const kinds = (records: readonly TradingRecord[]) => records.map((r) => K[r.kind]);
export const status = (of: TradingRecord) => [VenueOrderStatus[of.code], of.cumQty];
export const sum = (records: readonly TradingRecord[]) => records.reduce((total, r) => total + r.qty, 0);

export function isStatement(of: TradingRecord): boolean {
  const isFact = of.kind >= K.StatedOrder && of.kind <= K.StatedBalance;
  return isFact || (of.kind === K.OrderFilled && of.evidence === Evidence.TradeHistory);
}

export function big(hi: number, lo: number): bigint {
  return BigInt(hi) * 2n ** 53n + BigInt(lo);
}

function record(kind: K, columns: Columns): TradingRecord {
  return Object.assign(new TradingRecord().reset(kind), { instrumentRevision: 1, ...columns });
}
