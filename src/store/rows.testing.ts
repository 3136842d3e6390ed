/** Rows for tests of the store: any table, every column filled, from a seed. */

import type { Prng } from "../core/prng.ts";
import type { AnyRow, Column, Value } from "./columns.ts";
import type { RowChange } from "./store.ts";
import { type TableName, tableOf } from "./tables.ts";

const WORDS = ["", "buy", "it's", 'a "quote"', "ünï ☃ 🜂", "null", "{}", "[1,2]", "\\N", "\u0001\t\n", "x".repeat(300)];

/** `n` makes the key: equal numbers are equal keys. */
export function anyRow(name: TableName, n: number, random: Prng): AnyRow {
  const table = tableOf(name);
  const row: Record<string, Value> = {};
  for (const [column, definition] of Object.entries(table.columns)) {
    const at = table.key.indexOf(column);
    row[column] = at < 0 ? anyValue(definition, random) : keyValue(definition, n);
  }
  return row;
}

export function change(table: TableName, op: RowChange["op"], row: AnyRow): RowChange {
  return { table, op, row } as unknown as RowChange;
}

export function anyDecimal(random: Prng): string {
  const digits = (count: number) => Array.from({ length: count }, () => random.nextBelow(10)).join("");
  const whole = digits(random.nextBelow(20)).replace(/^0+/, "") || "0";
  const fraction = digits(random.nextBelow(19)).replace(/0+$/, "");
  const text = fraction === "" ? whole : `${whole}.${fraction}`;
  return text !== "0" && random.nextBelow(2) === 0 ? `-${text}` : text;
}

function keyValue({ kind }: Column, n: number): Value {
  return kind === "int" || kind === "timeUs" ? n : `k${String(n).padStart(9, "0")}`;
}

function anyValue({ kind, nullable }: Column, random: Prng): Value {
  if (nullable === true && random.nextBelow(4) === 0) return null;
  switch (kind) {
    case "int":
      return random.nextBelow(2) === 0 ? random.nextBelow(1_000) : -Number.MAX_SAFE_INTEGER + random.nextBelow(100);
    case "timeUs":
      return 1_795_000_000_000_000 + random.nextBelow(1_000_000_000);
    case "flag":
      return random.nextBelow(2) === 0;
    case "decimal":
      return anyDecimal(random);
    case "json":
      return JSON.stringify({ n: random.nextBelow(1_000), text: WORDS[random.nextBelow(WORDS.length)] });
    default:
      return WORDS[random.nextBelow(WORDS.length)] as string;
  }
}
