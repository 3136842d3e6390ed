/**
 * Trading at OKX's dialect over real sockets: okx_trading, okx_venue, okx_sockets, trade_ops, order_reader, order_words,
 * account_words, account_endpoints, bills, algo_orders, public_endpoints, private_channels, refusals, okx_error, endpoint.
 */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { until } from "../book_client.testing.ts";
import type { Simulator } from "../simulator.ts";
import { type Loose, loginArg, OkxClient, OkxSocket, okxSimulator } from "./okx_client.testing.ts";

setDefaultTimeout(120_000);

let simulator: Simulator;
let client: OkxClient;
beforeAll(async () => {
  simulator = await okxSimulator({ speed: 1 });
  client = new OkxClient(simulator);
});
afterAll(() => simulator.stop());

const SPOT = { instId: "BTC-USDT", tdMode: "cash" };
const SWAP = { instId: "BTC-USDT-SWAP", tdMode: "cross" };
let nextId = 1;
const newId = () => `t${nextId++}`;

async function lowPrice(instId: string): Promise<string> {
  return String(Math.floor((await client.bid(instId)) * 0.97));
}

async function place(row: object): Promise<Loose> {
  return client.call("POST", "trade/order", row);
}

async function stateOf(instId: string, clOrdId: string): Promise<Loose> {
  const { data } = await client.call("GET", `trade/order?instId=${instId}&clOrdId=${clOrdId}`);
  return data[0];
}

