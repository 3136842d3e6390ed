/** Cancel-all of OKX against the simulator and against answers that no simulator gives. */

import { afterEach, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { OkxClient, okxSimulator } from "../../exchange/okx/okx_client.testing.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { CancelAllOutcome } from "../wire/cancel_all.ts";
import { Http, type Script, Scripted } from "../wire/http.testing.ts";
import { okxCancelAll } from "./cancel_all.ts";

const nowUs = () => Date.now() * 1_000;
const key = (name: string, secret = `secret-${name}`) => ({
  apiKey: `key-${name}`,
  passphrase: "pass",
  sign: (payload: string) => createHmac("sha256", secret).update(payload).digest("base64"),
});

const open: Simulator[] = [];
afterEach(async () => {
  for (const simulator of open.splice(0)) await simulator.stop();
});

async function rig(who = key("ann")) {
  const simulator = await okxSimulator();
  open.push(simulator);
  const rest = new Http();
  const all = okxCancelAll({ account: "main", restUrl: simulator.url, key: who, isDemo: false, rest, nowUs });
  return { simulator, rest, client: new OkxClient(simulator), all };
}

/** Plain orders in batches, and one conditional order of each sort that the simulator has. */
async function placeAll(client: OkxClient, plain: number): Promise<void> {
  const px = String(Math.floor((await client.bid("BTC-USDT")) * 0.97));
  const row = { instId: "BTC-USDT", tdMode: "cash", side: "buy", ordType: "limit", px, sz: "0.001" };
  for (let left = plain; left > 0; left -= 20) {
    const rows = Array.from({ length: Math.min(20, left) }, () => row);
    expect(await client.call("POST", "trade/batch-orders", rows)).toMatchObject({ code: "0" });
  }
  const swap = { instId: "BTC-USDT-SWAP", tdMode: "cross", side: "sell", sz: "1" };
  const stop = { ...swap, ordType: "conditional", slTriggerPx: px, slOrdPx: "-1" };
  expect(await client.call("POST", "trade/order-algo", stop)).toMatchObject({ code: "0" });
  const trigger = { ...swap, ordType: "trigger", triggerPx: px, orderPx: px };
  expect(await client.call("POST", "trade/order-algo", trigger)).toMatchObject({ code: "0" });
}

describe("against the simulator", () => {
  test("orders of all pages, conditional ones too; strangers' are left alone; again and again", async () => {
    const { simulator, client, all } = await rig();
    expect(await all.check()).toBe("");
    await placeAll(client, 110);
    const bob = new OkxClient(simulator, "bob");
    await placeAll(bob, 1);
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Canceled, open: 112, canceled: 112, text: "" });
    for (let again = 0; again < 2; again++) {
      expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.NoneOpen, open: 0, canceled: 0 });
    }
    expect((await bob.call("GET", "trade/orders-pending")).data).toHaveLength(1);
  });

  test("lost answers are no cancels; a clock that is elsewhere is measured; a wrong key is a refusal", async () => {
    const { simulator, client, all } = await rig();
    await placeAll(client, 3);
    simulator.faults({ "lost-ack": 1 });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Unknown, open: 5, canceled: 0 });
    simulator.faults({ "lost-ack": 0, "clock-skew-ms": 60_000 });
    expect((await all.pass()).outcome).toBe(CancelAllOutcome.Unknown); // Refused once, measured anew, done.
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.NoneOpen });
    simulator.faults({ "clock-skew-ms": 0 });
    const parts = { account: "main", restUrl: simulator.url, isDemo: false, rest: new Http(), nowUs };
    const wrong = okxCancelAll({ ...parts, key: key("ann", "another") });
    expect(await wrong.check()).toContain("50113");
    expect(await wrong.pass()).toMatchObject({ outcome: CancelAllOutcome.Refused, open: -1 });
    await placeAll(client, 2);
    const report = await okxCancelAll({ ...parts, key: key("read") }).pass();
    expect(report).toMatchObject({ outcome: CancelAllOutcome.Refused, open: 4, canceled: 0 });
  });

  test("too many requests: what can be done is done, and the pause is told", async () => {
    const { simulator, client, all } = await rig();
    await placeAll(client, 2);
    simulator.faults({ "http-429": 1 });
    expect(await all.pass()).toMatchObject({
      outcome: CancelAllOutcome.Limited,
      open: -1,
      canceled: 0,
      retryAfterMs: 1_000,
    });
    simulator.faults({ "http-429": 0 });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Canceled, open: 4, canceled: 4 });
  });
});

const TIME = { "GET /api/v5/public/time": [[200, { code: "0", data: [{ ts: String(Date.now()) }] }]] } satisfies Script;
const NONE = { code: "0", msg: "", data: [] };
const ALGOS = { "GET /api/v5/trade/orders-algo-pending": [[200, NONE]] } satisfies Script;
const CANCEL = "POST /api/v5/trade/cancel-batch-orders";
const PENDING = "GET /api/v5/trade/orders-pending";

function scripted(script: Script, isDemo = false) {
  const rest = new Scripted({ ...TIME, ...ALGOS, ...script });
  return { rest, all: okxCancelAll({ account: "a", restUrl: "http://venue", key: key("ann"), isDemo, rest, nowUs }) };
}

describe("answers that no simulator gives", () => {
  test("no list of what is open: the venue's own countdown is set, and it is not called done", async () => {
    for (const list of [
      [503, "<html>"],
      [200, "{}"],
      [200, { code: "0", data: [{ ordId: "1" }] }],
      [200, { code: "0", data: [{ instId: "X", ordId: "-1" }] }],
      [200, { code: "50001", msg: "Service temporarily unavailable", data: [] }],
    ] as const) {
      const { rest, all } = scripted({
        [PENDING]: [list],
        "POST /api/v5/trade/cancel-all-after": [[200, { code: "0", data: [{ triggerTime: "1" }] }]],
      });
      expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Unknown, open: -1, canceled: 0 });
      expect(rest.said("POST /api/v5/trade/cancel-all-after")).toEqual(['{"timeOut":"10"}']);
    }
  });

  test("each row says for itself: taken, gone, failed", async () => {
    const data = ["1", "2", "3"].map((ordId) => ({ instId: "X", ordId }));
    const rows = (...codes: string[]) => ({ code: "2", msg: "", data: codes.map((sCode) => ({ sCode, sMsg: "why" })) });
    const { rest, all } = scripted({
      [PENDING]: [[200, { ...NONE, data }]],
      [CANCEL]: [
        [200, rows("0", "51400", "0")],
        [200, rows("0", "51000", "0")],
      ],
    });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Unknown, open: 3, canceled: 2 });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Refused, canceled: 2, text: "51000 why" });
    expect(rest.said(CANCEL)[0]).toBe(JSON.stringify(data));
  });

  test("demo trading has a header of its own", async () => {
    const { rest, all } = scripted({ [PENDING]: [[200, NONE]] }, true);
    expect((await all.pass()).outcome).toBe(CancelAllOutcome.NoneOpen);
    expect(rest.asked.every(({ headers }) => headers?.["x-simulated-trading"] === "1")).toBe(true);
  });
});
