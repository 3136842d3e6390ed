/** The feed into a core: trades in its own units, and funding once a mark tells of a later time. */

import { expect, test } from "bun:test";
import type { Message } from "../message.ts";
import type { SymbolMarket } from "../symbol_market.ts";
import { amount, plain } from "./amount.ts";
import { CoreFeed } from "./core_feed.ts";
import { instrument, Rig } from "./trading.testing.ts";

interface Shown {
  mark?: Message;
  trades: { price: string; qty: string; buyerIsMaker: boolean }[];
}

const told = (shown: Shown) => shown as unknown as SymbolMarket;
const markOf = (T: unknown, p: string, r?: string): Shown => ({
  mark: { T, p, ...(r === undefined ? {} : { r }) } as Message,
  trades: [],
});

test("funding is due when the next time moves on, at the mark and rate before it", () => {
  const { venue } = new Rig();
  const feed = new CoreFeed(venue);
  const paid: string[] = [];
  venue.fund = (symbol, mark, rate) => void paid.push([symbol, plain(mark), plain(rate)].join(" "));
  for (const shown of [
    markOf(1_000, "100", "0.0001"),
    markOf(1_000, "101", "0.0002"),
    markOf(undefined, "102", "0.0003"),
    markOf(2_000, "103"),
    markOf(2_000, "104"),
    markOf(1_500, "105", "0.5"),
    markOf(3_000, "106", "0.5"),
  ]) {
    feed.onFrame("PERP", "mark", told(shown));
    feed.onFrame("SPOT", "mark", told(shown));
  }
  expect(paid).toEqual(["PERP 101 0.0002", "PERP 105 0.5"]);
});

test("a trade of the base is so many contracts; what cannot be read is none", () => {
  const rig = new Rig();
  const contracts = { ...instrument("CONTRACTS", "linear"), contractSize: amount("0.01") };
  rig.venue.addSymbol(contracts, rig.venue.symbols.view("PERP"));
  const feed = new CoreFeed(rig.venue);
  const seen: string[] = [];
  rig.venue.onTrade = (symbol, price, qty, side) => void seen.push([symbol, plain(price), plain(qty), side].join(" "));
  const trades = (qty: string, buyerIsMaker: boolean): Shown => ({ trades: [{ price: "100", qty, buyerIsMaker }] });
  feed.onFrame("CONTRACTS", "trade", told(trades("0.5", true)));
  feed.onFrame("PERP", "trade", told(trades("0.5", false)));
  feed.onFrame("PERP", "trade", told(trades("x", false)));
  feed.onFrame("PERP", "trade", told({ trades: [] }));
  expect(seen).toEqual(["CONTRACTS 100 50 sell", "PERP 100 0.5 buy"]);
});

test("a deposit as an operator writes it, or what is wrong with it", () => {
  const { venue } = new Rig();
  const before = venue.wallets.of("ann", "USDT").free;
  expect(venue.depositText("ann", "USDT", "-1.5")).toBeUndefined();
  expect(plain(before - venue.wallets.of("ann", "USDT").free)).toBe("1.5");
  expect([
    venue.depositText("eve", "USDT", "1"),
    venue.depositText("ann", "usdt", "1"),
    venue.depositText("ann", "USDT", "one"),
    venue.depositText("ann", "USDT", "-1000000"),
  ]).toEqual([
    "no such account",
    "asset and amount (a decimal text) are expected",
    "asset and amount (a decimal text) are expected",
    "there is not so much of it",
  ]);
});
