/** Draws a layout table, eight bytes a line, as it stands in memory and in files. */

import type { ColumnSpec } from "./market_slot.ts";

const LINE_BYTES = 8;
const UNITS_PER_BYTE = 9;

export interface Offsets {
  readonly offsets: ReadonlyMap<string, number>;
  readonly bytes: number;
}

/** Columns lie one after the other, without gaps: the table's order is the layout. */
export function layoutOffsets(columns: readonly ColumnSpec[]): Offsets {
  const offsets = new Map<string, number>();
  let at = 0;
  for (const column of columns) {
    offsets.set(column.name, at);
    at += widthOf(column);
  }
  return { offsets, bytes: at };
}

/** Box picture and table of meanings. */
export function layoutPicture(title: string, columns: readonly ColumnSpec[]): string {
  const { offsets, bytes } = layoutOffsets(columns);
  const lines = [`${title}, ${bytes} bytes`, rule()];
  let row = "";
  for (const column of columns) {
    const offset = offsets.get(column.name) as number;
    if (offset % LINE_BYTES === 0) row = `${String(offset).padStart(4)} |`;
    const units = widthOf(column) * UNITS_PER_BYTE - 1;
    row += `${column.name.padEnd(units).slice(0, units)}|`;
    if ((offset + widthOf(column)) % LINE_BYTES === 0) lines.push(row, rule());
  }
  const place = (c: ColumnSpec) => String(offsets.get(c.name)).padStart(4);
  const meanings = columns.map((c) => `${place(c)} ${c.type.padEnd(3)} ${c.name}: ${c.meaning}`);
  return [...lines, "", ...meanings].join("\n");
}

function rule(): string {
  return `     +${"-".repeat(LINE_BYTES * UNITS_PER_BYTE - 1)}+`;
}

function widthOf(column: ColumnSpec): number {
  return column.type === "f64" ? 8 : column.type === "u32" ? 4 : column.type === "u16" ? 2 : 1;
}
