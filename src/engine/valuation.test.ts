/** Equity, profit, conversion and free balances by examples that one can check by hand. */

import { describe, expect, test } from "bun:test";
import { wideText } from "../core/decimal.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { Wide } from "../core/wide.ts";
import { MarketState } from "../market/market.ts";
import { CashCause, InstrumentKind, Leg, Side } from "../model/order.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { instrumentText } from "./apply.ts";
import { Conversion, Valued } from "./conversion.ts";
import { ETH as DESK_ETH, Desk } from "./engine.testing.ts";
import { FreeBalance, Margins } from "./margin.ts";
import { Marks } from "./marks.ts";
import { ScopeValuation } from "./scope_valuation.ts";
import { LISTINGS, TestBooks, units18 } from "./valuation.testing.ts";
import { ALL_ACCOUNTS, Equity, Valuation } from "./valuation.ts";

const { Buy, Sell } = Side;
const [USDT, ETH, BTC, JUNK, BNB] = [0, 1, 2, 3, 4];
const [SPOT, LINEAR, INVERSE, ETHBTC, BNBBTC] = [0, 1, 2, 3, 4];
const text = (w: Readonly<Wide>) => wideText(w as Wide, 18);

function rig() {
  const books = new TestBooks();
  const valuation = new Valuation(books.state, books);
  const margins = new Margins(books.state, books);
  const equity = new Equity(DEFAULT_LIMITS.assetsMax);
  const balance = new FreeBalance();
  return { books, valuation, margins, equity, balance };
}

describe("conversion", () => {
  test("directly, the other way round, in two steps; unpriced and without a market are told apart", () => {
    const { books } = rig();
    const conversion = new Conversion(books.state, books);
    const convert = (units: number, from: number, to: number) => {
      const amount = units18(units);
      const valued = conversion.convert(amount, from, to);
      return valued === Valued.Yes ? text(amount) : Valued[valued];
    };
    expect(convert(2, ETH, USDT)).toBe("Unpriced");
    books.mark(SPOT, 2_000);
    books.mark(ETHBTC, 0.05);
    expect([convert(2, ETH, USDT), convert(-3, ETH, USDT), convert(500, USDT, ETH)]).toEqual(["4000", "-6000", "0.25"]);
    expect([convert(1, BTC, USDT), convert(1, BNB, USDT)]).toEqual(["40000", "NoMarket"]);
    books.mark(BNBBTC, 0.01);
    expect([convert(3, BNB, ETH), convert(3, BNB, BTC)]).toEqual(["0.6", "0.03"]);
    expect([convert(1, JUNK, USDT), convert(0, JUNK, USDT), convert(1, JUNK, JUNK)]).toEqual(["NoMarket", "0", "1"]);
  });

  test("spot comes before contracts, and a contract's mark stands in while spot has none", () => {
    const { books } = rig();
    const conversion = new Conversion(books.state, books);
    books.mark(LINEAR, 1_000);
    const one = units18(1);
    expect([conversion.convert(one, ETH, USDT), text(one)]).toEqual([Valued.Yes, "1000"]);
    books.mark(SPOT, 3_000);
    one.set(units18(1));
    expect([conversion.convert(one, ETH, USDT), text(one)]).toEqual([Valued.Yes, "3000"]);
  });
});

