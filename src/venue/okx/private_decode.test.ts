/**
 * Private messages into records: what each says, what is set aside by which name, and that no bytes can hurt. Covers
 * private_reader, private_orders, private_rows, private_bills and row_fields.
 */

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { CASH_SCALE, wideText } from "../../core/decimal.ts";
import { Wide } from "../../core/wide.ts";
import { Reject } from "../../model/denial.ts";
import { CashCause, Leg, Liquidity, OrderType, Side, TimeInForce } from "../../model/order.ts";
import { Evidence, RecordKind, type TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import type { RestAsk, VenueAnswer } from "../wire/live_answer.ts";
import { Chance, mutated } from "../wire/mutate.testing.ts";
import { Heard } from "../wire/private_link.ts";
import { ServerClock } from "../wire/server_clock.ts";
import { gatewayLimitsOf } from "./gateway_limits.ts";
import { ASSETS, SPOT, SWAP } from "./gateway_rig.testing.ts";
import { Bills } from "./private_bills.ts";
import { FILLED, LIVE, OWN, PrivateRig } from "./private_rig.testing.ts";
import { RowReader } from "./private_rows.ts";
import { negated } from "./row_fields.ts";

const MUTATIONS = process.env["MELTICA_FUZZ"] === "large" ? 10_000_000 : 10_000;
const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed

const money = (hi: number, lo: number) => {
  const wide = new Wide();
  wide.hi = hi;
  wide.lo = lo;
  return wideText(wide, CASH_SCALE);
};
const kinds = (records: readonly TradingRecord[]) => records.map(({ kind }) => RecordKind[kind]);

describe("orders", () => {
  test("one that is live, under our number", () => {
    const [record] = new PrivateRig().order(LIVE);
    expect(record).toMatchObject({
      ...{ kind: RecordKind.OrderAccepted, order: 123, account: 3, instrument: SPOT, side: Side.Buy, leg: Leg.Net },
      ...{ venueOrderId: "2497956918703120384", price: 6_000_010, qty: 50_000, cumQty: 0 },
      exchangeTimeUs: 1_700_000_000_123_000,
    });
  });

  test("a fill: its own quantity, price and fee, not those of the order so far", () => {
    const [record, ...others] = new PrivateRig().order(FILLED);
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      ...{ kind: RecordKind.OrderFilled, fillId: "77", qty: 20_000, cumQty: 30_000, price: 6_000_000 },
      ...{ liquidity: Liquidity.Taker, feeAsset: ASSETS.indexOf("BTC"), asset: ASSETS.indexOf("USDT") },
      exchangeTimeUs: 1_700_000_000_120_000,
    });
    expect(money(record?.feeHi as number, record?.feeLo as number)).toBe("0.0002");
    expect(money(record?.amountHi as number, record?.amountLo as number)).toBe("12000");
  });

  test("a rebate is a fee below zero; a maker is one", () => {
    const [record] = new PrivateRig().order({
      ...FILLED,
      fillFee: "0.01",
      fillFeeCcy: "USDT",
      execType: "M",
      side: "sell",
    });
    expect(money(record?.feeHi as number, record?.feeLo as number)).toBe("-0.01");
    expect(record).toMatchObject({ liquidity: Liquidity.Maker, feeAsset: 0, side: Side.Sell });
    expect(["-1.5", "1.5", "0", "0.00"].map(negated)).toEqual(["1.5", "-1.5", "0", "0.00"]);
    expect(["--1.5", "-"].map(negated)).toEqual(["--1.5", ""]); // Neither becomes a number (found by test/fuzz).
  });

  test("contracts: what a fill is worth counts their size", () => {
    const swap = { instType: "SWAP", instId: "BTC-USDT-SWAP", posSide: "net", sz: "10", accFillSz: "2", fillSz: "2" };
    const [record] = new PrivateRig().order({ ...FILLED, ...swap, fillFee: "-0.006", fillFeeCcy: "USDT" });
    expect(record).toMatchObject({ instrument: SWAP, qty: 20, cumQty: 20 });
    expect(money(record?.amountHi as number, record?.amountLo as number)).toBe("12");
  });

  test("what a fill was charged must be said: of the first it is what the order was charged, of others it is asked for", () => {
    const rig = new PrivateRig();
    const { fillFee: _, fillFeeCcy: __, ...bare } = FILLED;
    const [first] = rig.order({ ...bare, accFillSz: "0.2" });
    expect(money(first?.feeHi as number, first?.feeLo as number)).toBe("0.0003");
    expect(rig.order(bare)).toEqual([]);
    expect(rig.order({ ...FILLED, fillFeeCcy: "" })).toEqual([]);
    expect(rig.aside()).toEqual(["orders: field fillFee", "orders: field fillFeeCcy"]);
    const [strange] = rig.order({ ...FILLED, fillFeeCcy: "XYZ" });
    expect(strange?.text).toBe("fee not counted: 0.0002 XYZ");
  });

  test.each([
    ["1", "OrderCanceled", Reject.None],
    ["20", "OrderCanceled", Reject.None],
    ["", "OrderCanceled", Reject.None],
    ["31", "OrderExpired", Reject.WouldTake],
    ["13", "OrderExpired", Reject.Unfillable],
    ["14", "OrderExpired", Reject.Unfillable],
    ["32", "OrderExpired", Reject.Other],
  ])("an end by source %s: %s", (cancelSource, kind, code) => {
    const told = new PrivateRig().order({ ...LIVE, state: "canceled", cancelSource, accFillSz: "0.3" });
    expect(told.map((each) => [RecordKind[each.kind], each.code, each.cumQty])).toEqual([[kind, code, 30_000]]);
  });

  test("an amendment: done, failed by itself with its attempt, and told together with a fill", () => {
    const rig = new PrivateRig();
    expect(rig.order({ ...LIVE, amendResult: "0", px: "59000", sz: "0.4" })).toMatchObject([
      { kind: RecordKind.OrderReplaced, price: 5_900_000, qty: 40_000 },
    ]);
    const failed = { ...LIVE, amendResult: "-1", reqId: "a4", code: "51008", msg: "no money" };
    expect(rig.order(failed)).toMatchObject([
      { kind: RecordKind.ReplaceRejected, order: 123, attempt: 4, text: "51008 no money" },
    ]);
    expect(rig.order({ ...failed, reqId: "somebody" })).toMatchObject([{ attempt: 0 }]);
    expect(kinds(rig.order({ ...FILLED, amendResult: "0" }))).toEqual(["OrderFilled", "OrderReplaced"]);
    expect(kinds(rig.order({ ...FILLED, state: "canceled" }))).toEqual(["OrderFilled", "OrderCanceled"]);
  });

  test("nobody's instrument, no news, a field that is wrong: set aside by name", () => {
    const rig = new PrivateRig();
    for (const row of [
      { ...LIVE, instId: "XYZ-USDT" },
      { ...LIVE, instType: "MARGIN" },
      { ...LIVE, state: "filled" },
      { ...LIVE, side: "hold" },
      { ...LIVE, sz: "1e5" },
      { ...LIVE, uTime: "yesterday" },
      null,
    ]) {
      expect(rig.order(row as object)).toEqual([]);
    }
    expect(rig.aside()).toEqual([
      "orders: SPOT XYZ-USDT is not known here",
      "orders: MARGIN BTC-USDT is not known here",
      "orders filled without news",
      "orders OrderAccepted: field side",
      "orders OrderAccepted: field sz",
      "orders OrderAccepted: field uTime",
      "orders: field state",
    ]);
  });

  test("orders of others: no id, and one that counts money", () => {
    const [record] = new PrivateRig().order({ ...LIVE, clOrdId: "", ordType: "market", px: "", sz: "100.123456" });
    expect(record).toMatchObject({ order: 0, price: 0, qty: 0 });
  });
});

