/** The engine trades at the simulator through the live gateway, under faults and over a restart: in the end both agree. */

import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { CASH_SCALE, parseMantissa, parseWide, wideText } from "../../core/decimal.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { Prng } from "../../core/prng.ts";
import { Wide, wideAdd } from "../../core/wide.ts";
import { apply, instrumentText } from "../../engine/apply.ts";
import { DurableState } from "../../engine/durable.ts";
import { Engine } from "../../engine/engine.ts";
import { until } from "../../exchange/book_client.testing.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { MemoryJournal } from "../../journal/memory.ts";
import { MarketState } from "../../market/market.ts";
import { SlotKind } from "../../model/market_slot.ts";
import { CashCause, isExposed, OrderState, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { Readiness, RecordKind, TradingRecord } from "../../model/record.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { MessageLane } from "../../ring/message_lane.ts";
import { limitsRecord } from "../../risk/limit_set.ts";
import { OwnIds } from "../wire/order_ids.ts";
import type { Category } from "./category.ts";
import { BybitGateway } from "./gateway.ts";
import { ASK, ASSETS, BID, FETCH_CLIENT, KEY, stillSimulator, testInstrument } from "./gateway_rig.testing.ts";

setDefaultTimeout(180_000);

const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed
/** On each side of a restart. */
const STEPS = process.env["MELTICA_FUZZ"] === "large" ? { spot: 900, linear: 500 } : { spot: 50, linear: 30 };
const NODE = 1;
const now = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);

/** The venue takes ten orders a second of linear: less is waited for what is dropped. */
const FASTER = { settleUs: 0, recvWindowMs: 500, cancelWaitUsMax: 100_000 };

const running: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

