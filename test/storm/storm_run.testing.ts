/** One storm from its seed: venue, engine, market, commands, kills and crashes on a virtual clock, checked at each step. */

import { AssertionFailed } from "../../src/core/assert.ts";
import { Code } from "../../src/core/code.ts";
import { Prng } from "../../src/core/prng.ts";
import type { VenueGateway } from "../../src/engine/ports.ts";
import type { OwnBook } from "../../src/match/own_book.ts";
import { SlotKind } from "../../src/model/market_slot.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../../src/model/order.ts";
import { RecordKind, Scope } from "../../src/model/record.ts";
import type { FaultGateway } from "../../src/venue/sim/fault_gateway.ts";
import { NO_FAULTS, planText } from "../../src/venue/sim/fault_plan.ts";
import { FaultVenue } from "../../src/venue/sim/fault_venue.ts";
import { StormChecks, StormViolation } from "./storm_checks.testing.ts";
import { StormJournal } from "./storm_journal.testing.ts";
import { StormSession } from "./storm_session.testing.ts";
import { StormTrace } from "./storm_trace.testing.ts";
import {
  ASSETS,
  INSTRUMENTS,
  instrumentTable,
  OPENING,
  PAID,
  START_US,
  STORM_LIMITS,
  type StormPlan,
} from "./storm_world.testing.ts";

/** Mistakes that a storm must find. */
export type Mutant = "sends-twice" | "time-out-is-rejection" | "counts-fills-twice";

export interface StormResult {
  readonly plan: StormPlan;
  /** What was broken first; undefined when nothing was. */
  readonly violation: StormViolation | undefined;
  /** The last events before it, when they were traced. */
  readonly events: readonly string[];
  readonly virtualUs: number;
  /** Virtual time from the end of the faults until nothing differed. */
  readonly settledUs: number;
  readonly orders: number;
  readonly fills: number;
  readonly crashes: number;
  readonly kills: number;
  readonly nearest: number;
  readonly counts: Readonly<Record<string, number>>;
}

const TICK_US = 100_000;
/** After the faults end and what is late has come, everything must be equal within this. */
const SETTLE_US = 120_000_000;
const LOOK_EVERY_US = 2_000_000;

export class StormRun {
  readonly #prng: Prng;
  readonly #venue: FaultVenue;
  readonly #checks: StormChecks;
  readonly #killWord = new Int32Array(new SharedArrayBuffer(4));
  readonly #counts: Record<string, number> = {};
  #session: StormSession | undefined;
  #journal = new StormJournal(STORM_LIMITS);
  #nowUs = START_US;
  #epoch = 0;
  #crashes = 0;
  #kills = 0;
  #resumeUs = Number.POSITIVE_INFINITY;
  #restartUs = Number.POSITIVE_INFINITY;
  #syncUs = 0;
  #storms = true;
  readonly #due = { market: 0, command: 0, crash: 0, kill: 0, stall: 0, foreign: 0, payment: 0, tick: 0 };

  constructor(
    readonly plan: StormPlan,
    readonly trace: StormTrace,
    readonly mutant?: Mutant,
  ) {
    this.#prng = new Prng(plan.seed ^ 0x5eed);
    const assetIdOf = (code: string) => Math.max(0, ASSETS.indexOf(code));
    this.#venue = new FaultVenue(instrumentTable(), this.#prng, plan.faults, plan.rates, START_US, assetIdOf);
    for (const code of ASSETS) this.#venue.ledger.move(code, BigInt(OPENING) * 10n ** 18n);
    this.#venue.onQuote = (instrument, book) => this.#quote(instrument, book);
    const limits = INSTRUMENTS.map(({ id, qtyScale }) => {
      const most = plan.positionMax * 10 ** qtyScale;
      return { long: most, short: id === 0 ? 0 : most };
    });
    this.#checks = new StormChecks(this.#venue, limits, plan.faults.foreignEveryUs > 0, plan.faults.paymentEveryUs > 0);
    const { due } = this;
    due.command = this.#soon(plan.commandEveryUs);
    due.crash = this.#soon(plan.crashEveryUs);
    due.kill = this.#soon(plan.killEveryUs);
    due.stall = this.#soon(plan.stallEveryUs);
    due.foreign = this.#soon(plan.faults.foreignEveryUs);
    due.payment = this.#soon(plan.faults.paymentEveryUs);
    due.market = START_US;
    due.tick = START_US;
  }