describe("the connection", () => {
  test("login, then one subscription after the other: up with the last", () => {
    const rig = new PrivateRig();
    expect(rig.hear({ event: "login", code: "0", msg: "", connId: "1" })).toBe(Heard.Data);
    expect(rig.hear({ event: "subscribe", arg: { channel: "orders", instType: "ANY" } })).toBe(Heard.Data);
    expect(rig.hear({ event: "subscribe", arg: { channel: "balance_and_position" } })).toBe(Heard.Greeted);
    expect(rig.said).toEqual([
      '{"op":"subscribe","args":[{"channel":"orders","instType":"ANY"}]}',
      '{"op":"subscribe","args":[{"channel":"balance_and_position"}]}',
    ]);
  });

  test("what ends it: a refused login or subscription, a service upgrade; a malformed request does not", () => {
    const rig = new PrivateRig();
    expect(rig.hear({ event: "error", code: "60009", msg: "Login failed." })).toBe(Heard.Refused);
    expect(rig.hear({ event: "error", code: "60018", msg: "no channel" })).toBe(Heard.Refused);
    expect(rig.hear({ event: "channel-conn-count-error", channel: "orders", connCount: "30" })).toBe(Heard.Refused);
    expect(rig.hear({ event: "notice", code: "64008", msg: "upgrade" })).toBe(Heard.Leaving);
    expect(rig.hear({ event: "notice", code: "64009", msg: "?" })).toBe(Heard.Data);
    expect(rig.hear({ event: "error", code: "60012", msg: "Invalid request" })).toBe(Heard.Data);
    expect(rig.hear("pong")).toBe(Heard.Data);
    expect(rig.refused.map(({ code }) => code)).toEqual([60_009, 60_018, 0]);
    expect(rig.aside()).toEqual(["event notice 64009", "event error 60012"]);
  });

  test("answers go to whom they are for", () => {
    const rig = new PrivateRig();
    rig.hear({ id: "12", op: "order", code: "1", msg: "", data: [{ sCode: "51008", sMsg: "no money" }] });
    rig.hear({ id: "13", event: "error", code: "60012", msg: "Invalid request" });
    rig.hear({ id: "x", op: "order", code: "0", data: [] });
    expect(rig.answers.map(([id, { code }]) => [id, code])).toEqual([
      [12, 51_008],
      [13, 60_012],
    ]);
    expect(rig.aside()).toEqual(["an answer to nobody"]);
  });

  test("what moved cash is told by name", () => {
    const rig = new PrivateRig();
    for (const eventType of ["snapshot", "funding_fee"]) {
      rig.hear({ arg: { channel: "balance_and_position" }, data: [{ eventType, balData: [], posData: [] }] });
    }
    expect(rig.moved).toEqual(["snapshot", "funding_fee"]);
  });
});

