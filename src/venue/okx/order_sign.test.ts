/**
 * Requests as they are signed and sent: byte for byte what independent clients send. Covers order_args, order_sign,
 * gateway_calls, gateway_entry and gateway_pages.
 */

import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import type { Instrument } from "../../model/instrument.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import type { TradingRecord } from "../../model/record.ts";
import { Fields } from "../wire/fields.ts";
import type { RestAsk } from "../wire/live_answer.ts";
import { testOrder } from "../wire/order_terms.testing.ts";
import { answerOf, readRest, restRequest } from "./gateway_calls.ts";
import { OrderWords } from "./gateway_entry.ts";
import { newestPages } from "./gateway_pages.ts";
import { Questions } from "./gateway_queries.ts";
import { SPOT, SWAP, testInstrument } from "./gateway_rig.testing.ts";
import { type Args, amendArgs, newOrderArgs, refArgs } from "./order_args.ts";
import { loginText } from "./order_sign.ts";

const NOW_MS = 1_700_000_000_000;
const KEY = {
  apiKey: "TESTKEY",
  passphrase: "PASSPHRASE",
  sign: (text: string) => createHmac("sha256", "TESTSECRET").update(text).digest("base64"),
};
const HOW = { baseUrl: "https://www.okx.com", key: KEY, nowMs: NOW_MS, validMs: 2_000, isDemo: false };
const REF = { venueOrderId: "12345", clientOrderId: "" };

const args = (instrument: number, more: Partial<TradingRecord>) =>
  newOrderArgs(testInstrument(instrument), testOrder({ instrument, ...more }), "id", "cross");

describe("arguments", () => {
  test("quantities are those of the instrument: base on spot, contracts on swaps", () => {
    expect(args(SPOT, { price: 1, qty: 1 })).toEqual({
      ...{ side: "buy", ordType: "limit", sz: "0.00001", tdMode: "cash", tgtCcy: "base_ccy", px: "0.01" },
      clOrdId: "id",
    });
    expect(args(SWAP, { qty: 15 })).toMatchObject({ sz: "1.5", tdMode: "cross" });
    expect(args(SWAP, { flags: OrderFlag.ReduceOnly })).toMatchObject({ reduceOnly: true });
  });

  test("a market order that buys spot counts base", () => {
    expect(args(SPOT, { orderType: OrderType.Market })).toMatchObject({ ordType: "market", tgtCcy: "base_ccy" });
    expect(args(SPOT, { orderType: OrderType.Market })).not.toHaveProperty("px");
    expect(args(SWAP, { orderType: OrderType.Market })).not.toHaveProperty("tgtCcy");
  });

  test.each([
    ["a stop", SWAP, { orderType: OrderType.StopMarket }],
    ["an order without quantity", SWAP, { qty: 0 }],
    ["a limit order without price", SWAP, { price: 0 }],
    ["reduce-only on spot, which does not mind it", SPOT, { flags: OrderFlag.ReduceOnly }],
    ["post-only that takes", SWAP, { flags: OrderFlag.PostOnly, timeInForce: TimeInForce.Ioc }],
    ["a part that is shown", SWAP, { displayQty: 1 }],
    ["a leg", SWAP, { leg: 1 }],
    ["a date", SWAP, { timeInForce: TimeInForce.Gtd }],
  ])("%s is not said", (_, instrument, more) => {
    expect(args(instrument, more)).toBeUndefined();
  });

  test("requests over the socket name instruments by number, and have a deadline; those over REST by name", () => {
    const codes = { of: ({ id }: Instrument) => (id === SPOT ? 10_458 : undefined) };
    const words = new OrderWords({ codes: codes as never, mode: "cross", deadlineMs: () => 5 });
    const spot = words.place(testInstrument(SPOT), testOrder({ instrument: SPOT }), "id");
    expect(JSON.parse(spot?.socket?.(9) ?? "")).toMatchObject({
      ...{ id: "9", op: "order", expTime: "5" },
      args: [{ instIdCode: 10_458, sz: "0.01" }],
    });
    expect(spot?.rest).toBeUndefined();
    const swap = words.place(testInstrument(SWAP), testOrder({ instrument: SWAP }), "id");
    expect(swap?.socket).toBeUndefined();
    expect(JSON.parse(swap?.rest?.body ?? "")).toMatchObject({ instId: "BTC-USDT-SWAP", sz: "100" });
    const cancel = words.cancel(testInstrument(SPOT), REF);
    expect(JSON.parse(cancel.socket?.(3) ?? "")).toEqual({
      ...{ id: "3", op: "cancel-order" },
      args: [{ instIdCode: 10_458, ordId: "12345" }],
    });
    expect(cancel.rest?.body).toBe('{"instId":"BTC-USDT","ordId":"12345"}');
  });

  test("orders that may not come late say so; the demo is told apart", () => {
    const ask: RestAsk = {
      ...{ method: "POST", path: "/api/v5/trade/order", params: [], body: "{}", security: "signed", weight: 1 },
    };
    expect(restRequest(ask, HOW).headers).toMatchObject({ exptime: "1700000002000" });
    const cancel = restRequest({ ...ask, path: "/api/v5/trade/cancel-order" }, { ...HOW, isDemo: true });
    expect(cancel.headers).not.toHaveProperty("exptime");
    expect(cancel.headers).toMatchObject({ "x-simulated-trading": "1" });
  });
});

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

