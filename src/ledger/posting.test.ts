/** Postings: rows are found once, made only when something is posted, and kept apart by owner. */

import { expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { Wide } from "../core/wide.ts";
import { type Instrument, InstrumentTable } from "../model/instrument.ts";
import { CashCause, Leg } from "../model/order.ts";
import { Listings } from "./listings.ts";
import { WHOLE } from "./position.ts";
import { Posting } from "./posting.ts";
import { LedgerTables } from "./tables.ts";
import { ASSETS, BNB, big, ETH, INSTRUMENTS, INVERSE, SPOT, USDT } from "./test_kit.ts";

const wide = (n: number) => new Wide().setInt(n);

test("asking makes nothing; posting makes the owner's own rows; a fee in the money shares its row", () => {
  const tables = new LedgerTables(DEFAULT_LIMITS, new RowHash(), new InstrumentTable());
  const [whole, part] = [new Posting(tables), new Posting(tables)];
  const spot = INSTRUMENTS[SPOT] as Instrument;
  whole.find(0, WHOLE, spot, Leg.Net, ETH, USDT, USDT);
  part.find(0, 7, spot, Leg.Net, ETH, USDT, BNB);
  expect(whole.fits(5, 3, wide(1), wide(1), wide(1))).toBe(true);
  expect(whole.fits(2 ** 53 - 1, 3, wide(1), wide(1), wide(0))).toBe(false);
  expect([tables.cash.rows(), tables.positions.wholes]).toEqual([[], []]);
  whole.postMoney(CashCause.Trade, wide(-9));
  whole.postFee(wide(-1));
  part.postBase(wide(4));
  part.postFee(wide(-2));
  const total = (asset: number, instance: number) => big(tables.cash.total(0, asset, new Wide(), instance));
  expect([total(USDT, WHOLE), total(ETH, 7), total(BNB, 7), total(ETH, WHOLE)]).toEqual([-10n, 4n, -2n, 0n]);
  expect(part.position(spot).instance).toBe(7);
});

test("a listing follows the newest revision, and waits for its assets", () => {
  const instruments = new InstrumentTable();
  const tables = new LedgerTables(DEFAULT_LIMITS, new RowHash(), instruments);
  const listings = new Listings(instruments, tables.assets);
  for (const instrument of INSTRUMENTS) instruments.define(instrument);
  expect([listings.get(SPOT), listings.get(9)]).toEqual([undefined, undefined]);
  expect(ASSETS.map((code, id) => tables.assets.define(id, code))).toEqual([true, true, true]);
  expect(listings.get(SPOT)).toMatchObject({ isSpot: true, base: ETH, money: USDT });
  expect(listings.get(INVERSE)).toMatchObject({ isSpot: false, base: -1, money: ETH });
  instruments.define({ ...(INSTRUMENTS[SPOT] as Instrument), revision: 2, tick: 5 });
  expect(listings.get(SPOT)?.instrument.tick).toBe(5);
});