describe("equity", () => {
  test("cash of all assets and open contracts; fees and funding apart; the firm is the sum", () => {
    const { books, valuation, equity } = rig();
    books.cash(USDT, CashCause.OpeningBalance, 10_000);
    books.cash(ETH, CashCause.OpeningBalance, 1);
    books.cash(USDT, CashCause.OpeningBalance, 500, 1);
    const fee = units18(1.5);
    books.fill(SPOT, Buy, 200_000, 2_000, { instance: 1, feeHi: fee.hi, feeLo: fee.lo, feeAsset: USDT });
    books.fill(LINEAR, Sell, 210_000, 1_000, { instance: 2 });
    books.fill(INVERSE, Buy, 200_000, 4_000_000, { instance: 2 });
    books.mark(SPOT, 2_100);
    books.mark(LINEAR, 2_000);
    books.mark(INVERSE, 2_500);
    valuation.account(0, USDT, equity);
    // 10,000 − 4,000 − 1.5 + 3 ETH · 2,100; short linear +100; inverse 4,000 · (1/2,000 − 1/2,500) = 0.4 ETH = 840.
    expect(equity.isComplete).toBe(true);
    expect([text(equity.cash), text(equity.equity), text(equity.fees)]).toEqual(["12298.5", "13238.5", "1.5"]);
    expect([text(equity.unrealized), text(equity.realized)]).toEqual(["1140", "0"]);
    expect(text(valuation.firm(USDT, equity).equity)).toBe("13738.5");
    expect(text(valuation.instance(1, 0, USDT, equity).equity)).toBe("198.5");
    expect(text(valuation.instance(2, ALL_ACCOUNTS, USDT, equity).equity)).toBe("940");
    expect(text(valuation.instance(2, 1, USDT, equity).equity)).toBe("0");
    expect(text(valuation.account(0, ETH, equity).equity)).toBe("6.304047619047619047"); // In ETH at 2,100.
  });

  test("what cannot be valued is listed and in no sum, and comes in when there is a price", () => {
    const { books, valuation, equity } = rig();
    books.cash(USDT, CashCause.Deposit, 100);
    books.cash(JUNK, CashCause.Deposit, 5);
    books.cash(ETH, CashCause.Deposit, 1);
    books.fill(LINEAR, Buy, 100_000, 1_000);
    valuation.account(0, USDT, equity);
    expect([text(equity.equity), equity.unvaluedCount, equity.unpricedCount, equity.isComplete]).toEqual([
      "100",
      1,
      2,
      false,
    ]);
    expect([equity.assets[JUNK as number], equity.assets[ETH as number]]).toEqual([Valued.NoMarket, Valued.Unpriced]);
    books.mark(SPOT, 2_000);
    books.mark(LINEAR, 1_100);
    valuation.account(0, USDT, equity);
    expect([text(equity.equity), equity.unvaluedCount, equity.unpricedCount]).toEqual(["2200", 1, 0]);
    expect([equity.isLowerBound, valuation.equity(0, USDT, equity).isLowerBound]).toEqual([true, true]);
    expect(equity.assets[ETH as number]).toBe(Valued.Yes);
    books.marks[SPOT as number] = Number.MAX_SAFE_INTEGER - 1; // A price gone mad is counted; nothing stops.
    books.cash(ETH, CashCause.Deposit, 1_000_000);
    expect(valuation.account(0, USDT, equity).unpricedCount).toBe(1);
  });

  test("coins without a market count as nothing; owing some of them, or holding what waits for a price, is not known", () => {
    const { books, valuation, equity } = rig();
    const scopes = new ScopeValuation(books.state, new Marks(new MarketState(DEFAULT_LIMITS), books.state, "USDT"));
    const out = new Wide();
    books.cash(USDT, CashCause.Deposit, 100);
    books.cash(JUNK, CashCause.Deposit, 5);
    expect([scopes.equity(Scope.Account, 0, out), text(out)]).toEqual([true, "100"]);
    books.cash(JUNK, CashCause.Trade, -6);
    expect([scopes.equity(Scope.Account, 0, out), valuation.equity(0, USDT, equity).isLowerBound]).toEqual([
      false,
      false,
    ]);
    books.cash(JUNK, CashCause.Deposit, 1);
    books.cash(ETH, CashCause.Deposit, 1);
    expect(scopes.equity(Scope.Account, 0, out)).toBe(false);
  });
});

