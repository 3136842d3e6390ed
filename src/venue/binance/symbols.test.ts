/** exchangeInfo into instruments: filters decide, what cannot be traded is named; captures without one are inferred. Covers naming, instrument_scan. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InstrumentKind } from "../../model/order.ts";
import { captureFrames, FIXTURES, FIXTURES_PRESENT } from "./decode_rig.testing.ts";
import { InstrumentScan, parseExchangeInfo, splitSymbol } from "./symbols.ts";

function info(...symbols: object[]): string {
  return JSON.stringify({ timezone: "UTC", symbols });
}

const PRICE = { filterType: "PRICE_FILTER", minPrice: "0.01000000", maxPrice: "1000000.0", tickSize: "0.01000000" };
const LOT = { filterType: "LOT_SIZE", minQty: "0.00010000", maxQty: "9000.00000000", stepSize: "0.00010000" };
const NOTIONAL = { filterType: "NOTIONAL", minNotional: "5.00000000", applyMinToMarket: true };
const ETH = { symbol: "ETHUSDT", status: "TRADING", baseAsset: "ETH", quoteAsset: "USDT", pricePrecision: 8 };
const FUTURE = {
  symbol: "BTCUSDT",
  ...{ contractType: "PERPETUAL", baseAsset: "BTC", quoteAsset: "USDT", marginAsset: "USDT" },
  ...{ pricePrecision: 2, quantityPrecision: 3 },
  filters: [
    { filterType: "PRICE_FILTER", tickSize: "0.10" },
    { filterType: "LOT_SIZE", minQty: "0.001", maxQty: "1000", stepSize: "0.001" },
    { filterType: "MIN_NOTIONAL", notional: "100" },
  ],
};

describe("exchangeInfo", () => {
  test("spot: tick, lot and minima from the filters", () => {
    const { instruments, problems } = parseExchangeInfo(info({ ...ETH, filters: [PRICE, LOT, NOTIONAL] }), "spot");
    expect(problems).toEqual([]);
    expect(instruments).toEqual([
      {
        ...{ name: "binance:ETH-USDT", venue: "binance-spot", venueSymbol: "ETHUSDT", kind: InstrumentKind.Spot },
        ...{ base: "ETH", quote: "USDT", settle: "USDT", priceScale: 4, qtyScale: 6, priceDecimals: 8, qtyDecimals: 8 },
        ...{ tick: 100, lot: 100, qtyMin: 100, qtyMax: 9_000_000_000, notionalMin: 50_000_000_000 },
      },
    ]);
  });

  test("USD-M: names, the tick is never pricePrecision", () => {
    const quarterly = { ...FUTURE, symbol: "BTCUSDT_241227", contractType: "CURRENT_QUARTER" };
    const { instruments } = parseExchangeInfo(info(FUTURE, quarterly), "usdm");
    expect(instruments.map((i) => i.name)).toEqual(["binance:BTC-USDT-PERP", "binance:BTC-USDT-20241227"]);
    const { priceScale, qtyScale, priceDecimals, qtyDecimals, tick, lot, notionalMin, kind, venue } = instruments[0]!;
    expect({ priceScale, qtyScale, priceDecimals, qtyDecimals, tick, lot, notionalMin, kind, venue }).toEqual({
      ...{ priceScale: 3, qtyScale: 5, priceDecimals: 2, qtyDecimals: 3, tick: 100, lot: 100 },
      ...{ notionalMin: 10_000_000_000, kind: InstrumentKind.LinearPerpetual, venue: "binance-usdm" },
    });
  });

  test("spare decimals are given up where a number would not fit; a maximum that does not is none", () => {
    const price = { ...PRICE, tickSize: "0.0000001" };
    const lot = { ...LOT, minQty: "1", stepSize: "0.000001", maxQty: "99999999999" };
    const { instruments } = parseExchangeInfo(info({ ...ETH, filters: [price, lot, NOTIONAL] }), "spot");
    const { priceScale, qtyScale, qtyMax, notionalMin } = instruments[0]!;
    expect({ priceScale, qtyScale, qtyMax, notionalMin }).toEqual({
      ...{ priceScale: 7, qtyScale: 6, qtyMax: 0, notionalMin: 50_000_000_000_000 },
    });
  });

  test("what cannot be traded as stated is a problem, and the rest goes on", () => {
    const { instruments, problems } = parseExchangeInfo(
      info(
        { ...ETH, filters: [] },
        { ...ETH, symbol: "A", filters: [{ ...PRICE, tickSize: "0.00" }, LOT] },
        { ...ETH, symbol: "B", filters: [{ ...PRICE, tickSize: "1e-3" }, LOT] },
        { ...ETH, symbol: "C", filters: [{ ...PRICE, tickSize: 0.01 }, LOT] },
        { symbol: "D" },
        { ...ETH, symbol: "E", filters: [PRICE, LOT] },
        { ...ETH, symbol: "E", filters: [PRICE, LOT] },
        null as unknown as object,
      ),
      "spot",
    );
    expect(instruments.map((i) => i.venueSymbol)).toEqual(["E"]);
    expect(problems.map((p) => p.detail)).toMatchSnapshot();
    expect(parseExchangeInfo(info({ ...FUTURE, contractType: "" }), "usdm").problems[0]?.code).toBe("EnumUnknown");
    expect(parseExchangeInfo("{", "spot").problems[0]?.code).toBe("FrameTruncated");
    expect(parseExchangeInfo("{}", "spot").problems[0]?.code).toBe("FieldMissing");
  });

  test.skipIf(!FIXTURES_PRESENT)("real answers of both markets parse whole (needs shared fixtures)", () => {
    for (const [file, market] of [
      ["binance-spot/gct.get.api.v3.exchangeInfo.json", "spot"],
      ["binance-usdm/gct.get.fapi.v1.exchangeInfo.json", "usdm"],
    ] as const) {
      const recorded = JSON.parse(readFileSync(join(FIXTURES, file), "utf8")) as { data: { symbols: unknown[] } }[];
      const { instruments, problems } = parseExchangeInfo(JSON.stringify(recorded[0]?.data), market);
      expect(problems).toEqual([]);
      expect(instruments.length).toBe(recorded[0]?.data.symbols.length ?? -1);
      for (const i of instruments) {
        expect(i.tick > 0 && i.lot > 0 && i.priceScale + i.qtyScale <= 18).toBe(true);
        expect(splitSymbol(i.venueSymbol)).toEqual({ base: i.base, quote: i.quote });
      }
    }
  });
});

test("splitSymbol knows the quote assets", () => {
  const split = (s: string) => Object.values(splitSymbol(s)).join("/");
  const symbols = [
    "ETHUSDT",
    "BTCFDUSD",
    "ETHBTC",
    "1000SHIBUSDT",
    "BTCUSDT_241227",
    "BNBETH",
    "币安USDT",
    "ABCXYZ",
    "AB",
  ];
  expect(symbols.map(split)).toEqual([
    ...["ETH/USDT", "BTC/FDUSD", "ETH/BTC", "1000SHIB/USDT", "BTC/USDT", "BNB/ETH", "币安/USDT", "ABC/XYZ"],
    "AB/UNKNOWN",
  ]);
});

describe("instruments inferred from frames", () => {
  test("decimals that carry value make tick and lot, decimals written are kept", () => {
    const scan = new InstrumentScan();
    scan.add(
      '{"stream":"ethusdt@bookTicker","data":{"u":1,"s":"ETHUSDT","b":"0.00","B":"0.5","a":"2683.81000000","A":"3.02920000"}}',
    );
    scan.add('{"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"61000.50","q":"0.01000","T":1,"m":true}');
    scan.add('{"stream":"btcusdt@depth20","data":{"lastUpdateId":1,"bids":[["61000.25","1"]],"asks":[]}}');
    scan.add("garbage");
    scan.add('{"result":null,"id":1}');
    scan.add('{"lastUpdateId":1,"bids":[["1.123456","1"]],"asks":[]}');
    const [btc, eth] = scan.result("usdm");
    expect(btc).toMatchObject({ name: "binance:BTC-USDT-PERP", venueSymbol: "BTCUSDT", priceScale: 4, qtyScale: 4 });
    expect(eth).toEqual({
      ...{ name: "binance:ETH-USDT-PERP", venue: "binance-usdm", venueSymbol: "ETHUSDT" },
      ...{ kind: InstrumentKind.LinearPerpetual, base: "ETH", quote: "USDT", settle: "USDT" },
      ...{ priceScale: 4, qtyScale: 6, priceDecimals: 8, qtyDecimals: 8, tick: 100, lot: 100, qtyMin: 100 },
      ...{ qtyMax: 0, notionalMin: 0 },
    });
    expect([scan.firstPrice("ETHUSDT", 4), scan.firstPrice("BTCUSDT", 4), scan.firstPrice("X", 4)]).toEqual([
      ...[26_838_100, 610_005_000, 0],
    ]);
  });

  test("a nameless REST answer counts for the only symbol", () => {
    const scan = new InstrumentScan();
    scan.add('{"lastUpdateId":1,"bids":[["1.123456","1"]],"asks":[]}');
    scan.add('{"stream":"ethusdt@bookTicker","data":{"u":1,"s":"ETHUSDT","b":"1","B":"1","a":"2","A":"1"}}');
    expect(scan.result("spot")[0]).toMatchObject({ priceScale: 8, tick: 100, qtyScale: 2, lot: 100 });
  });

  test.skipIf(!FIXTURES_PRESENT)("the real capture's (needs shared fixtures)", () => {
    const scan = new InstrumentScan();
    for (const text of captureFrames("binance-spot/ethusdt_20240809.gz")) scan.add(text);
    expect(scan.result("spot")).toMatchObject([
      { name: "binance:ETH-USDT", priceScale: 4, qtyScale: 7, priceDecimals: 8, qtyDecimals: 8, tick: 100, lot: 100 },
    ]);
  });
});
