/** One life of the gateway process: the real engine, journal format, pump and writer, over a disk and a venue that outlive it. */

import { SessionSync } from "../../src/app/session_sync.ts";
import { checkLimits, DEFAULT_LIMITS, type Limits } from "../../src/core/limits.ts";
import type { Prng } from "../../src/core/prng.ts";
import { apply } from "../../src/engine/apply.ts";
import { DurableState } from "../../src/engine/durable.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Journal } from "../../src/engine/ports.ts";
import type { MemoryDisk } from "../../src/journal/memory_disk.testing.ts";
import { JournalPump } from "../../src/journal/pump.ts";
import { recoverJournal } from "../../src/journal/recover.ts";
import { RingJournal } from "../../src/journal/ring_journal.ts";
import { JournalWords } from "../../src/journal/words.ts";
import { JournalWriter } from "../../src/journal/writer.ts";
import { MarketState } from "../../src/market/market.ts";
import { SlotKind } from "../../src/model/market_slot.ts";
import { InstrumentKind, OrderFlag } from "../../src/model/order.ts";
import { RecordKind, type TradingRecord } from "../../src/model/record.ts";
import { MarketLane } from "../../src/ring/market_lane.ts";
import { MessageLane } from "../../src/ring/message_lane.ts";
import { TradingRing, TradingRingReader } from "../../src/ring/trading_ring.ts";
import type { Approved } from "../../src/risk/approved.ts";
import { CrashGateway, type GatewayHost, type Protocol } from "./crash_gateway.ts";
import { CrashPoint, type Reaper } from "./crash_points.ts";
import type { SnapshotHook } from "./crash_snapshot.ts";
import { COUNTER_NAME, counterStrategy } from "./crash_strategy.ts";
import type { CrashVenue, VenueRequest } from "./crash_venue.ts";

export const CRASH_LIMITS: Limits = checkLimits({
  ...DEFAULT_LIMITS,
  marketLaneSlots: 256,
  messageLaneBytes: 1 << 18,
  tradingRingBytes: 1 << 17,
  intentsPerStepMax: 8,
  frameLevelsMax: 60,
  bookLevelsMax: 64,
  bookBufferLevelsMax: 256,
  instrumentsMax: 8,
  assetsMax: 16,
  accountsMax: 4,
  instancesMax: 4,
  ordersMax: 512,
  fillsMax: 1_024,
  reportsParkedMax: 32,
  timersMax: 64,
  releasesMax: 32,
  barHistoryMax: 16,
  segmentBytes: 32 << 10,
  batchBytesMax: 12 << 10,
});

/** Mistakes planted on purpose: each must be found. */
export interface Planted {
  /** Orders leave before their record is durable. */
  readonly releasesEarly?: boolean;
  /** After a restart, what was not answered is sent once more. */
  readonly sendsAgain?: boolean;
  /** Answers count as given before their record is durable. */
  readonly answersEarly?: boolean;
  readonly liesAboutSync?: boolean;
}

export interface ProcessHost {
  readonly disk: MemoryDisk;
  readonly venue: CrashVenue;
  readonly random: Prng;
  readonly reaper: Reaper;
  readonly protocol: Protocol | undefined;
  readonly planted: Planted;
  readonly snapshots?: SnapshotHook | undefined;
  nowUs(): number;
  /** A journal write is about to begin. */
  onBoundary(): void;
  /** A record of the journal: read at the start, or emitted now. */
  onRecord(record: Readonly<TradingRecord>, isRecovered: boolean): void;
  fail(text: string): void;
}

export const ACCOUNTS = ["north", "south"] as const;
export const SPOT = 0;
export const PERP = 1;
/** The strategy's own market: its orders are in nobody's way. */
export const TRADED = 2;
/** Mantissas: price 2,000 at scale 2, lot 1 at scale 0. */
export const PRICE = 200_000;
const QUOTE_EVERY_US = 2_000;
/** A journal of more records than this has its snapshot already, but for one in ten. */
const SNAPSHOT_RECORDS = 60;
const SNAPSHOT_ONE_IN = 6;
const SNAPSHOT_AGAIN_ONE_IN = 100;
const DIR = "/journal";

