/** One scripted session from start to rest, through as many deaths as are asked for; and what must hold at its end. */

import { Prng } from "../../src/core/prng.ts";
import { Wide } from "../../src/core/wide.ts";
import { apply } from "../../src/engine/apply.ts";
import { DurableState } from "../../src/engine/durable.ts";
import { MemoryDisk } from "../../src/journal/memory_disk.testing.ts";
import { recoverJournal } from "../../src/journal/recover.ts";
import { Leg, OrderState } from "../../src/model/order.ts";
import { Readiness, RecordKind, type TradingRecord } from "../../src/model/record.ts";
import { CrashClient, makeScript } from "./crash_client.ts";
import type { Protocol } from "./crash_gateway.ts";
import { CrashPoint, type Death, Reaper } from "./crash_points.ts";
import {
  ACCOUNTS,
  CRASH_LIMITS,
  CrashProcess,
  PERP,
  type Planted,
  type ProcessHost,
  SPOT,
  TRADED,
} from "./crash_process.ts";
import type { SnapshotHook } from "./crash_snapshot.ts";
import { CrashVenue, type VenueOrder } from "./crash_venue.ts";

export interface SessionOptions {
  readonly seed: number;
  readonly waves: number;
  /** What the engine understands, when absent. */
  readonly protocol?: Protocol | undefined;
  /** First life, second life, and so on. */
  readonly deaths: readonly Death[];
  readonly planted?: Planted;
  readonly snapshots?: SnapshotHook | undefined;
}

export interface SessionResult {
  readonly breaks: readonly string[];
  /** Journal writes that were begun in the first life. */
  readonly boundaries: number;
  /** How many of the deaths came. */
  readonly died: number;
  readonly ordersAtVenue: number;
  /** Filled quantity by key, of the orders that the venue has; 0 = it has it and it never filled. */
  readonly filled: ReadonlyMap<string, number>;
}

const START_US = 1_700_000_000_000_000;
const TURN_US = 200;
/** The engine looks for what is due to be asked this often. */
const IDLE_US = 20_000;
const DOWN_US = 50_000;
/** Below the validity of a request that the gateway states. */
const LATE_US_MAX = 900_000;
/** Virtual time in which everything must have come to rest. */
const REST_US_MAX = 120_000_000;
/** Then every fill must be known and every account ready, soon: well before the next sweep would find it by itself. */
const SETTLE_US_MAX = 10_000_000;
const BREAKS_MAX = 5;

export class CrashSession {
  readonly #disk = new MemoryDisk();
  readonly #venue = new CrashVenue();
  readonly #client: CrashClient;
  readonly #random: Prng;
  readonly #breaks: string[] = [];
  #reaper = new Reaper(undefined);
  #nowUs = START_US;
  #protocol: Protocol = "reports";
  #life = 0;
  #died = 0;
  #boundaries = 0;
  #boundariesOfLife = 0;

  constructor(readonly options: SessionOptions) {
    const { seed, waves, planted = {} } = options;
    const fail = (text: string) => this.#fail(text);
    this.#client = new CrashClient(makeScript(new Prng(seed), waves), planted.answersEarly === true, fail);
    this.#random = new Prng(seed ^ 0x5bd1e995);
    this.#disk.liesAboutSync = planted.liesAboutSync === true;
    this.#venue.onAccepted = () => {
      if (this.#reaper.takes(CrashPoint.AcceptedNoAck)) this.#reaper.hasFired = true;
    };
  }

