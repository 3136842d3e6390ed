/** Assets: dense ids, unique codes, a bound. */

import { expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { AssetTable } from "./assets.ts";

test("only the next id and a new code are taken", () => {
  const assets = new AssetTable(2, new RowHash(), 1);
  expect(assets.define(1, "A")).toBe(false);
  expect(assets.define(0, "")).toBe(false);
  expect(assets.define(0, "A")).toBe(true);
  expect(assets.define(1, "A")).toBe(false);
  expect(assets.define(0, "B")).toBe(false);
  expect(assets.define(1, "B")).toBe(true);
  expect(assets.define(2, "C")).toBe(false);
  expect([assets.id("B"), assets.code(0), assets.code(2), assets.id("C")]).toEqual([1, "A", undefined, undefined]);
});