export class CrashProcess {
  readonly state = new DurableState(CRASH_LIMITS);
  readonly engine: Engine;
  readonly words: JournalWords;
  readonly lanes = {
    private: MessageLane.create(CRASH_LIMITS),
    commands: MessageLane.create(CRASH_LIMITS),
    answers: MessageLane.create(CRASH_LIMITS),
    market: MarketLane.create(CRASH_LIMITS),
  };
  readonly #market = new MarketState(CRASH_LIMITS);
  readonly #gateways: CrashGateway[] = [];
  readonly #reader: TradingRingReader;
  readonly #writer: JournalWriter;
  readonly #pump: JournalPump;
  readonly #ringJournal: RingJournal;
  #quoteDueUs = 0;
  #isRunning = false;
  #isSnapshot = false;
  #hasSnapshot = false;

  /** Recovers and opens the journal, as the gateway's control thread does. */
  constructor(readonly host: ProcessHost) {
    const { disk, reaper } = host;
    disk.onOperation = (operation, name) => this.#onDisk(operation, name);
    const recovered = recoverJournal(DIR, (record) => this.#rebuild(record), disk);
    this.#writer = new JournalWriter(DIR, CRASH_LIMITS, recovered, disk);
    const buffer = new SharedArrayBuffer(TradingRing.bytes(CRASH_LIMITS.tradingRingBytes));
    this.words = new JournalWords(new SharedArrayBuffer(JournalWords.bytes()));
    this.words.begin(recovered.lastRecord);
    this.#hasSnapshot = recovered.lastRecord > SNAPSHOT_RECORDS;
    this.#ringJournal = new RingJournal(new TradingRing(buffer, CRASH_LIMITS), this.words, recovered.lastRecord);
    this.#reader = new TradingRingReader(buffer, CRASH_LIMITS, true);
    this.#pump = new JournalPump(this.#reader, this.#writer, this.words, undefined, () => host.nowUs() / 1_000);
    this.engine = new Engine({
      limits: CRASH_LIMITS,
      state: this.state,
      market: this.#market,
      journal: this.#journal(),
      lanes: this.lanes,
      killWord: new Int32Array(new SharedArrayBuffer(4)),
      seed: 1,
      strategyOf: (name) => (name === COUNTER_NAME ? counterStrategy : undefined),
      sealEveryUs: 5_000,
    });
    if (host.snapshots !== undefined && recovered.lastRecord > 0) {
      const hash = host.snapshots.hash(disk, DIR, CRASH_LIMITS);
      if (hash !== this.state.hash()) host.fail(`with a snapshot D is ${hash}, without ${this.state.hash()}`);
    }
    reaper.pass(CrashPoint.InRecovery);
  }

  /** Sets the session up and recovers, in the order in which the engine thread does. */
  start(): void {
    const { engine, host } = this;
    const nowUs = () => host.nowUs();
    const sync = new SessionSync(engine, nowUs, (found) => host.fail(`session: ${found.detail}`));
    ACCOUNTS.forEach((name, id) => {
      sync.account(name, {
        provider: "crash",
        balances: { USDT: "100000000", USDC: "100000000" },
      } as never);
      const gateway = new CrashGateway(id, this.#gatewayHost());
      gateway.firstOrder = this.state.orders.nextOrder;
      this.#gateways.push(gateway);
      engine.addGateway(gateway);
    });
    for (const instrument of sync.instruments(LISTINGS)) this.#market.define(instrument);
    for (const found of sync.limits([{ scope: "firm", ...GENEROUS }] as never, false)) host.fail(found.detail);
    sync.complete({ epoch: this.#writer.epoch });
    this.#quote();
    for (const found of engine.recover(nowUs())) host.fail(`recover: ${found.detail}`);
    if (this.protocol === "statements") for (const gateway of this.#gateways) gateway.connect();
    if (engine.instances.idOf("counter") === 0) {
      const market = { instrument: "crash:THR-USDC-PERP", account: "south" };
      const definition = { name: "counter", strategy: COUNTER_NAME, params: {}, markets: { main: market } };
      const found = engine.launch(JSON.stringify(definition), nowUs());
      if (found !== undefined) host.fail(`launch: ${found.detail}`);
    }
    if (host.planted.sendsAgain === true) this.#sendAgain();
    this.#isRunning = true;
  }

  /** An engine that reconciles takes statements; one that does not, plain reports about each order. */
  get protocol(): Protocol {
    return this.host.protocol ?? ("reconciler" in this.engine ? "statements" : "reports");
  }

  get durable(): number {
    return this.words.durable(Math.max(0, this.#writer.lastRecord));
  }

  /** Nothing waits for the disk or in a lane. */
  get isQuiet(): boolean {
    return this.#reader.isEmpty() && this.engine.heldCount === 0 && this.engine.decider.unsentCancels === 0;
  }

  /** One turn: venue first, then quotes, commands that wait, the tick; then perhaps the disk. */
  turn(isIdle: boolean): void {
    const { engine, host } = this;
    const nowUs = host.nowUs();
    for (let told = host.venue.take(nowUs); told !== undefined; told = host.venue.take(nowUs)) {
      this.#gateways[told.account]?.onEvent(told.event);
      engine.poll();
    }
    if (nowUs >= this.#quoteDueUs) this.#quote();
    engine.hear(nowUs);
    engine.poll();
    engine.tick(nowUs);
    if (isIdle || host.random.nextBelow(3) > 0) this.pump();
    engine.tick(nowUs);
  }

  /** The journal thread's turn. */
  pump(): void {
    if (!this.#reader.isEmpty()) this.host.onBoundary();
    if (this.#pump.step() !== "idle") return this.#snapshot();
    if (this.#writer.wantsSpare) this.#writer.prepare(CRASH_LIMITS.segmentBytes / 4);
    else if (this.#writer.wantsSeal && this.host.random.nextBelow(20) === 0) this.#writer.seal();
  }

  /** Another thread does this from the files; it dies with the process. */
  #snapshot(): void {
    const { snapshots, reaper, random, disk } = this.host;
    // Soon, so that most starts begin with one; then rarely, for they cost more than all the rest.
    const oneIn = this.#hasSnapshot ? SNAPSHOT_AGAIN_ONE_IN : SNAPSHOT_ONE_IN;
    if (snapshots === undefined || (!reaper.isDue(CrashPoint.InSnapshot) && random.nextBelow(oneIn) !== 0)) return;
    this.#hasSnapshot = true;
    this.#isSnapshot = true;
    snapshots.take(disk, DIR, CRASH_LIMITS, this.#writer.lastRecord, this.host.nowUs());
    this.#isSnapshot = false;
  }

  #rebuild(record: Readonly<TradingRecord>): void {
    if (record.kind === RecordKind.Sealed && record.text !== this.state.hash()) {
      this.host.fail(`record ${record.record}: the journal says ${record.text}, D is ${this.state.hash()}`);
    }
    apply(this.state, record);
    this.host.onRecord(record, true);
  }

  #journal(): Journal {
    const { host } = this;
    const journal = this.#ringJournal;
    return {
      append: (record) => {
        journal.append(record);
        host.onRecord(record, false);
        this.#onAppended(record);
      },
      endStep: () => journal.endStep(),
      durableRecord: () => (host.planted.releasesEarly === true ? journal.lastRecord : journal.durableRecord()),
      occupancy: () => journal.occupancy(),
    };
  }

  #onAppended(record: Readonly<TradingRecord>): void {
    const { reaper, random } = this.host;
    if (!this.#isRunning) reaper.pass(CrashPoint.InRecovery);
    if (isEvidence(record.kind)) reaper.pass(CrashPoint.AckNotJournaled);
    if (record.kind === RecordKind.OrderFilled && reaper.isDue(CrashPoint.FillUnseen)) {
      if (!reaper.takes(CrashPoint.FillUnseen)) return;
      this.pump();
      reaper.die();
    }
    // The journal thread does not wait for the end of a step.
    if (random.nextBelow(8) === 0) this.pump();
  }

  #onDisk(operation: string, name: string): void {
    const { reaper, disk } = this.host;
    if (!this.#isRunning) reaper.pass(CrashPoint.InRecovery);
    if (this.#isSnapshot) return reaper.pass(CrashPoint.InSnapshot);
    const isSegment = name.endsWith(".journal");
    if (operation === "rename" || operation === "syncDir" || operation === "truncate") reaper.pass(CrashPoint.InRoll);
    if (operation === "write" && isSegment) {
      reaper.pass(CrashPoint.BeforeWrite);
      if (reaper.takes(CrashPoint.MidWrite)) {
        reaper.hasFired = true;
        disk.isLastDone = false;
        disk.failAt = disk.operations + 1;
      }
    }
    if (operation === "datasync" && isSegment) reaper.pass(CrashPoint.WrittenNotSynced);
  }

  #gatewayHost(): GatewayHost {
    const { host, lanes, state } = this;
    return {
      venue: host.venue,
      lane: lanes.private,
      protocol: this.protocol,
      nowUs: () => host.nowUs(),
      onSend: (request) => this.#onSend(request),
      lotOf: (instrument) => state.instruments.get(instrument)?.lot ?? 1,
      pendingReplace: (order) =>
        (state.orders.flags(order) & OrderFlag.ReplacePending) === 0 ? 0 : state.orders.attempt(order),
      fail: (text) => host.fail(text),
    };
  }

  #onSend(request: VenueRequest): void {
    const { reaper, venue, random } = this.host;
    if (!this.#isRunning) reaper.pass(CrashPoint.InRecovery);
    if (request.kind === "ask") return;
    reaper.pass(CrashPoint.DurableBeforeSocket);
    if (!reaper.takes(CrashPoint.BytesLeaving)) return;
    // A part is nothing to the venue; or the last byte has left, and nobody here has noted that.
    if (random.nextBelow(2) === 0) venue.send(request, this.host.nowUs());
    reaper.die();
  }

  #quote(): void {
    const nowUs = this.host.nowUs();
    this.#quoteDueUs = nowUs + QUOTE_EVERY_US;
    const { market } = this.lanes;
    for (const { id } of this.state.instruments.all()) {
      if (!market.hasRoom(1)) return this.host.fail("the market lane is full");
      market.put(SlotKind.Quote, 0, 1, id, nowUs, nowUs, PRICE - 100, 1e3, PRICE + 100, 1e3, nowUs);
      market.publish();
    }
    if (this.#isRunning) this.engine.poll();
  }

  #sendAgain(): void {
    const { orders } = this.state;
    for (let order = orders.firstOpenAll(); order !== 0; order = orders.nextOpenAll(order)) {
      if (orders.isAccepted(order)) continue;
      const effect = { order, account: orders.account(order), instrument: orders.instrument(order) };
      const terms = { side: orders.side(order), price: orders.price(order), qty: orders.qty(order), attempt: 1 };
      const gateway = this.#gateways[effect.account];
      if (gateway !== undefined) gateway.firstOrder = 1; // The venue's own log must tell.
      gateway?.open({ ...effect, ...terms, kind: RecordKind.OrderIntent } as unknown as Approved);
    }
  }
}

function isEvidence(kind: number): boolean {
  return kind >= RecordKind.OrderAccepted && kind <= RecordKind.FillBusted;
}

const LISTING = {
  revision: 1,
  venue: "crash",
  priceScale: 2,
  qtyScale: 0,
  priceDecimals: 8,
  qtyDecimals: 8,
  tick: 100,
  lot: 1,
  qtyMin: 1,
  qtyMax: 0,
  notionalMin: 0,
} as const;

/** In the order of SPOT, PERP and TRADED. Money of the perpetuals is kept apart: spot cash adds up by hand. */
const LISTINGS = [
  {
    ...LISTING,
    name: "crash:ONE-USDT",
    venueSymbol: "ONE",
    kind: InstrumentKind.Spot,
    base: "ONE",
    quote: "USDT",
    settle: "USDT",
  },
  {
    ...LISTING,
    name: "crash:TWO-USDC-PERP",
    venueSymbol: "TWO",
    kind: InstrumentKind.LinearPerpetual,
    base: "TWO",
    quote: "USDC",
    settle: "USDC",
  },
  {
    ...LISTING,
    name: "crash:THR-USDC-PERP",
    venueSymbol: "THR",
    kind: InstrumentKind.LinearPerpetual,
    base: "THR",
    quote: "USDC",
    settle: "USDC",
  },
];

const RATE = { count: 500, windowUs: 1_000_000 };

export const GENEROUS = {
  maxOrderValue: "1000000",
  maxOrderQty: "1000",
  maxLongPosition: "100000",
  maxShortPosition: "100000",
  collarBps: 500,
  referenceAgeUsMax: 60_000_000,
  maxOpenOrders: 400,
  newOrders: RATE,
  cancels: RATE,
};