describe("rows of answers", () => {
  const reader = (rig: PrivateRig) => new RowReader(rig.builder, 5, Evidence.OpenOrders, 9);

  test("orders: terms, number and state", () => {
    const rows = reader(new PrivateRig());
    const row = { ...FILLED, ordType: "post_only" };
    expect(rows.order(row)).toMatchObject({
      ...{ kind: RecordKind.StatedOrder, attempt: 5, code: VenueOrderStatus.Open, order: 123, text: OWN, flags: 1 },
      ...{ qty: 50_000, price: 6_000_010, cumQty: 30_000, orderType: OrderType.Limit, timeInForce: TimeInForce.Gtc },
    });
    expect(rows.order({ ...row, state: "canceled", cancelSource: "14" })?.code).toBe(VenueOrderStatus.Expired);
    expect(rows.order({ ...row, state: "canceled", cancelSource: "1" })?.code).toBe(VenueOrderStatus.Canceled);
    expect(rows.order({ ...row, state: "filled" })?.code).toBe(VenueOrderStatus.Filled);
    expect(rows.order({ ...row, ordType: "market", px: "", sz: "100.1234567", tgtCcy: "quote_ccy" })?.qty).toBe(30_000);
    expect(rows.order({ ...row, ordType: "invented" })?.orderType).toBe(0);
    expect(rows.order({ ...row, instId: "XYZ-USDT" })).toBeUndefined();
    expect(rows.bad).toBe("");
    expect(rows.order({ ...row, state: "sleeping" })).toBeUndefined();
    expect(rows.bad).toBe("order: field state");
  });

  test("fills tell the same as the stream does, whatever the order was charged so far", () => {
    const rig = new PrivateRig();
    const [streamed] = rig.order(FILLED);
    const row = { ...FILLED, fee: "-0.0002", feeCcy: "BTC", billId: "9", ts: "1700000000199" };
    const stated = reader(rig).trade(row);
    for (const name of ["fillId", "qty", "price", "side", "feeLo", "feeAsset", "exchangeTimeUs", "amountLo"] as const) {
      expect([name, stated?.[name]]).toEqual([name, streamed?.[name] as never]);
    }
    expect(reader(rig).trade({ ...row, fillTime: "" })?.exchangeTimeUs).toBe(1_700_000_000_199_000);
  });

  test("positions: short, flat, in a leg; balances: what there is and what is held", () => {
    const rows = reader(new PrivateRig());
    const position = {
      ...{ instId: "BTC-USDT-SWAP", posSide: "net", pos: "-1.5", avgPx: "60000.123456", uTime: "1" },
    };
    expect(rows.position(position)).toMatchObject({ qty: 15, side: Side.Sell, leg: Leg.Net, price: 6_000_012 });
    expect(rows.position({ ...position, pos: "0" })).toBeUndefined();
    const short = { ...position, pos: "2", posSide: "short" };
    expect(rows.position(short)).toMatchObject({ qty: 20, side: Side.Sell, leg: Leg.Short });
    const balance = rows.balance({ ccy: "BTC", cashBal: "1.75", frozenBal: "0.25", eq: "9" });
    expect(money(balance?.amountHi as number, balance?.amountLo as number)).toBe("1.75");
    expect(money(balance?.feeHi as number, balance?.feeLo as number)).toBe("0.25");
    expect(rows.balance({ ccy: "XYZ", cashBal: "1" })).toBeUndefined();
    expect(rows.bad).toBe("");
    rows.balance({ ccy: "BTC", cashBal: "" });
    expect(rows.bad).toBe("balance: field cashBal");
  });
});

