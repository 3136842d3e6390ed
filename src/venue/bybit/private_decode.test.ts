/**
 * Private messages into records: what each says, what is set aside by which name, and that no bytes can hurt. Covers
 * private_reports, private_reader, private_rows, execution_words, order_words, order_terms.
 */

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { CASH_SCALE, wideText } from "../../core/decimal.ts";
import { Wide } from "../../core/wide.ts";
import { Reject } from "../../model/denial.ts";
import { Leg, Liquidity, OrderFlag, OrderType, Side } from "../../model/order.ts";
import { Evidence, RecordKind, type TradingRecord, VenueOrderStatus } from "../../model/record.ts";
import { Chance, mutated } from "../wire/mutate.testing.ts";
import { News, OrderTerms } from "./order_terms.ts";
import { ASSETS, EXECUTION, ORDER, PrivateRig } from "./private_rig.testing.ts";
import { RowReader } from "./private_rows.ts";

const MUTATIONS = process.env["MELTICA_FUZZ"] === "large" ? 10_000_000 : 30_000;
const SEED = Number(process.env["MELTICA_SEED"] ?? 20_261_121); // number-ok: a seed
const money = (hi: number, lo: number) => wideText(new Wide().setLimbs(hi, lo), CASH_SCALE);
const kinds = (told: readonly TradingRecord[]) => told.map(({ kind }) => RecordKind[kind]);
const later = (ms: number) => ({ updatedTime: String(1_700_000_000_500 + ms) });