  get due() {
    return this.#due;
  }

  run(): StormResult {
    let settledUs = 0;
    let violation: StormViolation | undefined;
    try {
      this.#start();
      this.#until(START_US + this.plan.stormUs);
      settledUs = this.#settle();
    } catch (error) {
      // An engine that stops itself has lost its trust in its state: a finding as any other.
      if (error instanceof AssertionFailed) violation = new StormViolation("engine stopped", error.stack ?? "");
      else if (error instanceof StormViolation) violation = error;
      else throw error;
    }
    this.#addCounts();
    const { orders } = this.#venue.ledger;
    return {
      plan: this.plan,
      violation,
      events: this.trace.events,
      virtualUs: this.#nowUs - START_US,
      settledUs,
      orders: orders.size,
      fills: this.#venue.ledger.trades.length,
      crashes: this.#crashes,
      kills: this.#kills,
      nearest: this.#checks.nearest,
      counts: this.#counts,
    };
  }

  /** Faults end, strategies fall silent, and everything has to become equal. */
  #settle(): number {
    const { plan } = this;
    this.#storms = false;
    this.#venue.setPlan({ ...NO_FAULTS, coarseTickAfterUs: plan.faults.coarseTickAfterUs });
    const { due } = this;
    due.command = due.crash = due.kill = due.stall = due.foreign = due.payment = Number.POSITIVE_INFINITY;
    due.market = Number.POSITIVE_INFINITY;
    if (this.#session === undefined) this.#restartUs = this.#nowUs;
    this.#syncUs = 0;
    // Nobody acts any more but the reconciliation: what rests, rests.
    this.#until(this.#nowUs + 1);
    for (let instance = 1; instance <= INSTRUMENTS.length && plan.strategies; instance++) {
      this.#session?.command(RecordKind.CommandInstanceStop, this.#nowUs, { instance, flags: 1, text: "calm" });
    }
    const fromUs = this.#nowUs;
    const lateUs = plan.faults.lateUsMax + plan.faults.streamGoneUsMax;
    let differences: string[] = [];
    while (this.#nowUs < fromUs + lateUs + SETTLE_US) {
      this.#until(this.#nowUs + LOOK_EVERY_US);
      differences = this.#session === undefined ? ["no engine"] : this.#checks.differences(this.#session);
      if (differences.length === 0) return this.#nowUs - fromUs;
      if (plan.faults.foreignEveryUs > 0) this.#adjust();
    }
    throw new StormViolation("not equal at rest", differences.slice(0, 8).join("; "));
  }

  /** The operator: a break that somebody else has caused is closed by the venue's word. */
  #adjust(): void {
    const session = this.#session;
    for (const { id } of INSTRUMENTS) {
      const broken = session?.state.readiness.breakOf(0, id, 0);
      if (session === undefined || broken === undefined) continue;
      const side = broken.venueQty < 0 ? Side.Sell : Side.Buy;
      const price = this.#venue.book(id).priceAt(side, 0);
      const fields = { instrument: id, side, qty: Math.abs(broken.venueQty), price, text: "somebody else's" };
      session.command(RecordKind.CommandAdjustPosition, this.#nowUs, fields);
    }
  }

  #until(endUs: number): void {
    while (this.#nowUs < endUs) {
      const { due } = this;
      const wireUs = this.#venue.wire.nextDueUs();
      const nextUs = Math.min(wireUs, ...Object.values(due), this.#resumeUs, this.#restartUs, endUs);
      this.#nowUs = Math.max(this.#nowUs, nextUs);
      this.#venue.advance(this.#nowUs);
      this.#happen();
      this.#turn();
    }
  }