describe("orders over REST", () => {
  test("a life: placed, amended, cancelled; found by either id; in history with its reason", async () => {
    const px = await lowPrice("BTC-USDT");
    const clOrdId = newId();
    const placed = await place({ ...SPOT, side: "buy", ordType: "limit", px, sz: "0.01", clOrdId, tag: "abc" });
    expect(placed).toMatchObject({ code: "0", data: [{ clOrdId, tag: "abc", sCode: "0", sMsg: "" }] });
    expect(placed.inTime).toMatch(/^\d{16}$/);
    const { ordId } = placed.data[0];
    expect(ordId).toMatch(/^\d{19}$/);
    const open = { ordId, state: "live", sz: "0.01", px, accFillSz: "0", ordType: "limit", tdMode: "cash", avgPx: "" };
    expect((await client.call("GET", "trade/orders-pending?instType=SPOT")).data).toMatchObject([open]);
    const change = { instId: "BTC-USDT", ordId, newSz: "0.02", reqId: "r1" };
    expect(await client.call("POST", "trade/amend-order", change)).toMatchObject({
      code: "0",
      data: [{ reqId: "r1", sCode: "0" }],
    });
    expect(await stateOf("BTC-USDT", clOrdId)).toMatchObject({ sz: "0.02", state: "live" });
    const cancel = { instId: "BTC-USDT", clOrdId };
    expect(await client.call("POST", "trade/cancel-order", cancel)).toMatchObject({
      code: "0",
      data: [{ ordId, sCode: "0" }],
    });
    expect(await client.call("POST", "trade/cancel-order", cancel)).toMatchObject({
      code: "1",
      data: [{ sCode: "51401" }],
    });
    expect(await client.call("POST", "trade/amend-order", change)).toMatchObject({
      code: "1",
      data: [{ sCode: "51509" }],
    });
    const history = await client.call("GET", "trade/orders-history?instType=SPOT&state=canceled");
    expect(history.data).toContainEqual(expect.objectContaining({ ordId, cancelSource: "1", state: "canceled" }));
  });

  test("market orders: a buy counts quote, a sell base; the fee is negative and of what is received", async () => {
    const [buy, sell, byBase] = [newId(), newId(), newId()];
    await place({ ...SPOT, side: "buy", ordType: "market", sz: "100", clOrdId: buy });
    await place({ ...SPOT, side: "sell", ordType: "market", sz: "0.001", clOrdId: sell });
    await place({ ...SPOT, side: "buy", ordType: "market", sz: "0.001", tgtCcy: "base_ccy", clOrdId: byBase });
    const bought = await stateOf("BTC-USDT", buy);
    expect(bought).toMatchObject({ state: "filled", sz: "100", feeCcy: "BTC" });
    expect(Number(bought.accFillSz)).toBeWithin(0.001, 0.002); // number-ok: about a hundred of quote
    expect(bought.fee).toStartWith("-0.");
    expect(await stateOf("BTC-USDT", sell)).toMatchObject({ state: "filled", accFillSz: "0.001", feeCcy: "USDT" });
    expect(await stateOf("BTC-USDT", byBase)).toMatchObject({ state: "filled", accFillSz: "0.001" });
    const { data } = await client.call("GET", "trade/fills?instType=SPOT&limit=2");
    expect(data).toHaveLength(2);
    expect(data[0]).toMatchObject({ clOrdId: byBase, execType: "T", feeCcy: "BTC" });
    const { data: older } = await client.call("GET", `trade/fills-history?instType=SPOT&after=${data[1].billId}`);
    expect(older.every(({ billId }: Loose) => billId < data[1].billId)).toBe(true);
  });

  test("accepted, then cancelled by the venue: post-only that would take, FOK, IOC", async () => {
    const high = String(Math.ceil((await client.bid("BTC-USDT")) * 1.03));
    const low = await lowPrice("BTC-USDT");
    const cases = [
      ["post_only", high, "31"],
      ["fok", low, "13"],
      ["ioc", low, "14"],
    ] as const;
    for (const [ordType, px, cancelSource] of cases) {
      const clOrdId = newId();
      expect(await place({ ...SPOT, side: "buy", ordType, px, sz: "0.01", clOrdId })).toMatchObject({ code: "0" });
      expect(await stateOf("BTC-USDT", clOrdId)).toMatchObject({ state: "canceled", cancelSource, accFillSz: "0" });
    }
  });

  test.each([
    [{ clOrdId: "with-dash" }, "51000"],
    [{ instId: "NO-PE" }, "51001"],
    [{ px: "1" }, "0"],
    [{ px: "99999999" }, "51006"],
    [{ px: "50000.001" }, "51000"],
    [{ px: undefined }, "50014"],
    [{ sz: "0.000001" }, "51020"],
    [{ sz: "0.010001" }, "51121"],
    [{ sz: "-1" }, "51000"],
    [{ sz: "100" }, "51008"],
    [{ side: "hold" }, "51000"],
    [{ ordType: "mmp" }, "51000"],
    [{ tdMode: "cross" }, "51010"],
    [{ attachAlgoOrds: [{ tpTriggerPx: "1" }] }, "51000"],
    [{ ...SWAP, tdMode: "cash" }, "51000"],
    [{ ...SWAP, reduceOnly: true, sz: "1" }, "51169"],
    [{ ...SWAP, posSide: "long", sz: "1" }, "51000"],
  ])("HTTP 200 and a code of its own: %p gives %s", async (change, sCode) => {
    const row = { ...SPOT, side: "buy", ordType: "limit", px: "59000", sz: "0.01", clOrdId: newId(), ...change };
    const { status, body } = await client.raw("POST", "trade/order", row);
    expect([status, body.code, body.data[0].sCode]).toEqual([200, sCode === "0" ? "0" : "1", sCode]);
    if (sCode !== "0") expect(body.data[0].ordId).toBe("");
    else await client.call("POST", "trade/cancel-order", { instId: "BTC-USDT", clOrdId: row.clOrdId });
  });

  test("a batch in parts; a client id twice; what does not exist", async () => {
    const px = await lowPrice("BTC-USDT");
    const row = { ...SPOT, side: "buy", ordType: "limit", px, sz: "0.01" };
    const [first, second] = [newId(), newId()];
    const rows = [
      { ...row, clOrdId: first },
      { ...row, clOrdId: first },
      { ...row, clOrdId: second },
    ];
    const batch = await client.call("POST", "trade/batch-orders", rows);
    expect(batch).toMatchObject({
      code: "2",
      data: [{ sCode: "0" }, { sCode: "51016", clOrdId: first }, { sCode: "0" }],
    });
    const amends = [first, second].map((clOrdId) => ({ instId: "BTC-USDT", clOrdId, newSz: "0.02" }));
    expect((await client.call("POST", "trade/amend-batch-orders", amends)).code).toBe("0");
    const cancels = [first, second, "none"].map((clOrdId) => ({ instId: "BTC-USDT", clOrdId }));
    const gone = await client.call("POST", "trade/cancel-batch-orders", cancels);
    expect(gone).toMatchObject({ code: "2", data: [{ sCode: "0" }, { sCode: "0" }, { sCode: "51400" }] });
    // Ids of ended orders may be used again; the newest is found.
    expect(await place({ ...row, clOrdId: first })).toMatchObject({ code: "0" });
    expect(await stateOf("BTC-USDT", first)).toMatchObject({ state: "live", sz: "0.01" });
    await client.call("POST", "trade/cancel-order", { instId: "BTC-USDT", clOrdId: first });
    expect(await client.call("GET", "trade/order?instId=BTC-USDT&ordId=12345")).toMatchObject({
      code: "51603",
      data: [],
    });
    expect(
      await client.call("POST", "trade/amend-order", { instId: "BTC-USDT", ordId: "12345", newSz: "1" }),
    ).toMatchObject({
      data: [{ sCode: "51503", ordId: "12345" }],
    });
    const many = Array.from({ length: 21 }, () => row);
    expect(await client.call("POST", "trade/batch-orders", many)).toMatchObject({ code: "60013" });
  });
});

