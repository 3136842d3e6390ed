/** Profit of periods out of standings: what stands at the end of a period less what stood at the end of the one before. */

import { decimalMinus } from "./decimal_text.ts";
import type { PnlAsk, PnlPeriod } from "./store.ts";
import type { Row } from "./tables.ts";

type Standing = Row<"pnlSnapshots">;

/** `before`: the last standing ahead of the first period; `ends`: the last of each period, upward in time. */
export function pnlPeriods(ask: PnlAsk, before: Standing | undefined, ends: readonly Standing[]): PnlPeriod[] {
  let last = before;
  return ends.map((end) => {
    const period = {
      startUs: end.periodUs - ((end.periodUs - ask.fromUs) % ask.stepUs),
      realizedPnl: decimalMinus(end.realizedPnl, last?.realizedPnl ?? "0"),
      fees: decimalMinus(end.fees, last?.fees ?? "0"),
      funding: decimalMinus(end.funding, last?.funding ?? "0"),
      equity: end.equity,
    };
    last = end;
    return period;
  });
}
