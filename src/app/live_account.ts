/**
 * One live account on the engine thread: its gateway, what was asked about its key, and its first meeting with the engine.
 * An account that the journal has never seen money of takes the venue's balances as its opening ones before it is
 * reconciled: until then the engine hears that its stream is down, and reports of orders pass all the same.
 */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Problem } from "../core/problem.ts";
import type { VenueCapabilities, VenueGateway, VenueQuery } from "../engine/ports.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { Approved } from "../risk/approved.ts";
import type { FeeFact } from "../venue/wire/fee_desk.ts";
import type { AccountFacts } from "../venue/wire/live_dialect.ts";
import type { GatewayStatus } from "../venue/wire/live_gateway.ts";
import type { ReportSink } from "../venue/wire/outbox.ts";
import { checkAllowed, checkClock, checkFacts, checkKey, type LiveCheck, problemOf, whyUnfit } from "./live_checks.ts";
import { DeadMan, type UnarmedSwitch } from "./live_dead_man.ts";
import type { LiveGateway } from "./live_gateway.ts";

const SECOND_US = 1_000_000;
const ASK_AGAIN_US = SECOND_US;
const ASK_AGAIN_US_MAX = 60 * SECOND_US;
/** An answer that does not come by then never comes. */
const ANSWER_US_MAX = 10 * SECOND_US;
/** Rights of a key change at the venue: so often they are asked for while all is well. */
const PROBE_EVERY_US = 600 * SECOND_US;
/** How often the checks are looked at. */
const LOOK_EVERY_US = 200_000;
/** Number of our own question for balances: the reconciler counts from one. */
const FUNDING_QUERY = 0xffff_fff0;

/** What an account needs of the engine thread. */
export interface LiveHost {
  /** The permission to arm. */
  readonly isAllowed: boolean;
  nowUs(): number;
  /** The provider's instruments are defined. */
  isPrepared(): boolean;
  assets(codes: readonly string[]): void;
  isFunded(): boolean;
  fund(stated: readonly Readonly<TradingRecord>[]): void;
  /** Open orders of ours, by instrument; for the dead-man switch. */
  openOrders(visit: (instrument: number) => void): void;
  instrumentName(id: number): string;
  problem(found: Problem): void;
}

/** Plain data: crosses threads. */
export interface LiveStatus {
  readonly name: string;
  readonly account: number;
  readonly checks: readonly LiveCheck[];
  /** "" = it may be armed. */
  readonly unfitWhy: string;
  readonly figures: GatewayStatus;
  /** What an arming must name, see `Controls.approvalOf`. */
  readonly approval: string;
  /** Instruments with a dead-man switch that the venue has taken, and that runs. */
  readonly guarded: number;
  /** Instruments whose switch the venue has not taken, or not renewed. */
  readonly unguarded: readonly UnguardedInstrument[];
  /** What the venue charges, by instrument. */
  readonly fees: readonly InstrumentFee[];
}

export type InstrumentFee = Omit<FeeFact, "instrument"> & { readonly instrument: string };

export type UnguardedInstrument = Omit<UnarmedSwitch, "instrument"> & { readonly instrument: string };

export type SeatStatus = Omit<LiveStatus, "approval">;

export class LiveAccount implements VenueGateway {
  readonly #gateway: LiveGateway;
  readonly #deadMan: DeadMan;
  #checks: readonly LiveCheck[] = [];
  #unfitWhy = "not checked yet";
  #facts: AccountFacts | Problem | undefined;
  #askDueUs = 0;
  #askAgainUs = ASK_AGAIN_US;
  #askedUs = 0;
  #statementUs = 0;
  #lookDueUs = 0;
  #isMet: boolean;
  /** The stream's last word, while the engine does not hear it. */
  #stream: TradingRecord | undefined;
  #stated: TradingRecord[] | undefined;
  #statement: "none" | "asked" | "whole" = "none";
  /** By the venue's clock: what moved before is in the opening balances. 0: these are from an earlier life. */
  #openedUs = 0;

