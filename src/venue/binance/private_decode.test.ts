/**
 * Private messages into records: what each says, what is set aside by which name, and that no bytes can hurt. Covers
 * private_decode, private_spot, private_usdm, private_rows, private_fields, private_reader, private_ids, private_stats.
 */

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { CASH_SCALE, wideText } from "../../core/decimal.ts";
import { Wide } from "../../core/wide.ts";
import { clientOrderId } from "../../model/client_order_id.ts";
import { Reject } from "../../model/denial.ts";
import { CashCause, Leg, Liquidity, Side } from "../../model/order.ts";
import { Evidence, RecordKind, VenueOrderStatus } from "../../model/record.ts";
import { parseExact } from "../wire/fields.ts";
import { Chance, mutated } from "../wire/mutate.testing.ts";
import { Heard } from "../wire/private_link.ts";
import { IDS, OWN, REPORT, PrivateRig as Rig, TRADE, usdm } from "./private_rig.testing.ts";
import { RowReader } from "./private_rows.ts";

const MUTATIONS = process.env["MELTICA_FUZZ"] === "large" ? 10_000_000 : 30_000;
const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed

const money = (hi: number, lo: number) => wideText(new Wide().setLimbs(hi, lo), CASH_SCALE);

describe("spot reports", () => {
  test("an acceptance", () => {
    const [told] = new Rig("spot").say({ subscriptionId: 0, event: REPORT });
    expect(told).toMatchObject({
      ...{ kind: RecordKind.OrderAccepted, order: 123, account: 3, instrument: 0, instrumentRevision: 1, timeUs: 9 },
      ...{ side: Side.Buy, venueOrderId: "4293153", exchangeTimeUs: 1_700_000_000_499_000, cumQty: 0 },
      ...{ price: 6_000_010, qty: 50_000, evidence: Evidence.Stream },
    });
  });

  test("a fill: quantity of this trade alone, money and fee exact, the fee in the asset that was charged", () => {
    const [told] = new Rig("spot").say(TRADE);
    expect(told).toMatchObject({
      ...{ kind: RecordKind.OrderFilled, order: 123, qty: 20_000, cumQty: 30_000, price: 6_000_005, fillId: "77" },
      ...{ asset: 0, feeAsset: 1, liquidity: Liquidity.Maker },
    });
    expect([money(told?.amountHi as number, told?.amountLo as number)]).toEqual(["12000.01"]);
    expect([money(told?.feeHi as number, told?.feeLo as number)]).toEqual(["0.0002"]);
  });

  test("a fee in an asset that is not defined here is not lost in silence, and the fill counts", () => {
    const rig = new Rig("spot");
    expect(rig.say({ ...TRADE, N: "XYZ" })[0]).toMatchObject({
      qty: 20_000,
      feeLo: 0,
      text: "fee not counted: 0.00020000 XYZ",
    });
    expect(rig.aside()).toEqual(["fee in XYZ, which is not defined here"]);
  });

  test("a cancel names the order by `C`; without it, by `c`", () => {
    const canceled = { ...REPORT, x: "CANCELED", X: "CANCELED", c: "cancel-1", C: OWN };
    expect(new Rig("spot").say(canceled)[0]).toMatchObject({ kind: RecordKind.OrderCanceled, order: 123 });
    expect(new Rig("spot").say({ ...canceled, c: OWN, C: "" })[0]).toMatchObject({ order: 123 });
  });

  test.each([
    ["IOC_ORDER_EXPIRED", Reject.Unfillable],
    ["EXECUTION_RULE_PRICE_RANGE_EXCEEDED", Reject.PriceBand],
    ["EXCHANGE_CANCELED", Reject.Other],
  ])("expired: %s", (eR, code) => {
    const [told] = new Rig("spot").say({ ...REPORT, x: "EXPIRED", X: "EXPIRED", eR });
    expect(told).toMatchObject({ kind: RecordKind.OrderExpired, code });
  });

  test("self-trade prevention ends an order, or is set aside while it lives", () => {
    const rig = new Rig("spot");
    expect(rig.say({ ...REPORT, x: "TRADE_PREVENTION", X: "EXPIRED_IN_MATCH" })[0]?.kind).toBe(RecordKind.OrderExpired);
    expect(rig.say({ ...REPORT, x: "TRADE_PREVENTION", X: "NEW" })).toEqual([]);
    expect(rig.aside()).toEqual(["executionReport TRADE_PREVENTION NEW"]);
  });

  test.each([
    ["of another host", clientOrderId(2, 5, 7, 123)],
    ["of a session whose journal is lost", clientOrderId(1, 3, 7, 123)],
    ["of somebody else", "web_5d1"],
  ])("an order %s is told by the venue's id alone", (_, c) => {
    expect(new Rig("spot").say({ ...REPORT, c })[0]).toMatchObject({ order: 0, venueOrderId: "4293153" });
  });

  test("an order of an earlier session is ours", () => {
    const c = clientOrderId(1, 4, 7, 99);
    expect(new Rig("spot").say({ ...REPORT, c })[0]).toMatchObject({ order: 99 });
    expect(IDS.idOf(99, 7)).toBe(c);
  });

  test("money from outside", () => {
    const update = { e: "balanceUpdate", E: 1, a: "BTC", d: "-0.00100000", T: 1_700_000_000_000 };
    const [told] = new Rig("spot").say(update);
    expect(told).toMatchObject({ kind: RecordKind.CashMoved, code: CashCause.Transfer, asset: 1 });
    expect(money(told?.amountHi as number, told?.amountLo as number)).toBe("-0.001");
    expect(told?.fillId).toBe("B1700000000000000-BTC--0.00100000");
  });

  test.each([
    ["x", undefined],
    ["i", "12.5"],
    ["z", "1e3"],
    ["T", -5],
    ["S", "HOLD"],
    ["q", 12],
  ])("a report whose %s is %p is set aside, and named", (name, value) => {
    const rig = new Rig("spot");
    expect(rig.say({ ...REPORT, [name]: value })).toEqual([]);
    expect(rig.builder.stats.asideTotal).toBe(1);
  });
});

