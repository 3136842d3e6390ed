/** The transaction log at the simulator: it says all that has moved the account's cash, to the last unit, by pages and windows (log_endpoint). */

import { expect, setDefaultTimeout, test } from "bun:test";
import { amount, plain, ZERO } from "../trading/amount.ts";
import { BybitClient, bybitSimulator, type Loose } from "./bybit_client.testing.ts";
import type { BybitExchange } from "./bybit_exchange.ts";

setDefaultTimeout(60_000);
const DAY_MS = 86_400_000;

test("deposits, funding and trades of both categories: what it sums up to is what the wallet has", async () => {
  const simulator = await bybitSimulator();
  const ann = new BybitClient(simulator);
  const log = async (params: Record<string, string>): Promise<Loose[]> => {
    const rows: Loose[] = [];
    let cursor = "";
    do {
      const at: Record<string, string> = cursor === "" ? {} : { cursor: decodeURIComponent(cursor) };
      const { retCode, result } = await ann.get("/v5/account/transaction-log", { ...params, ...at });
      expect(retCode).toBe(0);
      rows.push(...result.list);
      cursor = result.nextPageCursor;
    } while (cursor !== "");
    return rows;
  };
  for (const category of ["spot", "linear"]) {
    const order = { category, symbol: "BTCUSDT", orderType: "Market", qty: "0.02", marketUnit: "baseCoin" };
    expect((await ann.post("/v5/order/create", { ...order, side: "Buy" })).retCode).toBe(0);
    if (category === "linear") {
      expect((await ann.post("/v5/order/create", { ...order, side: "Sell", qty: "0.01" })).retCode).toBe(0);
    }
  }
  expect(simulator.trading?.deposit("ann", "bybit", "USDT", "12.5")).toBeUndefined();
  expect(simulator.trading?.deposit("ann", "bybit", "BTC", "-0.1")).toBeUndefined();
  const side = simulator.trading?.sides.find((each) => each.venueNames().includes("bybit"));
  const { venue } = side as BybitExchange;
  venue.fund("linear:BTCUSDT", amount("60000"), amount("0.0001"));

  const all = await log({ accountType: "UNIFIED", limit: "2" });
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  for (const [asset, opening] of [
    ["USDT", "1000000"],
    ["BTC", "10"],
  ] as const) {
    const moved = all.filter(({ currency }) => currency === asset).reduce((sum, row) => sum + amount(row.change), ZERO);
    const { free, locked } = venue.wallets.of("ann", asset);
    expect([asset, plain(amount(opening) + moved)]).toEqual([asset, plain(free + locked)]);
    expect(all.find(({ currency }) => currency === asset)?.cashBalance).toBe(plain(free + locked));
  }
  const [funding] = await log({ type: "SETTLEMENT" });
  expect(funding).toMatchObject({
    symbol: "BTCUSDT",
    category: "linear",
    side: "Buy",
    currency: "USDT",
    cashFlow: "0",
  });
  expect([funding.funding, funding.change]).toEqual(["-0.06", "-0.06"]);
  expect((await log({ type: "TRANSFER_OUT" })).map(({ currency, change }) => [currency, change])).toEqual([
    ["BTC", "-0.1"],
  ]);
  expect((await log({ type: "TRANSFER_IN", category: "linear" })).length).toBe(0);
  expect((await log({ category: "spot" })).every(({ type }) => type === "TRADE")).toBe(true);

  const now = Date.now();
  const refused = await ann.get("/v5/account/transaction-log", { startTime: now - 8 * DAY_MS, endTime: now });
  expect(refused.retCode).toBe(10_001);
  expect((await log({ startTime: String(now - 8 * DAY_MS) })).length).toBe(0);
  expect((await ann.get("/v5/account/transaction-log", { accountType: "FUND" })).retCode).toBe(10_001);
  await simulator.stop();
});
