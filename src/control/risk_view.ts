/** What risk's controls say now: breakers, trading states, arming, overrides. Pure functions of the read model. */

import { mantissaTextShort } from "../core/decimal.ts";
import type { DurableState } from "../engine/durable.ts";
import { Denial } from "../model/denial.ts";
import { Side } from "../model/order.ts";
import { Scope, TradingState } from "../model/record.ts";
import { LossAction } from "../risk/control.ts";
import { type OverrideText, readOverride } from "../risk/overrides.ts";
import type { RiskLevel } from "../risk/risk_level.ts";
import type { OrderViews } from "./order_view.ts";
import { timeOf, timeOrNull } from "./time.ts";
import type { BreakerView, RiskView } from "./views.ts";

export type ScopeName = "firm" | "account" | "venue" | "instrument" | "instance";
type ControlsView = Pick<RiskView, "breakers" | "tradingStates" | "accounts" | "overrides">;

const STATES: Readonly<Record<TradingState, string>> = Object.freeze({
  [TradingState.Active]: "active",
  [TradingState.Reducing]: "reducing",
  [TradingState.Halted]: "halted",
});
const ACTIONS: Readonly<Record<LossAction, BreakerView["action"]>> = Object.freeze({
  [LossAction.Reduce]: "reduce",
  [LossAction.Halt]: "halt",
  [LossAction.Kill]: "kill",
});

export function controlsView(state: DurableState, names: OrderViews): ControlsView {
  const breakers: ControlsView["breakers"] = [];
  const tradingStates: ControlsView["tradingStates"] = [];
  for (const level of state.risk.levels()) {
    if (level.isFree) continue;
    const at = { scope: scopeName(level.scope), key: keyName(names, level) };
    if (level.tradingState !== TradingState.Active) tradingStates.push({ ...at, state: STATES[level.tradingState] });
    for (const { code, action, sinceUs, untilUs, why } of level.breakers) {
      const told = { code: Denial[code] ?? String(code), action: ACTIONS[action], why };
      breakers.push({ ...at, ...told, since: timeOf(sinceUs), until: timeOrNull(untilUs) });
    }
  }
  return { breakers, tradingStates, accounts: armings(state), overrides: overrides(state, names) };
}

export function scopeName(scope: Scope): ScopeName {
  if (scope === Scope.Account) return "account";
  if (scope === Scope.Venue) return "venue";
  if (scope === Scope.Instrument) return "instrument";
  return scope === Scope.Instance ? "instance" : "firm";
}

export function keyName(names: OrderViews, { scope, key, venue }: Pick<RiskLevel, "scope" | "key" | "venue">): string {
  if (scope === Scope.Account) return names.accountName(key);
  if (scope === Scope.Venue) return venue;
  if (scope === Scope.Instrument) return names.instrumentName(key);
  return scope === Scope.Instance ? (names.instanceName(key) ?? "") : "";
}

function armings({ accounts, risk }: DurableState): ControlsView["accounts"] {
  const live = accounts.all().filter(({ id }) => risk.arming.isReal(id));
  return live.map(({ id, name }) => ({ account: name, armed: risk.arming.isArmed(id), build: risk.arming.build(id) }));
}

function overrides(state: DurableState, names: OrderViews): ControlsView["overrides"] {
  const now = state.timeUs;
  return state.risk.overrides
    .all()
    .filter(({ untilUs }) => untilUs >= now)
    .map(({ account, instrument, side, price, qty, untilUs, text }) => {
      const { priceScale = 0, qtyScale = 0 } = state.instruments.get(instrument) ?? {};
      const said = readOverride(text) as OverrideText; // It was taken, so it can be read.
      return {
        account: names.accountName(account),
        instrument: names.instrumentName(instrument),
        side: side === Side.Buy ? "buy" : "sell",
        price: price === 0 ? null : mantissaTextShort(price, priceScale),
        qty: mantissaTextShort(qty, qtyScale),
        until: timeOf(untilUs),
        by: said.by,
        second: said.second,
        reason: said.reason,
      };
    });
}
