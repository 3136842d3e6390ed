/** Positions by hand: shares, flips, fees in the base asset, the hash row. */

import { expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { Wide } from "../core/wide.ts";
import { HoldingScratch } from "./holding.ts";
import { Position } from "./position.ts";
import { big } from "./test_kit.ts";

const wide = (n: number) => new Wide().setInt(n);

test("a flip realises the closing part and opens with the rest of the amount", () => {
  const position = new Position(0, 0, 0, 3, false);
  const delta = new Wide();
  position.trade(10, wide(1_000), delta);
  expect(big(delta)).toBe(0n);
  position.trade(-15, wide(1_801), delta); // floor(1801 · 10/15) = 1200 closes, 601 opens.
  expect([big(delta), big(position.cost), position.holding.qty]).toEqual([200n, 601n, -5]);
});

test("an inverse long gains what buying back costs less; remainders of shares stay until it is flat", () => {
  const position = new Position(0, 0, 0, 0, true);
  const delta = new Wide();
  position.trade(3, wide(100), delta); // 3 contracts for 100 units of the base asset.
  position.trade(-1, wide(30), delta);
  expect([big(delta), big(position.cost)]).toEqual([3n, 67n]);
  position.trade(-1, wide(30), delta);
  expect([big(delta), big(position.cost)]).toEqual([3n, 34n]);
  position.trade(-1, wide(30), delta);
  expect([big(delta), big(position.cost), big(position.realized)]).toEqual([4n, 0n, 10n]); // 100 − 3 · 30.
});

test("an adjustment is a trade without cash: its counterpart is a column", () => {
  const position = new Position(0, 0, 0, 0, false);
  const delta = new Wide();
  position.trade(10, wide(1_000), delta);
  position.adjust(-4, wide(400), delta);
  expect([big(delta), big(position.cost), big(position.adjusted)]).toEqual([0n, 600n, 400n]);
  position.adjust(1, wide(7), delta);
  expect([big(position.cost), big(position.adjusted), position.holding.qty]).toEqual([607n, 393n, 7]);
});

test("a base fee that eats the position realises its cost", () => {
  const position = new Position(0, 0, 0, 18, false);
  const scratch = new HoldingScratch();
  position.trade(10, wide(1_000), new Wide());
  position.moveBase(wide(-4), scratch);
  expect([position.holding.qty, big(position.cost), big(position.realized)]).toEqual([6, 1_000n, 0n]);
  position.moveBase(wide(-6), scratch);
  expect([position.holding.qty, big(position.cost), big(position.realized)]).toEqual([0, 0n, -1_000n]);
  position.trade(-10, wide(500), new Wide());
  position.moveBase(wide(12), scratch);
  expect([position.holding.qty, big(position.cost), big(position.realized)]).toEqual([2, 0n, -500n]);
});

test("every column is in the hash row", () => {
  const seen = new Set<string>();
  const note = (change: (p: Position) => void) => {
    const hash = new RowHash();
    const position = new Position(1, 2, 0, 3, false);
    change(position);
    position.rehash(hash, 9);
    seen.add(hash.text());
  };
  const changes: ((p: Position) => void)[] = [
    () => {},
    (p) => p.holding.add(1),
    (p) => p.holding.dust.setInt(1),
    (p) => p.cost.setInt(1),
    (p) => p.realized.setInt(1),
    (p) => p.funding.setInt(1),
    (p) => p.adjusted.setInt(1),
    (p) => p.count(1, wide(0), wide(0)),
    (p) => p.volumeQty.setInt(1),
    (p) => p.volumeAmount.setInt(1),
  ];
  changes.forEach(note);
  expect(seen.size).toBe(changes.length);
});
