/** Cancel-all against the simulator and against answers that no simulator gives: nothing stays open, and nothing is claimed. */

import { afterEach, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { SignedClient, tradingSimulator } from "../../exchange/binance/signed_client.testing.ts";
import type { Simulator } from "../../exchange/simulator.ts";
import { CancelAllOutcome } from "../wire/cancel_all.ts";
import { Http } from "../wire/http.testing.ts";
import type { RequestClient } from "../wire/rest.ts";
import { binanceCancelAll } from "./cancel_all.ts";
import type { BinanceMarket } from "./fast_path.ts";

const nowUs = () => Date.now() * 1_000;
const key = (name: string, secret = `secret-${name}`) => ({
  apiKey: `key-${name}`,
  sign: (payload: string) => createHmac("sha256", secret).update(payload).digest("hex"),
});

const open: Simulator[] = [];
afterEach(async () => {
  for (const simulator of open.splice(0)) await simulator.stop();
});

async function rig(market: BinanceMarket, who = key("ann")) {
  const simulator = await tradingSimulator();
  open.push(simulator);
  const rest = new Http();
  const parts = { account: "main", market, restUrl: simulator.url, key: who, rest, symbols: ["BTCUSDT"], nowUs };
  return { simulator, rest, client: new SignedClient(simulator), all: binanceCancelAll(parts) };
}

const LIMIT = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.01" };

async function placeSpot(client: SignedClient): Promise<void> {
  for (const price of ["58000", "58100", "58200"]) {
    expect((await client.call("POST", "/api/v3/order", { ...LIMIT, price })).status).toBe(200);
  }
}

async function faults(simulator: Simulator, shares: object): Promise<void> {
  const answer = await fetch(`${simulator.url}/simulate/faults`, { method: "POST", body: JSON.stringify(shares) });
  expect(answer.status).toBe(200);
}

describe("against the simulator", () => {
  test("spot: what is open is canceled, then the venue says that nothing is; again and again", async () => {
    const { client, all } = await rig("spot");
    expect(await all.check()).toBe("");
    await placeSpot(client);
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Canceled, open: 3, canceled: 3, text: "" });
    expect((await client.call("GET", "/api/v3/openOrders")).body).toEqual([]);
    for (let again = 0; again < 2; again++) {
      expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.NoneOpen, open: 0, canceled: 0 });
    }
  });

  test("USD-M: conditional orders too; strangers' accounts are left alone", async () => {
    const { simulator, client, all } = await rig("usdm");
    const bob = new SignedClient(simulator, "bob");
    for (const each of [client, bob]) {
      expect((await each.call("POST", "/fapi/v1/order", { ...LIMIT, price: "58000" })).status).toBe(200);
    }
    const stop = { symbol: "BTCUSDT", side: "SELL", type: "STOP_MARKET", quantity: "0.01", triggerPrice: "55000" };
    const placed = await client.call("POST", "/fapi/v1/algoOrder", { algoType: "CONDITIONAL", ...stop });
    expect(placed.status).toBe(200);
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Canceled, open: 2, canceled: 2 });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.NoneOpen, open: 0 });
    expect((await bob.call("GET", "/fapi/v1/openOrders")).body).toHaveLength(1);
  });

  test("a lost answer is no cancel: unknown, and the next pass says how it is", async () => {
    const { simulator, client, all } = await rig("spot");
    await placeSpot(client);
    await faults(simulator, { "lost-ack": 1 });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Unknown, open: 3, canceled: 0 });
    await faults(simulator, { "lost-ack": 0 });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.NoneOpen, open: 0 });
  });

  test("too many requests: nothing more is asked in this pass, and the venue's own pause is told", async () => {
    const { simulator, client, rest, all } = await rig("spot");
    await placeSpot(client);
    await all.check();
    await faults(simulator, { "http-429": 1 });
    rest.asked.length = 0;
    const report = await all.pass();
    expect(report).toMatchObject({ outcome: CancelAllOutcome.Limited, open: -1, canceled: 0 });
    expect(report.retryAfterMs).toBeGreaterThanOrEqual(1_000);
    expect(rest.asked).toHaveLength(1);
  });

  test("a venue whose clock is elsewhere: measured before the first pass", async () => {
    const { simulator, client, all } = await rig("spot");
    await placeSpot(client);
    await faults(simulator, { "clock-skew-ms": 60_000 });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Canceled, canceled: 3 });
    await faults(simulator, { "clock-skew-ms": 0 });
    // It steps back meanwhile: refused once, measured anew, done.
    expect((await all.pass()).outcome).toBe(CancelAllOutcome.Unknown);
    expect((await all.pass()).outcome).toBe(CancelAllOutcome.NoneOpen);
  });

  test("a wrong secret and a key that may not trade are refusals, told before they matter", async () => {
    const wrong = await rig("spot", key("ann", "another"));
    expect(await wrong.all.check()).toContain("-1022");
    expect(await wrong.all.pass()).toMatchObject({ outcome: CancelAllOutcome.Refused, open: -1 });
    const { client, all } = await rig("spot", key("read"));
    await placeSpot(client);
    const report = await all.pass();
    expect(report).toMatchObject({ outcome: CancelAllOutcome.Refused, open: 3, canceled: 0 });
    expect(report.text).not.toContain("secret");
  });
});