describe("bills", () => {
  const BILL = { billId: "5", type: "8", ccy: "USDT", balChg: "-0.6", instId: "BTC-USDT-SWAP", ts: "2000" };
  /** Answers by type, page by page; none: no bills of it. */
  const look = (event: string, answers: Readonly<Record<string, (readonly object[] | undefined)[]>>) => {
    const rig = new PrivateRig();
    const asked: string[] = [];
    const limits = gatewayLimitsOf({ pageRows: 2, bills: { weightMax: 500, windowUs: 1, requestsMax: 500 } });
    const call = ({ params }: RestAsk, done: (answer: VenueAnswer) => void) => {
      const { type = "", begin, after } = Object.fromEntries(params) as Record<string, string>;
      asked.push(`${type} from ${begin}${after === undefined ? "" : ` after ${after}`}`);
      const pages = answers[type];
      const value = pages === undefined || pages.length === 0 ? [] : pages.shift();
      done({ isOk: value !== undefined, value, code: 0, msg: "", isSent: true });
    };
    const clock = new ServerClock();
    const host = { call, builder: rig.builder, nowUs: () => 9_000_000, clock, problem: () => undefined };
    const bills = new Bills(host, limits, 100_000);
    const again = (word: string, nowUs = 9_000_000) => {
      bills.look(word);
      for (let count = 0; count < 30; count++) bills.tick(nowUs);
      return asked.splice(0);
    };
    return { rig, bills, again, asked: again(event) };
  };
  const row = (more: object) => ({ ...BILL, ts: "200000", ...more });

  test("funding by its instrument, transfers, each once and with its sign, page by page", () => {
    const funding = [[row({ billId: "7" }), row({ billId: "6" })], [row({ billId: "5", balChg: "0.5" })]];
    const transfers = [[row({ billId: "8", type: "1", balChg: "100", instId: "" })]];
    const { rig, again, asked } = look("funding_fee", { "8": funding, "1": transfers });
    expect(asked).toEqual(["8 from 40000", "8 from 40000 after 6"]);
    const moves = () => rig.told.splice(0).map((r) => [r.code, r.fillId, money(r.amountHi, r.amountLo), r.instrument]);
    expect(moves()).toEqual([
      [CashCause.Funding, "bill-5", "0.5", SWAP],
      [CashCause.Funding, "bill-6", "-0.6", SWAP],
      [CashCause.Funding, "bill-7", "-0.6", SWAP],
    ]);
    expect(again("transferred").map((text) => text.split(" ")[0])).toEqual(["1", "6", "12"]);
    expect(moves()).toEqual([[CashCause.Transfer, "bill-8", "100", 0]]);
    // The same once more: it is told once.
    funding.push([row({ billId: "7" })]);
    expect(again("funding_fee")).toEqual(["8 from 40000"]);
    expect(moves()).toEqual([]);
  });

  test("fills and what was there before are no reason to look; what is not known is a reason to look for all", () => {
    for (const event of ["snapshot", "filled", "liquidation", "set_leverage"])
      expect(look(event, {}).asked).toEqual([]);
    expect(look("invented", {}).asked.length).toBe(12);
    const { bills, again } = look("filled", {});
    bills.begin();
    const types = (atUs: number) => again("filled", atUs).map((text) => text.split(" ")[0]);
    expect(types(9_000_000)).toEqual(["8", "1", "3"]);
    expect(types(9_000_001)).toEqual([]);
    expect(types(20_000_000)).toEqual(["8", "1", "6"]);
  });

  test("what is older, of an asset or a kind that is not known, cannot be read: never half told", () => {
    const told = (more: object) => {
      const { rig } = look("funding_fee", { "8": [[row(more)]] });
      return [rig.told.length, rig.aside()] as const;
    };
    expect(told({ ts: "99999" })).toEqual([0, []]);
    expect(told({ balChg: "0" })).toEqual([0, []]);
    expect(told({ ccy: "XYZ" })).toEqual([0, ["bill: asset is not defined here"]]);
    expect(told({ type: "2" })).toEqual([0, ["bill: type 2"]]);
    expect(told({ balChg: "much" })).toEqual([0, ["bill Funding: field balChg"]]);
    expect(told({ type: "" })).toEqual([0, ["bill: field type"]]);
    const half = look("funding_fee", { "8": [[row({ billId: "2" }), row({ billId: "1" })], undefined] });
    expect(half.rig.told).toEqual([]);
    // It is read again from the beginning.
    expect(half.again("filled", 20_000_000)[0]).toBe("8 from 40000");
  });
});

