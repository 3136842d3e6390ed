/** Any parameters at any endpoint of Bybit's dialect: always an answer in its form, and the simulator's own ledger adds up. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createHmac } from "node:crypto";
import { Prng } from "../../core/prng.ts";
import type { Simulator } from "../simulator.ts";
import { plain, ZERO } from "../trading/amount.ts";
import { BybitSocket, bybitSimulator, type Loose } from "./bybit_client.testing.ts";
import { BybitExchange } from "./bybit_exchange.ts";

setDefaultTimeout(120_000);

const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed
const REQUESTS = 4_000;

let simulator: Simulator;
let clockMs = Date.now();
beforeAll(async () => {
  // A clock that leaps, so that no limit of requests stands in the way.
  simulator = await bybitSimulator({ wallMs: () => clockMs, nowMs: () => clockMs });
});
afterAll(() => simulator.stop());

const POSTS = ["create", "amend", "cancel", "cancel-all", "create-batch", "amend-batch", "cancel-batch"];
const PATHS: readonly (readonly ["GET" | "POST", string])[] = [
  ...POSTS.map((name) => ["POST", `/v5/order/${name}`] as const),
  ["POST", "/v5/order/disconnected-cancel-all"],
  ["POST", "/v5/position/set-leverage"],
  ["POST", "/v5/position/switch-mode"],
  ["GET", "/v5/order/realtime"],
  ["GET", "/v5/order/history"],
  ["GET", "/v5/execution/list"],
  ["GET", "/v5/position/list"],
  ["GET", "/v5/account/wallet-balance"],
  ["GET", "/v5/account/fee-rate"],
  ["GET", "/v5/market/orderbook"],
  ["GET", "/v5/market/recent-trade"],
  ["GET", "/v5/market/kline"],
  ["GET", "/v5/market/tickers"],
  ["GET", "/v5/market/instruments-info"],
];
/** The first two of each are sound, and come most of the time. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  category: ["spot", "linear", "spot", "linear", "inverse", "", 7],
  symbol: ["BTCUSDT", "BTCUSDT", "BTCUSDT", "NOPE", "__proto__", "", null],
  side: ["Buy", "Sell", "buy", 1],
  orderType: ["Limit", "Market", "Limit", "limit"],
  qty: ["0.01", "0.02", "5", "0", "-1", "1e3", "9".repeat(40), 0.01, "0.0000001"],
  price: ["50000", "60000", "61000", "70000", "0", "-5", "1.23456789", "", {}],
  timeInForce: ["GTC", "IOC", "FOK", "PostOnly", "RPI", undefined],
  orderLinkId: [undefined, undefined, "a", "b", "c", "x".repeat(99)],
  orderId: ["1952300047543495001", "1952300047543495007", "1", "zz", undefined],
  positionIdx: [0, 0, 0, 1, 2, 3, "0"],
  reduceOnly: [undefined, false, true, "yes"],
  triggerPrice: [undefined, undefined, "50000", "70000", "x"],
  triggerDirection: [1, 2, 3, undefined],
  orderFilter: [undefined, undefined, "Order", "StopOrder", "tpslOrder", "x"],
  marketUnit: [undefined, "baseCoin", "quoteCoin", "x"],
  smpType: [undefined, "CancelMaker", "CancelTaker", "CancelBoth", "x"],
  settleCoin: [undefined, "USDT"],
  limit: [undefined, 1, "2", 0, -1, "x", 1e9],
  cursor: [undefined, undefined, "x"],
  mode: [0, 3, 1],
  buyLeverage: ["5", "7", "1000", "0", "x"],
  sellLeverage: ["5", "7", "5"],
  timeWindow: [3, 10, 0, "x"],
  accountType: ["UNIFIED", "FUND"],
  interval: ["1", "D", "7"],
};

test(`${REQUESTS} requests, seed ${SEED}`, () => {
  const exchange = simulator.trading?.sides.find((side) => side instanceof BybitExchange) as BybitExchange;
  const prng = new Prng(SEED);
  const below = (n: number) => Math.floor(prng.nextFloat() * n);
  const draw = (): Record<string, unknown> => {
    const values: Record<string, unknown> = {};
    for (const [name, choices] of Object.entries(VALUES)) {
      if (below(8) > 0) values[name] = choices[below(below(12) > 0 ? Math.min(2, choices.length) : choices.length)];
    }
    return values;
  };
  const codes = new Map<number, number>();
  for (let n = 0; n < REQUESTS; n++) {
    clockMs += 1_000;
    const [method, path] = PATHS[below(3) > 0 ? 0 : below(PATHS.length)] as (typeof PATHS)[number];
    const values = draw();
    if (path.endsWith("batch")) values["request"] = below(5) === 0 ? "x" : [draw(), draw()];
    const body = below(50) === 0 ? '{"broken' : JSON.stringify(values);
    const query = new URLSearchParams(Object.entries(values).map(([k, v]) => [k, String(v)])).toString();
    const payload = method === "POST" ? body : query;
    const name = below(2) === 0 ? "ann" : "bob";
    const sign = createHmac("sha256", `secret-${name}`).update(`${clockMs}key-${name}5000${payload}`).digest("hex");
    const headers = {
      "x-bapi-api-key": `key-${name}`,
      "x-bapi-timestamp": String(clockMs),
      "x-bapi-recv-window": "5000",
      "x-bapi-sign": sign,
    };
    const request = { method, path: method === "GET" ? `${path}?${query}` : path, body: method === "POST" ? body : "" };
    const answer: Loose = JSON.parse(exchange.answer({ ...request, headers })?.body ?? "null");
    expect([typeof answer.retCode, typeof answer.retMsg, answer.time]).toEqual(["number", "string", clockMs]);
    codes.set(answer.retCode, (codes.get(answer.retCode) ?? 0) + 1);
  }
  console.log(`  ${JSON.stringify(Object.fromEntries(codes))}`);
  // Else nothing was tried.
  expect(codes.get(0) as number).toBeGreaterThan(REQUESTS / 20);
  expect(codes.size).toBeGreaterThan(8);
  const { wallets } = exchange.venue;
  const assets = new Set(wallets.holders.flatMap((holder) => wallets.assets(holder)));
  for (const asset of assets) expect(`${asset} ${plain(wallets.sum(asset))}`).toBe(`${asset} ${plain(ZERO)}`);
});

test(`sockets are told anything, seed ${SEED}`, async () => {
  const socket = await new BybitSocket(simulator, "/v5/any/linear").opened();
  const prng = new Prng(SEED);
  const below = (n: number) => Math.floor(prng.nextFloat() * n);
  const ops = ["auth", "subscribe", "unsubscribe", "order.create", "order.cancel-batch", "ping", "x", 7, null];
  const args = [["order"], ["orderbook.1.BTCUSDT"], ["__proto__"], [{ category: "spot" }], [1], "x", null, [], [[]]];
  for (let n = 0; n < 500; n++) {
    const message = {
      op: ops[below(ops.length)],
      args: args[below(args.length)],
      req_id: below(3),
      reqId: `r${below(50)}`,
    };
    socket.say(below(20) === 0 ? "[1" : JSON.stringify(message));
  }
  const from = socket.messages.length;
  socket.say({ op: "ping", req_id: "last" });
  await socket.see(({ req_id }) => req_id === "last", from);
  expect(socket.isClosed).toBe(false);
  socket.close();
});
