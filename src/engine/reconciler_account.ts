/** What reconciliation keeps of one account: its queries on their way, its sweep, its budget. Not part of D. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Limits } from "../core/limits.ts";
import type { TradingRecord } from "../model/record.ts";
import type { VenueGateway, VenueQuery } from "./ports.ts";
import { QueryBudget } from "./reconciler_budget.ts";

/** Parts of a sweep, each one query. */
export enum Part {
  Orders = 0,
  Positions = 1,
  Balances = 2,
}

export enum PartState {
  Idle = 0,
  Wanted = 1,
  Asked = 2,
  Done = 3,
}

/** One query on its way, and what its answer has said so far. */
export class Ask {
  /** Order → nothing: orders that the answer names. */
  readonly seen = new Set<number>();
  /** Positions or balances of the answer. */
  readonly stated: TradingRecord[] = [];
  /** Our positions when it was sent, by key: what has moved since is not judged by the answer. */
  ours: ReadonlyMap<number, number> | undefined;
  /** Statements that could not be kept: the answer is not complete then. */
  isOverfull = false;
  /** A newer sweep has begun since: whatever it says, it ends nothing, and is no failure either. */
  isSuperseded = false;

  constructor(
    readonly query: VenueQuery,
    /** Last record before it was sent. */
    readonly askedRecord: number,
    readonly askedUs: number,
  ) {
    assert(query.id > 0, Code.ValueOutOfRange);
  }
}

export class AccountSync {
  readonly asks: Ask[] = [];
  readonly budget: QueryBudget;
  readonly parts: PartState[] = [PartState.Idle, PartState.Idle, PartState.Idle];
  sweepDueUs = Number.POSITIVE_INFINITY;
  sweepBegunUs = 0;
  /** The sweep under way decides on readiness. */
  isDeciding = false;
  /** An operator asked for it: a halt may end with it. */
  isByHand = false;
  /** The sweep has found what halts the account. */
  isHalted = false;
  /** A stream of the venue's own must have said that it is up. */
  isStreamUp: boolean;
  /** A failed part of a sweep is asked again at this time. */
  partDueUs = 0;
  partFailures = 0;
  /** Fills from before this venue time are never asked for. */
  startUs = 0;
  /** Second looks at differences in this sweep. */
  looks = 0;
  /** Instruments whose trades this sweep still asks for. */
  readonly backfill: number[] = [];
  /** By instrument: fills before this venue time have been fetched. One whose question failed keeps its own. */
  readonly #fetchedUs = new Map<number, number>();

  constructor(
    readonly gateway: VenueGateway,
    limits: Limits,
  ) {
    this.isStreamUp = !gateway.capabilities.privateStream;
    this.budget = new QueryBudget(limits.queriesPerWindowMax, limits.queryWindowUs);
  }

  get account(): number {
    return this.gateway.account;
  }

  fillsSinceUs(instrument: number): number {
    return Math.max(this.startUs, this.#fetchedUs.get(instrument) ?? 0);
  }

  fillsFetched(instrument: number, untilUs: number): void {
    assert(Number.isSafeInteger(untilUs), Code.ValueOutOfRange);
    this.#fetchedUs.set(instrument, Math.max(untilUs, this.fillsSinceUs(instrument)));
  }

  take(id: number): Ask | undefined {
    const at = this.asks.findIndex((ask) => ask.query.id === id);
    return at < 0 ? undefined : this.asks.splice(at, 1)[0];
  }

  find(id: number): Ask | undefined {
    return this.asks.find((ask) => ask.query.id === id);
  }

  /** All parts are to be asked for again. */
  want(nowUs: number): void {
    assert(nowUs >= 0, Code.ValueOutOfRange);
    this.parts.fill(PartState.Wanted);
    // What is on its way was asked before the reason for this sweep: it must not end it.
    for (const ask of this.asks) if (partOf(ask.query) !== undefined) ask.isSuperseded = true;
    this.sweepBegunUs = nowUs;
    this.looks = 0;
    this.sweepDueUs = Number.POSITIVE_INFINITY;
    this.partDueUs = nowUs;
  }

  get isSweeping(): boolean {
    return this.parts.some((state) => state === PartState.Wanted || state === PartState.Asked);
  }

  get isSwept(): boolean {
    return this.parts.every((state) => state === PartState.Done);
  }
}

/** The part of a sweep that a query is; undefined for questions about one order, and for trades. */
export function partOf(query: VenueQuery): Part | undefined {
  if (query.kind === "openOrders") return Part.Orders;
  if (query.kind === "positions") return Part.Positions;
  return query.kind === "balances" ? Part.Balances : undefined;
}
