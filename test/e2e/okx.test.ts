/** OKX's market data in a gateway, over real sockets: books as the simulator has them after faults, and a paper account. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { QuoteReader } from "../../src/control/market_view.ts";
import { ControlMemory } from "../../src/control/memory.ts";
import { MoneyViews } from "../../src/control/money_view.ts";
import { OrderViews } from "../../src/control/order_view.ts";
import { DEFAULT_LIMITS } from "../../src/core/limits.ts";
import { type Simulator, startSimulator } from "../../src/exchange/simulator.ts";
import { SyntheticFeed } from "../../src/exchange/synthetic_feed.ts";
import { SyntheticInstrument } from "../../src/match/synthetic.ts";
import { btcUsdt, btcUsdtPerp } from "../../src/match/synthetic_specs.ts";
import { InstrumentKind, Leg, OrderState, OrderType, Side, TimeInForce } from "../../src/model/order.ts";
import { RecordKind, TradingRecord } from "../../src/model/record.ts";
import { BoardCell, BoardColumn } from "../../src/ring/board.ts";
import { GatewayRig, type Trading } from "../support/gateway_rig.ts";

setDefaultTimeout(120_000);

const rigs: GatewayRig[] = [];
const simulators: Simulator[] = [];
afterEach(async () => {
  for (const rig of rigs) await rig.stop();
  for (const simulator of simulators.splice(0)) await simulator.stop();
  for (const rig of rigs.splice(0)) rig.remove();
});

/** So many bases, each on spot and as a swap; slow enough that a book stands still between two questions. */
async function simulate(bases: number, speed: number): Promise<Simulator> {
  const startUs = Date.now() * 1_000;
  const instruments = Array.from({ length: bases }, (_, n) => `C${n}`).flatMap((base, n) => [
    new SyntheticInstrument({ ...btcUsdt(), base }, 2 * n, startUs),
    new SyntheticInstrument({ ...btcUsdtPerp(), base }, 2 * n + 1, startUs),
  ]);
  const feed = new SyntheticFeed(instruments, startUs);
  const accounts = [{ name: "a", keys: [], balances: {} }];
  const simulator = await startSimulator({ venues: ["okx"], feed, accounts, start: "now", speed, port: 0, seed: 7 });
  simulators.push(simulator);
  return simulator;
}

function symbolsOf(bases: number): string[] {
  return Array.from({ length: bases }, (_, n) => [`C${n}-USDT`, `C${n}-USDT-SWAP`]).flat();
}

async function gateway(simulator: Simulator, symbols: string[], limits: Trading["limits"] = []): Promise<GatewayRig> {
  const { url: restUrl, wsUrl } = simulator;
  const addresses = { environment: "production" as const, wsUrl, restUrl, privateUrl: wsUrl };
  const rig = new GatewayRig(undefined, (trading) => ({
    providers: { okx: { adapter: "okx", ...addresses, symbols, trades: "trade", quotes: true } },
    accounts: { paper: { ...(trading.accounts["paper"] as Trading["accounts"][string]), provider: "okx" } },
    limits,
    instances: [],
  }));
  rigs.push(rig);
  return rig.start();
}

async function now(simulator: Simulator, fault: string): Promise<void> {
  const answer = await fetch(`${simulator.url}/simulate/faults`, {
    method: "POST",
    body: JSON.stringify({ now: fault }),
  });
  expect(answer.status).toBe(200);
}

type Levels = readonly (readonly string[])[];

const plain = (levels: Levels) => levels.map(([price = "", qty = ""]) => `${trimmed(price)}@${trimmed(qty)}`).join(" ");

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

async function venueBook(simulator: Simulator, instId: string): Promise<string> {
  const answer = await fetch(`${simulator.url}/api/v5/market/books?instId=${instId}&sz=400`);
  const { data } = (await answer.json()) as { data: readonly { bids: Levels; asks: Levels }[] };
  return `${plain(data[0]?.bids ?? [])} | ${plain(data[0]?.asks ?? [])}`;
}