/** One process of the gateway: its D comes from the journal of the one before. */
class Host {
  readonly limits = DEFAULT_LIMITS;
  readonly journal = new MemoryJournal(this.limits);
  readonly state = new DurableState(this.limits);
  readonly market = new MarketState(this.limits);
  readonly killWord = new Int32Array(new SharedArrayBuffer(4));
  readonly lanes = {
    private: MessageLane.create(this.limits),
    commands: MessageLane.create(this.limits),
    market: MarketLane.create(this.limits),
  };
  readonly engine: Engine;
  readonly gateway: BybitGateway;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    readonly simulator: Simulator,
    readonly category: Category,
    epoch: number,
    before?: MemoryJournal,
  ) {
    before?.replay(new TradingRecord(), (record) => {
      apply(this.state, record);
      this.journal.append(record);
    });
    this.engine = new Engine({ ...this, seed: 1, node: NODE });
    const { wsUrl, url: restUrl } = simulator;
    this.gateway = new BybitGateway(
      {
        category,
        account: 0,
        restUrl,
        privateUrl: `${wsUrl}/v5/private`,
        tradeUrl: `${wsUrl}/v5/trade`,
        limits: { requestUsMax: 500_000, tickMs: 5, ...FASTER },
      },
      {
        nowUs: now,
        random: () => Math.random(), // det-ok: jitter of reconnects
        setTimer: (delayMs, fn) => setTimeout(fn, delayMs),
        clearTimer: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
        rest: FETCH_CLIENT,
        key: KEY,
        ids: new OwnIds(NODE, epoch, (order) => this.state.epochs.epochOf(order)),
        instruments: this.state.instruments,
        assetId: (code) => (ASSETS.includes(code) ? ASSETS.indexOf(code) : undefined),
        sink: this.lanes.private,
        poll: () => this.engine.poll(),
        problem: () => undefined,
      },
    );
    this.engine.addGateway(this.gateway);
    if (before === undefined) this.#define();
    this.#emit(RecordKind.SessionStarted, { text: JSON.stringify({ epoch }) });
    for (const instrument of this.state.instruments.all()) this.market.define(instrument);
    this.gateway.start();
    this.engine.recover(now());
    this.#timer = setInterval(() => this.#turn(), 5);
    running.push(() => this.stop());
  }

  get readiness(): Readiness | undefined {
    return this.state.readiness.ofAccount(0);
  }

  command(kind: RecordKind, fields: Partial<TradingRecord> = {}): void {
    this.#turn();
    const record = Object.assign(new TradingRecord().reset(kind), { timeUs: now(), instrumentRevision: 1, ...fields });
    if (!this.lanes.commands.put(record)) throw new Error("the command lane is full");
    this.engine.poll();
  }

  /** As a crash: nothing is said to anybody. */
  stop(): void {
    clearInterval(this.#timer);
    this.gateway.stop();
  }

  #turn(): void {
    const { market } = this.lanes;
    market.put(SlotKind.Quote, 0, 1, 0, now(), now(), BID, 1e6, ASK, 1e6, now());
    market.publish();
    this.engine.hear(now());
    this.engine.poll();
    this.engine.tick(now());
  }

  #define(): void {
    for (const [asset, text] of ASSETS.entries()) this.#emit(RecordKind.AssetDefined, { asset, text });
    this.#emit(RecordKind.AccountOpened, { text: "live" });
    const instrument = testInstrument(this.category, 0, "BTC");
    this.#emit(RecordKind.InstrumentDefined, { instrumentRevision: 1, text: instrumentText(instrument) });
    const rate = { count: 10_000, windowUs: 1_000_000 };
    const sizes = { maxOrderValue: "1000000", maxOrderQty: "100", maxLongPosition: "100", maxShortPosition: "100" };
    const more = { collarBps: 500, referenceAgeUsMax: 60_000_000, maxOpenOrders: 500, newOrders: rate, cancels: rate };
    const record = new TradingRecord();
    limitsRecord(record, { scope: "instrument", key: 0, version: 1, ...sizes, ...more }, this.limits);
    this.engine.define(record, now());
    const opening = { USDT: "1000000", BTC: "10" };
    for (const [code, text] of Object.entries(opening)) {
      const amount = new Wide();
      parseWide(amount, text, CASH_SCALE);
      const fields = { asset: ASSETS.indexOf(code), code: CashCause.OpeningBalance };
      this.#emit(RecordKind.CashMoved, { ...fields, amountHi: amount.hi, amountLo: amount.lo });
    }
  }

  #emit(kind: RecordKind, fields: Partial<TradingRecord>): void {
    this.engine.define(Object.assign(new TradingRecord().reset(kind), fields), now());
  }
}

interface Truth {
  readonly balances: Readonly<Record<string, { readonly free: string; readonly locked: string }>>;
  readonly positions: readonly { readonly qty: string; readonly symbol: string }[];
  readonly fills: readonly { readonly clientId: string; readonly qty: string }[];
  readonly open: number;
}

const FAULTS = {
  ...{ "lost-ack": 0.05, "failed-ack": 0.05, "late-ack": 0.05, "late-ack-ms": 100, "report-drop": 0.03 },
  ...{
    "report-duplicate": 0.1,
    "report-reorder": 0.1,
    "report-delay": 0.1,
    "report-delay-ms": 50,
    "private-cut": 0.01,
  },
};

function trade(host: Host, prng: Prng): void {
  const { orders } = host.state;
  const draw = prng.nextFloat();
  if (draw < 0.4) {
    const open: number[] = [];
    for (let each = orders.firstOpenAll(); each !== 0; each = orders.nextOpenAll(each)) open.push(each);
    const order = open[Math.floor(prng.nextFloat() * open.length)];
    if (order === undefined) return;
    const known = { order, instrument: 0, side: orders.side(order) };
    if (draw < 0.22) return host.command(RecordKind.CommandCancel, known);
    const away = 100 + Math.floor(prng.nextFloat() * 50);
    const price = known.side === Side.Buy ? BID - away : ASK + away;
    return host.command(RecordKind.CommandAmend, {
      ...known,
      price,
      qty: orders.qty(order) + 1 + Math.floor(away / 2),
    });
  }
  const side = prng.nextFloat() < 0.5 ? Side.Buy : Side.Sell;
  const qty = 500 + Math.floor(prng.nextFloat() * 1_000);
  const isTaking = draw < 0.7;
  const price = side === Side.Buy ? (isTaking ? ASK : BID - 100) : isTaking ? BID : ASK + 100;
  const timeInForce = isTaking ? TimeInForce.Ioc : TimeInForce.Gtc;
  host.command(RecordKind.CommandPlace, { side, qty, price, orderType: OrderType.Limit, timeInForce, text: "test" });
}

