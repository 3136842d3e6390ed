/** Requests as the venue wants them: bodies, signatures, texts of sockets; equal to recorded ones. Covers order_params, order_sign and venue_time. */

import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { OrderFlag, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { TradingRecord } from "../../model/record.ts";
import type { RestAsk } from "../wire/live_answer.ts";
import { testOrder } from "../wire/order_terms.testing.ts";
import type { Category } from "./category.ts";
import { acknowledge, OrderWords, socketText } from "./gateway_entry.ts";
import { Questions } from "./gateway_queries.ts";
import { testInstrument } from "./gateway_rig.testing.ts";
import { amendBody, cancelBody, createBody, type OrderBody } from "./order_params.ts";
import { type BybitKey, loginText, restRequest, signedHeaders } from "./order_sign.ts";
import { OrderTerms } from "./order_terms.ts";

const KEY: BybitKey = {
  apiKey: "TESTKEY",
  sign: (payload) => createHmac("sha256", "TESTSECRET").update(payload).digest("hex"),
};
const TIME = { timestampMs: 1_700_000_000_000, recvWindowMs: 5_000 };
const REF = { venueOrderId: "12345", clientOrderId: "" };

const made = (category: Category, more: Partial<TradingRecord> = {}) =>
  createBody(category, testInstrument(category, 0, "BTC"), testOrder(more), "cid-1");

describe("orders", () => {
  test("every order says its time; a market order of spot its unit; numbers are exact", () => {
    expect(made("spot", { price: 2_000_001, qty: 1 })).toEqual({
      ...{ symbol: "BTCUSDT", side: "Buy", orderType: "Limit", timeInForce: "GTC", orderLinkId: "cid-1" },
      ...{ price: "20000.01", category: "spot", qty: "0.00001" },
    });
    expect(made("spot", { orderType: OrderType.Market })).toMatchObject({ marketUnit: "baseCoin", qty: "0.01" });
    expect(made("linear", { orderType: OrderType.Market })).not.toHaveProperty("marketUnit");
    expect(made("linear", { flags: OrderFlag.ReduceOnly })).toMatchObject({ reduceOnly: true });
  });

  test("what the venue has not is no order", () => {
    const none = [
      made("spot", { flags: OrderFlag.ReduceOnly }),
      made("linear", { orderType: OrderType.StopLimit }),
      made("linear", { orderType: OrderType.Market, flags: OrderFlag.PostOnly }),
      made("linear", { timeInForce: TimeInForce.Ioc, flags: OrderFlag.PostOnly }),
      made("linear", { timeInForce: TimeInForce.Gtd }),
      made("linear", { leg: 1 }),
      made("linear", { displayQty: 5 }),
      made("linear", { price: 0 }),
      made("linear", { qty: 0 }),
    ];
    expect(none).toEqual(none.map(() => undefined));
    expect(amendBody("spot", testInstrument("spot", 0, "BTC"), testOrder({ price: 0 }), REF)).toBeUndefined();
  });

  test("the venue's own id names an order where it is known; one without a name is a mistake", () => {
    const instrument = testInstrument("linear", 0, "BTC");
    expect(cancelBody("linear", instrument, { venueOrderId: "", clientOrderId: "cid-1" })).toMatchObject({
      orderLinkId: "cid-1",
    });
    expect(cancelBody("linear", instrument, { venueOrderId: "v", clientOrderId: "cid-1" })).not.toHaveProperty(
      "orderLinkId",
    );
    expect(() => cancelBody("linear", instrument, { venueOrderId: "", clientOrderId: "" })).toThrow();
    expect(() => createBody("linear", instrument, testOrder(), "x".repeat(37))).toThrow();
  });

  test("by socket and by REST alike; everything of spot in three parts", () => {
    const terms = new OrderTerms(10);
    const words = (category: Category, isSocket: boolean) => new OrderWords(category, terms, isSocket, () => TIME);
    const said = words("linear", true).cancel(testInstrument("linear", 0, "BTC"), REF);
    expect(JSON.parse(said.socket?.(7) ?? "")).toEqual({
      ...{ reqId: "7", header: { "X-BAPI-TIMESTAMP": "1700000000000", "X-BAPI-RECV-WINDOW": "5000" } },
      ...{ op: "order.cancel", args: [{ symbol: "BTCUSDT", orderId: "12345", category: "linear" }] },
    });
    expect(words("linear", false).cancel(testInstrument("linear", 0, "BTC"), REF).socket).toBeUndefined();
    const filters = words("spot", true)
      .cancelAll(testInstrument("spot", 0, "BTC"))
      .map(({ body = "" }) => JSON.parse(body).orderFilter);
    expect(filters).toEqual([undefined, "StopOrder", "tpslOrder"]);
    const report = new TradingRecord();
    expect([acknowledge({ orderId: "v", orderLinkId: "" }, report), report.venueOrderId]).toEqual(["", "v"]);
    expect([acknowledge({}, report), acknowledge({ orderId: "" }, report)]).toEqual(["orderId", "orderId"]);
  });
});

interface Recorded {
  readonly rest: readonly { readonly requests: readonly RecordedRequest[] }[];
  readonly ws: readonly { readonly traffic: readonly { readonly msg?: string }[] }[];
}
interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

describe.skipIf(!fixturesPresent)(`recorded requests (${FIXTURES_REASON})`, () => {
  test.each([
    ["spot", "requests.ccxt-4.5.84.bybit.json"],
    ["linear", "requests.ccxt-4.5.84.bybit-linear.json"],
  ] as const)("%s: what ccxt sends as well is equal byte for byte, signature and all", (category, file) => {
    const recorded = JSON.parse(readFileSync(fixture(`bybit/${file}`), "utf8")) as Recorded;
    const sent = recorded.rest.flatMap(({ requests }) => requests);
    const instrument = testInstrument(category, 0, "BTC");
    const sell = { side: Side.Sell, price: 3_000_000 };
    // ccxt sends no id of its own: with ours left out, the rest must be the same.
    const bare = (more: Partial<TradingRecord>) => {
      const { orderLinkId: _, ...rest } = made(category, more) as OrderBody;
      return rest as OrderBody;
    };
    const post = (path: string, body: OrderBody): RestAsk => {
      return {
        method: "POST",
        path: `/v5/order/${path}`,
        params: [],
        body: JSON.stringify(body),
        security: "signed",
        weight: 1,
      };
    };
    const asks: RestAsk[] = [
      post("create", bare({ ...sell, timeInForce: TimeInForce.Ioc })),
      post("create", bare({ ...sell, timeInForce: TimeInForce.Fok })),
      post("create", made(category, { flags: OrderFlag.PostOnly }) as OrderBody),
      post("create", bare({ orderType: OrderType.Market })),
      post("create", bare({ orderType: OrderType.Market, side: Side.Sell })),
      post("amend", amendBody(category, instrument, testOrder({ price: 2_000_100, qty: 2_000 }), REF) as OrderBody),
      post("cancel", cancelBody(category, instrument, REF)),
      new OrderWords(category, new OrderTerms(1), false, () => TIME).cancelAll(instrument)[0] as RestAsk,
      new Questions(category, 50, 100, () => 0).balances().first,
    ];
    for (const ask of asks) {
      const { url, method, body, headers = {} } = restRequest("", ask, TIME, KEY);
      const same = sent.find((one) => one.url === url && one.method === method && one.body === body);
      expect([url, body, same !== undefined]).toEqual([url, body, true]);
      for (const [name, value] of Object.entries(headers)) expect([name, same?.headers[name]]).toEqual([name, value]);
    }
    const logins = recorded.ws.flatMap(({ traffic }) => traffic.map(({ msg = "" }) => msg));
    expect(logins).toContain(loginText(1_700_000_010_000, KEY));
  });

  test("the venue's own vectors, and a recorded socket order", () => {
    const [login, rest] = JSON.parse(readFileSync(fixture("bybit/signing-vectors.json"), "utf8"));
    expect(JSON.parse(loginText(1_700_000_010_000, KEY)).args[2]).toBe(login.signature);
    expect(signedHeaders(rest.payload, TIME, KEY)["x-bapi-sign"]).toBe(rest.signature);
    const recorded = JSON.parse(readFileSync(fixture("bybit/jkorf.wsapi.V5Api.Private.CancelOrder.json"), "utf8"));
    const { client } = recorded[2];
    const ours = JSON.parse(
      socketText(2, "order.cancel", client.args[0], { timestampMs: 1_711_001_595_207, recvWindowMs: 8_000 }),
    );
    const { Referer: _, ...header } = client.header;
    expect(ours).toEqual({ ...client, reqId: "2", header });
  });
});

test("what is sent is what is signed", () => {
  const ask: RestAsk = { method: "GET", path: "/x", params: [["cursor", "a%3D b"]], security: "signed", weight: 1 };
  const { url, headers } = restRequest("https://h", ask, TIME, KEY);
  expect(url).toBe("https://h/x?cursor=a%253D%20b");
  expect(headers?.["x-bapi-sign"]).toBe(KEY.sign("1700000000000TESTKEY5000cursor=a%253D%20b"));
  expect(restRequest("https://h", { ...ask, params: [], security: "none" }, TIME, KEY)).toEqual({
    method: "GET",
    url: "https://h/x",
    headers: {},
  });
});
