/** The engine trades spot and a swap of one OKX account at the simulator, under faults and over a restart: in the end both agree. */

import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { CASH_SCALE, parseMantissa, parseWide, wideText } from "../../core/decimal.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { Prng } from "../../core/prng.ts";
import { Wide, wideAdd } from "../../core/wide.ts";
import { apply, instrumentText } from "../../engine/apply.ts";
import { DurableState } from "../../engine/durable.ts";
import { Engine } from "../../engine/engine.ts";
import { until } from "../../exchange/book_client.testing.ts";
import type { OkxTrading } from "../../exchange/okx/okx_trading.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { amount, ZERO } from "../../exchange/trading/amount.ts";
import { MemoryJournal } from "../../journal/memory.ts";
import { MarketState } from "../../market/market.ts";
import { SlotKind } from "../../model/market_slot.ts";
import { CashCause, isExposed, OrderState, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { Readiness, RecordKind, TradingRecord } from "../../model/record.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { MessageLane } from "../../ring/message_lane.ts";
import { limitsRecord } from "../../risk/limit_set.ts";
import { OwnIds } from "../wire/order_ids.ts";
import { OkxGateway } from "./gateway.ts";
import {
  ASK,
  ASSETS,
  BID,
  FETCH_CLIENT,
  SPOT,
  SWAP,
  stillSimulator,
  testInstrument,
  testKey,
} from "./gateway_rig.testing.ts";

setDefaultTimeout(60_000);

const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed
const ORDERS = 80;
const NODE = 1;
const now = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);

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
  readonly gateway: OkxGateway;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    readonly simulator: Simulator,
    epoch: number,
    before?: MemoryJournal,
  ) {
    before?.replay(new TradingRecord(), (record) => {
      apply(this.state, record);
      this.journal.append(record);
    });
    this.engine = new Engine({ ...this, seed: 1, node: NODE });
    this.gateway = new OkxGateway(
      {
        account: 0,
        restUrl: simulator.url,
        privateUrl: `${simulator.wsUrl}/ws/v5/private`,
        cashSinceUs: before === undefined ? 0 : this.state.timeUs - 10_000_000,
        limits: {
          requestUsMax: 500_000,
          tickMs: 5,
          reconnect: { waitUsMin: 20_000, firstUsMax: 100_000, waitUsMax: 1_000_000 },
        },
      },
      {
        nowUs: now,
        random: () => Math.random(), // det-ok: jitter of reconnects
        setTimer: (delayMs, fn) => setTimeout(fn, delayMs),
        clearTimer: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
        rest: FETCH_CLIENT,
        key: testKey(),
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
    for (let id = 0; id < 4; id++) market.put(SlotKind.Quote, 0, 1, id, now(), now(), BID, 1e6, ASK, 1e6, now());
    market.publish();
    this.engine.hear(now());
    this.engine.poll();
    this.engine.tick(now());
  }

  #define(): void {
    for (const [asset, text] of ASSETS.entries()) this.#emit(RecordKind.AssetDefined, { asset, text });
    this.#emit(RecordKind.AccountOpened, { text: "live" });
    const rate = { count: 10_000, windowUs: 1_000_000 };
    const sizes = {
      maxOrderValue: "1000000",
      maxOrderQty: "100000",
      maxLongPosition: "100000",
      maxShortPosition: "100000",
    };
    const more = { collarBps: 500, referenceAgeUsMax: 60_000_000, maxOpenOrders: 500, newOrders: rate, cancels: rate };
    for (let id = 0; id < 4; id++) {
      const text = instrumentText(testInstrument(id));
      this.#emit(RecordKind.InstrumentDefined, { instrument: id, instrumentRevision: 1, text });
      const record = new TradingRecord();
      const rules = { ...sizes, ...more, amends: rate };
      limitsRecord(record, { scope: "instrument", key: id, version: 1, ...rules }, this.limits);
      this.engine.define(record, now());
    }
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
  readonly fills: readonly { readonly symbol: string; readonly side: string; readonly qty: string }[];
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

function pick(host: Host, prng: Prng): number | undefined {
  const { orders } = host.state;
  const open: number[] = [];
  for (let each = orders.firstOpenAll(); each !== 0; each = orders.nextOpenAll(each)) open.push(each);
  return open[Math.floor(prng.nextFloat() * open.length)];
}

function trade(host: Host, prng: Prng): void {
  const { orders } = host.state;
  const draw = prng.nextFloat();
  const order = draw < 0.4 ? pick(host, prng) : undefined;
  if (order !== undefined) {
    const about = { order, instrument: orders.instrument(order), side: orders.side(order) };
    if (draw < 0.25) host.command(RecordKind.CommandCancel, about);
    else {
      const away = 100 + Math.floor(prng.nextFloat() * 300);
      const price = about.side === Side.Buy ? BID - away : ASK + away;
      host.command(RecordKind.CommandAmend, { ...about, price });
    }
    return;
  }
  const instrument = prng.nextFloat() < 0.5 ? SPOT : SWAP;
  const side = prng.nextFloat() < 0.5 ? Side.Buy : Side.Sell;
  const qty = 500 + Math.floor(prng.nextFloat() * 1_000);
  const isTaking = draw < 0.65;
  const price = side === Side.Buy ? (isTaking ? ASK : BID - 100) : isTaking ? BID : ASK + 100;
  const timeInForce = isTaking ? TimeInForce.Ioc : TimeInForce.Gtc;
  const terms = { instrument, side, qty, price, orderType: OrderType.Limit, timeInForce, text: "test" };
  host.command(RecordKind.CommandPlace, terms);
}

/** Cash that no order moves: money comes in, positions pay. Answers how many did. */
function moveCash(simulator: Simulator): number {
  expect(simulator.trading?.deposit("ann", "okx", "USDT", "123.45")).toBeUndefined();
  const [side] = simulator.trading?.sides ?? [];
  const { core } = (side as OkxTrading).venue;
  core.fund("BTC-USDT-SWAP", amount("60000"), amount("0.0001"));
  return core.positions.all("ann", "BTC-USDT-SWAP").filter(({ qty }) => qty !== ZERO).length;
}

/** Answers how many positions paid. */
async function run(host: Host, prng: Prng): Promise<number> {
  let paid = 0;
  for (let count = 0; count < ORDERS; count++) {
    await until(() => host.readiness === Readiness.Ready, 10_000);
    trade(host, prng);
    if (count === ORDERS / 2) paid = moveCash(host.simulator);
    await Bun.sleep(10);
  }
  return paid;
}

test(`faults, cash that moves by itself, and a restart, seed ${SEED}`, async () => {
  const simulator = await stillSimulator();
  running.push(() => simulator.stop());
  const prng = new Prng(SEED);
  const first = new Host(simulator, 1);
  await until(() => first.readiness === Readiness.Ready, 10_000);
  simulator.faults(FAULTS);
  let paid = await run(first, prng);
  first.stop();
  const host = new Host(simulator, 2, first.journal);
  paid += await run(host, prng);
  simulator.faults(Object.fromEntries(Object.keys(FAULTS).map((name) => [name, 0])));
  host.command(RecordKind.CommandCancelAll, {});
  const { orders, ledger } = host.state;
  await until(() => orders.firstOpenAll() === 0, 30_000);
  // What was told to nobody is found by asking.
  host.command(RecordKind.CommandReconcile, { text: JSON.stringify({ why: "test", by: "test" }) });
  const truth = () => simulator.trading?.truth("ann")?.["okx"] as Truth;
  const venueQty = (id: number) => {
    const { venueSymbol, qtyScale } = testInstrument(id);
    const own = truth().fills.filter(({ symbol }) => symbol === venueSymbol);
    return own.reduce(
      (sum, { side, qty }) => sum + (side === "buy" ? 1 : -1) * parseMantissa(qty, qtyScale).mantissa,
      0,
    );
  };
  const ours = (id: number) => {
    let qty = 0;
    for (let order = 1; order < orders.nextOrder; order++) {
      if (!orders.has(order) || orders.instrument(order) !== id) continue;
      qty += (orders.side(order) === Side.Buy ? 1 : -1) * orders.cumQty(order);
    }
    return qty;
  };
  const cash = (code: string) => wideText(ledger.cash(0, ASSETS.indexOf(code), new Wide()), CASH_SCALE);
  const theirs = (code: string) => {
    const { free = "0", locked = "0" } = truth().balances[code] ?? {};
    const [whole, part] = [new Wide(), new Wide()];
    expect([parseWide(whole, free, CASH_SCALE), parseWide(part, locked, CASH_SCALE)]).toEqual([0, 0]);
    return wideText(wideAdd(whole, whole, part), CASH_SCALE);
  };
  const agree = () => [SPOT, SWAP].every((id) => ours(id) === venueQty(id)) && cash("USDT") === theirs("USDT");
  await until(agree, 20_000).catch(() => undefined);
  expect([SPOT, SWAP].map(ours)).toEqual([SPOT, SWAP].map(venueQty));
  const position = truth().positions.find(({ symbol }) => symbol === "BTC-USDT-SWAP");
  expect(ours(SWAP)).toBe(parseMantissa(position?.qty ?? "0", testInstrument(SWAP).qtyScale).mantissa);
  for (const code of ["USDT", "BTC"]) expect([code, cash(code)]).toEqual([code, theirs(code)]);
  await until(() => host.readiness === Readiness.Ready, 20_000);
  expect(truth().open).toBe(0);
  for (let order = 1; order < orders.nextOrder; order++) {
    if (orders.has(order)) expect(isExposed(orders.state(order)), OrderState[orders.state(order)]).toBe(false);
  }
  // What was read again after the restart stands in the journal twice, and counts once.
  const moves = new Map<number, Set<string>>();
  let replaced = 0;
  host.journal.replay(new TradingRecord(), (record) => {
    if (record.kind === RecordKind.OrderReplaced) replaced++;
    if (record.kind !== RecordKind.CashMoved) return;
    moves.set(record.code, (moves.get(record.code) ?? new Set()).add(record.fillId));
  });
  const causes = [CashCause.Transfer, CashCause.Funding, CashCause.Adjustment];
  expect(causes.map((cause) => moves.get(cause)?.size ?? 0)).toEqual([2, paid, 0]);
  expect(replaced).toBeGreaterThan(5);
  expect(truth().fills.length).toBeGreaterThan(25);
  const befallen = simulator.faults();
  expect(befallen["lost-ack"] * befallen["failed-ack"] * befallen["report-drop"]).toBeGreaterThan(0);
});
