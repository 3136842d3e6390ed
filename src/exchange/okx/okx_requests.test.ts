/** All that ccxt really sends to OKX, as recorded, is understood; whatever else comes is answered, and nothing is lost by it. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { Prng } from "../../core/prng.ts";
import { SyntheticInstrument } from "../../match/synthetic.ts";
import { btcUsdt, btcUsdtPerp } from "../../match/synthetic_specs.ts";
import { until } from "../book_client.testing.ts";
import type { Simulator } from "../simulator.ts";
import { SyntheticFeed } from "../synthetic_feed.ts";
import { ZERO } from "../trading/amount.ts";
import { type Loose, OkxClient, OkxSocket, okxSimulator } from "./okx_client.testing.ts";
import type { OkxTrading } from "./okx_trading.ts";
import { Windows } from "./windows.ts";

setDefaultTimeout(120_000);

const NOW_MS = 1_700_000_000_000;
const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed
/** Fewer than the messages that a connection may send in a second. */
const ROUNDS = 900;

/** The clock stands at the time of the recording; the price at 60,000. */
async function recorded(): Promise<{ readonly simulator: Simulator; readonly okx: OkxTrading }> {
  const startUs = NOW_MS * 1_000;
  const instruments = [
    new SyntheticInstrument(btcUsdt(), 1, startUs),
    new SyntheticInstrument(btcUsdtPerp(), 2, startUs),
  ];
  const key = { key: "TESTKEY", secret: "TESTSECRET", passphrase: "PASSPHRASE", mayTrade: true, mayWithdraw: false };
  const accounts = [{ name: "ann", keys: [key], balances: { USDT: "1000000", BTC: "10" } }];
  const feed = new SyntheticFeed(instruments, startUs);
  const simulator = await okxSimulator({ feed, accounts, wallMs: () => NOW_MS });
  return { simulator, okx: simulator.trading?.sides[0] as OkxTrading };
}

describe.skipIf(!fixturesPresent)(`recorded (${FIXTURES_REASON})`, () => {
  test.each(["okx", "okx-swap"])(
    "%s: no request is unknown, none is refused for its key, orders are judged",
    async (name) => {
      const { simulator, okx } = await recorded();
      const file = JSON.parse(readFileSync(fixture(`okx/requests.ccxt-4.5.84.${name}.json`), "utf8")) as Loose;
      const codes: string[] = [];
      for (const { method: call, requests } of file.rest) {
        for (const { method, url, headers, body = "" } of requests) {
          const answer = okx.answer({ method, path: url, body, headers });
          const { code, data } = JSON.parse(answer?.body ?? "{}");
          expect(data).toBeArray();
          codes.push(`${call} ${code} ${data[0]?.sCode ?? ""}`.trim());
        }
      }
      // Each order has the same client id: the ones after the first are refused while it rests; ids of others are unknown.
      expect(codes).toMatchSnapshot();
      const socket = await new OkxSocket(simulator, "any").opened();
      let messages = 0;
      for (const { msg } of file.ws.flatMap(({ traffic }: Loose) => traffic)) {
        if (msg === undefined) continue;
        const from = socket.seen.length;
        const id = JSON.parse(msg).id;
        socket.say(msg);
        const fits = (m: Loose) => (id === undefined ? m.event === "subscribe" || m.event === "login" : m.id === id);
        const answer = await socket.next(fits, from);
        messages++;
        if (id !== undefined) expect(["0", "1"]).toContain(answer.code);
      }
      expect(messages).toBe(12);
      await simulator.stop();
    },
  );
});