/** Ours while the venue's stood still: what was told before has come by then. */
async function compareBook(rig: GatewayRig, simulator: Simulator, instId: string): Promise<void> {
  const name = `okx:${instId.replace("-SWAP", "-PERP")}`;
  const id = rig.state.instruments.byName(name)?.id ?? -1;
  for (let tries = 0; tries < 50; tries++) {
    const before = await venueBook(simulator, instId);
    await Bun.sleep(20);
    const ours = await rig.commander.book(id, 400);
    if (before !== (await venueBook(simulator, instId))) continue;
    expect([instId, ours?.valid]).toEqual([instId, true]);
    expect(`${plain(ours?.bids ?? [])} | ${plain(ours?.asks ?? [])}`).toBe(before);
    expect(ours?.bids.length).toBeGreaterThan(20);
    return;
  }
  throw new Error(`${instId} never stood still`);
}

const allValid = (rig: GatewayRig, count: number) => {
  const { markets, feeds } = rig.supervisor.status;
  return markets.length === count && markets.every((each) => each.bookValid) && feeds[0]?.connected === true;
};

describe("market data", () => {
  test("forty books, spot and swaps: as the venue has them, after losses, cuts and a service upgrade", async () => {
    const simulator = await simulate(20, 0.3);
    const symbols = symbolsOf(20);
    const rig = await gateway(simulator, symbols);
    await rig.until(() => allValid(rig, 40), "all books");
    await Promise.all(symbols.map((symbol) => compareBook(rig, simulator, symbol)));
    expect(rig.problems).toEqual([]);
    simulator.faults({ drop: 0.02, duplicate: 0.02, corrupt: 0.01, cut: 0.001 });
    await Bun.sleep(2_500);
    simulator.faults({ drop: 0, duplicate: 0, corrupt: 0, cut: 0 });
    await now(simulator, "close");
    await rig.until(() => allValid(rig, 40), "all books after faults");
    await rig.until(() => rig.supervisor.status.feeds[0]?.reconnects !== 0, "connections were lost");
    const snapshots = () => rig.supervisor.status.markets.reduce((sum, each) => sum + each.bookSnapshots, 0);
    const before = snapshots();
    await Bun.sleep(1_500); // No more connections than the venue takes in a second: it gives a minute, the simulator one second.
    await now(simulator, "shutdown");
    // The venue hangs up a second after its word: each book stands on the new connection by then, and was never invalid.
    const ends = performance.now() + 2_500;
    while (performance.now() < ends) {
      const book = await rig.commander.book(Math.floor(Math.random() * 40), 1);
      expect(book?.valid).toBe(true);
      await Bun.sleep(1);
    }
    await rig.until(() => snapshots() >= before + 40, "a snapshot of each book on the new connection");
    await Promise.all(symbols.map((symbol) => compareBook(rig, simulator, symbol)));
    const codes = new Set(rig.problems.map(({ code }) => code));
    expect(codes).toContain("BookGap");
    expect(rig.fatal).toEqual([]);
  });

  test("an instrument that is not listed is named, and what is wrong with addresses", async () => {
    const simulator = await simulate(1, 1);
    const { url: restUrl, wsUrl } = simulator;
    const rig = new GatewayRig(undefined, (trading) => ({
      ...trading,
      providers: {
        okx: {
          ...{ adapter: "okx", environment: "demo", wsUrl, restUrl, privateUrl: wsUrl },
          ...{ symbols: ["C0-USDT", "NONE-USDT-SWAP"], trades: "aggTrade", quotes: true },
        },
      },
      accounts: { paper: { ...(trading.accounts["paper"] as Trading["accounts"][string]), provider: "okx" } },
      limits: [],
      instances: [],
    }));
    rigs.push(rig);
    await rig.start();
    const said = () => rig.problems.map(({ detail }) => detail).join("; ");
    await rig.until(
      () => said().includes("NONE-USDT-SWAP is not in the venue's instruments"),
      "the missing one is named",
    );
    expect(rig.fatal).toEqual([]);
  });
});

