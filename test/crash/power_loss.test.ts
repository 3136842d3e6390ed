/** A small version of the power cuts and damages of `npm run test:crash`, and that a disk without syncs is found out. */

import { describe, expect, test } from "bun:test";
import { cutPower, DAMAGES, damageMedia } from "./power_loss.ts";

test("1,000 power cuts, torn by sectors and by pages: nothing acknowledged is lost, nothing is refused for no reason", () => {
  const { breaks, ...figures } = cutPower(1, 1_000);
  process.stdout.write(`  ${JSON.stringify(figures)}\n`);
  expect(breaks).toEqual([]);
  expect(figures.torn).toBeGreaterThan(50);
  expect(figures.survived).toBeGreaterThan(20);
});

test("without syncs the first 50 cuts show it, whatever the seed", () => {
  for (let seed = 1; seed <= 5; seed++) expect(cutPower(seed, 50, true, 1).breaks).not.toEqual([]);
});

describe("damage to what was acknowledged is refused, or is the last batch's", () => {
  for (const damage of DAMAGES) {
    test(damage, () => {
      const { breaks, ...figures } = damageMedia(damage, 1, 500);
      process.stdout.write(`  ${JSON.stringify(figures)}\n`);
      expect(breaks).toEqual([]);
      expect(figures.places).toBe(500);
      expect(figures.refused).toBeGreaterThan(300);
    });
  }
});