describe("USD-M reports", () => {
  test("an order id of 19 digits stays what it is", () => {
    const text = JSON.stringify(usdm({})).replace("8886774", "8389765520285943113");
    const rig = new Rig("usdm");
    rig.reader.text(text, 9);
    expect(rig.told[0]).toMatchObject({
      kind: RecordKind.OrderAccepted,
      venueOrderId: "8389765520285943113",
      order: 123,
    });
    const tricky = '{"a":"x:1234567890123456789\\"","b":[1234567890123456789,-1.5e3,0.125]}';
    expect(parseExact(tricky)).toEqual({
      value: { a: 'x:1234567890123456789"', b: ["1234567890123456789", -1500, 0.125] },
    });
  });

  test("a fill, with its leg and a rebate", () => {
    const fill = { x: "TRADE", X: "FILLED", l: "0.2", z: "0.5", L: "60000.1", t: 5, n: "-0.4", N: "USDT", ps: "SHORT" };
    const [told] = new Rig("usdm").say(usdm(fill));
    expect(told).toMatchObject({
      qty: 20_000,
      cumQty: 50_000,
      leg: Leg.Short,
      side: Side.Sell,
      fillId: "5",
      feeAsset: 0,
    });
    expect(money(told?.feeHi as number, told?.feeLo as number)).toBe("-0.4");
    expect(money(told?.amountHi as number, told?.amountLo as number)).toBe("12000.02");
  });

  test("post-only that would take, reduce-only, amendments, liquidations", () => {
    const rig = new Rig("usdm");
    const expired = { x: "EXPIRED", X: "EXPIRED" };
    expect(rig.say(usdm({ ...expired, f: "GTX" }))[0]).toMatchObject({ code: Reject.WouldTake });
    expect(rig.say(usdm({ ...expired, er: "3" }))[0]).toMatchObject({ code: Reject.ReduceOnly });
    expect(rig.say(usdm({ x: "AMENDMENT", p: "60001" }))[0]).toMatchObject({
      kind: RecordKind.OrderReplaced,
      price: 6_000_100,
    });
    expect(rig.say(usdm({ x: "CALCULATED", X: "NEW_ADL", l: "0.1", L: "1", t: 6 }))[0]?.kind).toBe(
      RecordKind.OrderFilled,
    );
    expect(rig.say(usdm({ x: "CALCULATED" }))).toEqual([]);
  });

  test("funding: two positions of one time and one asset are two payments", () => {
    const rig = new Rig("usdm");
    const pay = (bc: string, wb: string, P: object[] = []) =>
      rig.say({
        e: "ACCOUNT_UPDATE",
        E: 2,
        T: 1_700_000_000_000,
        a: { m: "FUNDING_FEE", B: [{ a: "USDT", wb, cw: wb, bc }], P },
      });
    const [first] = pay("-1.5", "98.5");
    const [second] = pay("-1.5", "97", [{ s: "BTCUSDT", ps: "BOTH" }]);
    expect(first).toMatchObject({ kind: RecordKind.CashMoved, code: CashCause.Funding, instrumentRevision: 0 });
    expect(second).toMatchObject({ instrument: 0, instrumentRevision: 1 });
    expect(first?.fillId).not.toBe(second?.fillId as string);
  });

  test("what fills state is not counted twice", () => {
    const rig = new Rig("usdm");
    expect(
      rig.say({
        e: "ACCOUNT_UPDATE",
        E: 2,
        T: 2,
        a: { m: "ORDER", B: [{ a: "USDT", wb: "1", cw: "1", bc: "0" }], P: [] },
      }),
    ).toEqual([]);
    expect(rig.say({ e: "TRADE_LITE", E: 2, T: 2, s: "BTCUSDT", t: 5 })).toEqual([]);
    expect(rig.aside()).toEqual(["ACCOUNT_UPDATE ORDER", "TRADE_LITE"]);
  });
});

