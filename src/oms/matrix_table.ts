/** The life-cycle matrix as a Markdown table, for the room's README. */

import { ORDER_EVENT_COUNT, ORDER_STATE_COUNT, OrderEvent, OrderState } from "../model/order.ts";
import { cell, nextState, Step } from "./matrix.ts";

/** States down, events across. `→X` leads to X; `·` is Illegal; the other words are the steps of `matrix.ts`. */
export function matrixTable(): string {
  const events = Array.from({ length: ORDER_EVENT_COUNT }, (_, event) => event as OrderEvent);
  const lines = [["state", ...events.map((event) => OrderEvent[event] as string)]];
  for (let state: OrderState = 0; state < ORDER_STATE_COUNT; state++) {
    lines.push([`**${OrderState[state]}**`, ...events.map((event) => word(cell(state, event).step))]);
  }
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const rows = lines.map((line) => line.map((text, column) => text.padEnd(widths[column] ?? 0)));
  rows.splice(
    1,
    0,
    widths.map((width) => "-".repeat(width)),
  );
  return rows.map((row) => `| ${row.join(" | ")} |\n`).join("");
}

function word(step: Step): string {
  if (step === Step.Illegal) return "·";
  return step >= Step.ToSent ? `→${OrderState[nextState(step)]}` : (Step[step] as string);
}