/** Within what the venue takes in a second, so that most orders leave. */
const PACE_MS = { spot: 45, linear: 90 };

test.each(["spot", "linear"] as const)(`%s: faults and a restart, seed ${SEED}`, async (category) => {
  const simulator = await stillSimulator(category);
  running.push(() => simulator.stop());
  const prng = new Prng(SEED);
  const first = new Host(simulator, category, 1);
  await until(() => first.readiness === Readiness.Ready, 5_000);
  simulator.faults(FAULTS);
  for (let count = 0; count < STEPS[category]; count++) {
    trade(first, prng);
    await Bun.sleep(PACE_MS[category]);
  }
  first.stop();
  const host = new Host(simulator, category, 2, first.journal);
  for (let count = 0; count < STEPS[category]; count++) {
    trade(host, prng);
    await Bun.sleep(PACE_MS[category]);
  }
  simulator.faults(Object.fromEntries(Object.keys(FAULTS).map((name) => [name, 0])));
  host.command(RecordKind.CommandCancelAll, {});
  const { orders, ledger } = host.state;
  await until(() => orders.firstOpenAll() === 0, 30_000);
  // What was told to nobody is found by asking.
  host.command(RecordKind.CommandReconcile, { text: JSON.stringify({ why: "test", by: "test" }) });
  const truth = () => simulator.trading?.truth("ann")?.["bybit"] as Truth;
  const venueQty = () => {
    if (category === "linear") return parseMantissa(truth().positions[0]?.qty ?? "0", 5).mantissa;
    const fills = truth().fills as readonly { side?: string; qty: string }[];
    return fills.reduce((sum, { side, qty }) => sum + (side === "buy" ? 1 : -1) * parseMantissa(qty, 5).mantissa, 0);
  };
  const ours = () => {
    let qty = 0;
    for (let order = 1; order < orders.nextOrder; order++) {
      if (!orders.has(order)) continue;
      qty += (orders.side(order) === Side.Buy ? 1 : -1) * orders.cumQty(order);
    }
    return qty;
  };
  await until(() => ours() === venueQty(), 20_000);
  await until(() => host.readiness === Readiness.Ready, 20_000);
  expect(truth().open).toBe(0);
  for (let order = 1; order < orders.nextOrder; order++) {
    if (orders.has(order)) expect(isExposed(orders.state(order)), OrderState[orders.state(order)]).toBe(false);
  }
  const cash = (code: string) => wideText(ledger.cash(0, ASSETS.indexOf(code), new Wide()), CASH_SCALE);
  const theirs = (code: string) => {
    const { free = "0", locked = "0" } = truth().balances[code] ?? {};
    const [whole, part] = [new Wide(), new Wide()];
    expect([parseWide(whole, free, CASH_SCALE), parseWide(part, locked, CASH_SCALE)]).toEqual([0, 0]);
    return wideText(wideAdd(whole, whole, part), CASH_SCALE);
  };
  for (const code of ["USDT", "BTC"]) {
    expect([code, cash(code)]).toEqual([code, theirs(code)]);
  }
  expect(truth().fills.length).toBeGreaterThan(4);
  let replaced = 0;
  host.journal.replay(new TradingRecord(), ({ kind }) => {
    if (kind === RecordKind.OrderReplaced) replaced++;
  });
  expect(replaced).toBeGreaterThan(0);
  const befallen = simulator.faults();
  expect(befallen["lost-ack"] + befallen["failed-ack"] + befallen["report-drop"]).toBeGreaterThan(0);
});
