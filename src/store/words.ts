/** The words of the history: names of states, sides, codes and scopes as tables and the interface show them. */

import { codeName } from "../core/code.ts";
import { DENIAL_TEXTS, Denial, Reject } from "../model/denial.ts";
import { Leg, Liquidity, OrderState, OrderType, Side, TimeInForce } from "../model/order.ts";
import { Evidence, RecordKind, Scope } from "../model/record.ts";

/** `PartiallyFilled` → `partiallyFilled`. */
export function lowerFirst(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}

export function stateText(state: OrderState): string {
  return lowerFirst(OrderState[state] ?? `state${state}`);
}

export function sideText(side: number): "buy" | "sell" {
  return side === Side.Sell ? "sell" : "buy";
}

export function legText(leg: number): "net" | "long" | "short" {
  if (leg === Leg.Long) return "long";
  return leg === Leg.Short ? "short" : "net";
}

/** As the interface names types of orders. */
export function typeText(orderType: number): string {
  switch (orderType) {
    case OrderType.Market:
      return "market";
    case OrderType.StopMarket:
      return "stop";
    case OrderType.StopLimit:
      return "stopLimit";
    case OrderType.TakeProfitMarket:
      return "takeProfit";
    case OrderType.TakeProfitLimit:
      return "takeProfitLimit";
    case OrderType.TrailingStop:
      return "trailingStop";
    default:
      return "limit";
  }
}

/** As it was sent: good till a date that the engine keeps is `gtc` with an expiry. */
export function timeInForceText(value: number): "gtc" | "ioc" | "fok" | "gtd" {
  if (value === TimeInForce.Ioc) return "ioc";
  if (value === TimeInForce.Fok) return "fok";
  return value === TimeInForce.Gtd ? "gtd" : "gtc";
}

export function liquidityText(value: number): "maker" | "taker" | "unknown" {
  if (value === Liquidity.Maker) return "maker";
  return value === Liquidity.Taker ? "taker" : "unknown";
}

export function evidenceText(evidence: number): string {
  return lowerFirst(Evidence[evidence] ?? `evidence${evidence}`);
}

export function kindText(kind: number): string {
  return RecordKind[kind] ?? `kind${kind}`;
}

export function scopeText(scope: number): "firm" | "account" | "venue" | "instrument" | "instance" {
  if (scope === Scope.Account) return "account";
  if (scope === Scope.Venue) return "venue";
  if (scope === Scope.Instrument) return "instrument";
  return scope === Scope.Instance ? "instance" : "firm";
}

/** Why an order is denied, withdrawn or rejected; null for every other state. */
export function reasonText(state: OrderState, code: number): string | null {
  if (code === 0) return null;
  if (state === OrderState.Denied || state === OrderState.Withdrawn) {
    const text = DENIAL_TEXTS[code as Denial];
    return text === undefined ? `denial ${code}` : `${Denial[code]}: ${text.meaning}`;
  }
  return state === OrderState.Rejected ? (Reject[code] ?? `reject ${code}`) : null;
}

/** The name of a record's code by what its kind means by it; null for none. */
export function codeText(kind: RecordKind, code: number): string | null {
  if (code === 0) return null;
  switch (kind) {
    case RecordKind.OrderDenied:
    case RecordKind.ReplaceDenied:
    case RecordKind.CancelDenied:
    case RecordKind.OrderWithdrawn:
    case RecordKind.CancelIntent:
    case RecordKind.BreakerTripped:
    case RecordKind.BreakerReset:
    case RecordKind.DenialsCounted:
      return Denial[code] ?? String(code);
    case RecordKind.OrderRejected:
    case RecordKind.ReplaceRejected:
    case RecordKind.CancelRejected:
      return Reject[code] ?? String(code);
    case RecordKind.OrderUnknown:
    case RecordKind.ProblemNoted:
    case RecordKind.ReportOrphaned:
      return codeName(code);
    default:
      return String(code);
  }
}