function recorded(file: string): Sent[] {
  const { rest } = JSON.parse(readFileSync(fixture(file), "utf8")) as { rest: { requests: Sent[] }[] };
  return rest
    .flatMap(({ requests }) => requests)
    .map(({ method, url, body, headers }) => {
      const { "user-agent": _, ...own } = headers;
      return { method, url, ...(body === undefined ? {} : { body }), headers: own };
    });
}

describe.skipIf(!fixturesPresent)(`recorded requests (${FIXTURES_REASON})`, () => {
  test.each([
    [SPOT, "okx/requests.ccxt-4.5.84.okx.json"],
    [SWAP, "okx/requests.ccxt-4.5.84.okx-swap.json"],
  ])("%i: orders, cancels and questions equal ccxt's byte for byte", (id, file) => {
    const sent = recorded(file);
    const instrument = testInstrument(id);
    const instId = instrument.venueSymbol;
    const post = (name: string, body: object): RestAsk => ({
      ...{ method: "POST", path: `/api/v5/trade/${name}`, params: [], body: JSON.stringify(body) },
      ...{ security: "signed", weight: 1 },
    });
    const get = (path: string, ...params: (readonly [string, string])[]): RestAsk => {
      return { method: "GET", path: `/api/v5/${path}`, params, security: "signed", weight: 1 };
    };
    // 0.01 of either; ccxt adds a tag of its own, and numbers what it is not told a name for.
    const name = "6b9ad766b55dBCDE0000000000000001";
    const placed = (more: Partial<TradingRecord>) => {
      const scaled = { ...instrument, qtyScale: id === SPOT ? 5 : 2 };
      const made = newOrderArgs(
        scaled,
        testOrder({ instrument: id, qty: id === SPOT ? 1_000 : 1, ...more }),
        name,
        "cross",
      ) as Args;
      const { clOrdId, reduceOnly, ...rest } = made;
      const last = reduceOnly === undefined ? {} : { reduceOnly };
      return post("batch-orders", [{ instId, ...rest, clOrdId, tag: "6b9ad766b55dBCDE", ...last }]);
    };
    const sell = { side: Side.Sell, price: 3_000_000 };
    const ours = [
      placed({}),
      placed({ ...sell, timeInForce: TimeInForce.Ioc }),
      placed({ ...sell, timeInForce: TimeInForce.Fok }),
      placed({ orderType: OrderType.Market }),
      placed({ orderType: OrderType.Market, side: Side.Sell }),
      post("amend-order", { instId, ...amended(instrument, id) }),
      post("cancel-order", { instId, ...refArgs(REF) }),
      post("cancel-order", { instId, ...refArgs({ venueOrderId: "", clientOrderId: "cid-1" }) }),
      new OrderWords({ codes: { of: () => undefined } as never, mode: "cross", deadlineMs: () => 0 }).cancelMany([
        { instrument, ref: REF },
        { instrument, ref: { ...REF, venueOrderId: "12346" } },
      ]),
      new Questions(100, () => NOW_MS).order(instrument, REF).first,
      get("account/balance"),
      get("trade/orders-pending", ["instId", instId]),
      get("account/positions", ["instId", instId]),
    ];
    if (id === SWAP) ours.push(placed({ ...sell, flags: OrderFlag.ReduceOnly }));
    for (const ask of ours) {
      const request = restRequest(ask, { ...HOW, baseUrl: "" });
      const { exptime: _, ...headers } = request.headers as Record<string, string>;
      expect(sent).toContainEqual({ ...request, headers } as Sent);
    }
  });

  test("the login, and the venue's own vectors", () => {
    const { ws } = JSON.parse(readFileSync(fixture("okx/requests.ccxt-4.5.84.okx.json"), "utf8")) as {
      ws: { traffic: { msg?: string }[] }[];
    };
    const logins = ws
      .flatMap(({ traffic }) => traffic.map(({ msg = "" }) => msg))
      .filter((msg) => msg.includes("login"));
    expect(logins).toContain(loginText(KEY, NOW_MS));
    const [, rest] = JSON.parse(readFileSync(fixture("okx/signing-vectors.json"), "utf8")) as { signature: string }[];
    const ask: RestAsk = { method: "GET", path: "/api/v5/account/balance", params: [], security: "signed", weight: 1 };
    expect(restRequest(ask, HOW).headers?.["ok-access-sign"]).toBe(rest?.signature as string);
  });
});

function amended(instrument: Instrument, id: number): object {
  const scaled = { ...instrument, qtyScale: 2 };
  const { reqId: _, ...rest } = amendArgs(
    scaled,
    testOrder({ instrument: id, qty: 2, price: 2_000_100 }),
    REF,
    "",
  ) as Args;
  return rest;
}