describe("order rows", () => {
  test("an acceptance, once; a row that says the same is no news", () => {
    const rig = new PrivateRig("linear");
    const [told] = rig.say("order.linear", ORDER);
    expect(told).toMatchObject({
      ...{ kind: RecordKind.OrderAccepted, order: 123, account: 3, venueOrderId: "o-1", side: Side.Buy },
      ...{ price: 6_000_010, qty: 50_000, exchangeTimeUs: 1_700_000_000_500_000, timeUs: 9, cumQty: -1 },
    });
    expect(
      rig.say("order.linear", ORDER, { ...ORDER, orderStatus: "PartiallyFilled", cumExecQty: "0.2", ...later(5) }),
    ).toEqual([]);
    expect(rig.builder.stats.byName().get("order New")).toBe(2);
  });

  test("other terms are a replace, an older row is none; the first row may have ours already", () => {
    const rig = new PrivateRig("linear");
    rig.say("order", ORDER);
    const changed = { ...ORDER, price: "60001.00", qty: "0.600", ...later(3) };
    const told = rig.say("order", changed, { ...ORDER, ...later(1) }, changed);
    expect(told.map((r) => [RecordKind[r.kind], r.price, r.qty, r.attempt])).toEqual([
      ["OrderReplaced", 6_000_100, 60_000, 0],
    ]);
    rig.terms.want("other", 6_000_200, 50_000);
    const other = { ...ORDER, orderId: "o-2", orderLinkId: "other", price: "60002.00" };
    expect(kinds(rig.say("order", other))).toEqual(["OrderAccepted", "OrderReplaced"]);
    // Ours, within the same millisecond.
    rig.terms.want("other", 6_000_300, 50_000);
    expect(kinds(rig.say("order", { ...other, price: "60003.00" }))).toEqual(["OrderReplaced"]);
  });

  test("a replace that fills at once: its terms are told with the end, not asked for seconds later", () => {
    const rig = new PrivateRig("linear");
    rig.say("order", ORDER);
    rig.terms.want(ORDER.orderLinkId, 6_000_100, 30_000);
    const filled = { ...ORDER, orderStatus: "Filled", price: "60001.00", qty: "0.300", cumExecQty: "0.3", ...later(3) };
    const told = rig.say("order", filled, filled);
    expect(told.map((r) => [RecordKind[r.kind], r.price, r.qty])).toEqual([["OrderReplaced", 6_000_100, 30_000]]);
    rig.terms.want("other", 6_000_200, 30_000);
    const whole = { ...filled, orderId: "o-2", orderLinkId: "other", price: "60002.00" };
    expect(kinds(rig.say("order", whole))).toEqual(["OrderAccepted", "OrderReplaced"]);
  });

  test("an older row with the terms that our replace goes back to is no answer to it", () => {
    const rig = new PrivateRig("linear");
    rig.say("order", ORDER, { ...ORDER, price: "60001.00", ...later(3) });
    rig.terms.want(ORDER.orderLinkId, 6_000_010, 50_000);
    expect(rig.say("order", { ...ORDER, orderStatus: "PartiallyFilled", cumExecQty: "0.1", ...later(1) })).toEqual([]);
    expect(kinds(rig.say("order", { ...ORDER, ...later(9) }))).toEqual(["OrderReplaced"]);
    // Told again with a later time: what was between is older.
    expect(rig.say("order", { ...ORDER, ...later(20) }, { ...ORDER, price: "60001.00", ...later(15) })).toEqual([]);
  });

  test.each([
    ["Cancelled", "CancelByUser", "EC_PerCancelRequest", "0", "OrderCanceled", 0],
    ["Cancelled", "CancelByDCP", "EC_PerCancelRequest", "0.1", "OrderCanceled", 0],
    ["Cancelled", "UNKNOWN", "EC_PostOnlyWillTakeLiquidity", "0", "OrderRejected", Reject.WouldTake],
    ["Rejected", "UNKNOWN", "EC_PostOnlyWillTakeLiquidity", "0", "OrderRejected", Reject.WouldTake],
    ["Rejected", "UNKNOWN", "UNKNOWN", "0.1", "OrderExpired", Reject.Other],
    ["Cancelled", "UNKNOWN", "EC_NoImmediateQtyToFill", "0", "OrderExpired", Reject.Unfillable],
    ["PartiallyFilledCanceled", "UNKNOWN", "EC_CancelForNoFullFill", "0.1", "OrderExpired", Reject.Unfillable],
    ["PartiallyFilledCanceled", "CancelByUser", "EC_PerCancelRequest", "0.1", "OrderCanceled", 0],
    ["Cancelled", "CancelByReduceOnly", "EC_NoError", "0.1", "OrderExpired", Reject.ReduceOnly],
    ["Cancelled", "CancelAllBeforeLiq", "", "0", "OrderExpired", Reject.Other],
    ["Cancelled", "", "", "0", "OrderCanceled", 0],
    ["Deactivated", "UNKNOWN", "EC_NoError", "0", "OrderCanceled", 0],
    ["Filled", "UNKNOWN", "EC_NoError", "0.5", "OrderAccepted", 0],
  ] as const)("%s %s %s after %s is %s", (orderStatus, cancelType, rejectReason, cumExecQty, kind, code) => {
    const rig = new PrivateRig("linear");
    const row = { ...ORDER, orderStatus, cancelType, rejectReason, cumExecQty };
    const told = rig.say("order.linear", row, row, ORDER);
    expect(told.map((r) => [RecordKind[r.kind], r.code, r.cumQty])).toEqual([
      [kind, code, Number(cumExecQty) * 100_000],
    ]);
    // The answer to a question says the same.
    const reader = new RowReader(rig.builder, 1, Evidence.OrderQuery, 9);
    const words = {
      OrderCanceled: "Canceled",
      OrderRejected: "Rejected",
      OrderExpired: "Expired",
      OrderAccepted: "Filled",
    };
    expect(VenueOrderStatus[reader.order(row)?.code ?? 0]).toBe(words[kind]);
  });

  test("what is none of ours, or cannot be read, is set aside by its name", () => {
    const rig = new PrivateRig("linear");
    rig.say(
      "order",
      { ...ORDER, category: "spot" },
      { ...ORDER, symbol: "XYZ" },
      { ...ORDER, orderStatus: "Sleeping" },
    );
    rig.say("order", { ...ORDER, price: "6e4" }, { ...ORDER, side: "Both" }, { ...ORDER, positionIdx: 7 }, ORDER, {});
    rig.say("position.linear", {});
    rig.say("execution.fast.linear", EXECUTION);
    rig.say(
      "execution",
      { ...EXECUTION, execType: "Settle" },
      { ...EXECUTION, execId: "" },
      { ...EXECUTION, execQty: "0" },
    );
    rig.text('{"topic":"order","data":{}}');
    rig.text('{"topic":"order"');
    rig.text("[]");
    expect(kinds(rig.told)).toEqual([]);
    expect(rig.aside().sort()).toEqual([
      "execution Settle",
      "execution Trade: field execQty",
      "execution.fast.linear",
      "order: category spot",
      "order: field data",
      "order: field orderStatus",
      "order: field positionIdx",
      "order: field price",
      "order: field side",
      "order: field symbol",
      "order: symbol XYZ is not known here",
      "position.linear",
      "text without topic and op",
      "text: FrameTruncated",
    ]);
  });
});