  /** `make` gets the sink that its reports go to. `hide`: takes the key out of what the venue says of it. */
  constructor(
    readonly name: string,
    readonly lane: ReportSink,
    readonly host: LiveHost,
    make: (sink: ReportSink) => LiveGateway,
    readonly hide: (text: string) => string = (text) => text,
  ) {
    this.#isMet = host.isFunded();
    if (!this.#isMet) this.#openedUs = Number.POSITIVE_INFINITY;
    this.#gateway = make({ put: (record) => this.#put(record) });
    this.#deadMan = new DeadMan(this.#gateway, (visit) => host.openOrders(visit));
    this.#look();
  }

  get account(): number {
    return this.#gateway.account;
  }

  get venue(): string {
    return this.#gateway.venue;
  }

  get capabilities(): VenueCapabilities {
    return this.#gateway.capabilities;
  }

  /** Why it may open nothing; "" = it may, if it is armed. */
  get unfitWhy(): string {
    return this.#unfitWhy;
  }

  start(): void {
    this.#gateway.start();
  }

  stop(): void {
    this.#gateway.stop();
  }

  open(effect: Approved): Code {
    return this.#isMet ? this.#gateway.open(effect) : Code.NotReady;
  }

  close(effect: Readonly<TradingRecord>): Code {
    return this.#gateway.close(effect);
  }

  closeAll(instrument: number): Code {
    return this.#gateway.closeAll(instrument);
  }

  query(query: VenueQuery): Code {
    return this.#isMet ? this.#gateway.query(query) : Code.NotReady;
  }

  /** Each turn of a healthy engine, outside of its steps. */
  turn(nowUs: number): void {
    this.#deadMan.turn(nowUs);
    if (nowUs < this.#lookDueUs) return;
    this.#lookDueUs = nowUs + LOOK_EVERY_US;
    if (nowUs >= this.#askDueUs && this.#gateway.clock.isKnown) this.#probe(nowUs);
    if (!this.#isMet) this.#meet(nowUs);
    this.#look();
  }

  status(): SeatStatus {
    const figures = this.#gateway.status();
    return {
      name: this.name,
      account: this.account,
      checks: this.#checks,
      unfitWhy: this.#unfitWhy,
      figures,
      guarded: this.#deadMan.armed,
      unguarded: this.#deadMan.unarmed().map((each) => {
        return { ...each, instrument: this.host.instrumentName(each.instrument) };
      }),
      fees: figures.fees.map((each) => ({ ...each, instrument: this.host.instrumentName(each.instrument) })),
    };
  }

  #probe(nowUs: number): void {
    this.#askDueUs = nowUs + ANSWER_US_MAX;
    this.#askedUs = nowUs;
    this.#gateway.probe((told) => {
      const facts = "detail" in told ? { ...told, detail: this.hide(told.detail) } : told;
      if (this.#askedUs !== nowUs) return; // A later question is on its way.
      const isProblem = "detail" in facts;
      const waitUs = isProblem ? this.#askAgainUs : PROBE_EVERY_US;
      this.#askAgainUs = isProblem ? Math.min(2 * this.#askAgainUs, ASK_AGAIN_US_MAX) : ASK_AGAIN_US;
      this.#askDueUs = this.host.nowUs() + waitUs;
      // What was known stays known while the venue does not answer.
      if (isProblem && this.#facts !== undefined && !("detail" in this.#facts)) return this.host.problem(facts);
      this.#facts = facts;
      this.#lookDueUs = 0;
    });
  }

  /** The first meeting: instruments, then the assets that are held, then their balances, then all else. */
  #meet(nowUs: number): void {
    const facts = this.#facts;
    if (facts === undefined || "detail" in facts || !this.host.isPrepared()) return;
    if (this.#statement === "whole") return this.#met();
    if (this.#statement === "asked" && nowUs - this.#statementUs < ANSWER_US_MAX) return;
    this.host.assets(facts.assets);
    this.#stated = [];
    this.#statementUs = nowUs;
    this.#openedUs = nowUs + this.#gateway.status().clockOffsetUs;
    const code = this.#gateway.query({ id: FUNDING_QUERY, kind: "balances" });
    this.#statement = code === Code.Ok ? "asked" : "none";
  }

  #met(): void {
    assert(this.#stated !== undefined, Code.InvariantBroken);
    this.host.fund(this.#stated ?? []);
    this.#isMet = true;
    this.#stated = undefined;
    if (this.#stream !== undefined) this.lane.put(this.#stream);
    this.#stream = undefined;
  }

  #put(record: Readonly<TradingRecord>): boolean {
    if (record.kind === RecordKind.CashMoved && this.#isInOpening(record)) return true;
    if (this.#isMet) return this.lane.put(record);
    if (record.kind === RecordKind.StreamChanged) {
      this.#stream = new TradingRecord().copyFrom(record);
      return true;
    }
    if (record.attempt !== FUNDING_QUERY) return this.lane.put(record);
    if (record.kind === RecordKind.QueryEnded) this.#statement = record.code === Code.Ok ? "whole" : "none";
    else this.#stated?.push(new TradingRecord().copyFrom(record));
    return true;
  }

  /** Streams and statements of cash begin before the balances are asked for, and may tell late: it would count twice. */
  #isInOpening({ exchangeTimeUs }: Readonly<TradingRecord>): boolean {
    return exchangeTimeUs === 0 ? !this.#isMet : exchangeTimeUs < this.#openedUs;
  }

  /** Each change is told once. */
  #look(): void {
    const before = this.#checks;
    this.#checks = [
      checkAllowed(this.host.isAllowed),
      checkKey(undefined),
      checkClock(this.#gateway.clock, this.#gateway.status()),
      ...checkFacts(this.#facts),
    ];
    this.#unfitWhy = whyUnfit(this.#checks);
    for (const check of this.#checks) {
      if (check.code === "" || check.verdict === "waiting") continue;
      const known = before.some(({ name, verdict, code }) => {
        return name === check.name && verdict === check.verdict && code !== "";
      });
      if (!known) this.host.problem(problemOf(check, this.name));
    }
  }
}
