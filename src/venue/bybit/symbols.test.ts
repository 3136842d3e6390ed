/** instruments-info as instruments: the rules as stated, what cannot be traded named, pages, names. Covers symbols, naming and cursor. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { InstrumentKind } from "../../model/order.ts";
import { cursorText } from "./cursor.ts";
import { likelyNameOf, symbolsOf } from "./naming.ts";
import { instrumentsQuery, parseInstruments } from "./symbols.ts";

const SPOT = {
  symbol: "ETHUSDT",
  ...{ baseCoin: "ETH", quoteCoin: "USDT", status: "Trading", priceFilter: { tickSize: "0.01" } },
  lotSizeFilter: { basePrecision: "0.00001", minOrderQty: "0.62", maxOrderQty: "1000.0", minOrderAmt: "5" },
};
const LINEAR = {
  ...{ symbol: "BTCUSDT", contractType: "LinearPerpetual", baseCoin: "BTC", quoteCoin: "USDT", settleCoin: "USDT" },
  ...{ deliveryTime: "0", priceFilter: { minPrice: "0.10", tickSize: "0.10" } },
  lotSizeFilter: { qtyStep: "0.001", minOrderQty: "0.002", maxOrderQty: "1190.000", minNotionalValue: "5" },
};
const FUTURE = {
  ...LINEAR,
  symbol: "BTC-27JUN25",
  contractType: "LinearFutures",
  quoteCoin: "USDC",
  settleCoin: "USDC",
};

function page(list: unknown, more: object = {}): string {
  return JSON.stringify({ retCode: 0, retMsg: "OK", result: { category: "x", list, ...more } });
}

describe("rules", () => {
  test("spot: step of the base, the least value instead of the least quantity, which the venue does not apply", () => {
    expect(parseInstruments(page([SPOT]), "spot").instruments).toEqual([
      {
        ...{ name: "bybit:ETH-USDT", venue: "bybit-spot", venueSymbol: "ETHUSDT", kind: InstrumentKind.Spot },
        ...{ base: "ETH", quote: "USDT", settle: "USDT", priceScale: 4, qtyScale: 7, priceDecimals: 2, qtyDecimals: 5 },
        ...{ tick: 100, lot: 100, qtyMin: 100, qtyMax: 10_000_000_000, notionalMin: 500_000_000_000 },
      },
    ]);
  });

  test("linear: perpetuals and dated contracts by their delivery, minimum and maximum as stated", () => {
    const future = { ...FUTURE, deliveryTime: "1751011200000" };
    const { instruments, problems } = parseInstruments(page([LINEAR, future]), "linear");
    expect(problems).toEqual([]);
    expect(instruments.map(({ name, settle, venue }) => [name, settle, venue])).toEqual([
      ["bybit:BTC-USDT-PERP", "USDT", "bybit-linear"],
      ["bybit:BTC-USDC-20250627", "USDC", "bybit-linear"],
    ]);
    const { tick, lot, qtyMin, qtyMax, priceScale, qtyScale, notionalMin } = instruments[0]!;
    expect([tick, lot, qtyMin, qtyMax].map((n, i) => n / 10 ** (i === 0 ? priceScale : qtyScale))).toEqual([
      0.1, 0.001, 0.002, 1190,
    ]);
    expect(notionalMin / 10 ** (priceScale + qtyScale)).toBe(5);
  });

  test("days of delivery, leap years too", () => {
    const days = ["2024-02-29", "2000-03-01", "2026-12-31", "2027-01-01", "1999-12-31"];
    const rows = days.map((day, n) => ({
      ...FUTURE,
      symbol: `X${n}`,
      deliveryTime: String(Date.parse(`${day}T08:00Z`)),
    }));
    // A time of fewer than thirteen digits is from before 2001: none is meant.
    const { instruments, problems } = parseInstruments(page(rows), "linear");
    expect(instruments.map(({ name }) => name.slice(-8))).toEqual(["20240229", "20261231", "20270101"]);
    expect(problems.length).toBe(2);
  });

  test("what cannot be traded as stated is named, and the rest goes on", () => {
    const { instruments, problems } = parseInstruments(
      page([
        null,
        { symbol: "" },
        { ...LINEAR, symbol: "" },
        { ...LINEAR, symbol: "A", contractType: "InversePerpetual" },
        { ...LINEAR, symbol: "B", priceFilter: { tickSize: 0.1 } },
        { ...LINEAR, symbol: "C", priceFilter: { tickSize: "0.00" } },
        { ...LINEAR, symbol: "D", priceFilter: { tickSize: "1e-3" } },
        { ...LINEAR, symbol: "E", lotSizeFilter: {} },
        { ...LINEAR, symbol: "F", lotSizeFilter: { ...LINEAR.lotSizeFilter, minNotionalValue: 5 } },
        { ...FUTURE, symbol: "G" },
        LINEAR,
        LINEAR,
      ]),
      "linear",
    );
    expect(instruments.map(({ venueSymbol }) => venueSymbol)).toEqual(["BTCUSDT"]);
    expect(problems.map(({ detail }) => detail)).toEqual([
      "symbol 1 lacks symbol, baseCoin or quoteCoin",
      "symbol 2 lacks symbol, baseCoin or quoteCoin",
      "symbol 3 has an empty name",
      'A has the contract type "InversePerpetual"',
      "B: no tickSize",
      "C: tick or step is zero: the venue states none",
      "D: tick 1e-3 or step 0.001 is no number",
      "E: no step or no least quantity",
      "F: the least value is no text",
      "G: no deliveryTime",
      "BTCUSDT is listed twice; the first counts",
    ]);
  });

  test("an answer that is none: refused, no JSON, no list", () => {
    const codes = ['{"retCode":10006,"retMsg":"Too many visits!"}', "{", '{"retCode":0,"result":{}}', "[]"].map(
      (text) => parseInstruments(text, "spot").problems[0]?.code,
    );
    expect(codes).toEqual(["AnswerRefused", "FrameTruncated", "FieldMissing", "AnswerRefused"]);
  });

  test("pages: linear goes by cursor, spot has none", () => {
    expect(parseInstruments(page([LINEAR], { nextPageCursor: "first%3Dx" }), "linear").cursor).toBe("first%3Dx");
    expect(parseInstruments(page([SPOT]), "spot").cursor).toBe("");
    expect(["a=b&c", "a%3Db%26c", "%", "a%2b"].map((cursor) => encodeURIComponent(cursorText(cursor)))).toEqual([
      ...["a%3Db%26c", "a%3Db%26c", "%25", "a%252b"],
    ]);
    expect([
      instrumentsQuery("spot", "x"),
      instrumentsQuery("linear"),
      instrumentsQuery("linear", "a%3Db%26c"),
    ]).toEqual([
      "/v5/market/instruments-info?category=spot",
      "/v5/market/instruments-info?category=linear&limit=1000",
      "/v5/market/instruments-info?category=linear&limit=1000&cursor=a%3Db%26c",
    ]);
  });

  test.skipIf(!fixturesPresent)(`recorded answers parse whole (${FIXTURES_REASON})`, () => {
    for (const [file, category] of [
      ["nautilus.http_get_instruments_spot.json", "spot"],
      ["nautilus.http_get_instruments_spot_xstocks.json", "spot"],
      ["xchange.getInstrumentSpot.json", "spot"],
      ["nautilus.http_get_instruments_linear_symbol_type.json", "linear"],
    ] as const) {
      const { instruments, problems } = parseInstruments(readFileSync(fixture(`bybit/${file}`), "utf8"), category);
      expect([file, problems, instruments.length > 0]).toEqual([file, [], true]);
    }
  });
});

describe("names", () => {
  test.each([
    ["spot", "BTCUSDT", "bybit:BTC-USDT"],
    ["spot", "ETHBTC", "bybit:ETH-BTC"],
    ["spot", "USDCUSDT", "bybit:USDC-USDT"],
    ["linear", "1000PEPEUSDT", "bybit:1000PEPE-USDT-PERP"],
    ["linear", "BTCPERP", "bybit:BTC-USDC-PERP"],
    ["linear", "BTCUSDT-26JUN26", "bybit:BTC-USDT-20260626"],
    ["linear", "BTC-27JUN25", "bybit:BTC-USDC-20250627"],
  ] as const)("%s %s is %s, and the name finds the symbol", (category, symbol, name) => {
    expect(likelyNameOf(category, symbol)).toBe(name);
    const [base, quote, kind] = name.slice("bybit:".length).split("-") as [string, string, string | undefined];
    expect(symbolsOf(category, base, quote, kind)).toContain(symbol);
  });

  test("what is no name of the category finds nothing", () => {
    expect([symbolsOf("spot", "A", "B", "PERP"), symbolsOf("linear", "A", "B", undefined)]).toEqual([[], []]);
    expect([
      symbolsOf("linear", "A", "B", "20251"),
      likelyNameOf("spot", "ABC"),
      likelyNameOf("spot", "ABCDEF"),
    ]).toEqual([[], "bybit:ABC-UNKNOWN", "bybit:ABC-DEF"]);
  });
});