describe("executions", () => {
  test("a fill: of this trade alone, money and fee exact, the fee in what it was taken in", () => {
    const rig = new PrivateRig("linear");
    const [fill] = rig.say("execution.linear", EXECUTION);
    expect(fill).toMatchObject({
      ...{ kind: RecordKind.OrderFilled, order: 123, venueOrderId: "o-1", fillId: EXECUTION.execId, side: Side.Buy },
      ...{ price: 6_000_005, qty: 20_000, liquidity: Liquidity.Maker, asset: 0, feeAsset: 0, cumQty: -1 },
    });
    expect([money(fill!.amountHi, fill!.amountLo), money(fill!.feeHi, fill!.feeLo)]).toEqual(["12000.01", "6.6000055"]);
  });

  test.each([
    ["Buy", "0.0002", "", "BTC", "0.0002"],
    ["Sell", "12", "", "USDT", "12"],
    // A maker's rebate comes in the other coin.
    ["Buy", "-1.2", "", "USDT", "-1.2"],
    ["Sell", "-0.00002", "", "BTC", "-0.00002"],
    ["Buy", "0.5", "ETH", "ETH", "0.5"],
  ])("spot %s, fee %s %s: %s", (side, execFee, feeCurrency, coin, amount) => {
    const rig = new PrivateRig("spot");
    const row = { ...EXECUTION, category: "spot", side, execFee, feeCurrency, execId: "2100000000001234567" };
    const [fill] = rig.say("execution.spot", row);
    expect([ASSETS[fill!.feeAsset], money(fill!.feeHi, fill!.feeLo)]).toEqual([coin, amount]);
    expect([fill!.fillId, fill!.side]).toEqual(["2100000000001234567", side === "Buy" ? Side.Buy : Side.Sell]);
  });

  test("a fee in an asset that is not defined here is not lost in silence, and the fill counts", () => {
    const rig = new PrivateRig("spot");
    const [fill] = rig.say("execution", { ...EXECUTION, category: "spot", feeCurrency: "MNT" });
    expect([fill?.qty, fill?.feeLo, fill?.text]).toEqual([20_000, 0, "fee not counted: 6.6000055 MNT"]);
    expect(rig.aside()).toEqual(["fee in MNT, which is not defined here"]);
  });

  test("liquidations and auto-deleveraging are fills of nobody's order; funding is a reason to read the log, and no more", () => {
    const rig = new PrivateRig("linear");
    const bare = { ...EXECUTION, orderLinkId: "" };
    expect(
      rig.say("execution", { ...bare, execType: "AdlTrade" }, { ...bare, execType: "BustTrade" }).map((r) => r.order),
    ).toEqual([0, 0]);
    expect(rig.funded).toBe(0);
    expect(rig.say("execution", { ...bare, execType: "Funding", execFee: "0.25", execId: "f-1" })).toEqual([]);
    expect([rig.funded, rig.aside()]).toEqual([1, []]);
  });
});

