/** Rows of an answer as statements, at a venue that is none: what is unknown is left out, what is unreadable spoils the answer. */

import { expect, test } from "bun:test";
import type { Instrument } from "../../model/instrument.ts";
import { Evidence, RecordKind, type TradingRecord } from "../../model/record.ts";
import { Fields } from "./fields.ts";
import { OwnIds } from "./order_ids.ts";
import { ReportBuilder } from "./report_builder.ts";
import { averagePrice, isFlat, StatementRows } from "./statement_rows.ts";

const INSTRUMENT = { id: 4, revision: 2, priceScale: 2, qtyScale: 3 } as Instrument;

class Rows extends StatementRows {
  order(value: object): TradingRecord | undefined {
    const row = Fields.of(value);
    const symbol = row.text("symbol");
    const instrument = this.known(row, symbol === "ETH" ? INSTRUMENT : undefined, `symbol ${symbol}`);
    if (instrument === undefined) return undefined;
    const record = this.begin(RecordKind.StatedOrder, instrument);
    record.qty = row.mantissa("qty", instrument.qtyScale);
    return this.end("order", row, record);
  }

  balance(value: object): TradingRecord | undefined {
    const row = Fields.of(value);
    return this.balanceOf(row, "coin", (whole, locked) => {
      row.amount("whole", whole);
      row.amount("locked", locked);
    });
  }
}

function rowsOf() {
  const parts = {
    account: 3,
    instrument: () => undefined,
    assetId: (code: string) => (code === "USDT" ? 7 : undefined),
    ids: new OwnIds(1, 5),
  };
  const rows = new Rows(new ReportBuilder(parts, () => {}), 11, Evidence.OpenOrders, 9);
  return { rows, aside: () => [...rows.out.stats.aside().keys()] };
}

test("a statement carries its query, and what it is about", () => {
  const { rows, aside } = rowsOf();
  expect(rows.order({ symbol: "ETH", qty: "1.5" })).toMatchObject({
    ...{ kind: RecordKind.StatedOrder, account: 3, instrument: 4, instrumentRevision: 2, qty: 1_500 },
    ...{ attempt: 11, evidence: Evidence.OpenOrders, timeUs: 9 },
  });
  expect([rows.bad, aside()]).toEqual(["", []]);
});

test("what is not known here is set aside, and the answer stands", () => {
  const { rows, aside } = rowsOf();
  expect(rows.order({ symbol: "DOGE", qty: "x" })).toBeUndefined();
  expect(rows.balance({ coin: "DOGE" })).toBeUndefined();
  expect([rows.bad, aside()]).toEqual(["", ["answer: symbol DOGE is not known here"]]);
});

test("the first row that cannot be read names what spoils the answer", () => {
  const { rows, aside } = rowsOf();
  expect(rows.order({ symbol: "ETH", qty: "x" })).toBeUndefined();
  expect(rows.order({ qty: "1" })).toBeUndefined();
  expect(rows.balance({ whole: "1", locked: "0" })).toBeUndefined();
  expect(rows.bad).toBe("order: field qty");
  expect(aside()).toEqual(["answer order: field qty", "answer row: field symbol", "answer balance: field coin"]);
});

test("balances: the whole, and what of it is locked", () => {
  const { rows } = rowsOf();
  const record = rows.balance({ coin: "USDT", whole: "0.000000000000000005", locked: "0.000000000000000002" });
  expect(record).toMatchObject({ kind: RecordKind.StatedBalance, account: 3, instrument: 0, attempt: 11, asset: 7 });
  expect([record?.amountHi, record?.amountLo, record?.feeHi, record?.feeLo]).toEqual([0, 5, 0, 2]);
});

test.each([
  ["100.129", 10_012],
  ["100", 10_000],
  [".5", 50],
  ["", 0],
  ["1e3", 0],
  [undefined, 0],
])("the average price %p is %p", (text, expected) => {
  const row = Fields.of({ price: text });
  expect([averagePrice(row, "price", INSTRUMENT), row.bad]).toEqual([expected, ""]);
});

test.each([
  [{ qty: "-0.000" }, true],
  [{ qty: "" }, true],
  [{ qty: "-0.5" }, false],
  [{}, false],
])("%p is flat: %p", (row, expected) => {
  expect(isFlat(Fields.of(row), "qty")).toBe(expected);
});