describe("swaps and the account", () => {
  test("contracts: position, margin, leverage, fees in the settlement asset; closed again", async () => {
    const lever = { instId: "BTC-USDT-SWAP", lever: "5", mgnMode: "cross" };
    expect(await client.call("POST", "account/set-leverage", lever)).toMatchObject({ data: [{ lever: "5" }] });
    expect((await client.call("GET", "account/leverage-info?instId=BTC-USDT-SWAP&mgnMode=cross")).data).toMatchObject([
      { lever: "5" },
    ]);
    const clOrdId = newId();
    await place({ ...SWAP, side: "sell", ordType: "market", sz: "3", clOrdId });
    expect(await stateOf("BTC-USDT-SWAP", clOrdId)).toMatchObject({
      state: "filled",
      accFillSz: "3",
      feeCcy: "USDT",
      posSide: "net",
    });
    const [held] = (await client.call("GET", "account/positions?instType=SWAP")).data;
    expect(held).toMatchObject({ instId: "BTC-USDT-SWAP", pos: "-3", posSide: "net", lever: "5", mgnMode: "cross" });
    // Three contracts are 0.03 of the base.
    expect(Number(held.notionalUsd) / Number(held.markPx)).toBeCloseTo(0.03, 6); // number-ok: a ratio
    const [balance] = (await client.call("GET", "account/balance?ccy=USDT")).data;
    expect(balance.details).toHaveLength(1);
    expect(Number(balance.details[0].imr)).toBeCloseTo(Number(held.notionalUsd) / 5, 2); // number-ok: a ratio
    expect(await place({ ...SWAP, side: "buy", ordType: "market", sz: "4", reduceOnly: true })).toMatchObject({
      data: [{ sCode: "0" }],
    });
    expect((await client.call("GET", "account/positions")).data).toEqual([]);
    const truth = (await (await fetch(`${simulator.url}/simulate/accounts/ann`)).json()) as Loose;
    expect(truth.okx.positions).toMatchObject([{ symbol: "BTC-USDT-SWAP", qty: "0" }]);
    expect(truth.okx.orders.at(-1).id).toMatch(/^\d{19}$/);
  });

  test("positions per side", async () => {
    const bob = new OkxClient(simulator, "bob");
    const set = (posMode: string) => bob.call("POST", "account/set-position-mode", { posMode });
    expect(await set("long_short_mode")).toMatchObject({ code: "0", data: [{ posMode: "long_short_mode" }] });
    const row = { ...SWAP, ordType: "market", sz: "1" };
    await bob.call("POST", "trade/order", { ...row, side: "buy", posSide: "long" });
    await bob.call("POST", "trade/order", { ...row, side: "sell", posSide: "short" });
    const { data } = await bob.call("GET", "account/positions");
    expect(data.map(({ posSide, pos }: Loose) => `${posSide} ${pos}`).sort()).toEqual(["long 1", "short 1"]);
    expect(await set("net_mode")).toMatchObject({ code: "59000" });
    await bob.call("POST", "trade/order", { ...row, side: "sell", posSide: "long" });
    await bob.call("POST", "trade/order", { ...row, side: "buy", posSide: "short" });
    expect(await set("net_mode")).toMatchObject({ code: "0" });
  });

  test("settings, fees, permissions", async () => {
    const [config] = (await client.call("GET", "account/config")).data;
    expect(config).toMatchObject({ posMode: "net_mode", acctLv: "2", perm: "read_only,trade" });
    const reader = new OkxClient(simulator, "read");
    expect((await reader.call("GET", "account/config")).data[0].perm).toBe("read_only,withdraw");
    const row = { ...SPOT, side: "buy", ordType: "market", sz: "10" };
    expect(await reader.raw("POST", "trade/order", row)).toMatchObject({ status: 401, body: { code: "50120" } });
    expect((await client.call("GET", "account/trade-fee?instType=SPOT&instId=BTC-USDT")).data).toMatchObject([
      { maker: "-0.0008", taker: "-0.001" },
    ]);
    expect((await client.call("GET", "account/trade-fee?instType=SWAP")).data).toMatchObject([
      { takerU: "-0.0005", taker: "" },
    ]);
    expect((await client.call("GET", "account/instruments?instType=SWAP")).data).toHaveLength(1);
    expect((await client.call("GET", "asset/currencies")).data).toHaveLength(2);
    expect(await client.raw("GET", "account/balance", undefined, { "OK-ACCESS-SIGN": "x" })).toMatchObject({
      status: 401,
      body: { code: "50113" },
    });
  });

  test("limits: 429 and its code, of one endpoint and instrument", async () => {
    const ask = () => client.raw("GET", "account/config");
    const answers = await Promise.all(Array.from({ length: 8 }, ask));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(2);
    expect(refused[0]?.body).toMatchObject({ code: "50011", data: [] });
    expect((await client.raw("GET", "trade/orders-pending")).status).toBe(200);
  });

  test("a request that is too late does nothing; a countdown cancels", async () => {
    const clOrdId = newId();
    const row = { ...SPOT, side: "buy", ordType: "limit", px: await lowPrice("BTC-USDT"), sz: "0.01", clOrdId };
    const late = { expTime: String(Date.now() - 1_000) };
    expect(await client.call("POST", "trade/order", row, late)).toMatchObject({ code: "51149" });
    expect((await client.call("GET", "trade/orders-pending")).data).toEqual([]);
    await place(row);
    const arm = (timeOut: unknown) => client.call("POST", "trade/cancel-all-after", { timeOut });
    expect(await arm("5")).toMatchObject({ code: "51000" });
    await Bun.sleep(1_100);
    expect(await arm(10)).toMatchObject({ code: "0" });
    await Bun.sleep(1_100);
    expect(await arm("0")).toMatchObject({ data: [{ triggerTime: "0" }] });
    await client.call("POST", "trade/cancel-order", { instId: "BTC-USDT", clOrdId });
  });

  test("conditional orders: their own ids, pending, cancelled", async () => {
    const bid = await client.bid("BTC-USDT-SWAP");
    const stop = String(Math.floor(bid * 0.9));
    const row = {
      ...SWAP,
      side: "sell",
      ordType: "conditional",
      sz: "1",
      slTriggerPx: stop,
      slOrdPx: "-1",
      algoClOrdId: newId(),
    };
    const placed = await client.call("POST", "trade/order-algo", row);
    expect(placed).toMatchObject({ code: "0", data: [{ sCode: "0", algoClOrdId: row.algoClOrdId }] });
    const { algoId } = placed.data[0];
    const pending = await client.call("GET", "trade/orders-algo-pending?ordType=conditional");
    expect(pending.data).toMatchObject([{ algoId, state: "live", slTriggerPx: stop, slOrdPx: "-1", triggerPx: "" }]);
    const cancel = [{ instId: "BTC-USDT-SWAP", algoId }];
    expect(await client.call("POST", "trade/cancel-algos", cancel)).toMatchObject({ code: "0" });
    expect(await client.call("POST", "trade/cancel-algos", cancel)).toMatchObject({ data: [{ sCode: "51400" }] });
    expect((await client.call("GET", `trade/order-algo?algoId=${algoId}`)).data).toMatchObject([{ state: "canceled" }]);
    expect((await client.call("GET", "trade/orders-algo-history?ordType=conditional")).data).toHaveLength(1);
    const trigger = { ...SPOT, side: "sell", ordType: "trigger", sz: "0.01", triggerPx: stop, orderPx: stop };
    expect(await client.call("POST", "trade/order-algo", trigger)).toMatchObject({ code: "0" });
  });
});