describe("answers", () => {
  test("an order by hand: conditional, hedged, reduce-only", () => {
    const rows = new RowReader(new PrivateRig("linear").builder, 4, Evidence.OpenOrders, 9);
    const stop = { orderLinkId: "hand", stopOrderType: "StopLoss", triggerPrice: "48000.00", orderType: "Market" };
    const order = rows.order({
      ...ORDER,
      ...stop,
      price: "",
      positionIdx: 2,
      reduceOnly: true,
      orderStatus: "Untriggered",
    });
    expect(order).toMatchObject({
      ...{
        order: 0,
        text: "hand",
        attempt: 4,
        evidence: Evidence.OpenOrders,
        code: VenueOrderStatus.Open,
        leg: Leg.Short,
      },
      ...{ orderType: OrderType.StopMarket, price: 0, flags: OrderFlag.ReduceOnly, cumQty: 0 },
    });
    expect(rows.order({ ...ORDER, timeInForce: "PostOnly" })?.flags).toBe(OrderFlag.PostOnly);
    expect(rows.bad).toBe("");
    rows.order({ ...ORDER, orderStatus: "Sleeping" });
    expect(rows.bad).toBe("order: field orderStatus");
  });

  test("a market buy of spot by value has the quantity that it has got", () => {
    const rows = new RowReader(new PrivateRig("spot").builder, 4, Evidence.OrderHistory, 9);
    const byValue = {
      ...ORDER,
      category: "spot",
      orderType: "Market",
      qty: "20.000000",
      cumExecQty: "0.00077",
      price: "0",
    };
    expect(
      rows.order({ ...byValue, orderStatus: "PartiallyFilledCanceled", rejectReason: "EC_CancelForNoFullFill" }),
    ).toMatchObject({ qty: 77, cumQty: 77, code: VenueOrderStatus.Expired });
    expect(rows.order({ ...byValue, qty: "0.5", marketUnit: "baseCoin" })?.qty).toBe(50_000);
  });

  test("a market buy of contracts is never by value: rows of answers name no category", () => {
    const rows = new RowReader(new PrivateRig("linear").builder, 4, Evidence.OrderQuery, 9);
    const { category: _, ...row } = { ...ORDER, orderType: "Market", qty: "0.5", cumExecQty: "0.2", price: "0" };
    expect(rows.order({ ...row, orderStatus: "PartiallyFilled" })).toMatchObject({ qty: 50_000, cumQty: 20_000 });
  });

  test("positions: short, flat, in a leg; balances: whole and locked", () => {
    const rows = new RowReader(new PrivateRig("linear").builder, 4, Evidence.Statement, 9);
    const row = {
      symbol: "BTCUSDT",
      side: "Sell",
      size: "0.25",
      positionIdx: 0,
      avgPrice: "60000.123456",
      updatedTime: "5",
    };
    expect(rows.position(row)).toMatchObject({ side: Side.Sell, qty: 25_000, price: 6_000_012, leg: Leg.Net });
    expect(rows.position({ ...row, side: "Buy", positionIdx: 1 })?.leg).toBe(Leg.Long);
    expect(rows.position({ ...row, side: "", size: "0" })).toBeUndefined();
    const coin = rows.balance({ coin: "USDT", walletBalance: "-12.5", locked: "0.5", equity: "9" });
    expect([money(coin!.amountHi, coin!.amountLo), money(coin!.feeHi, coin!.feeLo)]).toEqual(["-12.5", "0.5"]);
    expect(rows.balance({ coin: "XYZ", walletBalance: "1" })).toBeUndefined();
    expect(rows.bad).toBe("");
    rows.balance({ coin: "BTC", walletBalance: "1e5", locked: "0" });
    expect(rows.bad).toBe("balance: field walletBalance");
  });

  test("executions that are no fills are no trades", () => {
    const rows = new RowReader(new PrivateRig("linear").builder, 4, Evidence.TradeHistory, 9);
    expect([rows.trade({ ...EXECUTION, execType: "Funding" }), rows.bad]).toEqual([undefined, ""]);
    expect(rows.trade(EXECUTION)?.evidence).toBe(Evidence.TradeHistory);
  });
});

test("terms are bounded: who was forgotten is told again", () => {
  const terms = new OrderTerms(2);
  const one = { price: 1, qty: 1 };
  expect(["a", "b", "c", "a"].map((id) => terms.alive(id, "", one, 1))).toEqual(Array(4).fill(News.Accepted));
  expect([terms.isKnown("b"), terms.ended("a", "", 2), terms.ended("a", "", 3)]).toEqual([false, true, false]);
});

/** Every private message in the fixtures, by its file. */
function messages(): { readonly file: string; readonly message: unknown }[] {
  const found: { file: string; message: unknown }[] = [];
  for (const file of readdirSync(fixture("bybit"))) {
    if (!/ws_account|ws_auth|Private|orderChange|wsAuth/.test(file)) continue;
    const text = readFileSync(fixture(`bybit/${file}`), "utf8");
    const parts: unknown[] = file.endsWith(".jsonl")
      ? text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line))
      : [JSON.parse(text)].flat();
    for (const part of parts as Record<string, unknown>[]) {
      if (part["client"] !== undefined) continue;
      found.push({ file, message: part["event"] ?? part["server"] ?? part["response"] ?? part });
    }
  }
  return found;
}