  run(): SessionResult {
    for (let isAtRest = false; !isAtRest && this.#breaks.length === 0; ) {
      this.#begin();
      try {
        this.#live();
        isAtRest = true;
      } catch (error) {
        if (!this.#reaper.hasFired) {
          this.#fail(`life ${this.#life}: ${(error as Error).stack ?? error}`);
          break;
        }
        this.#die();
      }
    }
    const filled = new Map<string, number>();
    for (const { key, order } of this.#handOrders()) {
      const at = this.#venue.orders.get(order);
      if (at !== undefined) filled.set(key, at.cumQty);
    }
    for (const text of this.#venue.breaks) this.#fail(text);
    const { size: ordersAtVenue } = this.#venue.orders;
    return { breaks: this.#breaks, boundaries: this.#boundaries, died: this.#died, ordersAtVenue, filled };
  }

  #begin(): void {
    const death = this.options.deaths[this.#life];
    this.#life++;
    this.#boundariesOfLife = 0;
    this.#reaper = new Reaper(death);
    if (death?.point === CrashPoint.InRecovery) this.#reaper.arm();
  }

  #live(): void {
    const life = new CrashProcess(this.#host());
    this.#protocol = life.protocol;
    const isFirst = this.#life === 1;
    if (!isFirst) this.#client.onRestart(life);
    life.start();
    const beganUs = this.#nowUs;
    // Some come back at once: what they open is denied, what they cancel or amend is not.
    let isPatient = isFirst || this.#random.nextBelow(4) > 0;
    let restUs = 0;
    while (this.#breaks.length === 0) {
      const isIdle = this.#client.isDone && life.isQuiet && this.#venue.isQuiet;
      const isAtRest = isIdle && life.state.orders.openCountAll() === 0;
      if (!isAtRest) restUs = 0;
      else if (restUs === 0) restUs = this.#nowUs;
      if (isAtRest && (this.#isSettled(life) || this.#nowUs - restUs > SETTLE_US_MAX)) break;
      this.#nowUs += isIdle ? IDLE_US : TURN_US;
      this.#venue.advance(this.#nowUs);
      if (this.#reaper.hasFired) throw new Error("dead");
      if (this.#isReady(life)) isPatient = false;
      if (!this.#client.isDone && !isPatient) this.#client.turn(life);
      life.turn(this.#client.isDone);
      if (this.#nowUs - beganUs > REST_US_MAX) this.#fail(`no rest: ${this.#whyNoRest(life)}`);
    }
    if (this.#breaks.length === 0) this.#checkEnd(life);
  }

  #isSettled(life: CrashProcess): boolean {
    const { orders } = life.state;
    for (const { clientId, cumQty } of this.#venue.orders.values()) {
      if (orders.has(clientId) && orders.cumQty(clientId) !== cumQty) return false;
    }
    return this.#isReady(life);
  }

  /** Simulated by plain reports, nobody reconciles: then there is nothing to wait for. */
  #isReady(life: CrashProcess): boolean {
    if (this.#protocol === "reports") return true;
    const { readiness } = life.state;
    return ACCOUNTS.every((_, account) => readiness.ofAccount(account) === Readiness.Ready);
  }

  #die(): void {
    const death = this.options.deaths[this.#life - 1];
    this.#died++;
    this.#disk.onOperation = () => {};
    this.#disk.isLastDone = true;
    this.#disk.recoverPower(this.#random, death?.isPowerLoss === true);
    // Statements are judged by how long a request may still be accepted; plain reports need that all has arrived.
    const mayBeLate = this.#protocol === "statements" && this.#random.nextBelow(2) === 0;
    this.#venue.disconnect(mayBeLate ? this.#random.nextBelow(LATE_US_MAX) : 0);
    this.#client.onDeath();
    this.#nowUs += DOWN_US;
    // What had left arrives meanwhile, and nobody is there to be told.
    this.#venue.advance(this.#nowUs);
    this.#venue.disconnect();
  }

  #host(): ProcessHost {
    return {
      disk: this.#disk,
      venue: this.#venue,
      random: this.#random,
      reaper: this.#reaper,
      protocol: this.options.protocol,
      planted: this.options.planted ?? {},
      snapshots: this.options.snapshots,
      nowUs: () => this.#nowUs,
      onBoundary: () => this.#onBoundary(),
      onRecord: (record, isRecovered) => this.#client.onRecord(record, isRecovered),
      fail: (text) => this.#fail(text),
    };
  }

  #onBoundary(): void {
    this.#boundariesOfLife++;
    if (this.#life === 1) this.#boundaries++;
    const death = this.options.deaths[this.#life - 1];
    if (death !== undefined && this.#boundariesOfLife === death.boundary) this.#reaper.arm();
    this.#reaper.pass(CrashPoint.InRing);
  }

  #checkEnd(life: CrashProcess): void {
    const { orders } = life.state;
    for (const order of this.#venue.orders.values()) this.#checkOrder(life, order);
    for (let order = 1; order < orders.nextOrder; order++) {
      if (!orders.has(order) || this.#venue.orders.has(order)) continue;
      const state = orders.state(order);
      const isOurs = state === OrderState.Denied || state === OrderState.Withdrawn;
      if (!isOurs && state !== OrderState.NeverAccepted)
        this.#fail(`order ${order} is ${OrderState[state]}, not there`);
    }
    const { readiness } = life.state;
    if (!this.#isReady(life))
      this.#fail(`not ready: ${ACCOUNTS.map((_, account) => readiness.whyOf(account)).join(", ")}`);
    if (readiness.breaks().length > 0) this.#fail("positions are held to differ");
    this.#checkPositions(life);
    this.#checkCells(life);
    this.#checkJournal(life);
  }

  #checkOrder(life: CrashProcess, order: VenueOrder): void {
    const { orders } = life.state;
    const id = order.clientId;
    if (!orders.has(id)) return this.#fail(`the venue has order ${id}, we do not`);
    const state = orders.state(id);
    if (state !== ENDS[order.status]) this.#fail(`order ${id} is ${order.status} there, ${OrderState[state]} here`);
    const ours = `${orders.cumQty(id)}/${orders.qty(id)}@${orders.price(id)}`;
    const theirs = `${order.cumQty}/${order.qty}@${order.price}`;
    if (ours !== theirs) this.#fail(`order ${id} is ${theirs} there, ${ours} here`);
  }

  #checkPositions(life: CrashProcess): void {
    const { ledger } = life.state;
    ACCOUNTS.forEach((name, account) => {
      const sums = [0, 0, 0];
      let spent = 0;
      for (const order of this.#venue.orders.values()) {
        if (order.account !== account) continue;
        const sign = order.side === 1 ? 1 : -1;
        sums[order.instrument] = (sums[order.instrument] ?? 0) + sign * order.cumQty;
        if (order.instrument === SPOT) for (const { qty, price } of order.fills) spent += sign * qty * price;
      }
      for (const instrument of [SPOT, PERP, TRADED]) {
        const qty = ledger.positionQty(account, instrument, Leg.Net);
        if (qty !== sums[instrument]) this.#fail(`${name}/${instrument}: ${sums[instrument]} there, ${qty} here`);
      }
      const usdt = ledger.cash(account, ledger.assetId("USDT") ?? 0, new Wide());
      const expected = OPENING_CENTS - BigInt(spent);
      if (cents(usdt) !== expected) this.#fail(`${name}: cash ${cents(usdt)}, by the venue's fills ${expected}`);
    });
  }

  /** The strategy has been told each fill once: its cells add up to its position. */
  #checkCells(life: CrashProcess): void {
    const { instances, ledger } = life.state;
    const id = life.engine.instances.idOf("counter");
    const cells = JSON.parse(instances.get(id)?.cells || "{}") as { seen?: number; count?: number };
    const held = ledger.instancePositionQty(id, 1, TRADED, Leg.Net);
    if ((cells.seen ?? 0) !== held) this.#fail(`the strategy has seen fills of ${cells.seen}, and holds ${held}`);
  }

  /** From the disk alone: the same D again, every fill of the venue once, and no other. */
  #checkJournal(life: CrashProcess): void {
    while (!life.isQuiet) life.pump();
    const state = new DurableState(CRASH_LIMITS);
    const fills = new Set<string>();
    const take = (record: Readonly<TradingRecord>) => {
      if (record.kind === RecordKind.OrderFilled) {
        if (fills.has(record.fillId)) this.#fail(`fill ${record.fillId} was journaled twice`);
        fills.add(record.fillId);
      }
      apply(state, record);
    };
    this.#disk.onOperation = () => {};
    recoverJournal("/journal", take, this.#disk);
    if (state.hash() !== life.state.hash()) this.#fail(`the journal gives ${state.hash()}, D is ${life.state.hash()}`);
    let count = 0;
    for (const order of this.#venue.orders.values()) {
      for (const { id } of order.fills) {
        count++;
        if (!fills.has(id)) this.#fail(`fill ${id} of order ${order.clientId} is not in the journal`);
      }
    }
    if (count !== fills.size) this.#fail(`${count} fills there, ${fills.size} here`);
  }

  *#handOrders(): Generator<{ key: string; order: number }> {
    for (const { wish } of this.#client.script.flat()) {
      if (wish.kind === "place") yield { key: wish.key, order: this.#client.orderOf(wish.key) };
    }
  }

  #whyNoRest(life: CrashProcess): string {
    const { orders } = life.state;
    const open: string[] = [];
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      open.push(`${order} ${OrderState[orders.state(order)]}`);
    }
    return `script ${this.#client.isDone ? "done" : "not done"}, open orders ${open.join(", ") || "none"}`;
  }

  #fail(text: string): void {
    if (this.#breaks.length < BREAKS_MAX) this.#breaks.push(text);
  }
}

const ENDS: Readonly<Record<VenueOrder["status"], OrderState>> = {
  open: OrderState.Open,
  filled: OrderState.Filled,
  canceled: OrderState.Canceled,
  rejected: OrderState.Rejected,
};

const LOW_LIMB = 2n ** 53n;
const OPENING_CENTS = 10_000_000_000n;

function cents(amount: Wide): bigint {
  return (BigInt(amount.hi) * LOW_LIMB + BigInt(amount.lo)) / 10n ** 16n;
}