describe("connections", () => {
  test.each([
    [{ event: { e: "serverShutdown", E: 1 } }, Heard.Leaving],
    [{ e: "listenKeyExpired", E: 1, listenKey: "k" }, Heard.Deaf],
    [{ subscriptionId: 0, event: { e: "eventStreamTerminated", E: 1 } }, Heard.Deaf],
    [{ stream: "k", data: { e: "TRADE_LITE" } }, Heard.Data],
    [{ unknown: 1 }, Heard.Data],
  ])("%j", (message, heard) => expect(new Rig("usdm").reader.text(JSON.stringify(message), 1)).toBe(heard));
});

describe("answers", () => {
  const row = {
    ...{ symbol: "BTCUSDT", orderId: 28, clientOrderId: OWN, price: "60000.10", origQty: "1.0", executedQty: "0.25" },
    ...{
      status: "PARTIALLY_FILLED",
      timeInForce: "GTC",
      type: "LIMIT_MAKER",
      side: "BUY",
      updateTime: 1_507_725_176_595,
    },
  };
  const reader = (rig: Rig) => new RowReader(rig.builder, 11, Evidence.OpenOrders, 9);

  test("an order", () => {
    expect(reader(new Rig("spot")).order(row)).toMatchObject({
      ...{
        kind: RecordKind.StatedOrder,
        code: VenueOrderStatus.Open,
        order: 123,
        attempt: 11,
        text: OWN,
        cumQty: 25_000,
      },
      ...{ qty: 100_000, price: 6_000_010, venueOrderId: "28", flags: 1, evidence: Evidence.OpenOrders },
    });
  });

  test("a status that the venue added yesterday makes the answer worthless; a symbol that is not ours does not", () => {
    const rows = reader(new Rig("spot"));
    expect(rows.order({ ...row, symbol: "XYZUSDT" })).toBeUndefined();
    expect(rows.bad).toBe("");
    expect(rows.order({ ...row, status: "SLEEPING" })).toBeUndefined();
    expect(rows.bad).toBe("order: field status");
  });

  test("positions: short, flat, in a leg; balances: free and locked", () => {
    const rows = reader(new Rig("usdm"));
    const position = {
      symbol: "BTCUSDT",
      positionSide: "BOTH",
      positionAmt: "-0.5",
      entryPrice: "60000.123456",
      updateTime: 1,
    };
    expect(rows.position(position)).toMatchObject({ qty: 50_000, side: Side.Sell, leg: Leg.Net, price: 6_000_012 });
    expect(rows.position({ ...position, positionAmt: "0.000" })).toBeUndefined();
    expect(rows.position({ ...position, positionAmt: "2", positionSide: "LONG" })).toMatchObject({ leg: Leg.Long });
    const balance = rows.balance({ asset: "BTC", free: "1.5", locked: "0.25" });
    expect(money(balance?.amountHi as number, balance?.amountLo as number)).toBe("1.75");
    expect(money(balance?.feeHi as number, balance?.feeLo as number)).toBe("0.25");
    expect(rows.balance({ asset: "XYZ", free: "1", locked: "0" })).toBeUndefined();
    expect(rows.bad).toBe("");
    rows.balance({ asset: "BTC", free: "1e5", locked: "0" });
    expect(rows.bad).toBe("balance: field free");
  });
});

/** Every private message in a folder of fixtures, by its file. */
function messages(folder: string): { readonly file: string; readonly message: unknown }[] {
  const found: { file: string; message: unknown }[] = [];
  for (const file of readdirSync(fixture(folder))) {
    if (!/nautilus\.user_data_json|jkorf\.ws\.|UserDataStream/.test(file)) continue;
    const content: unknown = JSON.parse(readFileSync(fixture(`${folder}/${file}`), "utf8"));
    if (!Array.isArray(content)) found.push({ file, message: content });
    else {
      for (const part of content as Record<string, unknown>[]) {
        const message = part["event"] ?? part["server"] ?? part["response"];
        if (message !== undefined) found.push({ file, message });
      }
    }
  }
  return found;
}

