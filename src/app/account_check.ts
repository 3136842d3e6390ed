/** Accounts that the configuration no longer names, and that still have something at stake: nobody would look after it. */

import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import type { DurableState } from "../engine/durable.ts";
import { InstrumentKind } from "../model/order.ts";
import type { Config } from "./config_schema.ts";

/** What is wrong with starting on this state with these accounts; undefined when nothing is left alone. */
export function accountsLeftAlone(state: DurableState, named: readonly string[]): Problem | undefined {
  const table = state.orders;
  for (const { id, name } of state.accounts.all()) {
    if (named.includes(name)) continue;
    // What waits with us would come true, and find no gateway to leave by.
    const orders = state.instruments
      .all()
      .reduce((sum, { id: listing }) => sum + table.openCount(id, listing) + table.held.countOf(id, listing), 0);
    const positions = state.ledger.rows().filter((row) => {
      if (row.account !== id || row.holding.qty === 0) return false;
      return state.instruments.get(row.instrument)?.kind !== InstrumentKind.Spot; // What is owned outright cannot run away.
    }).length;
    if (orders === 0 && positions === 0) continue;
    const detail = `account ${name} is not in the configuration, and has ${orders} open orders and ${positions} positions`;
    const hint = "put it back, cancel and close, then take it out";
    return problem(Code.ConfigMissing, detail, {}, hint);
  }
  return undefined;
}

/** An account that was opened as paper and is live now, or the other way: its money would be of two kinds. */
export function accountsChanged(state: DurableState, accounts: Config["accounts"]): Problem | undefined {
  for (const { id, name } of state.accounts.all()) {
    const mode = accounts[name]?.mode;
    const before = state.risk.arming.isReal(id) ? "live" : "paper";
    if (mode !== undefined && mode !== before)
      return problem(Code.ModeChanged, `account ${name} is ${mode} now, and was ${before}`);
  }
  return undefined;
}
