/** Text for people: tables with aligned columns, numbers with thousands separators, colours where they are wanted. */

import { styled, type Terminal } from "./terminal.ts";

/** A number or decimal text is grouped by thousands; `verbatim` text (ids, hashes) is not. */
export type Cell = string | number | Verbatim;

export interface Verbatim {
  readonly verbatim: string;
}

/** An id or a hash: digits that are no amount. */
export function verbatim(value: string | number): Verbatim {
  return { verbatim: String(value) };
}

/** Groups the whole part of a plain decimal by thousands; other text stays as it is. */
export function thousands(value: Cell): string {
  if (typeof value === "object") return value.verbatim;
  const text = String(value);
  const parts = /^(-?)(\d+)(\.\d+)?$/.exec(text);
  if (parts === null) return text;
  return `${parts[1]}${(parts[2] as string).replace(/\B(?=(\d{3})+$)/g, ",")}${parts[3] ?? ""}`;
}

/** `text` in a field of `width` terminal columns: wide characters count two. */
export function pad(text: string, width: number, side: "left" | "right"): string {
  const spaces = " ".repeat(Math.max(0, width - Bun.stringWidth(text)));
  return side === "left" ? text + spaces : spaces + text;
}

/** A table with a head. A column is right-aligned when its cells are numbers or empty; two spaces between columns. */
export function table(terminal: Terminal, head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const sides = head.map((_, at) => {
    const filled = rows.map((row) => row[at]).filter((cell) => cell !== undefined && cell !== "");
    return filled.length > 0 && filled.every(isNumber) ? "right" : "left";
  });
  const texts = rows.map((row) => head.map((_, at) => thousands(row[at] ?? "")));
  const widths = head.map((name, at) =>
    Math.max(Bun.stringWidth(name), ...texts.map((row) => Bun.stringWidth(row[at] as string))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => pad(cell, widths[at] as number, sides[at] as "left" | "right"))
      .join("  ")
      .trimEnd();
  return `${[styled(terminal, "bold", line(head)), ...texts.map(line)].join("\n")}\n`;
}

/** Names and values, indented: names to the left, values aligned to `side`, an optional note behind. */
export function pairs(
  terminal: Terminal,
  rows: readonly (readonly [name: string, value: Cell, note?: string])[],
  side: "left" | "right" = "right",
): string {
  const nameWidth = Math.max(0, ...rows.map(([name]) => Bun.stringWidth(name)));
  const valueWidth = Math.max(0, ...rows.map(([, value]) => Bun.stringWidth(thousands(value))));
  return rows
    .map(([name, value, note]) => {
      const named = styled(terminal, "dim", pad(name, nameWidth, "left"));
      const valued = pad(thousands(value), valueWidth, side);
      return `  ${named}  ${note === undefined || note === "" ? valued : `${valued}  ${note}`}`.trimEnd();
    })
    .map((line) => `${line}\n`)
    .join("");
}

/** A titled group of pairs; nothing at all when there are none. */
export function section(
  terminal: Terminal,
  title: string,
  rows: readonly (readonly [name: string, value: Cell, note?: string])[],
): string {
  return rows.length === 0 ? "" : `\n${styled(terminal, "bold", title)}\n${pairs(terminal, rows)}`;
}

function isNumber(cell: Cell | undefined): boolean {
  return cell !== undefined && typeof cell !== "object" && /^-?\d+(\.\d+)?$/.test(String(cell));
}