describe("answers", () => {
  const read = (value: object) => answerOf(Fields.of(value), "an answer");

  test("the code of the one row counts; what failed without a row that says why, nobody knows", () => {
    expect(read({ code: "0", data: [{ sCode: "0" }] })).toMatchObject({ isOk: true });
    expect(read({ code: "0", data: [{ sCode: "51008" }] })).toMatchObject({ isOk: false, code: 51_008 });
    expect(read({ code: "1", data: [{ sCode: "51008", sMsg: "no" }] })).toMatchObject({
      code: 51_008,
      msg: "51008 no",
    });
    expect(read({ code: "1", data: [] })).toMatchObject({ isOk: false, code: 0 });
    expect(read({ code: "2", data: [{ sCode: "0" }] })).toMatchObject({ isOk: false, code: 0 });
    expect(read({ code: "50004", data: [] })).toMatchObject({ isOk: false, code: 50_004 });
    expect(read({ data: [{ sCode: "0" }] })).toMatchObject({ isOk: false, code: 0 });
    expect(read({ code: "zero" })).toMatchObject({ isOk: false, code: 0 });
  });

  test("an HTTP error that claims success is none", () => {
    const text = '{"code":"0","data":[]}';
    expect(readRest({ status: 200, text, headers: {} })).toMatchObject({ isOk: true });
    expect(readRest({ status: 502, text, headers: {} })).toMatchObject({ isOk: false, code: 0 });
    expect(readRest({ status: 502, text: "<html>", headers: {} })).toMatchObject({ isOk: false, code: 0 });
  });
});

test("fills: recent ones from one list, older ones from the history of three months too; HTTP words of each question", () => {
  const questions = new Questions(100, () => NOW_MS);
  const paths = (sinceUs: number) => {
    const pages = questions.fills(testInstrument(SWAP), "7", sinceUs);
    const next = pages.next([], []);
    return [pages.first, ...(typeof next === "object" ? [next] : [])].map(
      ({ path, params }) => `${path}?${params.map((pair) => pair.join("=")).join("&")}`,
    );
  };
  const words = "instType=SWAP&instId=BTC-USDT-SWAP&ordId=7";
  expect(paths(0)).toEqual([
    `/api/v5/trade/fills?${words}&limit=100`,
    `/api/v5/trade/fills-history?${words}&limit=100`,
  ]);
  const hourAgoMs = NOW_MS - 3_600_000;
  expect(paths(hourAgoMs * 1_000)).toEqual([`/api/v5/trade/fills?${words}&begin=${hourAgoMs}&limit=100`]);
});

test("history: what was placed about when the order was, of three months too when it is old; all without a time", () => {
  const questions = new Questions(100, () => NOW_MS);
  const paths = (sinceUs?: number) => {
    const ref = { venueOrderId: "", clientOrderId: "x", ...(sinceUs === undefined ? {} : { sinceUs }) };
    const pages = questions.history(testInstrument(SWAP), ref);
    const next = pages.next([], []);
    return [pages.first, ...(typeof next === "object" ? [next] : [])].map(
      ({ path, params }) => `${path.slice("/api/v5/trade/".length)}?${params.map((pair) => pair.join("=")).join("&")}`,
    );
  };
  const words = "instType=SWAP&instId=BTC-USDT-SWAP";
  const both = (more: string) => ["orders-history", "orders-history-archive"].map((name) => `${name}?${words}${more}`);
  const [hourAgoMs, monthAgoMs] = [NOW_MS - 3_600_000, NOW_MS - 30 * 86_400_000];
  const about = (ms: number) => `&begin=${ms}&end=${ms + 600_000}&limit=100`;
  expect(paths(hourAgoMs * 1_000)).toEqual([`orders-history?${words}${about(hourAgoMs)}`]);
  expect(paths(monthAgoMs * 1_000)).toEqual(both(about(monthAgoMs)));
  expect(paths()).toEqual(both("&limit=100"));
});

test("pages: by the id of the last row, one list after the other, a row that both have is given once", () => {
  const lists = ["/a", "/b"].map((path) => ({ path, params: [], weight: 1 }));
  const pages = newestPages(lists, "ordId", 2);
  const of = (...ids: number[]) => ids.map((id) => ({ ordId: String(id) }));
  const turn = (value: unknown) => {
    const rows = pages.rows(value) as { ordId: string }[];
    const next = pages.next(rows, value);
    const ask = typeof next === "object" ? `${next.path} ${next.params.map((pair) => pair.join("=")).join("&")}` : next;
    return [rows.map(({ ordId }) => ordId).join(), ask];
  };
  expect(pages.first.params).toEqual([["limit", "2"]]);
  expect(turn(of(9, 8))).toEqual(["9,8", "/a limit=2&after=8"]);
  expect(turn(of(7))).toEqual(["7", "/b limit=2"]);
  expect(turn(of(8, 7))).toEqual(["", "/b limit=2&after=7"]);
  expect(turn(of(6))).toEqual(["6", undefined]);
  expect(newestPages(lists, "ordId", 1).next([], [{}])).toBe("broken");
  expect(pages.rows({})).toBeUndefined();
});
