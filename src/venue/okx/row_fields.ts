/** Rows of OKX as reports are built from them: "" is absent, times are numbers, and fees are what is paid. */

import type { Instrument } from "../../model/instrument.ts";
import { InstrumentKind } from "../../model/order.ts";
import { Fields } from "../wire/fields.ts";
import { type JsonObject, objectOf, wordOf } from "../wire/json.ts";
import type { FillNames, PrivateParts } from "../wire/report_builder.ts";

/** Milliseconds as text. */
const TIMES: readonly string[] = Object.freeze(["cTime", "uTime", "fillTime", "ts", "pTime"]);
const SIDES: Readonly<Record<string, string>> = Object.freeze({ buy: "BUY", sell: "SELL" });

/** As `fillRow` makes them; the money of a fill is price times quantity. */
export const FILL: FillNames = Object.freeze({
  price: "fillPx",
  qty: "fillSz",
  tradeId: "tradeId",
  maker: "isMaker",
  quote: "",
  fee: "paid",
  feeAsset: "paidCcy",
});

/** Total: what is no object has no fields. */
export function rowOf(value: unknown): Fields {
  return new Fields(plainRow(value));
}

/**
 * A row that tells of a fill, with what was paid for it. `fee` and `ccy`: where the row says so; the venue counts what it
 * charges as negative.
 */
export function fillRow(value: unknown, fee: string, ccy: string): Fields {
  const row = plainRow(value);
  row["isMaker"] = row["execType"] === "M";
  const text = row[fee];
  if (text !== undefined) row["paid"] = typeof text === "string" ? negated(text) : text;
  if (row[ccy] !== undefined && text !== undefined) row["paidCcy"] = row[ccy];
  const fields = new Fields(row);
  // A charge in no currency cannot be booked, and must not be left out.
  if (typeof text === "string" && /[1-9]/.test(text) && row[ccy] === undefined) fields.bad = ccy;
  return fields;
}

/** Undefined for what is none of ours: margin orders and positions carry names of spot, and are not spot. */
export function instrumentOf(row: Fields, parts: Pick<PrivateParts, "instrument">): Instrument | undefined {
  const found = parts.instrument(row.text("instId"));
  const type = row.text("instType", "");
  return found !== undefined && (type === "" || type === instType(found)) ? found : undefined;
}

export function instType({ kind }: Instrument): "SPOT" | "SWAP" {
  return kind === InstrumentKind.Spot ? "SPOT" : "SWAP";
}

/** `-0.5` as `0.5`, `0.5` as `-0.5`; what has two signs stays as it is, and is no number. */
export function negated(text: string): string {
  if (text.startsWith("--")) return text;
  if (text.startsWith("-")) return text.slice(1);
  return /[1-9]/.test(text) ? `-${text}` : text;
}

function plainRow(value: unknown): JsonObject & Record<string, unknown> {
  const row = Object.create(null) as Record<string, unknown>; // `__proto__` is a name like any other.
  for (const [name, each] of Object.entries(objectOf(value) ?? {})) {
    if (each === "") continue;
    row[name] = TIMES.includes(name) ? timeOf(each) : each;
  }
  const side = SIDES[wordOf(row["side"])];
  if (side !== undefined) row["side"] = side;
  return row;
}

function timeOf(value: unknown): unknown {
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number.parseInt(value, 10) : value;
}
