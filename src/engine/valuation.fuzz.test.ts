/** Equity of random books against plain fractions: accounts and the firm exactly, instances by their own flows. */

import { expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import type { Wide } from "../core/wide.ts";
import { WHOLE } from "../ledger/position.ts";
import { Dice } from "../ledger/test_kit.ts";
import { CashCause, Side } from "../model/order.ts";
import { TestBooks } from "./valuation.testing.ts";
import { ALL_ACCOUNTS, Equity, Valuation } from "./valuation.ts";

const SEEDS = process.env["MELTICA_FUZZ"] === "large" ? 3_000 : 60;
const [USDT, ETH] = [0, 1];
const E18 = 10n ** 18n;
const big = (w: Readonly<Wide>) => BigInt(w.hi) * 2n ** 53n + BigInt(w.lo);

/** amount · doubled price / 200, cut toward zero, as money is. */
function inUsdt(amount: bigint, doubled: number): bigint {
  return (amount * BigInt(doubled)) / 200n;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

test("cash plus open contracts at the marks; parts of instances sum to what trading made", () => {
  let checked = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const dice = new Dice(seed);
    const books = new TestBooks();
    const valuation = new Valuation(books.state, books);
    const equity = new Equity(DEFAULT_LIMITS.assetsMax);
    const deposits = [0n, 0n];
    const cash = [
      [0n, 0n],
      [0n, 0n],
    ] as [bigint, bigint][];
    /** Signed quantity (thousandths) and money flow of the linear and the inverse contract, by account. */
    const contracts = [0, 1].map(() => ({ linear: 0n, paid: 0n, inverse: 0n, got: 0n }));
    for (let account = 0; account < 2; account++) {
      const units = 1_000 + dice.below(1_000);
      books.cash(USDT, CashCause.OpeningBalance, units, account);
      deposits[account] = BigInt(units) * E18;
      (cash[account] as bigint[])[USDT] = BigInt(units) * E18;
    }
    for (let i = 0; i < 30; i++) {
      const [account, instrument, instance] = [dice.below(2), dice.below(3), dice.below(3)];
      const side = dice.of([Side.Buy, Side.Sell]);
      const [price, qty] = [100_000 + dice.below(100_000), 1 + dice.below(5_000)];
      books.fill(instrument, side, price, qty, { account, instance });
      const sign = side === Side.Buy ? 1n : -1n;
      const money = (BigInt(price) * BigInt(qty) * E18) / 100_000n;
      const own = contracts[account] as (typeof contracts)[0];
      const row = cash[account] as bigint[];
      if (instrument === 0) {
        row[USDT] = (row[USDT] as bigint) - sign * money;
        row[ETH] = (row[ETH] as bigint) + (sign * BigInt(qty) * E18) / 1_000n;
      } else if (instrument === 1) {
        own.linear += sign * BigInt(qty);
        own.paid += sign * money;
      } else {
        own.inverse += sign * BigInt(qty);
        own.got += sign * ((BigInt(qty) * E18 * 100n) / (1_000n * BigInt(price)));
      }
    }
    const [spot, linear, inverse] = [0, 1, 2].map(() => 200_000 + dice.below(300_001)) as [number, number, number];
    [books.marks[0], books.marks[1], books.marks[2]] = [spot, linear, inverse];
    let total = 0n;
    for (let account = 0; account < 2; account++) {
      const own = contracts[account] as (typeof contracts)[0];
      const [usdt, eth] = cash[account] as [bigint, bigint];
      const linearProfit = (own.linear * BigInt(linear) * E18) / 200_000n - own.paid;
      const inverseValue = (abs(own.inverse) * E18 * 200n) / (1_000n * BigInt(inverse));
      const inverseProfit = own.got - (own.inverse < 0n ? -inverseValue : inverseValue);
      const want = usdt + linearProfit + inUsdt(eth + inverseProfit, spot);
      valuation.account(account, USDT, equity);
      // Each conversion is cut toward zero: cash, and what is realised and open of each contract.
      expect(abs(big(equity.equity) - want) <= 8n).toBe(true);
      expect(equity.isComplete).toBe(true);
      expect(equity.isProfitKnown).toBe(true);
      expect(big(valuation.equity(account, USDT, new Equity(16)).equity)).toBe(big(equity.equity));
      expect(big(valuation.profit(WHOLE, account, USDT, new Equity(16)).profit)).toBe(big(equity.profit));
      expect(abs(big(equity.profit) + (deposits[account] as bigint) - want) <= 40n * BigInt(spot)).toBe(true);
      total += big(equity.equity);
      let made = 0n;
      for (let instance = 0; instance < 3; instance++) {
        made += big(valuation.instance(instance, account, USDT, equity).equity);
      }
      expect(abs(made + (deposits[account] as bigint) - want) <= 40n * BigInt(spot)).toBe(true);
      checked++;
    }
    expect(big(valuation.firm(USDT, equity).equity)).toBe(total);
    const everywhere = [0, 1, 2].map((i) => big(valuation.instance(i, ALL_ACCOUNTS, USDT, equity).equity));
    const apart = [0, 1, 2].map(
      (i) =>
        big(valuation.instance(i, 0, USDT, equity).equity) + big(valuation.instance(i, 1, USDT, new Equity(16)).equity),
    );
    expect(everywhere).toEqual(apart);
  }
  expect(checked).toBe(2 * SEEDS);
});

test("no allocation is needed: the same object is filled again, and says the same", () => {
  const books = new TestBooks();
  const valuation = new Valuation(books.state, books);
  const equity = new Equity(DEFAULT_LIMITS.assetsMax);
  books.cash(USDT, CashCause.Deposit, 5);
  books.cash(ETH, CashCause.Deposit, 5);
  expect(valuation.account(0, USDT, equity) === equity).toBe(true);
  expect([equity.unpricedCount, big(equity.equity) === 5n * E18]).toEqual([1, true]);
  books.mark(0, 1);
  valuation.account(0, USDT, equity);
  expect([equity.unpricedCount, equity.isComplete, big(equity.equity) === 10n * E18]).toEqual([0, true, true]);
});
