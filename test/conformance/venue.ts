/** What every gateway must do, as numbered cards over a factory: run by each venue's own tests, and with its real one. */

import { describe, expect, test } from "bun:test";
import { Code } from "../../src/core/code.ts";
import type { VenueGateway, VenueQuery } from "../../src/engine/ports.ts";
import { OrderType, Side, TimeInForce } from "../../src/model/order.ts";
import { Evidence, RecordKind as K, TradingRecord, VenueOrderStatus } from "../../src/model/record.ts";
import type { Approved } from "../../src/risk/approved.ts";

/** One account at one venue in a state that the cards know: flat, nothing open, a market with depth on both sides. */
export interface VenueUnderTest {
  readonly gateway: VenueGateway;
  readonly instrument: number;
  /** Another listing, in which nothing happens. */
  readonly quietInstrument: number;
  readonly bid: number;
  readonly ask: number;
  readonly tick: number;
  /** A size that the depth at the touch fills at once. */
  readonly qty: number;
  /** True for a listing whose holdings are positions, false for spot. */
  readonly hasPositions: boolean;
  /** Answers everything that was reported since the last call; time passes until the venue is quiet. */
  settle(): TradingRecord[] | Promise<TradingRecord[]>;
  /** The connection is lost for a while, where that can be brought about. */
  disconnect?(): void | Promise<void>;
  close?(): void | Promise<void>;
}

export type VenueFactory = () => VenueUnderTest | Promise<VenueUnderTest>;
type Columns = Partial<Omit<TradingRecord, "reset" | "copyFrom">>;

/** Short ways to talk to the venue. */
class Card {
  #order = 0;
  #query = 0;

  private constructor(readonly venue: VenueUnderTest) {}

  static async on(make: VenueFactory): Promise<Card> {
    const card = new Card(await make());
    await card.venue.settle();
    return card;
  }

  /** OrderIntent; a resting buy unless told otherwise. Answers its number. */
  place(more: Columns = {}): number {
    const { bid, tick, qty, instrument, gateway } = this.venue;
    const order = more.order ?? ++this.#order;
    const terms = {
      orderType: OrderType.Limit,
      timeInForce: TimeInForce.Gtc,
      price: bid - 10 * tick,
      qty,
      side: Side.Buy,
    };
    const record = this.#record(K.OrderIntent, { order, instrument, attempt: 1, ...terms, ...more });
    expect(gateway.open(record as Readonly<TradingRecord> as Approved)).toBe(Code.Ok);
    return order;
  }

  /** Taken at once. */
  take(more: Columns = {}): number {
    return this.place({ price: this.venue.ask, timeInForce: TimeInForce.Ioc, ...more });
  }

  replace(order: number, more: Columns): void {
    const { instrument, qty, gateway } = this.venue;
    const record = this.#record(K.ReplaceIntent, { order, instrument, side: Side.Buy, qty, attempt: 2, ...more });
    record.orderType = OrderType.Limit;
    expect(gateway.open(record as Readonly<TradingRecord> as Approved)).toBe(Code.Ok);
  }