const WORDS: readonly unknown[] = [
  "BTC-USDT",
  "BTC-USDT-SWAP",
  "SPOT",
  "SWAP",
  "ANY",
  "cash",
  "cross",
  "isolated",
  "buy",
  "sell",
  "limit",
  "market",
  "post_only",
  "ioc",
  "fok",
  "60000",
  "59000.5",
  "0.01",
  "1",
  "100",
  "-1",
  "0",
  "1e3",
  "99999999999999999999999",
  "",
  null,
  true,
  false,
  0.5,
  7,
  [],
  {},
  [{}],
  "constructor",
  "__proto__",
  "toString",
  "net",
  "long",
  "orders",
  "books",
  "account",
  "candle1m",
  "candleconstructor",
  "conditional",
  "trigger",
  "quote_ccy",
  "last",
  "t1",
  "t2",
  "2497956918703120384",
];
const FIELDS = [
  "instId",
  "instIdCode",
  "instType",
  "tdMode",
  "side",
  "ordType",
  "px",
  "sz",
  "clOrdId",
  "ordId",
  "posSide",
  "reduceOnly",
  "tgtCcy",
  "newSz",
  "newPx",
  "reqId",
  "cxlOnFail",
  "timeOut",
  "lever",
  "mgnMode",
  "posMode",
  "algoId",
  "algoClOrdId",
  "triggerPx",
  "orderPx",
  "slTriggerPx",
  "slOrdPx",
  "tpTriggerPx",
  "stpMode",
  "tag",
  "channel",
  "bar",
  "limit",
  "after",
  "before",
  "begin",
  "end",
  "state",
  "ccy",
  "expTime",
  "apiKey",
];
const PATHS = [
  "trade/order",
  "trade/batch-orders",
  "trade/cancel-order",
  "trade/cancel-batch-orders",
  "trade/amend-order",
  "trade/amend-batch-orders",
  "trade/cancel-all-after",
  "trade/order-algo",
  "trade/cancel-algos",
  "account/set-leverage",
  "account/set-position-mode",
  "trade/orders-pending",
  "trade/orders-history",
  "trade/fills",
  "account/balance",
  "account/positions",
  "account/config",
  "account/trade-fee",
  "account/leverage-info",
  "market/books",
  "market/candles",
  "market/trades",
  "market/ticker",
  "public/instruments",
  "public/mark-price",
  "trade/orders-algo-pending",
  "constructor",
];
const OPS = [
  "order",
  "batch-orders",
  "cancel-order",
  "amend-order",
  "login",
  "subscribe",
  "unsubscribe",
  "constructor",
];

test(`${ROUNDS} strange requests each way, seed ${SEED}: all answered, nothing created, nothing lost`, async () => {
  const simulator = await okxSimulator();
  const okx = simulator.trading?.sides[0] as OkxTrading;
  const client = new OkxClient(simulator);
  const socket = await new OkxSocket(simulator, "any").opened();
  await socket.login();
  const chance = new Prng(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance.nextFloat() * list.length)] as T;
  const sound = { instId: "BTC-USDT-SWAP", tdMode: "cross", side: "buy", ordType: "market", sz: "1" };
  const row = () => {
    const fields = Array.from({ length: 1 + Math.floor(chance.nextFloat() * 4) }, () => [pick(FIELDS), pick(WORDS)]);
    return { ...(chance.nextFloat() < 0.6 ? sound : {}), ...Object.fromEntries(fields) };
  };
  for (let n = 0; n < ROUNDS; n++) {
    // Limits are counted anew, so that they do not answer instead.
    if (n % 10 === 0) (okx.venue as { windows: Windows }).windows = new Windows();
    const path = pick(PATHS);
    const isGet = chance.nextFloat() < 0.4;
    const query = isGet ? `?${new URLSearchParams(row() as Record<string, string>)}` : "";
    const body = isGet ? undefined : pick<object>([row(), [row(), row()], [row()], [], [1]]);
    const { body: answer } = await client.raw(isGet ? "GET" : "POST", path + query, body);
    if (typeof answer.code !== "string" || !Array.isArray(answer.data))
      throw new Error(JSON.stringify([path, body, answer]));
    socket.say({ id: `f${n}`, op: pick(OPS), args: pick<unknown[]>([[row()], [row(), row()], [], [1, null]]) });
  }
  socket.say("ping");
  expect(await until(() => socket.texts.includes("pong"), 5_000)).toBe(true);
  expect(socket.closeCode).toBe(0);
  const { wallets } = okx.venue.core;
  for (const asset of ["USDT", "BTC"]) expect(wallets.sum(asset)).toBe(ZERO);
  expect(okx.venue.core.orders.all("ann").length).toBeGreaterThan(20);
  await simulator.stop();
});

test("with Binance at one port: each its own, fed by one feed, and the truth of both", async () => {
  const simulator = await okxSimulator({ venues: ["binance-spot", "binance-usdm", "okx"] });
  const client = new OkxClient(simulator);
  const row = { instId: "BTC-USDT", tdMode: "cash", side: "buy", ordType: "market", sz: "100" };
  expect(await client.call("POST", "trade/order", row)).toMatchObject({ code: "0" });
  expect(await (await fetch(`${simulator.url}/fapi/v1/ping`)).json()).toEqual({});
  const truth = (await (await fetch(`${simulator.url}/simulate/accounts/ann`)).json()) as Loose;
  expect(Object.keys(truth).sort()).toEqual(["binance-spot", "binance-usdm", "okx"]);
  expect([truth.okx.orders.length, truth["binance-spot"].orders.length]).toEqual([1, 0]);
  const deposit = { venue: "okx", asset: "USDT", amount: "5" };
  const asked = { method: "POST", body: JSON.stringify(deposit) };
  expect((await fetch(`${simulator.url}/simulate/accounts/ann/deposit`, asked)).status).toBe(200);
  await simulator.stop();
});