describe("sockets", () => {
  test("text ping; login before anything private; channels on their paths", async () => {
    const socket = await new OkxSocket(simulator, "private").opened();
    socket.say("ping");
    expect(await until(() => socket.texts.includes("pong"), 1_000)).toBe(true);
    const orders = { channel: "orders", instType: "ANY" };
    expect(await socket.subscribe(orders)).toMatchObject({ event: "error", code: "60011" });
    expect(await socket.subscribe({ channel: "books", instId: "BTC-USDT" })).toMatchObject({ code: "60018" });
    expect(await socket.ask("order", [{}])).toMatchObject({ op: "order", code: "60011", data: [] });
    socket.say("{");
    expect(await socket.next(({ code }) => code === "60012", 0)).toMatchObject({ event: "error" });
    const from = socket.seen.length;
    socket.say({ op: "login", args: [loginArg("ann", 1_600_000_000)] });
    expect(await socket.next(({ event }) => event === "error", from)).toMatchObject({ code: "60006" });
    expect(await socket.login("zoe")).toMatchObject({ code: "60005" });
    expect(await socket.login()).toMatchObject({ event: "login", code: "0" });
    expect(await socket.subscribe({ channel: "orders" })).toMatchObject({ code: "60018" });
    expect(await socket.subscribe(orders)).toMatchObject({ event: "subscribe", arg: orders });
    expect(await socket.next(({ event }) => event === "channel-conn-count", 0)).toMatchObject({
      channel: "orders",
      connCount: "1",
    });
    const business = await new OkxSocket(simulator, "business").opened();
    expect(await business.subscribe({ channel: "candle1m", instId: "BTC-USDT" })).toMatchObject({ event: "subscribe" });
    expect(await business.subscribe({ channel: "trades", instId: "BTC-USDT" })).toMatchObject({ code: "60018" });
    expect(await new OkxSocket(simulator, "nothing").opened()).toMatchObject({
      socket: { readyState: WebSocket.CLOSED },
    });
    socket.close();
    business.close();
  });

  test("orders by requests, and what all private channels tell of them, in order", async () => {
    const socket = await new OkxSocket(simulator, "any").opened();
    await socket.login();
    await socket.subscribe({ channel: "orders", instType: "ANY" });
    await socket.subscribe({ channel: "account" });
    await socket.subscribe({ channel: "positions", instType: "SWAP" });
    await socket.subscribe({ channel: "balance_and_position" });
    await until(() => socket.rows("balance_and_position").length > 0, 1_000);
    expect(socket.seen.filter(({ eventType }) => eventType === "snapshot")).toHaveLength(2);
    expect(socket.rows("balance_and_position")[0]).toMatchObject({ eventType: "snapshot", trades: [] });
    const before = socket.rows("account").length;
    const px = await lowPrice("BTC-USDT");
    const clOrdId = newId();
    const placed = await socket.ask("order", [{ ...SPOT, side: "buy", ordType: "limit", px, sz: "0.01", clOrdId }]);
    expect(placed).toMatchObject({ op: "order", code: "0", data: [{ clOrdId, sCode: "0" }] });
    expect(
      await socket.ask("amend-order", [{ instId: "BTC-USDT", clOrdId, newPx: px, newSz: "0.03", reqId: "q" }]),
    ).toMatchObject({
      data: [{ reqId: "q", sCode: "0" }],
    });
    expect(await socket.ask("cancel-order", [{ instIdCode: 10_458, clOrdId }])).toMatchObject({ code: "0" });
    expect(
      await socket.ask("order", [{ ...SPOT, side: "buy", ordType: "limit", px, sz: "999", clOrdId }]),
    ).toMatchObject({
      code: "1",
      data: [{ sCode: "51008" }],
    });
    const market = await socket.ask("batch-orders", [
      { ...SWAP, side: "buy", ordType: "market", sz: "2", clOrdId: "swap1" },
    ]);
    expect(market).toMatchObject({ op: "batch-orders", code: "0" });
    await socket.ask("order", [{ ...SWAP, side: "sell", ordType: "market", sz: "2", reduceOnly: "true" }]);
    await until(() => socket.rows("positions").at(-1)?.pos === "0", 2_000);
    const told = socket.rows("orders").filter((row) => row.clOrdId === clOrdId);
    expect(told.map(({ state, amendResult, reqId }) => `${state} ${amendResult} ${reqId}`)).toEqual([
      "live  ",
      "live 0 q",
      "canceled  ",
    ]);
    const filled = socket.rows("orders").filter((row) => row.clOrdId === "swap1");
    expect(filled[0]).toMatchObject({ state: "live", fillSz: "0", tradeId: "" });
    expect(filled.at(-1)).toMatchObject({ state: "filled", accFillSz: "2", execType: "T", fillFeeCcy: "USDT" });
    const sum = filled.reduce((total, { fillSz }) => total + Number(fillSz), 0); // number-ok: contracts of one order
    expect(sum).toBe(2);
    expect(socket.rows("positions").some(({ pos }) => pos === "2")).toBe(true);
    expect(socket.rows("account").length).toBeGreaterThan(before);
    const both = socket.rows("balance_and_position").at(-1);
    expect(both).toMatchObject({ eventType: "filled", posData: [{ pos: "0" }] });
    expect(both.trades).toHaveLength(1);
    socket.close();
  });

  test("who is silent is hung up on; a notice comes before the end", async () => {
    let clock = 0;
    const other = await okxSimulator({ nowMs: () => performance.now() + clock });
    const quiet = await new OkxSocket(other, "private").opened();
    clock = 31_000;
    expect(await until(() => quiet.closeCode !== 0, 3_000)).toBe(true);
    expect(quiet.closeCode).toBe(4_004);
    const told = await new OkxSocket(other, "public").opened();
    await fetch(`${other.url}/simulate/faults`, { method: "POST", body: '{"now":"shutdown"}' });
    expect(await told.next(({ event }) => event === "notice", 0)).toMatchObject({ code: "64008" });
    expect(await until(() => told.closeCode === 1_012, 3_000)).toBe(true);
    await other.stop();
  });
});

