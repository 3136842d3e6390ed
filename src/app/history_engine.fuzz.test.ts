/** Random orders through the whole engine, its journal and the store: what the routes of history say is what the engine says. */

import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { OrderEventView } from "../control/history_answers.ts";
import { HistoryViews } from "../control/history_view.ts";
import { OrderViews } from "../control/order_view.ts";
import type { ControlPorts } from "../control/ports.ts";
import { type Control, startControl } from "../control/server.ts";
import type { BalanceView, ExecutionView, OrderView, PositionView } from "../control/views.ts";
import type { Limits } from "../core/limits.ts";
import { Prng } from "../core/prng.ts";
import { LimitsRig } from "../engine/limits.testing.ts";
import { isTerminal } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { MarketBoard } from "../ring/board.ts";
import { isOfOrder } from "../store/projection.ts";
import type { SqliteStore } from "../store/sqlite_store.ts";
import { JournalImage } from "./journal_image.ts";
import { dumpStore, follow, NODE, projectorOf, SMALL, sqlite, tempDir, writeJournal } from "./projector.testing.ts";
import { RandomDesk } from "./random_desk.testing.ts";

/** As the engine has it. */
const LIMITS: Limits = { ...SMALL, ordersMax: 2_048, fillsMax: 8_192, instrumentsMax: 4, accountsMax: 2 };
/** What a read model knows that has forgotten every order: there the store alone must tell them. */
const NAMES: ReadonlySet<RecordKind> = new Set([
  ...[RecordKind.SessionStarted, RecordKind.AssetDefined, RecordKind.AccountOpened],
  ...[RecordKind.InstrumentDefined, RecordKind.InstanceStarted],
]);
const TOKEN = "test-token-0123456789abcdef0123456789abcdef";
/** More of them: `HISTORY_SEEDS=100 bun test --timeout 3600000 src/app/history_engine.fuzz.test.ts`. */
const SEEDS = Number.parseInt(process.env["HISTORY_SEEDS"] ?? "3", 10);
const controls: Control[] = [];
afterAll(() => Promise.all(controls.map((control) => control.stop())));

describe("history of a whole engine", () => {
  test("orders by hand, amended, filled in parts, taken back, denied, held; killed and started again", async () => {
    const seen = new Set<string>();
    let [busts, restarts] = [0, 0];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const desk = new RandomDesk(new Prng(seed));
      for (let n = 0; n < 1_500; n++) desk.step();
      for (const { kind } of desk.desk.records) seen.add(RecordKind[kind] as string);
      busts += desk.busts;
      restarts += desk.restarts;
      await check(seed, desk.desk.records, desk.desk.nowUs);
    }
    expect(busts).toBeGreaterThan(20);
    expect(restarts).toBeGreaterThan(5);
    for (const kind of [
      "OrderReplaced",
      "ReplaceIntent",
      "ReplaceDenied",
      "OrderDenied",
      "OrderTriggered",
      "OrderUnknown",
    ]) {
      expect([...seen]).toContain(kind);
    }
  });

  test("accounts, instruments, instances and limits of all kinds", async () => {
    for (let seed = 1_001; seed < 1_001 + SEEDS; seed++) {
      const rig = new LimitsRig(new Prng(seed));
      rig.run(4, 300);
      await check(seed, rig.records, (rig.records.at(-1) as TradingRecord).timeUs + 1_000_000);
    }
  });
});