describe("profit", () => {
  test("a fee in what was bought counts once; deposits and adjustments are none; funding is some", () => {
    const { books, valuation, equity } = rig();
    books.cash(USDT, CashCause.Deposit, 10_000);
    books.cash(ETH, CashCause.Deposit, 5);
    books.cash(ETH, CashCause.Adjustment, -1);
    books.mark(SPOT, 2_000);
    const fee = units18(0.1);
    books.fill(SPOT, Buy, 200_000, 1_000, { instance: 1, feeHi: fee.hi, feeLo: fee.lo, feeAsset: ETH });
    expect(text(valuation.account(0, USDT, equity).profit)).toBe("-200");
    expect(text(valuation.instance(1, ALL_ACCOUNTS, USDT, equity).profit)).toBe("-200");
    const paid = units18(3);
    books.fill(LINEAR, Buy, 200_000, 1_000, { instance: 1, feeHi: paid.hi, feeLo: paid.lo, feeAsset: JUNK });
    books.put(RecordKind.CashMoved, {
      instrument: LINEAR,
      asset: USDT,
      code: CashCause.Funding,
      amountHi: fee.hi,
      amountLo: fee.lo,
    });
    expect([text(valuation.firm(USDT, equity).profit), equity.isProfitKnown]).toEqual(["-199.9", false]);
    books.mark(LINEAR, 1_990); // What has no market anywhere is left out: a loss limit must go on measuring.
    expect([text(valuation.firm(USDT, equity).profit), equity.isProfitKnown]).toEqual(["-209.9", true]);
    expect(equity.isComplete).toBe(false);
    for (const listing of LISTINGS) books.mark(listing.id, 0);
    expect(valuation.firm(USDT, equity).isProfitKnown).toBe(false);
  });

  test("for risk: whole or not at all, by scope, and not at all in a currency that nobody knows", () => {
    const { books } = rig();
    const market = new MarketState(DEFAULT_LIMITS);
    const out = new Wide();
    const risk = new ScopeValuation(books.state, new Marks(market, books.state, "USDT"));
    books.cash(USDT, CashCause.Deposit, 10);
    expect([risk.profit(Scope.Account, 0, out), out.isZero()]).toEqual([true, true]);
    expect([risk.equity(Scope.Firm, 0, out), text(out)]).toEqual([true, "10"]);
    books.cash(JUNK, CashCause.Deposit, 10);
    expect([risk.equity(Scope.Account, 0, out), risk.profit(Scope.Firm, 0, out)]).toEqual([true, true]);
    expect([risk.equity(Scope.Account, 0, out), text(out)]).toEqual([true, "10"]); // Coins that nothing trades.
    const euros = new ScopeValuation(books.state, new Marks(market, books.state, "EUR"));
    expect([euros.profit(Scope.Instance, 0, out), euros.equity(Scope.Firm, 0, out)]).toEqual([false, false]);
  });
});

test("marks: contracts by their size, inverse ones by what they stand for; a quote is kept when it falls silent", () => {
  const books = new TestBooks();
  const { state } = books;
  const prices = [2_000_00, 0, 2_500_00, 5_00];
  const times = [5, 5, 5, 5];
  const instrument = (id: number) => ({ referencePrice: () => prices[id], referenceTimeUs: times[id] });
  const marks = new Marks({ instrument } as never, state, "USDT");
  const sized = { ...LISTINGS[LINEAR as number], revision: 2, contractSize: 1_000, contractScale: 0 };
  const columns = { instrument: LINEAR, instrumentRevision: 2, text: instrumentText(sized as never) };
  books.put(RecordKind.InstrumentDefined, columns);
  const out = new Wide();
  const value = (id: number, qty: number) => (marks.refresh(id) && marks.value(id, qty, out) ? text(out) : "none");
  expect(value(LINEAR as number, 2_000)).toBe("none");
  prices[1] = 10_00;
  expect(value(LINEAR as number, 2_000)).toBe("20000");
  expect(value(INVERSE as number, 4_000_000)).toBe("3200"); // 4,000 dollars' worth: 1.6 ETH at 2,000.
  expect(value(ETHBTC as number, 1_000)).toBe("2000"); // Through ETH itself: no market trades BTC for USDT.
  [prices[0], times[0]] = [1_00, 4]; // A trade of before the quote.
  expect(marks.doubleMark(0)).toBe(4_000_00);
  prices[0] = 0;
  expect(marks.doubleMark(0)).toBe(4_000_00);
  [prices[0], times[0]] = [1_900_00, 6];
  expect(marks.doubleMark(0)).toBe(3_800_00);
});