test("faults of acknowledgements: the order is there although the answer says timeout, or there is none", async () => {
  const other = await okxSimulator();
  const ann = new OkxClient(other);
  const row = { ...SPOT, side: "buy", ordType: "limit", px: "59000", sz: "0.01" };
  other.faults({ "failed-ack": 1 });
  expect(await ann.call("POST", "trade/order", { ...row, clOrdId: "a1" })).toMatchObject({ code: "50004" });
  other.faults({ "failed-ack": 0, "lost-ack": 1 });
  expect(await ann.call("POST", "trade/order", { ...row, clOrdId: "a2" }).catch(() => "lost")).toBe("lost");
  other.faults({ "lost-ack": 0, "http-429": 1 });
  expect(await ann.raw("POST", "trade/order", { ...row, clOrdId: "a3" })).toMatchObject({
    status: 429,
    body: { code: "50011" },
  });
  other.faults({ "http-429": 0 });
  const { data } = await ann.call("GET", "trade/orders-pending");
  expect(data.map(({ clOrdId }: Loose) => clOrdId)).toEqual(["a2", "a1"]);
  await other.stop();
});

test("bills: what came, what went, newest first, by page and time; of trades there are none", async () => {
  expect(simulator.trading?.deposit("ann", "okx", "USDT", "12.5")).toBeUndefined();
  expect(simulator.trading?.deposit("ann", "okx", "USDT", "-2")).toBeUndefined();
  const { data } = await client.call("GET", "account/bills?ccy=USDT");
  expect(data.slice(0, 2)).toMatchObject([
    { type: "1", subType: "12", balChg: "-2", ccy: "USDT", instId: "" },
    { type: "1", subType: "11", balChg: "12.5" },
  ]);
  const [last, first] = data;
  expect(Number(first.bal) - Number(last.bal)).toBeCloseTo(2);
  expect((await client.call("GET", `account/bills?after=${last.billId}&limit=1`)).data).toEqual([first]);
  expect((await client.call("GET", `account/bills?begin=${Number(last.ts) + 1}`)).data).toEqual([]);
  expect((await client.call("GET", "account/bills?type=8")).data).toEqual([]);
});