/** Every private message in the fixtures, by its file. */
function messages(): { readonly file: string; readonly message: unknown }[] {
  const found: { file: string; message: unknown }[] = [];
  for (const file of readdirSync(fixture("okx"))) {
    if (
      !/nautilus\.ws_(orders|account)|jkorf\.ws(api)?\.Unified(Api)?\.(Account|Trading)|jkorf\.wsapi|wsOrders/.test(
        file,
      )
    ) {
      continue;
    }
    const text = readFileSync(fixture(`okx/${file}`), "utf8");
    if (file.endsWith(".jsonl")) {
      for (const line of text.split("\n")) if (line.trim() !== "") found.push({ file, message: JSON.parse(line) });
      continue;
    }
    const content: unknown = JSON.parse(text);
    if (!Array.isArray(content)) found.push({ file, message: content });
    else {
      for (const part of content as Record<string, unknown>[]) {
        const message = part["event"] ?? part["server"];
        if (message !== undefined) found.push({ file, message });
      }
    }
  }
  return found;
}

describe.skipIf(!fixturesPresent)(`real messages (${FIXTURES_REASON})`, () => {
  test("each is decoded, answered or set aside by name, none throws", () => {
    const rig = new PrivateRig(true);
    const table = new Map<string, string[]>();
    for (const { file, message } of messages()) {
      const { stats } = rig.builder;
      const count = () => stats.decodedTotal + stats.asideTotal + rig.answers.length + rig.refused.length;
      const before = count();
      const heard = rig.hear(message);
      const told = rig.told.splice(0).map(({ kind }) => RecordKind[kind] ?? "");
      const isEvent = Object.hasOwn(message as object, "event");
      expect(isEvent || count() > before || (message as { data: unknown[] }).data.length === 0).toBe(true);
      table.set(file, [
        ...(table.get(file) ?? []),
        told.length > 0 ? told.join(" ") : isEvent ? Heard[heard] : "aside",
      ]);
    }
    expect(rig.aside().filter((why) => why.includes("field"))).toEqual([]);
    expect(table.size).toBeGreaterThan(12);
    expect([...table].map(([file, what]) => `${file}: ${what.join(", ")}`).sort()).toMatchSnapshot();
  });

  test("rows of documented answers are read", () => {
    const rig = new PrivateRig(true);
    const rows = new RowReader(rig.builder, 1, Evidence.OrderHistory, 9);
    const of = (file: string): unknown[] => {
      const content = JSON.parse(readFileSync(fixture(`okx/${file}.json`), "utf8"));
      const { data, response } = content as { data?: unknown[]; response?: { data: unknown[] } };
      return data ?? response?.data ?? [content];
    };
    const orders = [
      ...of("nautilus.http_get_orders_pending"),
      ...of("nautilus.http_get_orders_pending_with_attached_tp_sl"),
      ...of("jkorf.rest.UnifiedApi.Trading.GetOrderHistory"),
    ];
    const trades = ["nautilus.http_transaction_detail", "nautilus.http_transaction_detail_empty_fee"].flatMap(of);
    expect(orders.map((row) => rows.order(row)?.kind)).toEqual(orders.map(() => RecordKind.StatedOrder));
    expect(trades.map((row) => rows.trade(row)?.kind)).toEqual(trades.map(() => RecordKind.OrderFilled));
    for (const row of of("jkorf.rest.UnifiedApi.Account.GetAccountPositions")) rows.position(row);
    for (const row of ["nautilus.http_balance_detail_new_fields", "nautilus.http_balance_detail_old_fields"].flatMap(
      of,
    )) {
      rows.balance(row);
    }
    expect(rows.bad).toBe("");
  });
});

