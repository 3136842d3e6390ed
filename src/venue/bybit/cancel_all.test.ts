/** Cancel-all of Bybit against the simulator and against answers that no simulator gives. */

import { afterEach, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { BybitClient, bybitSimulator } from "../../exchange/bybit/bybit_client.testing.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { CancelAllOutcome } from "../wire/cancel_all.ts";
import { Http, type Script, Scripted } from "../wire/http.testing.ts";
import { bybitCancelAll } from "./cancel_all.ts";

const nowUs = () => Date.now() * 1_000;
const key = (name: string, secret = `secret-${name}`) => ({
  apiKey: `key-${name}`,
  sign: (payload: string) => createHmac("sha256", secret).update(payload).digest("hex"),
});
type Category = "spot" | "linear";

const open: Simulator[] = [];
afterEach(async () => {
  for (const simulator of open.splice(0)) await simulator.stop();
});

async function rig(category: Category, who = key("ann")) {
  const simulator = await bybitSimulator();
  open.push(simulator);
  const all = bybitCancelAll({ account: "main", category, restUrl: simulator.url, key: who, rest: new Http(), nowUs });
  return { simulator, client: new BybitClient(simulator), all };
}

async function place(client: BybitClient, category: Category, plain: number): Promise<void> {
  const { result } = await client.get("/v5/market/orderbook", { category, symbol: "BTCUSDT", limit: 1 });
  const bid = Number(result.b[0][0]); // number-ok: a price to stand away from
  const common = { category, symbol: "BTCUSDT", qty: "0.001" };
  const limit = { ...common, side: "Buy", orderType: "Limit", price: (bid * 0.97).toFixed(1) };
  for (let n = 0; n < plain; n++) expect((await client.post("/v5/order/create", limit)).retCode).toBe(0);
  const stop = { ...common, side: "Sell", orderType: "Market", triggerPrice: (bid * 0.97).toFixed(1) };
  const kind = category === "spot" ? { orderFilter: "StopOrder" } : { triggerDirection: 2 };
  expect((await client.post("/v5/order/create", { ...stop, ...kind })).retCode).toBe(0);
}

async function openOf(client: BybitClient, category: Category): Promise<number> {
  const scope = category === "spot" ? {} : { settleCoin: "USDT" };
  return (await client.get("/v5/order/realtime", { category, ...scope })).result.list.length;
}

describe("against the simulator", () => {
  for (const category of ["spot", "linear"] as const) {
    test(`${category}: conditional orders too; strangers' and the other category's are left alone`, async () => {
      const { simulator, client, all } = await rig(category);
      const other = category === "spot" ? "linear" : "spot";
      expect(await all.check()).toBe("");
      await place(client, category, 3);
      await place(client, other, 1);
      await place(new BybitClient(simulator, "bob"), category, 1);
      expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Canceled, open: 4, canceled: 4, text: "" });
      for (let again = 0; again < 2; again++) {
        expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.NoneOpen, open: 0, canceled: 0 });
      }
      expect([await openOf(client, category), await openOf(client, other)]).toEqual([0, 2]);
      expect(await openOf(new BybitClient(simulator, "bob"), category)).toBe(2);
    });
  }

  test("more than a page", async () => {
    const { client, all } = await rig("spot");
    await place(client, "spot", 1);
    const { list } = (await client.get("/v5/order/realtime", { category: "spot" })).result;
    const { symbol, side, orderType, price, qty } = list.at(-1);
    const request = Array.from({ length: 10 }, () => ({ symbol, side, orderType, price, qty }));
    for (let n = 0; n < 5; n++) {
      expect((await client.post("/v5/order/create-batch", { category: "spot", request })).retCode).toBe(0);
    }
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Canceled, open: 52, canceled: 52 });
    expect((await all.pass()).outcome).toBe(CancelAllOutcome.NoneOpen);
  });

  test("lost answers are no cancels; a clock that is elsewhere is measured; a wrong key is a refusal", async () => {
    const { simulator, client, all } = await rig("spot");
    await place(client, "spot", 2);
    simulator.faults({ "lost-ack": 1 });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Unknown, open: 3, canceled: 0 });
    simulator.faults({ "lost-ack": 0, "clock-skew-ms": 60_000 });
    expect((await all.pass()).outcome).toBe(CancelAllOutcome.Unknown); // Refused once, measured anew, done.
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.NoneOpen });
    simulator.faults({ "clock-skew-ms": 0 });
    const parts = { account: "main", category: "spot", restUrl: simulator.url, rest: new Http(), nowUs } as const;
    const wrong = bybitCancelAll({ ...parts, key: key("ann", "another") });
    expect(await wrong.check()).toContain("10004");
    expect(await wrong.pass()).toMatchObject({ outcome: CancelAllOutcome.Refused, open: -1 });
    await place(client, "spot", 1);
    const report = await bybitCancelAll({ ...parts, key: key("read") }).pass();
    expect(report).toMatchObject({ outcome: CancelAllOutcome.Refused, open: 2, canceled: 0 });
  });

  test("too many requests: the pause is told", async () => {
    const { simulator, client, all } = await rig("spot");
    await place(client, "spot", 2);
    simulator.faults({ "http-429": 1 });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Limited, canceled: 0, retryAfterMs: 1_000 });
    simulator.faults({ "http-429": 0 });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Canceled, open: 3, canceled: 3 });
  });
});

const LIST = "GET /v5/order/realtime";
const CANCEL = "POST /v5/order/cancel-all";
const ok = (list: readonly unknown[], nextPageCursor = "") => ({
  retCode: 0,
  retMsg: "",
  result: { list, nextPageCursor },
});

function scripted(category: Category, script: Script) {
  const rest = new Scripted({ "GET /v5/market/time": [[200, { retCode: 0, time: Date.now() }]], ...script });
  return {
    rest,
    all: bybitCancelAll({ account: "a", category, restUrl: "http://venue", key: key("ann"), rest, nowUs }),
  };
}

describe("answers that no simulator gives", () => {
  test("no list of what is open: everything is canceled all the same, and it is not called done", async () => {
    for (const list of [
      [503, "<html>"],
      [200, "{}"],
      [200, { retCode: 10_000, retMsg: "Server Timeout" }],
      [200, ok([{ orderId: "1" }])],
      [200, { retCode: 0, result: null }],
    ] as const) {
      const { rest, all } = scripted("linear", { [LIST]: [list], [CANCEL]: [[200, ok([{ orderId: "1" }])]] });
      expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Unknown, open: -1, canceled: 2 });
      const coins = ["USDT", "USDC"].map((settleCoin) => JSON.stringify({ category: "linear", settleCoin }));
      expect(rest.said(CANCEL)).toEqual(coins);
    }
  });

  test("500 at a time: what is left is not called done; an answer without a list is none", async () => {
    const row = { symbol: "X", orderId: "1" };
    const many = Array.from({ length: 50 }, () => row);
    const { all } = scripted("spot", {
      [LIST]: [
        [200, ok(many, "next")],
        [200, ok([row])],
        [200, ok([row])],
      ],
      [CANCEL]: [
        [200, ok(many)],
        [200, ok([])],
        [200, ok([])],
        [200, { retCode: 0, result: {} }],
      ],
    });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Unknown, open: 51, canceled: 50 });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Unknown, open: 1, canceled: 0 });
  });

  test("the whole address is refused: nothing more is asked in this pass", async () => {
    const { rest, all } = scripted("spot", { [LIST]: [[403, "Forbidden"]] });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Limited, retryAfterMs: 2_000 });
    expect(rest.said(CANCEL)).toEqual([]);
  });
});