async function check(seed: number, records: readonly TradingRecord[], nowUs: number): Promise<void> {
  try {
    await compared(seed, records, nowUs);
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

async function compared(seed: number, records: readonly TradingRecord[], nowUs: number): Promise<void> {
  const chance = new Prng(seed);
  const store = await projected(records, chance);
  const again = await projected(records, chance);
  expect(await dumpStore(again)).toEqual(await dumpStore(store));
  await again.close();
  const engine = serve(records, nowUs, store);
  const history = serve(namesOf(records), nowUs, store);
  const pages = () => 1 + chance.nextBelow(400);

  const lively = await all<OrderView>(engine, "orders", pages());
  expect(await all(engine, "history/orders", pages())).toEqual(lively);
  // How much is left of what is open is told by who knows it alone.
  const orders = lively.map((order) => ({ ...order, leavesQty: "0" }));
  expect(orders.length).toBeGreaterThan(100);
  expect(await all(history, "history/orders", pages())).toEqual(orders);
  const ended = orders.filter(({ terminal }) => terminal);
  expect(ended.length).toBeGreaterThan(50);
  expect(await all(history, "history/orders?state=ended", pages())).toEqual(ended);
  const live = orders.filter(({ terminal }) => !terminal);
  expect(await all(history, "history/orders?state=open", pages())).toEqual(live);
  for (const { account, instrument } of [orders[0], orders[9]] as OrderView[]) {
    const of = orders.filter((order) => order.account === account && order.instrument === instrument);
    const path = `history/orders?account=${account}&instrument=${instrument}`;
    expect(await all(history, path, pages())).toEqual(of);
  }

  const executions = await all<ExecutionView>(engine, "executions", pages());
  expect(executions.length).toBeGreaterThan(30);
  expect(await all(history, "history/executions", pages())).toEqual(executions);
  for (let n = 0; n < 40; n++) {
    const order = orders[chance.nextBelow(orders.length)] as OrderView;
    await compareTimeline(history, order, records, executions);
  }
  await compareMoney(engine, history);
  await compareRows(store, records);
  await store.close();
}

function namesOf(records: readonly TradingRecord[]): TradingRecord[] {
  const names = records.filter(({ kind }) => NAMES.has(kind)).map((record) => new TradingRecord().copyFrom(record));
  names.forEach((name, at) => {
    name.record = at + 1;
  });
  return names;
}

/** Each record about the order is a step of it, in their order. */
async function compareTimeline(
  history: Control,
  order: OrderView,
  records: readonly TradingRecord[],
  executions: readonly ExecutionView[],
): Promise<void> {
  const timeline = await get<{ order: OrderView; events: OrderEventView[]; executions: ExecutionView[] }>(
    history,
    `history/orders/${order.id}/timeline`,
  );
  expect(timeline.order).toEqual(order);
  expect(timeline.events.map(({ record, event, time }) => [record, event, time.us])).toEqual(
    records
      .filter((record) => record.order === order.id && isOfOrder(record))
      .map(({ record, kind, timeUs }) => [record, RecordKind[kind] as string, timeUs]),
  );
  expect(timeline.events.at(-1)?.state).toBe(order.state);
  expect(timeline.executions).toEqual(executions.filter((execution) => execution.order === order.id).reverse());
}

/** What the market says of a position is nobody's to tell afterwards. */
async function compareMoney(engine: Control, history: Control): Promise<void> {
  const market = { markPrice: null, unrealizedPnl: null, leverage: null, initialMargin: null, maintenanceMargin: null };
  const byName = (a: PositionView, b: PositionView) =>
    `${a.account}/${a.instrument}/${a.leg}` < `${b.account}/${b.instrument}/${b.leg}` ? -1 : 1;
  const positions = await all<PositionView>(engine, "positions", 50);
  const past = await all<PositionView>(history, "history/positions", 0);
  expect(positions.length).toBeGreaterThan(0);
  expect(past.sort(byName)).toEqual(positions.map((position) => ({ ...position, ...market })).sort(byName));
  const balances = await all<BalanceView>(engine, "balances", 50);
  expect(balances.length).toBeGreaterThan(0);
  for (const { account, asset, total } of balances) {
    const points = await get<{ items: { total: string; change: string }[] }>(
      history,
      `history/balances?account=${account}&asset=${asset}&limit=1`,
    );
    expect(points.items[0]?.total ?? "0").toBe(total);
  }
}

/** The rows themselves, also of what the read model still knows and would tell by itself. */
async function compareRows(store: SqliteStore, records: readonly TradingRecord[]): Promise<void> {
  const image = new JournalImage(LIMITS);
  for (const record of records) image.take(record);
  const names = new OrderViews(image.state, image.control, NODE, () => 0);
  const views = new HistoryViews(names);
  for (const row of await store.scan("orders", 10_000)) {
    const { leavesQty, ...rest } = views.endedOrder(row);
    const { leavesQty: left, ...engine } = names.order(row.id) as OrderView;
    expect(rest).toEqual(engine);
    if (isTerminal(image.state.orders.state(row.id))) expect(leavesQty).toBe(left);
  }
}

/** In portions, by a new projector each: as a gateway that is started again and again. */
async function projected(records: readonly TradingRecord[], chance: Prng): Promise<SqliteStore> {
  const dir = tempDir();
  const store = sqlite(dir);
  for (let at = 0; at < records.length; ) {
    const until = Math.min(records.length, at + 1 + chance.nextBelow(900));
    writeJournal(join(dir, "journal"), records.slice(at, until), chance, 30, LIMITS);
    await follow(projectorOf(store, dir, { limits: LIMITS, batchRecords: 1 + chance.nextBelow(300) }), until);
    at = until;
  }
  return store;
}

/** The interface over a replica of all records. */
function serve(records: readonly TradingRecord[], nowUs: number, store: SqliteStore): Control {
  const image = new JournalImage(LIMITS);
  for (const record of records) image.take(record);
  const { record } = image.state;
  const figures = { dialect: "sqlite", state: "following", record, durableRecord: record, lagRecords: 0 } as const;
  const history =
    store &&
    ({
      order: (id) => store.order(id),
      orders: (ask) => store.orders(ask),
      executions: (ask) => store.executions(ask),
      timeline: (order) => store.timeline(order),
      positions: (account) => store.positions(account),
      positionsAt: (atUs, account) => store.positionsAt(atUs, account),
      balances: (account) => store.balances(account),
      balanceHistory: (ask) => store.balanceHistory(ask),
      pnl: (ask) => store.pnl(ask),
      view: () => ({ ...figures, begun: 1, problem: null, outbox: [] }),
    } satisfies ControlPorts["history"]);
  const control = startControl(
    {
      ...{ state: image.state, memory: image.control, nowUs: () => nowUs, startedUs: nowUs },
      history,
      board: new MarketBoard(new SharedArrayBuffer(MarketBoard.bytes(LIMITS.instrumentsMax))),
      ...{ token: TOKEN, node: NODE, version: "test", dataDir: "/tmp/none" },
      ...{ metrics: () => [], strategies: () => [], logs: () => [] },
      health: () => ({ epoch: 0, ready: true, notReady: [], accounts: [] }) as never,
      commander: {} as never,
    },
    { host: "127.0.0.1", port: 0 },
  );
  controls.push(control);
  return control;
}

/** Every page of a list; `limit` 0: it has no pages. */
async function all<T>(control: Control, path: string, limit: number): Promise<T[]> {
  const items: T[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const query = [...(limit === 0 ? [] : [`limit=${limit}`]), ...(next === "" ? [] : [`cursor=${next}`])].join("&");
    const page: { items: T[]; next: string | null } = await get(
      control,
      `${path}${path.includes("?") ? "&" : "?"}${query}`,
    );
    items.push(...page.items);
    ({ next } = page);
  }
  return items;
}

async function get<T>(control: Control, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await control.handle(new Request(`${control.url}/api/v1/${path}`, { headers }));
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}