describe.skipIf(!fixturesPresent)(`real messages (${FIXTURES_REASON})`, () => {
  test.each([
    ["binance-spot", "spot", 7],
    ["binance-usdm", "usdm", 10],
  ] as const)("%s: each is decoded, answered or set aside by name, none throws", (folder, market, least) => {
    const rig = new Rig(market, true);
    const table = new Map<string, string>();
    for (const { file, message } of messages(folder)) {
      const { stats } = rig.builder;
      const before = [stats.decodedTotal, stats.asideTotal, rig.answers.length];
      rig.reader.text(JSON.stringify(message), 9);
      const after = [stats.decodedTotal, stats.asideTotal, rig.answers.length];
      expect(after).not.toEqual(before);
      const told = rig.told.splice(0).map(({ kind }) => RecordKind[kind]);
      table.set(file, told.length > 0 ? told.join(" ") : after[2] === before[2] ? "set aside" : "answer");
    }
    expect(rig.aside().filter((why) => why.includes("field"))).toEqual([]);
    expect(table.size).toBeGreaterThanOrEqual(least);
    expect([...table].map(([file, what]) => `${file}: ${what}`).sort()).toMatchSnapshot();
  });

  test.each([
    ["binance-spot", "spot"],
    ["binance-usdm", "usdm"],
  ] as const)("%s: rows of documented answers are read", (folder, market) => {
    const rig = new Rig(market, true);
    const rows = new RowReader(rig.builder, 1, Evidence.OrderHistory, 9);
    const of = (file: string, operation: string) => {
      const all = JSON.parse(readFileSync(fixture(`${folder}/binance-connector-js.rest-api.${file}.json`), "utf8"));
      const found = (all as { operation: string; response: unknown }[]).find((one) => one.operation === operation);
      return (Array.isArray(found?.response) ? found.response : [found?.response]) as unknown[];
    };
    const orders =
      market === "spot"
        ? [
            ...of("AccountApi", "allOrders()"),
            ...of("AccountApi", "getOrder()"),
            ...of("AccountApi", "getOpenOrders()"),
          ]
        : [
            ...of("TradeApi", "allOrders()"),
            ...of("TradeApi", "queryOrder()"),
            ...of("TradeApi", "currentAllOpenOrders()"),
          ];
    const trades = market === "spot" ? of("AccountApi", "myTrades()") : of("TradeApi", "accountTradeList()");
    expect(orders.map((row) => rows.order(row)?.kind)).toEqual(orders.map(() => RecordKind.StatedOrder));
    expect(trades.map((row) => rows.trade(row)?.kind)).toEqual(trades.map(() => RecordKind.OrderFilled));
    if (market === "usdm") for (const row of of("TradeApi", "positionInformationV3()")) rows.position(row);
    expect(rows.bad).toBe("");
  });
});

test(`no bytes can hurt: ${MUTATIONS} mutated messages, seed ${SEED}`, () => {
  const chance = new Chance(SEED);
  const texts = [REPORT, TRADE, { subscriptionId: 0, event: TRADE }].map((message) => JSON.stringify(message));
  texts.push(JSON.stringify(usdm({ x: "TRADE", l: "0.2", L: "1", t: 9, n: "0.1", N: "USDT" })));
  const rigs = [new Rig("spot"), new Rig("usdm")];
  for (let at = 0; at < MUTATIONS; at++) {
    const text = mutated(texts[at % texts.length] as string, texts[(at + 1) % texts.length] as string, chance);
    for (const rig of rigs) {
      const { stats } = rig.builder;
      const before = stats.decodedTotal + stats.asideTotal + rig.answers.length;
      rig.reader.text(text, 9);
      if (stats.decodedTotal + stats.asideTotal + rig.answers.length === before) throw new Error(`silent: ${text}`);
      for (const told of rig.told.splice(0)) {
        const isWhole =
          Number.isSafeInteger(told.qty) && told.qty >= 0 && Number.isSafeInteger(told.price) && told.price >= 0;
        if (!isWhole || (told.kind === RecordKind.OrderFilled && (told.qty === 0 || told.fillId === "")))
          throw new Error(text);
      }
    }
    rigs[0]?.answers.splice(0);
    rigs[1]?.answers.splice(0);
  }
});
