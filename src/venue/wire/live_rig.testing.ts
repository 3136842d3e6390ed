/** A live gateway at the venue simulator, over real sockets: what it has told, the ways to wait for it, and what to ask of it. */

import { expect } from "bun:test";
import { Code } from "../../core/code.ts";
import type { Problem } from "../../core/problem.ts";
import type { VenueQuery } from "../../engine/ports.ts";
import { until } from "../../exchange/book_client.testing.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import type { Instrument } from "../../model/instrument.ts";
import { TimeInForce } from "../../model/order.ts";
import { RecordKind as K, StreamState, TradingRecord } from "../../model/record.ts";
import type { Approved } from "../../risk/approved.ts";
import type { AccountFacts } from "./live_dialect.ts";
import type { LiveGateway, LivePorts } from "./live_gateway.ts";
import { FETCH_CLIENT, livePorts } from "./live_ports.testing.ts";
import { OwnIds } from "./order_ids.ts";
import { testOrder } from "./order_terms.testing.ts";
import type { RequestClient } from "./rest.ts";
import { ASK, BID, tableOf } from "./still_market.testing.ts";

/** What the rigs of all venues take. */
export interface LiveRigMore {
  readonly epoch?: number;
  readonly rest?: RequestClient;
}

export class LiveRig {
  readonly gateway: LiveGateway;
  readonly told: TradingRecord[] = [];
  readonly problems: Problem[] = [];

  constructor(
    readonly simulator: Simulator,
    assets: readonly string[],
    instruments: readonly Instrument[],
    { epoch = 1, rest = FETCH_CLIENT }: LiveRigMore,
    make: (ports: LivePorts) => LiveGateway,
  ) {
    const ports = livePorts(assets, {
      random: () => 0.5,
      rest,
      ids: new OwnIds(1, epoch),
      instruments: tableOf(instruments),
      sink: { put: (record) => this.told.push(new TradingRecord().copyFrom(record)) > 0 },
      poll: () => undefined,
      problem: (p) => this.problems.push(p),
    });
    this.gateway = make(ports);
  }

  async up(): Promise<this> {
    this.gateway.start();
    if (!(await until(() => this.streams().includes(StreamState.Up), 5_000))) throw new Error("not up");
    this.told.length = 0;
    return this;
  }

  /** What became of the private stream since the last call of `settle`. */
  streams(): StreamState[] {
    return this.told.filter(({ kind }) => kind === K.StreamChanged).map(({ code }) => code);
  }

  /** Everything told since the last call, once nothing more is on its way. */
  async settle(): Promise<TradingRecord[]> {
    let quiet = 0;
    let before = -1;
    for (let waited = 0; waited < 3_000 && quiet < 4; waited += 5) {
      await Bun.sleep(5);
      const isIdle = this.gateway.status().requestsOpen + this.gateway.status().questionsOpen === 0;
      quiet = isIdle && before === this.told.length && this.gateway.status().isUp ? quiet + 1 : 0;
      before = this.told.length;
    }
    return this.told.splice(0).filter(({ kind }) => kind !== K.StreamChanged);
  }

  /** What the venue says of the key, from a start of its own; the gateway is stopped. */
  async probed(): Promise<AccountFacts | Problem> {
    this.gateway.start();
    await until(() => this.gateway.clock.isKnown, 2_000);
    const facts = await new Promise<AccountFacts | Problem>((resolve) => this.gateway.probe(resolve));
    this.gateway.stop();
    return facts;
  }
}

export const kinds = (records: readonly TradingRecord[]) => records.map((r) => K[r.kind]);

/** Numbers that no other order and no other question of this process has. */
let lastOrder = 0;
let lastQuery = 0;
export const nextOrder = () => ++lastOrder;
export const nextQuery = () => ++lastQuery;

/** An order that rests. */
export function intent(more: Partial<TradingRecord> = {}): Approved {
  const record = testOrder({ order: nextOrder(), attempt: 1, price: BID - 100, ...more });
  return record as Readonly<TradingRecord> as Approved;
}

/** An order that is filled at once. */
export const taking = (more: Partial<TradingRecord> = {}) =>
  intent({ price: ASK, timeInForce: TimeInForce.Ioc, ...more });

export function cancelOf(order: Readonly<TradingRecord>, more: Partial<TradingRecord> = {}): TradingRecord {
  return Object.assign(new TradingRecord().copyFrom(order, K.CancelIntent), more);
}

export function replaceOf(order: Readonly<TradingRecord>, more: Partial<TradingRecord>): Approved {
  const record = Object.assign(new TradingRecord().copyFrom(order, K.ReplaceIntent), more);
  return record as Readonly<TradingRecord> as Approved;
}

/** The answer to a question that must succeed. */
export async function ask(rig: LiveRig, query: object): Promise<TradingRecord[]> {
  const id = nextQuery();
  expect(rig.gateway.query({ ...query, id } as VenueQuery)).toBe(Code.Ok);
  const told = await rig.settle();
  expect(told.filter((r) => r.kind === K.QueryEnded).map((r) => [r.attempt, r.code])).toEqual([[id, Code.Ok]]);
  return told.filter((r) => r.kind !== K.QueryEnded);
}

/** Orders that the venue says are open. */
export function askOpen(rig: LiveRig): Promise<TradingRecord[]> {
  return ask(rig, { kind: "openOrders", instrument: "all" });
}