describe.skipIf(!fixturesPresent)(`real messages (${FIXTURES_REASON})`, () => {
  test("each is decoded, answered or set aside by name, none throws", () => {
    const table: string[] = [];
    for (const { file, message } of messages()) {
      const what = (["spot", "linear"] as const).map((category) => {
        const rig = new PrivateRig(category, true);
        rig.text(JSON.stringify(message));
        const { stats } = rig.builder;
        expect(stats.decodedTotal + stats.asideTotal + rig.answers.length, file).toBeGreaterThan(0);
        return [...kinds(rig.told), ...rig.answers, ...rig.aside()].join(", ");
      });
      table.push(`${file}: ${what.join(" | ")}`);
    }
    expect(table.length).toBeGreaterThan(20);
    expect(table.sort()).toMatchSnapshot();
  });

  test("rows of recorded answers are read", () => {
    const rig = new PrivateRig("linear", true);
    const rows = new RowReader(rig.builder, 1, Evidence.OrderHistory, 9);
    const of = (file: string): unknown[] => {
      const content = JSON.parse(readFileSync(fixture(`bybit/${file}.json`), "utf8"));
      return (content.response ?? content).result.list;
    };
    const orders = [
      "nautilus.http_get_orders_history",
      "nautilus.http_get_orders_realtime_tp_sl",
      "xchange.getOrderDetailsSpot",
    ];
    orders.push("nautilus.http_get_order_partially_filled_rejected", "jkorf.rest.V5Api.Trading.GetOrders");
    for (const row of orders.flatMap(of)) expect(rows.order(row)?.kind).toBe(RecordKind.StatedOrder);
    for (const row of of("nautilus.http_get_executions")) expect(rows.trade(row)?.kind).toBe(RecordKind.OrderFilled);
    expect(of("nautilus.http_get_positions_with_open_time").map((row) => rows.position(row)?.kind)).toEqual([
      RecordKind.StatedPosition,
    ]);
    const [wallet] = of("nautilus.http_get_wallet_balance") as { coin: unknown[] }[];
    for (const coin of wallet?.coin ?? []) rows.balance(coin);
    expect(rows.bad).toBe("");
  });
});

test("a topic without a name is set aside by name (found by test/fuzz)", () => {
  const rig = new PrivateRig("linear");
  rig.text(JSON.stringify({ topic: "", data: [ORDER] }));
  expect([rig.told.length, rig.aside()]).toEqual([0, ["text without topic and op"]]);
});

test(`no bytes can hurt: ${MUTATIONS} mutated messages, seed ${SEED}`, () => {
  const chance = new Chance(SEED);
  const texts = [ORDER, EXECUTION, { ...ORDER, orderStatus: "Cancelled" }, { ...EXECUTION, execType: "Funding" }].map(
    (row) => JSON.stringify({ topic: "execType" in row ? "execution" : "order", data: [row] }),
  );
  const rig = new PrivateRig("linear");
  for (let at = 0; at < MUTATIONS; at++) {
    const text = mutated(texts[at % texts.length] as string, texts[(at + 1) % texts.length] as string, chance);
    const { stats } = rig.builder;
    const before = stats.decodedTotal + stats.asideTotal + rig.answers.length;
    rig.text(text);
    const isEmpty = /"data":\s*\[\s*\]/.test(text);
    if (!isEmpty && stats.decodedTotal + stats.asideTotal + rig.answers.length === before && !/"op"/.test(text)) {
      throw new Error(`silent: ${text}`);
    }
    for (const told of rig.told.splice(0)) {
      const isWhole = [told.qty, told.price].every((n) => Number.isSafeInteger(n) && n >= 0);
      if (!isWhole || (told.kind === RecordKind.OrderFilled && (told.qty === 0 || told.fillId === "")))
        throw new Error(text);
    }
    rig.answers.splice(0);
  }
});
