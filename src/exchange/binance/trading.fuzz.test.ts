/** Whatever is asked of the trading side is answered in the venue's form, nothing throws, and the books stay whole. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createHmac } from "node:crypto";
import { present } from "../../core/assert.ts";
import { Prng } from "../../core/prng.ts";
import type { Simulator } from "../simulator.ts";
import { ZERO } from "../trading/amount.ts";
import type { BinanceTrading } from "./binance_trading.ts";
import { ApiClient, type Loose, signedParams, tradingSimulator } from "./signed_client.testing.ts";

setDefaultTimeout(120_000);

const SEED = Number.parseInt(process.env["MELTICA_SEED"] ?? "20261121", 10);
const REQUESTS = 6_000;
const PATHS = [
  "/api/v3/order",
  "/api/v3/order/test",
  "/api/v3/openOrders",
  "/api/v3/allOrders",
  "/api/v3/myTrades",
  "/api/v3/account",
  "/api/v3/order/cancelReplace",
  "/api/v3/order/amend/keepPriority",
  "/api/v3/rateLimit/order",
  "/api/v3/orderList/oco",
  "/api/v3/userDataStream",
  "/fapi/v1/order",
  "/fapi/v1/batchOrders",
  "/fapi/v1/algoOrder",
  "/fapi/v1/openAlgoOrders",
  "/fapi/v1/algoOpenOrders",
  "/fapi/v1/countdownCancelAll",
  "/fapi/v1/leverage",
  "/fapi/v1/marginType",
  "/fapi/v1/positionSide/dual",
  "/fapi/v1/allOpenOrders",
  "/fapi/v1/userTrades",
  "/fapi/v1/listenKey",
  "/fapi/v3/account",
  "/fapi/v3/positionRisk",
  "/sapi/v1/capital/config/getall",
] as const;
const METHODS = ["GET", "POST", "POST", "POST", "PUT", "DELETE"] as const;
const ORDERS = ["/api/v3/order", "/fapi/v1/order", "/fapi/v1/algoOrder"] as const;
const VALUES: Readonly<Record<string, readonly string[]>> = {
  symbol: ["BTCUSDT", "BTCUSDT", "BTCUSDT", "NOPE", "btc/usdt", ""],
  side: ["BUY", "SELL", "HOLD"],
  type: [
    "LIMIT",
    "MARKET",
    "LIMIT_MAKER",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "STOP_MARKET",
    "TRAILING_STOP_MARKET",
    "X",
  ],
  timeInForce: ["GTC", "IOC", "FOK", "GTX", "GTD", "DAY"],
  quantity: ["0.01", "0.01", "0.5", "0", "1e9", "-1", "99999999999999999999", "0.00000001"],
  quoteOrderQty: ["100", "0", "0.01", "99999999999999999999"],
  price: ["60000", "59000", "61000", "0", "0.01", "60000.123456789", "99999999999999999999"],
  stopPrice: ["60500", "59500", "0"],
  triggerPrice: ["60500", "59500", "0"],
  icebergQty: ["0.001", "0", "7"],
  trailingDelta: ["10", "99999999", "0"],
  callbackRate: ["0.1", "99", "0"],
  orderId: ["1", "1000001", "8000000001", "99999999999999999", "x"],
  origClientOrderId: ["a", "b"],
  newClientOrderId: ["a", "b", "c", "§"],
  cancelReplaceMode: ["STOP_ON_FAILURE", "ALLOW_FAILURE", "MAYBE"],
  cancelOrderId: ["1000001", "7"],
  newQty: ["0.005", "0", "9"],
  newOrderRespType: ["ACK", "RESULT", "FULL", "NONE"],
  selfTradePreventionMode: ["NONE", "EXPIRE_BOTH", "DECREMENT", "X"],
  positionSide: ["BOTH", "LONG", "SHORT", "X"],
  reduceOnly: ["true", "false", "1"],
  closePosition: ["true", "false"],
  dualSidePosition: ["true", "false", "x"],
  marginType: ["ISOLATED", "CROSSED", "X"],
  leverage: ["1", "20", "0", "1000", "x"],
  goodTillDate: ["1", "1999999999999"],
  countdownTime: ["0", "5", "999999999"],
  algoType: ["CONDITIONAL", "CONDITIONAL", "X"],
  algoId: ["3000001", "7"],
  clientAlgoId: ["a", "b"],
  batchOrders: [
    "[]",
    "[1]",
    "[null]",
    '[{"symbol":"BTCUSDT","side":"BUY","type":"MARKET","quantity":0.01}]',
    "{",
    '[{"symbol":{}}]',
  ],
  orderIdList: ["[1,2]", "[", '["x"]'],
  priceMatch: ["QUEUE", "OPPONENT_5", "OPPONENT_7"],
  limit: ["1", "0", "5000", "x"],
  startTime: ["0", "1999999999999"],
  endTime: ["1", "1999999999999"],
  extra: ["1"],
};

let simulator: Simulator;
beforeAll(async () => {
  simulator = await tradingSimulator({ speed: 20, weightMax: 100_000_000 });
});
afterAll(() => simulator.stop());

function draw(prng: Prng): { method: string; path: string; text: string; values: Record<string, string> } {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(prng.nextFloat() * list.length)] as T;
  const names = Object.keys(VALUES);
  const values: Record<string, string> = {};
  const usual = ["symbol", "side", "type", "quantity", "price", "timeInForce"];
  for (const name of usual)
    if (prng.nextFloat() < 0.95)
      values[name] =
        prng.nextFloat() < 0.75 && name !== "side" ? (VALUES[name]?.[0] as string) : pick(VALUES[name] ?? []);
  for (let n = Math.floor(prng.nextFloat() * prng.nextFloat() * 5); n > 0; n--) {
    const name = pick(names);
    values[name] = pick(VALUES[name] as readonly string[]);
  }
  const text = new URLSearchParams({ ...values, timestamp: String(Date.now()) }).toString();
  return { method: pick(METHODS), path: prng.nextFloat() < 0.3 ? pick(ORDERS) : pick(PATHS), text, values };
}

test("requests", async () => {
  process.stdout.write(`  seed ${SEED}\n`);
  const prng = new Prng(SEED);
  const { desk } = simulator as unknown as { desk: { answer(request: object): { status: number; body: string } } };
  const codes = new Map<string, number>();
  for (let n = 0; n < REQUESTS; n++) {
    const { method, path, text } = draw(prng);
    const name = prng.nextFloat() < 0.5 ? "ann" : "bob";
    const signature = createHmac("sha256", `secret-${name}`).update(text).digest("hex");
    const inBody = prng.nextFloat() < 0.3;
    const signed = `${text}&signature=${signature}`;
    const request = {
      method,
      path: inBody ? path : `${path}?${signed}`,
      body: inBody ? signed : "",
      headers: { "x-mbx-apikey": `key-${name}` },
    };
    const { status, body } = desk.answer(request);
    const answer: Loose = JSON.parse(body);
    if (status >= 400) expect([typeof answer.code, typeof answer.msg]).toEqual(["number", "string"]);
    codes.set(`${status}`, (codes.get(`${status}`) ?? 0) + 1);
    if (n % 500 === 0) await Bun.sleep(0);
  }
  process.stdout.write(`  ${JSON.stringify(Object.fromEntries(codes))}\n`);
  expect(codes.get("200") ?? 0).toBeGreaterThan(REQUESTS / 20);
  expect([...codes.keys()].filter((status) => Number(status) >= 500)).toEqual([]);
  for (const { venue } of (present(simulator.trading?.sides[0]) as BinanceTrading).dialects) {
    for (const asset of ["USDT", "BTC", "BNB"]) expect(venue.wallets.sum(asset)).toBe(ZERO);
    expect(venue.orders.fills("ann").length).toBeGreaterThan(0);
  }
});

test("messages on the sockets", async () => {
  const prng = new Prng(SEED + 1);
  const methods = [
    "order.place",
    "order.cancel",
    "order.status",
    "order.modify",
    "openOrders.cancelAll",
    "order.cancelReplace",
    "session.logon",
    "session.status",
    "userDataStream.subscribe",
    "userDataStream.unsubscribe",
    "depth",
    "constructor",
    "__proto__",
  ];
  for (const path of ["/ws-api/v3", "/ws-fapi/v1"]) {
    const api = await new ApiClient(simulator, path).opened();
    for (const text of [
      "",
      "[]",
      "null",
      "1",
      '{"id":[]}',
      '{"method":1}',
      '{"id":1,"method":"order.place","params":[]}',
      '{"method":"ping","params":{"a":{"b":[1]}}}',
    ])
      api.say(text);
    for (let n = 0; n < 300; n++) {
      const { values } = draw(prng);
      const method = methods[Math.floor(prng.nextFloat() * methods.length)] as string;
      const answer = await api.ask(method, prng.nextFloat() < 0.8 ? signedParams(values) : values);
      expect(typeof answer.status).toBe("number");
      if (answer.status !== 200) expect(typeof answer.error.code).toBe("number");
    }
    expect(api.isClosed).toBe(false);
    api.close();
  }
});
