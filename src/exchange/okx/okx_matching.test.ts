/** What befalls resting orders at OKX's dialect: makers, two accounts that meet, prevention, countdowns, faults of streams. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../book_client.testing.ts";
import type { Simulator } from "../simulator.ts";
import { type Loose, OkxClient, OkxSocket, okxSimulator } from "./okx_client.testing.ts";

setDefaultTimeout(120_000);

let simulator: Simulator;
let ann: OkxClient;
let bob: OkxClient;
let skewMs = 0;
beforeAll(async () => {
  simulator = await okxSimulator({ speed: 5, wallMs: () => Date.now() + skewMs });
  ann = new OkxClient(simulator);
  bob = new OkxClient(simulator, "bob");
});
afterAll(() => simulator.stop());

const SPOT = { instId: "BTC-USDT", tdMode: "cash" };
const SWAP = { instId: "BTC-USDT-SWAP", tdMode: "cross" };

async function pair(of: OkxClient, instId: string): Promise<{ readonly bid: number; readonly ask: number }> {
  const { data } = await of.call("GET", `market/books?instId=${instId}&sz=1`);
  return { bid: Number(data[0].bids[0][0]), ask: Number(data[0].asks[0][0]) }; // number-ok: prices to stand at
}

async function order(of: OkxClient, instId: string, clOrdId: string): Promise<Loose> {
  return (await of.call("GET", `trade/order?instId=${instId}&clOrdId=${clOrdId}`)).data[0];
}

/** A hundredth of a bitcoin. */
function place(of: OkxClient, side: string, ordType: string, px: string, clOrdId: string): Promise<Loose> {
  return of.call("POST", "trade/order", { ...SPOT, side, ordType, px, sz: "0.01", clOrdId });
}

test("a resting order of a swap is reached by public trades, in contracts, and pays as a maker", async () => {
  const socket = await new OkxSocket(simulator, "private").opened();
  await socket.login();
  await socket.subscribe({ channel: "orders", instType: "SWAP", instId: "BTC-USDT-SWAP" });
  let filled: Loose;
  // The market moves on: each try stands at the best bid of now.
  for (let n = 0; n < 30 && filled === undefined; n++) {
    const px = String((await pair(ann, "BTC-USDT-SWAP")).bid);
    const clOrdId = `m${n}`;
    await ann.call("POST", "trade/order", { ...SWAP, side: "buy", ordType: "post_only", px, sz: "0.3", clOrdId });
    await until(() => socket.rows("orders").some((row) => row.clOrdId === clOrdId && row.state !== "live"), 400);
    await ann.call("POST", "trade/cancel-order", { instId: "BTC-USDT-SWAP", clOrdId });
    filled = socket.rows("orders").find((row) => row.execType === "M");
  }
  expect(filled).toMatchObject({ execType: "M", fillFeeCcy: "USDT", instType: "SWAP" });
  // number-ok: a ratio of a fee
  const rate = -Number(filled.fillFee) / (Number(filled.fillPx) * Number(filled.fillSz) * 0.01);
  expect(rate).toBeCloseTo(0.0002, 6);
  socket.close();
});

test("two accounts meet within the spread: one trade id, a taker and a maker; one account does not meet itself", async () => {
  let done = false;
  for (let n = 0; n < 10 && !done; n++) {
    const { bid, ask } = await pair(ann, "BTC-USDT");
    const px = ((bid + ask) / 2).toFixed(2);
    await place(ann, "sell", "limit", px, `s${n}`);
    await place(bob, "buy", "ioc", px, `b${n}`);
    const [sold, bought] = [await order(ann, "BTC-USDT", `s${n}`), await order(bob, "BTC-USDT", `b${n}`)];
    await ann.call("POST", "trade/cancel-order", { instId: "BTC-USDT", clOrdId: `s${n}` });
    done = bought.state === "filled" && sold.tradeId === bought.tradeId;
    if (done) expect([sold, bought]).toMatchObject([{ feeCcy: "USDT" }, { feeCcy: "BTC", accFillSz: "0.01" }]);
  }
  expect(done).toBe(true);
  let prevented: Loose;
  for (let n = 0; n < 10 && prevented?.cancelSource !== "32"; n++) {
    const { bid, ask } = await pair(ann, "BTC-USDT");
    const px = ((bid + ask) / 2).toFixed(2);
    await place(ann, "sell", "limit", px, `p${n}`);
    await place(ann, "buy", "ioc", px, `q${n}`);
    prevented = await order(ann, "BTC-USDT", `p${n}`);
    await ann.call("POST", "trade/cancel-order", { instId: "BTC-USDT", clOrdId: `p${n}` });
  }
  expect(prevented).toMatchObject({ state: "canceled", cancelSource: "32" });
});

test("a countdown that runs out cancels all open orders, and says why", async () => {
  const px = String(Math.floor((await pair(bob, "BTC-USDT")).bid * 0.97));
  for (const clOrdId of ["c1", "c2"]) {
    await bob.call("POST", "trade/order", { ...SPOT, side: "buy", ordType: "limit", px, sz: "0.01", clOrdId });
  }
  expect(await bob.call("POST", "trade/cancel-all-after", { timeOut: "10" })).toMatchObject({ code: "0" });
  skewMs = 11_000;
  await Bun.sleep(100);
  expect((await bob.call("GET", "trade/orders-pending")).data).toEqual([]);
  expect(await order(bob, "BTC-USDT", "c2")).toMatchObject({ state: "canceled", cancelSource: "20" });
  skewMs = 0;
});

test("faults: dropped frames are gaps of the numbers, reports come twice, private sockets end", async () => {
  const socket = await new OkxSocket(simulator, "any").opened();
  await socket.login();
  await socket.subscribe({ channel: "orders", instType: "ANY" });
  simulator.faults({ "report-duplicate": 1, drop: 0.3 });
  await socket.subscribe({ channel: "books", instId: "BTC-USDT" });
  const px = String(Math.floor((await pair(ann, "BTC-USDT")).bid * 0.97));
  await ann.call("POST", "trade/order", { ...SPOT, side: "buy", ordType: "limit", px, sz: "0.01", clOrdId: "d1" });
  const gaps = () => {
    const rows = socket.rows("books");
    return rows.filter((row, n) => n > 0 && row.prevSeqId !== rows[n - 1]?.seqId).length;
  };
  expect(await until(() => gaps() > 0, 5_000)).toBe(true);
  expect(socket.rows("orders").map(({ state }) => state)).toEqual(["live", "live"]);
  simulator.faults({ "report-duplicate": 0, drop: 0 });
  await fetch(`${simulator.url}/simulate/faults`, { method: "POST", body: '{"now":"private-close"}' });
  expect(await until(() => socket.closeCode === 1_001, 2_000)).toBe(true);
  expect(simulator.status()).toMatchObject({ privateOpen: 0 });
});
