/** Ids of movements: by account, bounded, the oldest go first; the hash follows. */

import { expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { Wide } from "../core/wide.ts";
import { CashCause, Side } from "../model/order.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import { MovementIds } from "./movement_ids.ts";
import { Refusal } from "./refusal.ts";
import { big, PERP, TestLedger, USDT } from "./test_kit.ts";

test("bounded, oldest first; bytes and back to the same hash and the same order of forgetting", () => {
  const limits = { ...DEFAULT_LIMITS, movementsMax: 3 };
  const hash = new RowHash();
  const ids = new MovementIds(limits, hash, 1);
  for (const id of ["a", "b", "c"]) ids.add(0, id);
  expect([ids.has(0, "a"), ids.has(1, "a")]).toEqual([true, false]);
  const writer = new StateWriter();
  ids.save(writer);
  const again = new RowHash();
  const loaded = new MovementIds(limits, again, 1);
  loaded.load(new StateReader(writer.bytes()));
  expect(again.text()).toBe(hash.text());
  for (const one of [ids, loaded]) {
    one.add(1, "a");
    expect(["a", "b", "c"].map((id) => one.has(0, id))).toEqual([false, true, true]);
  }
  expect(again.text()).toBe(hash.text());
});

test("funding that is told twice is posted once and counted", () => {
  const t = new TestLedger();
  t.fill(Side.Buy, 10_000, 1, { instrument: PERP });
  const record = new TradingRecord().reset(RecordKind.CashMoved);
  Object.assign(record, { code: CashCause.Funding, asset: USDT, amountLo: 9, fillId: "F1-1", instrument: PERP });
  for (let i = 0; i < 2; i++) t.ledger.apply(record);
  const out = new Wide();
  expect(big(t.ledger.cash(0, USDT, out))).toBe(9n);
  expect([t.ledger.refusedCount, t.ledger.lastRefusal]).toEqual([1, Refusal.AlreadyPosted]);
  record.account = 1;
  t.ledger.apply(record);
  record.fillId = "";
  for (let i = 0; i < 2; i++) t.ledger.apply(record);
  expect(big(t.ledger.cash(1, USDT, out))).toBe(27n);
});
