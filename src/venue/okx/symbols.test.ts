/** public/instruments as instruments: contracts, rules, what is not traded, recorded lists. Covers symbols and naming. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { hasContract } from "../../model/instrument.ts";
import { InstrumentKind } from "../../model/order.ts";
import { isSwap, nameOf, nameOfSymbol, VENUE } from "./naming.ts";
import { instrumentsQuery, parseInstruments } from "./symbols.ts";

const SPOT = {
  ...{ instId: "ETH-USDT", instType: "SPOT", baseCcy: "ETH", quoteCcy: "USDT", settleCcy: "", state: "live" },
  ...{ tickSz: "0.01", lotSz: "0.000001", minSz: "0.0001", maxLmtSz: "999999999999", ctVal: "", ctMult: "", uly: "" },
};
const LINEAR = {
  ...{ instId: "BTC-USDT-SWAP", instType: "SWAP", baseCcy: "", quoteCcy: "", settleCcy: "USDT", uly: "BTC-USDT" },
  ...{ ctType: "linear", ctVal: "0.01", ctMult: "1", ctValCcy: "BTC", state: "live" },
  ...{ tickSz: "0.1", lotSz: "0.01", minSz: "0.01", maxLmtSz: "100000000" },
};
const INVERSE = {
  ...{ ...LINEAR, instId: "BTC-USD-SWAP", uly: "BTC-USD", settleCcy: "BTC", ctType: "inverse", ctVal: "100" },
  ...{ ctValCcy: "USD", lotSz: "1", minSz: "1" },
};

const list = (...data: object[]) => parseInstruments(JSON.stringify({ code: "0", msg: "", data }));

describe("rules", () => {
  test("spot: the lot of the base, no least value", () => {
    expect(list(SPOT)).toEqual({
      instruments: [
        {
          ...{ name: "okx:ETH-USDT", venue: VENUE, venueSymbol: "ETH-USDT", kind: InstrumentKind.Spot },
          ...{ base: "ETH", quote: "USDT", settle: "USDT", priceScale: 4, qtyScale: 8 },
          ...{ priceDecimals: 2, qtyDecimals: 6, tick: 100, lot: 100, qtyMin: 10_000, qtyMax: 0, notionalMin: 0 },
        },
      ],
      problems: [],
      cursor: "",
    });
  });

  test("swaps count contracts: of the base where linear, of the quote where inverse", () => {
    const { instruments, problems } = list(LINEAR, INVERSE);
    expect(problems).toEqual([]);
    expect(instruments).toMatchObject([
      {
        ...{ name: "okx:BTC-USDT-PERP", kind: InstrumentKind.LinearPerpetual, base: "BTC", quote: "USDT" },
        ...{ settle: "USDT", contractSize: 1, contractScale: 2, qtyDecimals: 2 },
      },
      {
        ...{ name: "okx:BTC-USD-PERP", kind: InstrumentKind.InversePerpetual, base: "BTC", quote: "USD" },
        ...{ settle: "BTC", contractSize: 100, contractScale: 0, qtyDecimals: 0 },
      },
    ]);
    for (const made of instruments) expect(hasContract({ ...made, id: 0, revision: 1 })).toBe(true);
  });

  test.each([
    ["10000000", "1", 10_000_000, 0],
    ["0.10", "0.5", 5, 2],
    ["2.50", "4", 10, 0],
    ["0.001", "1000", 1, 0],
  ])("a contract of %s times %s", (ctVal, ctMult, contractSize, contractScale) => {
    expect(list({ ...LINEAR, ctVal, ctMult }).instruments).toMatchObject([{ contractSize, contractScale }]);
  });

  test.each([
    ["a contract of the other asset", { ctValCcy: "USDT" }],
    ["a contract of nothing", { ctVal: "0" }],
    ["a contract that is no number", { ctVal: "" }],
    ["a multiplier beyond 2^53", { ctMult: "99999999999999999" }],
    ["an unknown type", { ctType: "quanto" }],
    ["no settlement", { settleCcy: "" }],
    ["no underlying", { uly: "BTC" }],
    ["an inverse that is paid in dollars", { ...INVERSE, settleCcy: "USDT" }],
    ["a step of zero", { lotSz: "0" }],
    ["no tick", { tickSz: "" }],
    ["no least size", { minSz: undefined }],
    ["scales beyond all reckoning", { tickSz: "0.000000000001", lotSz: "0.0000001" }],
    ["futures", { instType: "FUTURES" }],
    ["before its first day", { state: "preopen" }],
    ["no name", { instId: "" }],
  ])("%s: named, set aside, and the others go on", (_, change) => {
    const { instruments, problems } = list({ ...LINEAR, ...change }, SPOT);
    expect([instruments.map(({ name }) => name), problems.length]).toEqual([["okx:ETH-USDT"], 1]);
  });

  test("answers that are none, and a name that comes twice", () => {
    const codes = (text: string) => parseInstruments(text).problems.map(({ code }) => code);
    expect(codes("{")).toEqual(["FrameTruncated"]);
    expect(codes('{"code":"50011","msg":"Too Many Requests","data":[]}')).toEqual(["AnswerRefused"]);
    expect(codes('{"code":"0"}')).toEqual(["FieldMissing"]);
    expect(list(SPOT, SPOT, 5 as unknown as object).problems.map(({ code }) => code)).toEqual([
      "FieldType",
      "FieldMissing",
    ]);
    expect(list(SPOT, SPOT).instruments).toHaveLength(1);
    expect(instrumentsQuery("SWAP")).toBe("/api/v5/public/instruments?instType=SWAP");
  });

  test("any values: an instrument that can be reckoned with, or a problem; never both, never a throw", () => {
    const values = fc.oneof(
      fc.string(),
      fc.constantFrom("0.1", "1", "100", "0.00000001", "BTC-USDT"),
      fc.integer(),
      fc.constant(null),
    );
    const fields = fc.constantFrom(...Object.keys(LINEAR));
    fc.assert(
      fc.property(fc.array(fc.tuple(fields, values), { maxLength: 4 }), (changes) => {
        const { instruments, problems } = list({ ...LINEAR, ...Object.fromEntries(changes) });
        expect(instruments.length + problems.length).toBe(1);
        for (const made of instruments) expect(hasContract({ ...made, id: 0, revision: 1 })).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

test("names there and back", () => {
  expect(["BTC-USDT", "BTC-USD-SWAP"].map(nameOfSymbol)).toEqual(["okx:BTC-USDT", "okx:BTC-USD-PERP"]);
  expect([nameOf("SWAP", "BTC", "USD"), isSwap("BTC-USD-SWAP"), isSwap("SWAP-USDT")]).toEqual([
    "okx:BTC-USD-PERP",
    true,
    false,
  ]);
});

describe.skipIf(!fixturesPresent)(`recorded lists (${FIXTURES_REASON})`, () => {
  const read = (name: string) => parseInstruments(readFileSync(fixture(`okx/${name}`), "utf8"));

  test("spot and swaps as nautilus recorded them", () => {
    expect(read("nautilus.http_get_instruments_spot.json").problems).toEqual([]);
    const { instruments, problems } = read("nautilus.http_get_instruments_swap.json");
    expect(problems).toEqual([]);
    expect(
      instruments.map(({ name, contractSize = 1, contractScale = 0 }) => [name, contractSize / 10 ** contractScale]),
    ).toEqual([
      ["okx:BTC-USD-PERP", 100],
      ["okx:ETH-USDT-PERP", 0.1],
      ["okx:BTC-USDT-PERP", 0.01],
    ]);
  });

  test("all swaps of a day: each is an instrument; what has no market of ours is named", () => {
    const { response } = JSON.parse(readFileSync(fixture("okx/cryptofeed.instruments.SWAP.json"), "utf8"));
    const { instruments, problems } = parseInstruments(JSON.stringify(response));
    expect(problems.map(({ detail }) => detail)).toEqual([]);
    expect(instruments.length).toBe(response.data.length);
    for (const made of instruments) {
      expect(nameOfSymbol(made.venueSymbol)).toBe(made.name);
      expect(hasContract({ ...made, id: 0, revision: 1 })).toBe(true);
    }
    for (const name of ["nautilus.http_get_instruments_futures.json", "nautilus.http_get_instruments_margin.json"]) {
      expect([read(name).instruments, read(name).problems.every(({ code }) => code === "EnumUnknown")]).toEqual([
        [],
        true,
      ]);
    }
  });
});