/** Answers by path, in order; the last one stays. */
function scripted(answers: Record<string, readonly [status: number, text: string][]>) {
  const asked: string[] = [];
  const rest: RequestClient = {
    send({ method, url }, done) {
      const { pathname, searchParams } = new URL(url);
      asked.push(`${method} ${pathname} ${searchParams.get("symbol") ?? ""}`.trim());
      const list = answers[`${method} ${pathname}`] ?? [[404, ""]];
      const [status, text] = (list.length > 1 ? (list as [number, string][]).shift() : list[0]) as [number, string];
      queueMicrotask(() => done({ status, text, headers: {} }));
    },
  };
  const parts = {
    account: "a",
    restUrl: "http://venue",
    key: key("ann"),
    rest,
    symbols: ["BTCUSDT", "ETHUSDT"],
    nowUs,
  };
  return { asked, all: binanceCancelAll({ ...parts, market: "spot" }) };
}

const TIME: [number, string][] = [[200, `{"serverTime":${Date.now()}}`]];

describe("answers that no simulator gives", () => {
  test("no list of what is open: every configured symbol is canceled all the same, and it is not called done", async () => {
    for (const list of [
      [503, "<html>"],
      [200, "{}"],
      [200, '[{"orderId":1}]'],
      [500, ""],
    ] as [number, string][]) {
      const { asked, all } = scripted({
        "GET /api/v3/time": TIME,
        "GET /api/v3/openOrders": [list],
        "DELETE /api/v3/openOrders": [[400, '{"code":-2011,"msg":"Unknown order sent."}']],
      });
      expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Unknown, open: -1 });
      expect(asked.slice(2)).toEqual(["DELETE /api/v3/openOrders BTCUSDT", "DELETE /api/v3/openOrders ETHUSDT"]);
    }
  });

  test("without the venue's time it cancels by its own clock", async () => {
    const { all } = scripted({
      "GET /api/v3/time": [[503, ""]],
      "GET /api/v3/openOrders": [
        [200, '[{"symbol":"BTCUSDT"}]'],
        [200, "[]"],
      ],
      "DELETE /api/v3/openOrders": [[200, "[]"]],
    });
    expect(await all.check()).toContain("does not tell its time");
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Canceled, open: 1, canceled: 1 });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.NoneOpen });
  });

  const fixture = "../../../../shared/fixtures/binance-spot/jkorf.rest.Spot.Trading.GetOpenOrders.json";
  const file = new URL(fixture, import.meta.url).pathname;
  test.skipIf(!existsSync(file))("a recorded list names the symbol to cancel at, configured or not", async () => {
    const { response } = JSON.parse(readFileSync(file, "utf8"));
    const { asked, all } = scripted({
      "GET /api/v3/time": TIME,
      "GET /api/v3/openOrders": [[200, JSON.stringify(response)]],
      "DELETE /api/v3/openOrders": [[200, "[]"]],
    });
    expect(await all.pass()).toMatchObject({ outcome: CancelAllOutcome.Canceled, open: 1 });
    expect(asked.at(-1)).toBe("DELETE /api/v3/openOrders LTCBTC");
  });
});
