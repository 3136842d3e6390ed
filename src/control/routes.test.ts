/** Every route over a real port: what it answers, what it refuses, in problem+json throughout. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ETH } from "../engine/engine.testing.ts";
import { Client, ORDER, Rig, TOKEN } from "./rig.testing.ts";

const rig = new Rig();
const client = new Client(rig);
const encoded = encodeURIComponent(ETH.name);

beforeAll(() => {
  const started = performance.now();
  rig.start({ pageAssets: async () => ({ html: "<p>page</p>", js: "1", css: "p{}", icon: "<svg/>" }) });
  process.stdout.write(`  startControl: ${(performance.now() - started).toFixed(1)} ms\n`);
  rig.quote(19_999_900, 20_000_100);
});
afterAll(() => rig.control.stop());

describe("system", () => {
  test("health needs no token; ready says what is missing", async () => {
    const plain = await fetch(`${rig.control.url}/healthz`);
    expect([plain.status, await plain.json()]).toEqual([200, { status: "ok" }]);
    expect((await client.get("/readyz")).json).toEqual({ ready: true, notReady: [] });
    rig.ready = false;
    const missing = await client.get("/readyz");
    rig.ready = true;
    expect([missing.status, missing.json.notReady]).toEqual([503, ["journal is being recovered"]]);
  });

  test("status, accounts, providers, logs, metrics", async () => {
    const status = await client.get("/api/v1/status");
    expect(status.status).toBe(200);
    expect(status.json).toMatchObject({
      version: "0.0.0-test",
      killed: false,
      accounts: 1,
      instruments: 1,
      pid: process.pid,
    });
    expect(status.json.record).toBe(rig.replica.record);
    expect(status.json.hash).toBe(rig.desk.state.hash());
    expect((await client.get("/api/v1/accounts")).json.items).toEqual([
      {
        ...{ id: 0, name: "desk", venue: "binance-spot", mode: "paper", killed: false, ready: true },
        ...{ armed: false, live: null },
      },
    ]);
    expect((await client.get("/api/v1/providers")).json.items[0].name).toBe("sim");
    expect((await client.get("/api/v1/logs?limit=1")).json.items).toEqual([{ level: "warn", msg: "two" }]);
    const metrics = await client.get("/metrics");
    expect(metrics.type).toContain("text/plain; version=0.0.4");
    expect(metrics.text).toContain('meltica_http_requests_total{method="GET",route="/api/v1/status",status="200"} 1');
  });

  test("security headers stand on every answer", async () => {
    for (const path of ["/healthz", "/", "/api/v1/none", "/api/v1/status"]) {
      const { headers } = await client.get(path);
      expect(headers.get("content-security-policy")).toContain("default-src 'self'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cache-control")).toBeTruthy();
    }
  });
});

describe("market", () => {
  test("instruments, quotes, books, bars by encoded and plain name", async () => {
    const instrument = (await client.get("/api/v1/instruments")).json.items[0];
    expect(instrument).toMatchObject({ name: ETH.name, kind: "spot", tick: "0.01", lot: "0.0001", qtyMin: "0.0001" });
    expect((await client.get(`/api/v1/instruments/${encoded}`)).json).toEqual(instrument);
    expect((await client.get(`/api/v1/instruments/${ETH.name}`)).json).toEqual(instrument);
    const quote = { valid: true, bidPrice: "1999.99", askPrice: "2000.01", bidQty: "1", lastPrice: null };
    expect((await client.get("/api/v1/quotes")).json.items[0]).toMatchObject(quote);
    expect((await client.get(`/api/v1/quotes/${encoded}`)).json).toMatchObject(quote);
    expect((await client.get(`/api/v1/books/${encoded}?depth=5`)).json.bids).toEqual([["2000", "1"]]);
    const bar = {
      instrument: 0,
      intervalUs: 1e6,
      startUs: 2e6,
      open: 1e4,
      high: 3e4,
      low: 1e4,
      close: 2e4,
      volume: 1e6,
      count: 2,
    };
    rig.control.listener.onBar(bar);
    rig.control.listener.onBar({ ...bar, startUs: 3e6, close: 20_001 });
    const bars = await client.get(`/api/v1/bars/${encoded}?tf=1s&limit=1`);
    expect(bars.json.items).toEqual([
      {
        instrument: ETH.name,
        tf: "1s",
        start: { iso: "1970-01-01T00:00:03.000000Z", us: 3_000_000 },
        open: "1",
        high: "3",
        low: "1",
        close: "2.0001",
        volume: "1",
        trades: 2,
        closed: true,
      },
    ]);
  });

  test("what is not there is a 404 that names the nearest", async () => {
    const wrong = await client.get("/api/v1/quotes/binance:ETH-USDX");
    expect([wrong.status, wrong.json.code, wrong.json.hint]).toEqual([404, "NotFound", `did you mean ${ETH.name}?`]);
    expect((await client.get(`/api/v1/bars/${encoded}?tf=7parsecs`)).status).toBe(422);
  });
});

describe("orders", () => {
  test("place, read, amend, cancel, and cancel again", async () => {
    const placed = await client.post("/api/v1/orders", { ...ORDER, price: "1990", why: "a test" });
    expect(placed.status).toBe(201);
    const { id, record, order } = placed.json;
    expect(order).toMatchObject({
      id,
      price: "1990",
      qty: "0.5",
      state: "sent",
      side: "buy",
      type: "limit",
      why: "a test",
    });
    expect((await client.get(`/api/v1/orders/${id}?since=${record}`)).json.order).toEqual(order);
    rig.desk.report(20, id);
    rig.pump();
    const amended = await client.ask("PATCH", `/api/v1/orders/${id}`, { price: "1991.5" });
    expect([amended.status, amended.json.order.state]).toEqual([200, "replaceSent"]);
    rig.desk.report(25, id, { price: 19_915_000 });
    rig.pump();
    expect((await client.get(`/api/v1/orders/${id}`)).json.order).toMatchObject({ price: "1991.5", state: "open" });
    const cancelled = await client.ask("DELETE", `/api/v1/orders/${id}`);
    expect([cancelled.status, cancelled.json.order.state]).toEqual([200, "cancelSent"]);
    expect((await client.ask("DELETE", `/api/v1/orders/${id}`)).status).toBe(200);
    rig.desk.report(23, id);
    rig.pump();
    const again = await client.ask("DELETE", `/api/v1/orders/${id}`);
    expect([again.status, again.json.order.state]).toEqual([200, "canceled"]);
  });

  test("a stop is held and says so; its trigger can be moved; a cancel withdraws it", async () => {
    const body = { ...ORDER, price: undefined, side: "sell", triggerPrice: "1900", onOutage: "keep", reduceOnly: true };
    const { id, order } = (await client.post("/api/v1/orders", body)).json;
    expect(order).toMatchObject({
      type: "stop",
      state: "held",
      emulated: true,
      triggerPrice: "1900",
      triggerBy: "last",
      onOutage: "keep",
      terminal: false,
      leavesQty: "0.5",
      price: null,
    });
    const moved = await client.ask("PATCH", `/api/v1/orders/${id}`, { triggerPrice: "1890.5" });
    expect([moved.status, moved.json.order.triggerPrice]).toEqual([200, "1890.5"]);
    const bad = await client.ask("PATCH", `/api/v1/orders/${id}`, { triggerPrice: "1890.505" });
    expect([bad.status, bad.json.denial]).toEqual([422, "TriggerInvalid"]);
    expect((await client.get("/api/v1/orders?state=open")).json.items[0].id).toBe(id);
    expect((await client.ask("DELETE", `/api/v1/orders/${id}`)).json.order.state).toBe("withdrawn");
    const dry = await client.post("/api/v1/orders?dryRun=true", { ...ORDER, type: "stop", price: undefined });
    expect(dry.json.checks.find((check: { ok: boolean }) => !check.ok).code).toBe("TriggerInvalid");
  });

  test("a bracket in one request: entry, stop and take-profit, each with its parent and group", async () => {
    const exits = { stop: { triggerPrice: "1900" }, takeProfit: { price: "2100" } };
    const { id, order } = (await client.post("/api/v1/orders", { ...ORDER, price: "1980", exits })).json;
    const read = async (n: number) => (await client.get(`/api/v1/orders/${n}`)).json.order;
    expect(order).toMatchObject({ type: "limit", state: "sent" });
    const family = { parent: id, group: id + 1, state: "held", side: "sell", reduceOnly: true, qty: "0.5" };
    expect(await read(id + 1)).toMatchObject({ ...family, type: "stop", triggerPrice: "1900" });
    expect(await read(id + 2)).toMatchObject({ ...family, type: "limit", price: "2100" });
    const answer = await client.ask("DELETE", `/api/v1/orders?instrument=${ETH.name}`);
    expect(answer.json.asked).toBe(3);
    expect((await client.ask("DELETE", "/api/v1/orders")).status).toBe(422);
    expect((await client.ask("DELETE", `/api/v1/orders?scope=all&account=desk`)).status).toBe(422);
    expect((await client.ask("DELETE", "/api/v1/orders?scope=all")).status).toBe(200);
    const wrong = await client.post("/api/v1/orders", { ...ORDER, exits: { stop: {}, oco: { triggerPrice: "1" } } });
    expect(wrong.json.errors.map((error: { path: string }) => error.path)).toEqual(["/exits/oco", "/exits/stop"]);
    rig.desk.report(23, id);
    rig.pump();
  });

  test("a batch: cancels, amends and new orders, each answered for itself, and safe to repeat", async () => {
    const first = (await client.post("/api/v1/orders", { ...ORDER, price: "1970" })).json.id;
    rig.desk.report(20, first);
    rig.pump();
    const batch = {
      cancel: [first, 999_999],
      amend: [{ id: first, price: "1971" }],
      place: [
        { ...ORDER, price: "1972" },
        { ...ORDER, price: "1972.001" },
      ],
    };
    const key = { "idempotency-key": "a-batch" };
    const { status, json } = await client.ask("POST", "/api/v1/orders/batch", batch, key);
    expect(status).toBe(200);
    expect(json.cancel.map((item: { ok: boolean; code: string }) => [item.ok, item.code])).toEqual([
      [true, null],
      [false, "NotFound"],
    ]);
    expect(json.amend[0]).toMatchObject({ ok: false, code: "Conflict", denial: "OrderNotOpen" });
    expect(json.place.map((item: { ok: boolean; denial: string }) => [item.ok, item.denial])).toEqual([
      [true, null],
      [false, "PriceIncrement"],
    ]);
    const again = await client.ask("POST", "/api/v1/orders/batch", { place: batch.place }, key);
    expect(again.json.place[0].id).toBe(json.place[0].id);
    expect((await client.post("/api/v1/orders/batch", {})).status).toBe(422);
    rig.desk.report(23, first);
    rig.desk.report(23, json.place[0].id);
    rig.pump();
  });

  test("a filled order cannot be cancelled or amended; its execution, position and balances are exact", async () => {
    const { id } = (await client.post("/api/v1/orders", ORDER)).json;
    rig.fill(id, "F1");
    const late = await client.ask("DELETE", `/api/v1/orders/${id}`);
    expect([late.status, late.json.code]).toEqual([409, "Conflict"]);
    expect((await client.ask("PATCH", `/api/v1/orders/${id}`, { price: "1999" })).status).toBe(409);
    const [execution] = (await client.get("/api/v1/executions")).json.items;
    expect(execution).toMatchObject({ fillId: "F1", order: id, price: "2000", qty: "0.5", amount: "1000" });
    expect(execution).toMatchObject({ fee: "0.000000000000000007", feeAsset: "USDT", side: "buy", instance: null });
    const [position] = (await client.get("/api/v1/positions")).json.items;
    expect(position).toMatchObject({
      qty: "0.5",
      averageEntry: "2000",
      markPrice: "2000",
      unrealizedPnl: "0",
      asset: "USDT",
    });
    expect(position.instances).toEqual({ "by hand": "0.5" });
    const balances = (await client.get("/api/v1/balances")).json.items;
    const usdt = balances.find((row: { asset: string }) => row.asset === "USDT");
    expect(usdt.byCause).toMatchObject({ trade: "-1000", fee: "-0.000000000000000007" });
    const [pnl] = (await client.get("/api/v1/pnl")).json.items;
    expect(pnl.equity).toBe(plus(usdt.total, 1000));
    expect(pnl).toMatchObject({ asset: "USDT", realizedPnl: "0", unrealizedPnl: "0", fees: "0.000000000000000007" });
    expect(pnl).toMatchObject({ by: "account", instance: null, funding: "0", complete: true, unvalued: [] });
    expect(position).toMatchObject({ leverage: null, initialMargin: null, maintenanceMargin: null, funding: "0" });
    expect(usdt).toMatchObject({ locked: "0", free: usdt.total, unrealizedPnl: "0", venueTotal: null });
    const [byHand] = (await client.get("/api/v1/pnl?by=instance")).json.items;
    expect(byHand).toMatchObject({ by: "instance", instance: "by hand", equity: "-0.000000000000000007" });
    const [firm] = (await client.get("/api/v1/pnl?by=firm&currency=ETH")).json.items;
    expect(firm).toMatchObject({ by: "firm", account: "", asset: "ETH" });
    expect(Number(firm.equity)).toBeCloseTo(Number(pnl.equity) / 2000, 6);
    const near = await client.get("/api/v1/pnl?currency=USDX");
    expect([near.status, near.json.hint]).toEqual([422, "did you mean USDT?"]);
    expect((await client.get("/api/v1/pnl?since=0&by=firm")).status).toBe(422);
    const leverage = { account: "desk", instrument: "binance:ETH-USDT", leverage: "5" };
    const spot = await client.ask("PUT", "/api/v1/leverage", leverage);
    expect([spot.status, spot.json.detail]).toEqual([422, "binance:ETH-USDT is spot and has no leverage"]);
    rig.quote(20_999_900, 21_000_100);
    expect((await client.get("/api/v1/positions")).json.items[0]).toMatchObject({
      markPrice: "2100",
      unrealizedPnl: "50",
    });
    rig.quote(19_999_900, 20_000_100);
  });

  test("a denied order is a 422 with denial, hint and its number", async () => {
    const denied = await client.post("/api/v1/orders", { ...ORDER, qty: "99.9", price: "2000.01" });
    expect(denied.status).toBe(422);
    expect(denied.type).toBe("application/problem+json");
    expect(denied.json).toMatchObject({
      code: "OrderDenied",
      denial: "MaxOrderValue",
      hint: "trade smaller, or raise maxOrderValue",
    });
    const { order } = (await client.get(`/api/v1/orders/${denied.json.order}`)).json;
    expect(order).toMatchObject({ state: "denied", terminal: true });
    expect(order.reason).toStartWith("MaxOrderValue: ");
  });

  test("bad decimals and fields are a 422 that points; nothing is sent", async () => {
    const before = rig.desk.state.record;
    const wrong: [object, string, RegExp][] = [
      [{ price: "2000.00001" }, "/price", /NumberPrecision at column 11.*at most 4 decimals/],
      [{ qty: "0.0000001" }, "/qty", /NumberPrecision/],
      [{ qty: "0" }, "/qty", /more than zero/],
      [{ qty: "-1" }, "/qty", /NumberNegative/],
      [{ qty: "99999999999999999999" }, "/qty", /NumberRange/],
      [{ qty: "1e3" }, "/qty", /./],
      [{ qty: 1 }, "/qty", /./],
      [{ side: "hold" }, "/side", /./],
      [{ color: "red" }, "/color", /./],
      [{ type: "market" }, "/price", /has none/],
      [{ type: "limit", price: undefined }, "/price", /needs one/],
    ];
    for (const [change, path, message] of wrong) {
      const answer = await client.post("/api/v1/orders", { ...ORDER, ...change });
      expect([answer.status, answer.json.code, answer.json.errors[0].path]).toEqual([422, "BodyInvalid", path]);
      expect(answer.json.errors[0].message).toMatch(message);
    }
    const account = await client.post("/api/v1/orders", { ...ORDER, account: "dask" });
    expect([account.status, account.json.hint]).toEqual([422, "did you mean desk?"]);
    expect(rig.desk.state.record).toBe(before);
  });

  test("a dry run says what the gate says and records nothing", async () => {
    const before = rig.desk.state.record;
    const hash = rig.replica.hash();
    const good = await client.post("/api/v1/orders?dryRun=true", ORDER);
    expect([good.status, good.json.ok]).toEqual([200, true]);
    expect(good.json.notChecked.join()).toContain("the account's balance");
    const bad = await client.post("/api/v1/orders?dryRun=true", { ...ORDER, price: "3000" });
    expect(bad.json.checks.find((check: { check: string }) => check.check === "riskGate").code).toBe("PriceCollar");
    expect([rig.desk.state.record, rig.replica.hash()]).toEqual([before, hash]);
  });

  test("lists are filtered and paged; a foreign cursor is refused", async () => {
    for (let n = 0; n < 5; n++) await client.post("/api/v1/orders", { ...ORDER, price: `19${90 + n}` });
    const seen: number[] = [];
    let cursor = "";
    do {
      const page = await client.get(`/api/v1/orders?limit=2${cursor}`);
      seen.push(...page.json.items.map((order: { id: number }) => order.id));
      cursor = page.json.next === null ? "" : `&cursor=${page.json.next}`;
    } while (cursor !== "");
    expect(seen).toEqual(Array.from({ length: rig.desk.state.orders.nextOrder - 1 }, (_, i) => i + 1).reverse());
    const open = (await client.get("/api/v1/orders?state=open&account=desk&instance=manual")).json.items;
    expect(open.length).toBe(rig.desk.state.orders.openCountAll());
    expect((await client.get("/api/v1/orders?instrument=binance:BTC-USDT")).status).toBe(422);
    for (const bad of ["x", Buffer.from("executions:3").toString("base64url"), "%00"]) {
      const answer = await client.get(`/api/v1/orders?cursor=${bad}`);
      expect([answer.status, answer.json.code]).toEqual([400, "CursorInvalid"]);
    }
    expect((await client.get("/api/v1/orders?colour=red")).status).toBe(422);
    const narrow = await client.post("/api/v1/orders/cancel-all", { instrument: ETH.name });
    expect(narrow.json.asked).toBe(open.length);
    for (const order of open) rig.desk.report(23, order.id);
    rig.pump();
    await client.post("/api/v1/orders", { ...ORDER, price: "1990" });
    expect((await client.post("/api/v1/orders/cancel-all")).json.asked).toBe(1);
    expect((await client.get("/api/v1/orders?state=open")).json.items[0].state).toBe("cancelSent");
  });

  test("since waits for the record, and ends with 503 when it does not come", async () => {
    rig.isLagging = true;
    const { record } = (await client.post("/api/v1/orders", { ...ORDER, price: "1980" })).json;
    const waiting = client.get(`/api/v1/status?since=${record}`);
    await Bun.sleep(30);
    rig.isLagging = false;
    rig.pump();
    expect((await waiting).json.record).toBeGreaterThanOrEqual(record);
    const late = await client.get(`/api/v1/status?since=${record + 1_000}`);
    expect([late.status, late.json.code, late.headers.get("retry-after")]).toEqual([503, "TimedOut", "1"]);
  });
});

describe("instances", () => {
  const body = {
    name: "ema",
    strategy: "ema-cross",
    params: { size: 0.2 },
    markets: { main: { instrument: ETH.name, account: "desk", tf: "1s" } },
  };

  test("create, pause, resume, stop, change, delete", async () => {
    expect((await client.get("/api/v1/strategies")).json.items[0].name).toBe("ema-cross");
    const made = await client.post("/api/v1/instances", body);
    expect(made.status).toBe(201);
    const { id } = made.json;
    expect(made.json.instance).toMatchObject({ ...body, status: "running", openOrders: 0, killed: false });
    expect((await client.get("/api/v1/jobs")).json.items[0]).toMatchObject({ kind: "prepare-strategy", state: "done" });
    expect((await client.post("/api/v1/instances", body)).json.code).toBe("Conflict");
    expect((await client.ask("PATCH", "/api/v1/instances/ema", { params: { size: 0.3 } })).status).toBe(200);
    expect((await client.ask("DELETE", "/api/v1/instances/ema")).status).toBe(409);
    expect((await client.post("/api/v1/instances/ema/pause")).status).toBe(200);
    expect((await client.post(`/api/v1/instances/${id}/resume`)).json.instance.status).toBe("running");
    const stopped = await client.post("/api/v1/instances/ema/stop", { policy: "keep", why: "lunch" });
    expect(stopped.json.instance).toMatchObject({ status: "stopped", problem: "lunch" });
    const changed = await client.ask("PATCH", "/api/v1/instances/ema", { params: { size: 1 } });
    expect(changed.json.instance).toMatchObject({ status: "running", params: { size: 1 }, problem: null });
    await client.post("/api/v1/instances/ema/stop");
    expect((await client.ask("DELETE", `/api/v1/instances/${id}`)).json).toMatchObject({ id, instance: null });
    expect((await client.get("/api/v1/instances/ema")).status).toBe(404);
    expect((await client.get("/api/v1/instances")).json.items).toEqual([]);
  });

  test("what cannot be is refused before the engine hears of it", async () => {
    const before = rig.desk.state.record;
    const wrong: [object, number, RegExp][] = [
      [{ name: "Ema" }, 422, /name/],
      [{ name: "12" }, 422, /digits/],
      [{ strategy: "ema-crass" }, 404, /no strategy/],
      [{ params: { sise: 1 } }, 422, /no parameter sise/],
      [{ markets: { main: { instrument: "binance:X-Y", account: "desk" } } }, 422, /no instrument/],
      [{ markets: { main: { instrument: ETH.name, account: "desk", tf: "1 day" } } }, 422, /no timeframe/],
      [
        { markets: Object.fromEntries(Array.from({ length: 99 }, (_, n) => [`m${n}`, body.markets.main])) },
        422,
        /bytes/,
      ],
    ];
    for (const [change, status, detail] of wrong) {
      const answer = await client.post("/api/v1/instances", { ...body, ...change });
      expect([answer.status, answer.json.detail]).toEqual([status, expect.stringMatching(detail)]);
    }
    expect(rig.desk.state.record).toBe(before);
  });
});

describe("risk", () => {
  test("limits are read and replaced by version", async () => {
    const [limits] = (await client.get("/api/v1/risk/limits")).json.items;
    expect(limits).toMatchObject({ scope: "instrument", key: ETH.name, version: 1, maxOrderValue: "100000" });
    const next = { ...limits, maxOrderQty: "50" };
    const put = await client.ask("PUT", "/api/v1/risk/limits", next);
    expect([put.status, put.json.limits]).toEqual([200, { ...next, version: 2 }]);
    const stale = await client.ask("PUT", "/api/v1/risk/limits", next);
    expect([stale.status, stale.json.code]).toEqual([409, "Conflict"]);
    const bad = await client.ask("PUT", "/api/v1/risk/limits", { scope: "firm", maxOrderValue: "-1", collarBps: 9e9 });
    expect([bad.status, bad.json.errors.length]).toEqual([422, 2]);
    expect((await client.ask("PUT", "/api/v1/risk/limits", { scope: "firm", key: "x" })).status).toBe(422);
    expect((await client.ask("PUT", "/api/v1/risk/limits", { scope: "account" })).status).toBe(422);
  });

  test("of two limits set at one time one holds, and the other is told so", async () => {
    rig.answerTurns = 10_000;
    rig.isLagging = true;
    const before = rig.records.length;
    const both = [1, 2].map((n) => client.ask("PUT", "/api/v1/risk/limits", { scope: "firm", maxOpenOrders: n }));
    while (rig.records.length < before + 2) await Bun.sleep(0);
    rig.isLagging = false;
    rig.pump();
    const answers = await Promise.all(both);
    rig.answerTurns = 0;
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const won = answers.find(({ status }) => status === 200);
    const { items } = (await client.get("/api/v1/risk/limits")).json;
    const firm = items.find(({ scope }: { scope: string }) => scope === "firm");
    expect(firm.maxOpenOrders).toBe(won?.json.limits.maxOpenOrders);
  });

  test("a kill after a resume kills, though the kill before the resume has no answer yet", async () => {
    rig.killed.length = 0;
    rig.answerTurns = 10_000;
    const first = client.post("/api/v1/risk/kill");
    while (rig.killed.length === 0) await Bun.sleep(0);
    const resumed = client.post("/api/v1/risk/resume", { scope: "firm", why: "test" });
    while (rig.desk.state.risk.isKilled(0, 0, 0)) await Bun.sleep(0);
    const second = client.post("/api/v1/risk/kill");
    const answers = await Promise.all([first, resumed, second]);
    rig.answerTurns = 0;
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(rig.killed).toHaveLength(2);
    expect(rig.desk.state.risk.isKilled(0, 0, 0)).toBe(true);
    await client.post("/api/v1/risk/resume", { scope: "firm", why: "test" });
  });

  test("kill and resume of a scope and of the firm; a flood of kills is one kill and never refused", async () => {
    const narrow = await client.post("/api/v1/risk/kill", { scope: "instrument", key: ETH.name, why: "odd" });
    expect(narrow.json.risk).toMatchObject({
      killed: false,
      kills: [{ scope: "instrument", key: ETH.name, why: "odd" }],
    });
    await client.post("/api/v1/risk/resume", { scope: "instrument", key: ETH.name, why: "test" });
    rig.killed.length = 0;
    const kills = await Promise.all(Array.from({ length: 300 }, () => client.ask("POST", "/api/v1/risk/kill")));
    expect(new Set(kills.map((kill) => kill.status))).toEqual(new Set([200]));
    const state = (await client.get("/api/v1/risk/state")).json;
    expect(state).toMatchObject({ killed: true, kills: [{ scope: "firm", key: "", why: "kill by hand" }] });
    expect((await client.get("/api/v1/status")).json.killed).toBe(true);
    const denied = await client.post("/api/v1/orders", ORDER);
    expect(denied.json.denial).toBe("KillSwitch");
    expect((await client.post("/api/v1/risk/resume", { scope: "firm", why: "test" })).json.risk).toMatchObject({
      killed: false,
      kills: [],
    });
  });
});

describe("manners", () => {
  test("404, 405, malformed, too large, wrong type: problem+json with a code", async () => {
    const json = { "content-type": "application/json" };
    const cases: [string, string, string | undefined, Record<string, string>, number, string][] = [
      ["GET", "/api/v1/nothing", undefined, {}, 404, "NotFound"],
      ["GET", "/api/v1/orders/999999", undefined, {}, 404, "NotFound"],
      ["GET", "/api/v1/orders/abc", undefined, {}, 422, "BodyInvalid"],
      ["PUT", "/api/v1/orders", "{}", json, 405, "MethodNotAllowed"],
      ["OPTIONS", "/api/v1/orders", undefined, {}, 405, "MethodNotAllowed"],
      ["POST", "/api/v1/orders", "{", json, 400, "BodyInvalid"],
      ["POST", "/api/v1/orders", "\u0000", json, 400, "BodyInvalid"],
      ["POST", "/api/v1/orders", "null", json, 422, "BodyInvalid"],
      ["POST", "/api/v1/orders", "[]", json, 422, "BodyInvalid"],
      ["POST", "/api/v1/orders", "[".repeat(60_000), json, 400, "BodyInvalid"],
      ["POST", "/api/v1/orders", undefined, {}, 422, "BodyInvalid"],
      [
        "POST",
        "/api/v1/orders",
        "a=b",
        { "content-type": "application/x-www-form-urlencoded" },
        415,
        "MediaTypeUnsupported",
      ],
      ["POST", "/api/v1/orders", `{"why":"${"x".repeat(70_000)}"}`, json, 413, "BodyTooLarge"],
      ["GET", "/api/v1/stream", undefined, {}, 426, "BodyInvalid"],
      ["POST", "/api/v1/orders", JSON.stringify(ORDER), { ...json, "idempotency-key": "a b" }, 422, "BodyInvalid"],
    ];
    for (const [method, path, body, headers, status, code] of cases) {
      const answer = await client.ask(method, path, body, headers);
      expect([method, path, answer.status, answer.json?.code]).toEqual([method, path, status, code]);
      expect(answer.type).toBe("application/problem+json");
      expect(answer.json).toMatchObject({ status, type: `urn:meltica:problem:${code}` });
      for (const field of ["title", "detail", "hint"]) expect(answer.json[field]).toBeString();
    }
    expect((await client.ask("PUT", "/api/v1/orders", "{}")).headers.get("allow")).toBe("GET, POST, DELETE");
  });

  test("a body without a declared length is bounded while it is read", async () => {
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(16_384).fill(32));
      },
    });
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    const request = new Request(`${rig.control.url}/api/v1/orders`, { method: "POST", headers, body: stream });
    expect((await rig.control.handle(request)).status).toBe(413);
  });

  test("HEAD is GET without a body; the page and its assets are files", async () => {
    const head = await fetch(`${rig.control.url}/healthz`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect((await client.get("/")).text).toBe("<p>page</p>");
    expect((await client.get("/assets/page.js")).type).toContain("javascript");
    expect((await client.get("/assets/page.css")).text).toBe("p{}");
    expect((await client.get("/assets/icon.svg")).text).toBe("<svg/>");
    expect((await client.get("/assets/none.png")).status).toBe(404);
  });

  test("nothing of this was a fault of ours", () => {
    expect(rig.faults).toEqual([]);
  });
});

/** Adds whole units to a decimal text. */
function plus(text: string, units: number): string {
  const [whole = "0", fraction] = text.split(".");
  const sum = (BigInt(whole) + BigInt(units)).toString();
  return fraction === undefined ? sum : `${sum}.${fraction}`;
}