  cancel(order: number): void {
    const { instrument, gateway } = this.venue;
    expect(gateway.close(this.#record(K.CancelIntent, { order, instrument, side: Side.Buy }))).toBe(Code.Ok);
  }

  /** Asks, and answers the statements. Checks what holds for every answer. */
  async ask(query: DistributedOmit<VenueQuery, "id">): Promise<TradingRecord[]> {
    const id = this.send(query);
    const all = await this.venue.settle();
    const end = all.findIndex((r) => r.kind === K.QueryEnded);
    expect(all.filter((r) => r.kind === K.QueryEnded).map((r) => [r.attempt, r.code])).toEqual([[id, Code.Ok]]);
    const statements = all.filter((r) => r.attempt === id && isStatement(r));
    expect(all.slice(end).filter((r) => isStatement(r) && r.attempt === id)).toEqual([]);
    expect(statements.every((r) => r.account === this.venue.gateway.account && r.record === 0)).toBe(true);
    return statements;
  }

  send(query: DistributedOmit<VenueQuery, "id">): number {
    const id = ++this.#query;
    expect(this.venue.gateway.query({ ...query, id } as VenueQuery)).toBe(Code.Ok);
    return id;
  }

  async order(order: number, kind: "order" | "orderHistory" = "order"): Promise<TradingRecord> {
    const found = await this.ask({ kind, order, clientOrderId: "", instrument: this.venue.instrument });
    expect(found.length).toBe(1);
    return found[0] as TradingRecord;
  }

  /** Reports of one order since the last call, as kinds. */
  async told(order: number): Promise<TradingRecord[]> {
    return (await this.venue.settle()).filter((r) => r.order === order);
  }

  #record(kind: K, columns: Columns): TradingRecord {
    return Object.assign(new TradingRecord().reset(kind), { instrumentRevision: 1, ...columns });
  }
}

type DistributedOmit<T, Name extends PropertyKey> = T extends unknown ? Omit<T, Name> : never;

const kinds = (records: readonly TradingRecord[]) => records.map((r) => K[r.kind]);
const status = (record: TradingRecord) => [VenueOrderStatus[record.code], record.cumQty];

function isStatement(record: TradingRecord): boolean {
  const isFact = record.kind >= K.StatedOrder && record.kind <= K.StatedBalance;
  return isFact || (record.kind === K.OrderFilled && record.evidence === Evidence.TradeHistory);
}

interface CardSpec {
  readonly number: string;
  readonly title: string;
  run(card: Card): Promise<void>;
}

const ORDERS: readonly CardSpec[] = [
  {
    number: "V01",
    title: "a new order is accepted once, under our number and an id of the venue's",
    async run(card) {
      const told = await card.told(card.place());
      expect(kinds(told)).toEqual(["OrderAccepted"]);
      expect(told[0]?.venueOrderId).not.toBe("");
    },
  },
  {
    number: "V02",
    title: "the same order twice is never two live orders",
    async run(card) {
      const order = card.place();
      card.place({ order });
      await card.venue.settle();
      expect((await card.ask({ kind: "openOrders", instrument: "all" })).length).toBe(1);
      card.cancel(order);
      await card.venue.settle();
      expect(await card.ask({ kind: "openOrders", instrument: "all" })).toEqual([]);
    },
  },
  {
    number: "V03",
    title: "a cancel ends the order; a second one is harmless",
    async run(card) {
      const order = card.place();
      await card.venue.settle();
      card.cancel(order);
      expect(kinds(await card.told(order))).toEqual(["OrderCanceled"]);
      card.cancel(order);
      expect(kinds(await card.told(order)).filter((kind) => kind !== "CancelRejected")).toEqual([]);
      expect(status(await card.order(order))).toEqual(["Canceled", 0]);
    },
  },
  {
    number: "V04",
    title: "fills carry ids of their own, add up, and say the cumulative quantity",
    async run(card) {
      const order = card.take();
      const fills = (await card.told(order)).filter((r) => r.kind === K.OrderFilled);
      expect(fills.reduce((sum, fill) => sum + fill.qty, 0)).toBe(card.venue.qty);
      expect(new Set(fills.map((fill) => fill.fillId)).size).toBe(fills.length);
      expect(fills.every((fill) => fill.fillId !== "" && fill.price > 0)).toBe(true);
      expect(status(await card.order(order))).toEqual(["Filled", card.venue.qty]);
    },
  },
  {
    number: "V05",
    title: "a replace, where there is one, keeps one order and answers with the terms and the attempt",
    async run(card) {
      if (!card.venue.gateway.capabilities.amend) return;
      const order = card.place();
      await card.venue.settle();
      const price = card.venue.bid - 20 * card.venue.tick;
      card.replace(order, { price });
      const told = await card.told(order);
      expect(kinds(told)).toEqual(["OrderReplaced"]);
      expect(told[0]).toMatchObject({ price, attempt: 2 });
      const open = await card.ask({ kind: "openOrders", instrument: "all" });
      expect(open.map((r) => [r.price, r.venueOrderId])).toEqual([[price, told[0]?.venueOrderId as string]]);
    },
  },
  {
    number: "V06",
    title: "cancel-all, where there is one, leaves nothing open",
    async run(card) {
      if (!card.venue.gateway.capabilities.cancelAll) return;
      card.place();
      card.place();
      await card.venue.settle();
      expect(card.venue.gateway.closeAll(0xffff_ffff)).toBe(Code.Ok);
      expect(kinds(await card.venue.settle())).toEqual(["OrderCanceled", "OrderCanceled"]);
      expect(await card.ask({ kind: "openOrders", instrument: "all" })).toEqual([]);
    },
  },
];

const QUESTIONS: readonly CardSpec[] = [
  {
    number: "V20",
    title: "an order query knows what lives and what has ended, and says of the rest that it is not found",
    async run(card) {
      const open = card.place();
      await card.venue.settle();
      expect(status(await card.order(open))).toEqual(["Open", 0]);
      expect(VenueOrderStatus[(await card.order(4_000_000)).code]).toBe("NotFound");
      expect(VenueOrderStatus[(await card.order(4_000_000, "orderHistory")).code]).toBe("NotFound");
    },
  },
  {
    number: "V21",
    title: "the order history agrees with the order query about what has ended",
    async run(card) {
      const canceled = card.place();
      const filled = card.take();
      await card.venue.settle();
      card.cancel(canceled);
      await card.venue.settle();
      for (const order of [canceled, filled]) {
        expect(status(await card.order(order, "orderHistory"))).toEqual(status(await card.order(order)));
      }
    },
  },
  {
    number: "V22",
    title: "open orders: all of them, only them, by instrument",
    async run(card) {
      const [first, second] = [card.place(), card.place()];
      card.take();
      await card.venue.settle();
      const { instrument, quietInstrument } = card.venue;
      const all = await card.ask({ kind: "openOrders", instrument: "all" });
      expect(all.map((r) => r.order)).toEqual([first, second]);
      expect(all.every((r) => r.code === VenueOrderStatus.Open && r.evidence === Evidence.OpenOrders)).toBe(true);
      expect((await card.ask({ kind: "openOrders", instrument })).length).toBe(2);
      expect(await card.ask({ kind: "openOrders", instrument: quietInstrument })).toEqual([]);
    },
  },
  {
    number: "V23",
    title: "what was sent before the question is not not-found",
    async run(card) {
      const order = card.place();
      const id = card.send({ kind: "order", order, clientOrderId: "", instrument: card.venue.instrument });
      const stated = (await card.venue.settle()).filter((r) => r.kind === K.StatedOrder && r.attempt === id);
      expect(stated.map((r) => VenueOrderStatus[r.code])).toEqual(["Open"]);
    },
  },
  {
    number: "V24",
    title: "the trade history tells the same fills under the same ids, by order and by time",
    async run(card) {
      const order = card.take();
      const fills = (await card.told(order)).filter((r) => r.kind === K.OrderFilled);
      card.take();
      await card.venue.settle();
      const { instrument } = card.venue;
      const same = (r: TradingRecord) => [r.fillId, r.qty, r.price, r.side, r.venueOrderId];
      const found = await card.ask({ kind: "fills", instrument, order, sinceUs: 0 });
      expect(found.map(same)).toEqual(fills.map(same));
      const all = await card.ask({ kind: "fills", instrument, order: 0, sinceUs: 0 });
      expect(all.length).toBeGreaterThan(fills.length);
      const lastUs = all.at(-1)?.exchangeTimeUs as number;
      expect(await card.ask({ kind: "fills", instrument, order: 0, sinceUs: lastUs + 1 })).toEqual([]);
      expect(await card.ask({ kind: "fills", instrument: card.venue.quietInstrument, order: 0, sinceUs: 0 })).toEqual(
        [],
      );
    },
  },
  {
    number: "V25",
    title: "positions are the sum of the fills, and absent when flat",
    async run(card) {
      expect(await card.ask({ kind: "positions" })).toEqual([]);
      if (!card.venue.hasPositions) return;
      const { bid, qty, instrument } = card.venue;
      card.take();
      await card.venue.settle();
      const held = await card.ask({ kind: "positions" });
      expect(held.map((r) => [r.instrument, r.side, r.qty])).toEqual([[instrument, Side.Buy, qty]]);
      card.take({ side: Side.Sell, price: bid });
      await card.venue.settle();
      expect(await card.ask({ kind: "positions" })).toEqual([]);
    },
  },
  {
    number: "V26",
    title: "balances move by what the fills say, to the last unit",
    async run(card) {
      const before = await card.ask({ kind: "balances" });
      card.take();
      const fills = (await card.venue.settle()).filter((r) => r.kind === K.OrderFilled);
      const paid = fills.reduce((sum, fill) => sum + big(fill.feeHi, fill.feeLo), 0n);
      const traded = fills.reduce((sum, fill) => sum + big(fill.amountHi, fill.amountLo), 0n);
      const asset = fills[0]?.asset as number;
      const of = (rows: readonly TradingRecord[]) =>
        rows.filter((r) => r.asset === asset).reduce((sum, r) => sum + big(r.amountHi, r.amountLo), 0n);
      const feeInMoney = fills.every((fill) => fill.feeAsset === asset) ? paid : 0n;
      const cost = card.venue.hasPositions ? 0n : traded;
      expect(of(before) - of(await card.ask({ kind: "balances" }))).toBe(cost + feeInMoney);
    },
  },
  {
    number: "V27",
    title: "a lost connection loses nothing that happened meanwhile",
    async run(card) {
      if (card.venue.disconnect === undefined) return;
      const order = card.place();
      await card.venue.settle();
      card.cancel(order);
      await card.venue.disconnect();
      const id = card.send({ kind: "openOrders", instrument: "all" });
      const told = await card.venue.settle();
      expect(told.some((r) => r.kind === K.OrderCanceled && r.order === order)).toBe(true);
      expect(told.filter((r) => r.kind === K.QueryEnded).map((r) => r.attempt)).toEqual([id]);
    },
  },
];

/** Runs every card against a fresh venue each. */
export function conformance(name: string, make: VenueFactory): void {
  describe(`conformance: ${name}`, () => {
    for (const { number, title, run } of [...ORDERS, ...QUESTIONS]) {
      test(`${number} ${title}`, async () => {
        const card = await Card.on(make);
        await run(card);
        await card.venue.close?.();
      });
    }
  });
}

function big(hi: number, lo: number): bigint {
  return BigInt(hi) * 2n ** 53n + BigInt(lo);
}