describe("free balances", () => {
  test("spot orders lock what they would spend, in the asset that they would spend", () => {
    const { books, margins, balance } = rig();
    books.cash(USDT, CashCause.Deposit, 1_000);
    books.cash(ETH, CashCause.Deposit, 3);
    books.order(SPOT, Buy, 20_000, 2_000);
    books.order(SPOT, Buy, 0, 1_000);
    const sell = books.order(SPOT, Sell, 30_000, 500);
    books.order(SPOT, Buy, 20_000, 2_000, { account: 1 });
    margins.balance(0, USDT, balance);
    expect([text(balance.locked), text(balance.free), balance.unpricedCount]).toEqual(["400", "600", 1]);
    books.mark(SPOT, 250);
    margins.balance(0, USDT, balance);
    expect([text(balance.locked), text(balance.free), balance.unpricedCount]).toEqual(["650", "350", 0]);
    expect(text(margins.balance(0, ETH, balance).free)).toBe("2.5");
    books.put(RecordKind.OrderCanceled, { order: sell, venueOrderId: `V${sell}` });
    expect(text(margins.balance(0, ETH, balance).free)).toBe("3");
    expect(text(margins.balance(0, BTC, balance).free)).toBe("0");
  });

  test("contracts: value / leverage rounded up, the worst side of the open orders, profit counts", () => {
    const { books, margins, balance } = rig();
    books.cash(USDT, CashCause.Deposit, 1_000);
    books.put(RecordKind.LeverageSet, { instrument: LINEAR, qty: 1_000 });
    books.fill(LINEAR, Buy, 100_000, 2_000);
    books.mark(LINEAR, 1_100);
    margins.balance(0, USDT, balance);
    expect([text(balance.unrealized), text(balance.initialMargin)]).toEqual(["200", "220.000000000000000001"]);
    expect(text(balance.maintenanceMargin)).toBe("11.000000000000000001");
    books.order(LINEAR, Sell, 110_000, 3_000); // Closes 2, opens 1: less than what is held.
    expect(text(margins.balance(0, USDT, balance).initialMargin)).toBe("220.000000000000000001");
    books.order(LINEAR, Sell, 110_000, 2_000);
    expect(text(margins.balance(0, USDT, balance).initialMargin)).toBe("330.000000000000000001");
    books.order(LINEAR, Buy, 100_000, 2_000);
    expect(text(margins.balance(0, USDT, balance).initialMargin)).toBe("420.000000000000000001");
    expect(text(balance.free)).toBe("779.999999999999999999");
    const [initial, maintenance] = [new Wide(), new Wide()];
    margins.position(books.state.ledger.rows()[0] as never, initial, maintenance);
    expect([text(initial), text(maintenance)]).toEqual(["220.000000000000000001", "11.000000000000000001"]);
    books.mark(LINEAR, 0); // Without a mark: as at entry, and no profit.
    margins.balance(0, USDT, balance);
    expect([text(balance.unrealized), text(balance.initialMargin), balance.unpricedCount]).toEqual([
      "0",
      "400.000000000000000001",
      1,
    ]);
  });

  test("orders without a position need margin; hedged legs do not net; inverse ones are in the base asset", () => {
    const { books, margins, balance } = rig();
    books.mark(INVERSE, 1_000);
    books.mark(LINEAR, 1_000);
    books.order(INVERSE, Buy, 100_000, 2_000_000);
    expect(text(margins.balance(0, ETH, balance).initialMargin)).toBe("2");
    books.fill(LINEAR, Buy, 100_000, 1_000, { leg: Leg.Long });
    books.fill(LINEAR, Sell, 100_000, 1_000, { leg: Leg.Short });
    expect(text(margins.balance(0, USDT, balance).initialMargin)).toBe("2000");
    books.order(LINEAR, Buy, 100_000, 1_000, { leg: Leg.Short }); // Closes the short: no margin.
    expect(text(margins.balance(0, USDT, balance).initialMargin)).toBe("2000");
  });
});

test("a command sets leverage: recorded, applied, answered; the desk of instances does not see it", () => {
  const d = new Desk();
  const perpetual = { ...DESK_ETH, id: 1, name: "binance:ETH-USDT-PERP", kind: InstrumentKind.LinearPerpetual };
  const defined = new TradingRecord().reset(RecordKind.InstrumentDefined);
  defined.instrument = 1;
  defined.instrumentRevision = 1;
  defined.text = instrumentText(perpetual);
  d.engine.define(defined, d.nowUs);
  d.command(RecordKind.CommandSetLeverage, { instrument: 1, qty: 500 });
  expect([d.state.ledger.leverage(0, 1), d.kinds().at(-1)]).toEqual([500, "LeverageSet"]);
  expect(d.answer()).toMatchObject({ code: 0, text: "", record: d.state.record });
});

test("marks of the engine's market: twice the middle, 0 when there is none", () => {
  const market = new MarketState(DEFAULT_LIMITS);
  const { state } = new TestBooks();
  const marks = new Marks(market, state, "USDT");
  expect(marks.doubleMark(0)).toBe(0);
  market.define(LISTINGS[0] as never);
  expect(marks.doubleMark(0)).toBe(0);
});