  /** What is due beside the wire. */
  #happen(): void {
    const { due, plan } = this;
    const nowUs = this.#nowUs;
    if (nowUs >= due.market) {
      due.market = nowUs + plan.marketEveryUs;
      for (const { id } of INSTRUMENTS) this.#venue.stepMarket(id);
    }
    if (nowUs >= due.foreign) {
      due.foreign = this.#soon(plan.faults.foreignEveryUs);
      this.trace.add(nowUs, "somebody else places an order");
      this.#venue.placeForeign(nowUs);
    }
    if (nowUs >= due.payment) {
      due.payment = this.#soon(plan.faults.paymentEveryUs);
      this.#venue.pay(PAID, nowUs);
    }
    if (nowUs >= due.stall) {
      due.stall = this.#soon(plan.stallEveryUs);
      this.#syncUs = nowUs + this.#prng.nextBelow(1_000_000);
    }
    if (nowUs >= this.#restartUs) this.#start();
    if (nowUs >= due.crash) {
      due.crash = this.#soon(plan.crashEveryUs);
      this.#crash();
    }
    if (nowUs >= due.kill) {
      due.kill = this.#soon(plan.killEveryUs);
      this.#kill();
    }
    if (nowUs >= this.#resumeUs) {
      // Nobody hears it while no engine lives: said again to the next one.
      this.#resumeUs = this.#session === undefined ? this.#restartUs + 1 : Number.POSITIVE_INFINITY;
      this.#session?.resume(nowUs);
    }
    if (nowUs >= due.command) {
      due.command = this.#soon(plan.commandEveryUs);
      this.#command();
    }
    if (nowUs >= due.tick) due.tick = nowUs + TICK_US;
  }