test(`no bytes can hurt: ${MUTATIONS} mutated messages, seed ${SEED}`, () => {
  const chance = new Chance(SEED);
  const push = (row: object) => JSON.stringify({ arg: { channel: "orders", instType: "ANY" }, data: [row] });
  const texts = [push(LIVE), push(FILLED), push({ ...FILLED, state: "canceled", amendResult: "-1", reqId: "a1" })];
  texts.push('{"id":"1","op":"order","code":"0","msg":"","data":[{"ordId":"1","clOrdId":"","sCode":"0","sMsg":""}]}');
  const rig = new PrivateRig();
  const { stats } = rig.builder;
  const count = () => stats.decodedTotal + stats.asideTotal + rig.answers.length + rig.refused.length;
  for (let at = 0; at < MUTATIONS; at++) {
    const text = mutated(texts[at % texts.length] as string, texts[(at + 1) % texts.length] as string, chance);
    const before = count();
    rig.hear(text);
    const isEmpty = /"data":\s*\[\s*\]/.test(text);
    if (count() === before && !isEmpty) throw new Error(`silent: ${text}`);
    for (const told of rig.told.splice(0)) {
      const isWhole =
        Number.isSafeInteger(told.qty) && told.qty >= 0 && Number.isSafeInteger(told.price) && told.price >= 0;
      const isFill = told.kind === RecordKind.OrderFilled;
      if (!isWhole || (isFill && (told.qty === 0 || told.fillId === ""))) throw new Error(text);
    }
  }
});
