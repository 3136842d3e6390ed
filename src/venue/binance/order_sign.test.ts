/** Requests as they are signed and sent: byte for byte what independent clients send. Covers order_params and order_sign. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { OrderFlag, OrderType, TimeInForce } from "../../model/order.ts";
import type { TradingRecord } from "../../model/record.ts";
import { testOrder } from "../wire/order_terms.testing.ts";
import { testInstrument } from "./gateway_rig.testing.ts";
import { newOrderParams, orderParams } from "./order_params.ts";
import { signedParams, signedText } from "./order_sign.ts";
import { hmac, requestsAs, TIME } from "./order_sign_rig.testing.ts";

const words = (market: "spot" | "usdm", more: Partial<TradingRecord>) =>
  newOrderParams(market, testInstrument(market, 0, "BTC"), testOrder(more), "id")
    ?.slice(4)
    .map((pair) => pair.join("="))
    .join(" ");

describe("parameters", () => {
  test("prices and quantities are exact, without trailing zeros", () => {
    expect(words("spot", { price: 1, qty: 1 })).toBe("type=LIMIT quantity=0.00001 price=0.01 timeInForce=GTC");
    expect(words("spot", { price: 6_000_010, qty: 12_345_678 })).toBe(
      "type=LIMIT quantity=123.45678 price=60000.1 timeInForce=GTC",
    );
  });

  test("post-only is a type on spot and a time on USD-M", () => {
    const flags = OrderFlag.PostOnly;
    expect(words("spot", { flags })).toBe("type=LIMIT_MAKER quantity=0.01 price=20000");
    expect(words("usdm", { flags })).toBe("type=LIMIT quantity=0.01 price=20000 timeInForce=GTX");
    expect(words("usdm", { flags: OrderFlag.ReduceOnly, timeInForce: TimeInForce.Ioc })).toBe(
      "type=LIMIT quantity=0.01 price=20000 timeInForce=IOC reduceOnly=true",
    );
  });

  test.each([
    ["a stop", { orderType: OrderType.StopMarket }],
    ["an order without quantity", { qty: 0 }],
    ["a limit order without price", { price: 0 }],
    ["no side", { side: 0 }],
    ["a post-only market order", { orderType: OrderType.Market, flags: OrderFlag.PostOnly }],
    ["a post-only order that does not rest", { timeInForce: TimeInForce.Ioc, flags: OrderFlag.PostOnly }],
    ["good till a date", { timeInForce: TimeInForce.Gtd }],
    ["an iceberg", { displayQty: 1 }],
    ["a leg", { leg: 1 }],
    ["reduce-only on spot", { flags: OrderFlag.ReduceOnly }],
  ])("%s is not sent at all", (_, more) => expect(words("spot", more)).toBeUndefined());

  test("the venue's own id names an order where it is known", () => {
    const both = { venueOrderId: "12345", clientOrderId: "cid" };
    expect(orderParams("BTCUSDT", both)).toEqual([
      ["symbol", "BTCUSDT"],
      ["orderId", "12345"],
    ]);
    expect(orderParams("BTCUSDT", { ...both, venueOrderId: "" }).at(-1)).toEqual(["origClientOrderId", "cid"]);
  });
});

interface Recorded {
  readonly rest: readonly { readonly requests: readonly { readonly url: string; readonly body?: string }[] }[];
}

/** Every signed text that ccxt sent. */
function recorded(file: string): string[] {
  const { rest } = JSON.parse(readFileSync(fixture(file), "utf8")) as Recorded;
  const texts = rest.flatMap(({ requests }) => requests.map(({ url, body }) => body ?? url.split("?")[1] ?? ""));
  return texts.filter((text) => text.includes("signature="));
}

describe.skipIf(!fixturesPresent)(`recorded requests (${FIXTURES_REASON})`, () => {
  test.each([
    ["spot", "binance-spot/requests.ccxt-4.5.84.binance.json", "x-TKT5PX2F0000000000000000000001", "FULL"],
    ["usdm", "binance-usdm/requests.ccxt-4.5.84.binanceusdm.json", "x-cvBPrNm90000000000000000000001", "RESULT"],
  ] as const)("%s: orders, cancels and questions equal ccxt's byte for byte", (market, file, id, as) => {
    const sent = recorded(file);
    const ours = requestsAs(market, id, as);
    for (const params of ours) expect(sent).toContain(signedText(params, TIME, hmac("TESTSECRET")));
  });

  test("the venue's own vectors", () => {
    const vectors = JSON.parse(readFileSync(fixture("binance-spot/signing-vectors.json"), "utf8")) as {
      scheme: string;
      secret?: string;
      payload: string;
      signature: string;
    }[];
    let checked = 0;
    for (const { scheme, secret = "", payload, signature } of vectors) {
      if (!scheme.includes("HMAC")) continue;
      expect(hmac(secret).sign(payload)).toBe(signature);
      if (!scheme.startsWith("WS-API")) continue;
      const pairs = payload.split("&").map((pair) => pair.split("=") as [string, string]);
      const given = Object.fromEntries(pairs);
      const rest = pairs.filter(([name]) => !["apiKey", "recvWindow", "timestamp"].includes(name)).reverse();
      const time = {
        timestampMs: Number.parseInt(given["timestamp"] as string, 10),
        recvWindowMs: Number.parseInt(given["recvWindow"] as string, 10),
      };
      const signed = signedParams(rest, time, hmac(secret, given["apiKey"]));
      expect(signed["signature"]).toBe(signature);
      checked++;
    }
    expect(checked).toBeGreaterThan(1);
  });
});

test("what is signed is percent-encoded first, and so is the signature", () => {
  const key = { apiKey: "k", sign: (payload: string) => `${payload.length}+/=` };
  expect(signedText([["symbol", "１"]], TIME, key)).toBe(
    "timestamp=1700000000000&symbol=%EF%BC%91&recvWindow=10000&signature=57%2B%2F%3D",
  );
});
