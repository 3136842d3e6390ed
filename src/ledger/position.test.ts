/** Positions by hand: shares, flips, fees in the base asset, the hash row. */

import { expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { Wide } from "../core/wide.ts";
import { HoldingScratch } from "./holding.ts";
import { Position } from "./position.ts";
import { big } from "./test_kit.ts";

const wide = (n: number) => new Wide().setInt(n);

test("a flip realises the closing part and opens with the rest of the amount", () => {
  const position = new Position(0, 0, 0, 3);
  const delta = new Wide();
  position.trade(10, wide(1_000), delta);
  expect(big(delta)).toBe(0n);
  position.trade(-15, wide(1_801), delta); // floor(1801 · 10/15) = 1200 closes, 601 opens.
  expect([big(delta), big(position.cost), position.holding.qty]).toEqual([200n, 601n, -5]);
});

test("a base fee that eats the position realises its cost", () => {
  const position = new Position(0, 0, 0, 18);
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
    const position = new Position(1, 2, 0, 3);
    change(position);
    position.row(hash, 9).putIn();
    seen.add(hash.text());
  };
  const changes: ((p: Position) => void)[] = [
    () => {},
    (p) => p.holding.add(1),
    (p) => p.holding.dust.setInt(1),
    (p) => p.cost.setInt(1),
    (p) => p.realized.setInt(1),
    (p) => p.count(1, wide(0), wide(0)),
    (p) => p.volumeQty.setInt(1),
    (p) => p.volumeAmount.setInt(1),
  ];
  changes.forEach(note);
  expect(seen.size).toBe(changes.length);
});