describe("a paper account", () => {
  test("buys contracts of a swap: sizes, value and fees count what a contract stands for", async () => {
    const simulator = await simulate(1, 5);
    const all = { scope: "firm", maxOrderValue: "50000", maxOrderQty: "1000", collarBps: 500 } as const;
    const rates = { newOrders: { count: 10, windowUs: 1_000_000 }, cancels: { count: 10, windowUs: 1_000_000 } };
    const rest = { maxLongPosition: "1000", maxShortPosition: "1000", referenceAgeUsMax: 5_000_000, maxOpenOrders: 10 };
    const more = { slippageBps: 500, duplicateUs: 1_000, selfMatch: "account", maxGrossValue: "2000000" } as const;
    const breakers = {
      executions: { count: 100, windowUs: 60_000_000 },
      refusals: { count: 100, windowUs: 60_000_000 },
      rejectRatio: { orders: 200, bps: 9_000 },
      coolDownUs: 60_000_000,
    };
    const loss = {
      scope: "account",
      key: "paper",
      maxDailyLoss: "50000",
      maxDrawdown: "100000",
      onLoss: "reduce",
    } as const;
    const limits = [{ ...all, ...rates, ...rest, ...more, ...breakers }, loss];
    const rig = await gateway(simulator, symbolsOf(1), limits);
    await rig.until(() => allValid(rig, 2), "both books");
    const swap = rig.state.instruments.byName("okx:C0-USDT-PERP");
    if (swap === undefined) throw new Error("no swap");
    // A contract is a hundredth of the base, a lot a tenth of a contract.
    expect(swap).toMatchObject({
      kind: InstrumentKind.LinearPerpetual,
      contractSize: 1,
      contractScale: 2,
      settle: "USDT",
    });
    expect(swap.lot / 10 ** swap.qtyScale).toBe(0.1);
    const cell = new BoardCell();
    const ask = () => {
      rig.supervisor.board.read(swap.id, cell);
      return cell.columns[BoardColumn.AskPrice] as number;
    };
    await rig.until(() => ask() > 0, "a quote");
    const command = new TradingRecord().reset(RecordKind.CommandPlace);
    command.instrument = swap.id;
    command.instrumentRevision = swap.revision;
    Object.assign(command, { side: Side.Buy, orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc });
    command.qty = 3 * 10 ** swap.qtyScale;
    command.price = Math.ceil((1.001 * ask()) / swap.tick) * swap.tick;
    command.text = "three contracts";
    const { order } = await rig.commander.send(command);
    await rig.until(() => rig.state.orders.state(order) === OrderState.Filled, "it is filled");
    const fills = rig.records.filter((record) => record.kind === RecordKind.OrderFilled && record.order === order);
    const filled = fills.reduce((sum, { qty }) => sum + qty, 0);
    expect([filled, rig.state.ledger.positionQty(0, swap.id, Leg.Net)]).toEqual([command.qty, command.qty]);
    // About 60,000 a piece: three hundredths are worth 1,800, and the taker pays 5 in 10,000 of it.
    const fee = fills.reduce((sum, record) => sum + (record.feeHi * 2 ** 53 + record.feeLo) / 1e18, 0);
    expect(fee).toBeGreaterThan(0.8);
    expect(fee).toBeLessThan(1);
    const quotes = new QuoteReader(rig.state, rig.supervisor.board);
    const memory = new ControlMemory(DEFAULT_LIMITS);
    const money = new MoneyViews(rig.state, quotes, new OrderViews(rig.state, memory, 1, () => 1));
    const [position] = money.positions();
    expect(position).toMatchObject({ qty: "3", leverage: "1", asset: "USDT" });
    // At leverage 1 the margin is the value, and so as many dollars as three hundredths of the base cost.
    const value = 0.03 * Number(position?.averageEntry);
    expect(Number(position?.initialMargin) / value).toBeCloseTo(1, 2);
    expect(rig.fatal).toEqual([]);
  });
});