  #turn(): void {
    const session = this.#session;
    if (session !== undefined) {
      session.engine.hear(this.#nowUs);
      session.engine.poll();
      if (this.#nowUs >= this.#syncUs) this.#journal.sync();
      session.engine.tick(this.#nowUs);
      session.gateway.flush();
    }
    this.#checks.step(session);
  }

  #start(): void {
    this.#restartUs = Number.POSITIVE_INFINITY;
    this.#epoch++;
    const session = new StormSession(
      this.plan,
      this.#venue,
      this.#journal,
      this.#killWord,
      this.#epoch,
      (gateway, owner) => this.#watch(gateway, owner),
      { countsTwice: this.mutant === "counts-fills-twice", endsUnknown: this.mutant === "time-out-is-rejection" },
    );
    this.trace.add(this.#nowUs, `engine ${this.#epoch} starts with ${this.#journal.last} records`);
    this.#journal.onAppend = (record) => {
      this.#checks.onRecord(record);
      this.trace.record(record);
    };
    this.#session = session;
    session.begin(this.#nowUs);
  }

  /** The process is gone: what was not on the disk may be, from the front; what was sent is under way. */
  #crash(): void {
    const session = this.#session;
    if (session === undefined) return;
    this.#crashes++;
    this.#addCounts();
    session.gateway.hangUp();
    this.#session = undefined;
    const { synced, last } = this.#journal;
    const left = synced + this.#prng.nextBelow(last - synced + 1);
    this.#journal = this.#journal.copy(left);
    this.#restartUs = this.#nowUs + 50_000 + this.#prng.nextBelow(5_000_000);
    this.trace.add(this.#nowUs, `crash: ${left} of ${last} records are left, ${synced} were durable`);
  }

  #kill(): void {
    this.#kills++;
    this.#resumeUs = this.#nowUs + this.#prng.nextBelow(10_000_000);
    this.trace.add(this.#nowUs, "kill");
    if (this.#prng.nextBelow(2) === 0) Atomics.store(this.#killWord, 0, 1);
    else this.#session?.command(RecordKind.CommandKill, this.#nowUs, { scope: Scope.Firm, text: "storm" });
  }

  #command(): void {
    const session = this.#session;
    if (session === undefined) return;
    const prng = this.#prng;
    const nowUs = this.#nowUs;
    const { orders } = session.state;
    const order = 1 + prng.nextBelow(Math.max(1, orders.nextOrder));
    const instrument = prng.nextBelow(INSTRUMENTS.length);
    const { lot, tick, qtyScale } = INSTRUMENTS[instrument] as { lot: number; tick: number; qtyScale: number };
    const most = this.plan.positionMax * 10 ** qtyScale;
    const qty = lot * (1 + prng.nextBelow(Math.floor(most / lot)));
    const book = this.#venue.book(instrument);
    const mid = book.priceAt(Side.Buy, 0) || 20_000_000;
    const price = mid - (mid % tick) + tick * (prng.nextBelow(101) - 50);
    const draw = prng.nextBelow(100);
    if (draw < 55) {
      const isMarket = prng.nextBelow(5) === 0;
      const tif = [TimeInForce.Gtc, TimeInForce.Gtc, TimeInForce.Ioc, TimeInForce.Fok][prng.nextBelow(4)] as number;
      session.command(RecordKind.CommandPlace, nowUs, {
        instrument,
        side: prng.nextBelow(2) === 0 ? Side.Buy : Side.Sell,
        orderType: isMarket ? OrderType.Market : OrderType.Limit,
        timeInForce: isMarket ? TimeInForce.Ioc : tif,
        flags: tif === TimeInForce.Gtc && !isMarket && prng.nextBelow(3) === 0 ? OrderFlag.PostOnly : 0,
        price: isMarket ? 0 : price,
        qty,
        text: "by hand",
      });
    } else if (draw < 75) session.command(RecordKind.CommandCancel, nowUs, { order, text: "by hand" });
    else if (draw < 95) {
      const fields = { price: prng.nextBelow(2) * price, qty: prng.nextBelow(2) * qty };
      const target = orders.has(order) ? { instrument: orders.instrument(order) } : {};
      if (!orders.has(order) || orders.instrument(order) === instrument) {
        session.command(RecordKind.CommandAmend, nowUs, { order, ...target, ...fields, text: "by hand" });
      }
    } else session.command(RecordKind.CommandCancelAll, nowUs, { text: "sweep" });
  }

  /** Between engine and gateway: what leaves is checked before it goes. */
  #watch(gateway: FaultGateway, session: StormSession): VenueGateway {
    const { mutant } = this;
    return {
      account: gateway.account,
      venue: gateway.venue,
      capabilities: gateway.capabilities,
      open: (effect) => {
        this.#checks.onOpen(session, effect);
        this.trace.sent(this.#nowUs, effect);
        if (mutant === "sends-twice" && this.#prng.nextBelow(20) === 0) gateway.open(effect);
        const code = gateway.open(effect);
        if (code === Code.Ok) this.#checks.onSent(effect, gateway.capabilities.requestValidityUs);
        return code;
      },
      close: (effect) => {
        this.trace.sent(this.#nowUs, effect);
        return gateway.close(effect);
      },
      closeAll: (instrument) => gateway.closeAll(instrument),
      query: (query) => {
        this.trace.add(this.#nowUs, `asks ${JSON.stringify(query)}`);
        return gateway.query(query);
      },
    };
  }

  #quote(instrument: number, book: OwnBook): void {
    const market = this.#session?.lanes.market;
    if (market === undefined) return;
    const [bid, bidQty] = [book.priceAt(Side.Buy, 0), book.qtyAt(Side.Buy, 0)];
    const [ask, askQty] = [book.priceAt(Side.Sell, 0), book.qtyAt(Side.Sell, 0)];
    if (bid === 0 || ask === 0 || !market.hasRoom(1)) return;
    const us = this.#nowUs;
    market.put(SlotKind.Quote, 0, 1, instrument, us, us, bid, bidQty, ask, askQty, us);
    market.publish();
  }

  #soon(everyUs: number): number {
    return everyUs === 0 || !this.#storms
      ? Number.POSITIVE_INFINITY
      : this.#nowUs + 1 + this.#prng.nextBelow(2 * everyUs);
  }

  #addCounts(): void {
    for (const [name, count] of Object.entries(this.#session?.gateway.counts ?? {})) {
      this.#counts[name] = (this.#counts[name] ?? 0) + count;
    }
  }
}

/** Runs one seed; a violation is run once more with a trace, so that the first run need not keep one. */
export function runStorm(plan: StormPlan, mutant?: Mutant): StormResult {
  const result = new StormRun(plan, new StormTrace(false), mutant).run();
  if (result.violation === undefined) return result;
  return new StormRun(plan, new StormTrace(true), mutant).run();
}

/** A failed storm in lines of text. */
export function storyOf(result: StormResult): string {
  const { faults, rates, seed, ...rest } = result.plan;
  const lines = [
    `seed ${seed}: ${result.violation?.message ?? "nothing broken"}`,
    `faults ${planText(faults)}`,
    `options ${JSON.stringify(rest)} fees ${JSON.stringify(rates)}`,
    ...result.events.map((event) => `  ${event}`),
  ];
  return lines.join("\n");
}
