/** OKX's private channels: what a subscriber is told first, and what steps of the core become for it. */

import type { Account } from "../trading/account.ts";
import { magnitude, plain, ZERO } from "../trading/amount.ts";
import type { Position } from "../trading/order.ts";
import type { Update } from "../trading/update.ts";
import { balanceRow, cashOf, openPositions, posIdOf, positionRow } from "./account_words.ts";
import { algoRow } from "./algo_orders.ts";
import type { Connection, Subscription } from "./connection.ts";
import type { OkxVenue } from "./okx_venue.ts";
import { orderPush, posSideOf } from "./order_words.ts";

const CHANNELS: Readonly<Record<string, "private" | "business">> = Object.freeze({
  orders: "private",
  account: "private",
  positions: "private",
  balance_and_position: "private",
  "orders-algo": "business",
});
const WITH_TYPE: readonly string[] = Object.freeze(["orders", "positions", "orders-algo"]);
const TYPES: readonly unknown[] = Object.freeze(["SPOT", "SWAP", "ANY", "MARGIN", "FUTURES", "OPTION"]);

const CAUSES: Readonly<Partial<Record<Update["cause"], string>>> = Object.freeze({
  order: "filled",
  deposit: "transferred",
  withdraw: "transferred",
  funding: "funding_fee",
});

/** On which path a channel lives; undefined: there is no such channel. */
export function privatePathOf(channel: string): "private" | "business" | undefined {
  return Object.hasOwn(CHANNELS, channel) ? CHANNELS[channel] : undefined;
}

/** True when the channel wants an `instType` and the argument has none that exists. */
export function lacksType(channel: string, instType: unknown): boolean {
  return WITH_TYPE.includes(channel) && !TYPES.includes(instType);
}

/** Balances and positions as they stand; orders have no snapshot. */
export function tellFirst(venue: OkxVenue, connection: Connection, subscription: Subscription, account: Account): void {
  const arg = argOf(venue, subscription, account);
  const page = { eventType: "snapshot", curPage: 1, lastPage: true };
  const { channel } = subscription;
  if (channel === "account") {
    connection.report({ arg, ...page, data: [balanceRow(venue, account, currencyOf(subscription))] });
  } else if (channel === "positions") {
    const rows = openPositions(venue, account).filter((position) => fits(venue, subscription, position.symbol));
    connection.report({ arg, ...page, data: rows.map((each) => positionRow(venue, account, each)) });
  } else if (channel === "balance_and_position") {
    const assets = venue.core.wallets.assets(account.name);
    const row = bothRow(venue, account, "snapshot", assets, openPositions(venue, account), []);
    connection.report({ arg, data: [row] });
  }
}

/** One step of the core, for one subscription of its account. */
export function tell(venue: OkxVenue, connection: Connection, subscription: Subscription, update: Update): void {
  const account = venue.core.account(update.account);
  const rows = rowsOf(venue, subscription, account, update);
  if (rows === undefined) return;
  const arg = argOf(venue, subscription, account);
  const paged = subscription.channel === "account" || subscription.channel === "positions";
  const head = paged ? { eventType: "event_update", curPage: 1, lastPage: true } : {};
  connection.report({ arg, ...head, data: rows });
}

function rowsOf(
  venue: OkxVenue,
  subscription: Subscription,
  account: Account,
  update: Update,
): readonly object[] | undefined {
  const { order, algo, fill, assets, cause } = update;
  switch (subscription.channel) {
    case "orders":
      if (order === undefined || !fits(venue, subscription, order.symbol)) return undefined;
      return [orderPush(venue, order, fill)];
    case "orders-algo":
      // That it has become an order is told once.
      if (algo === undefined || algo.status === "triggered" || !fits(venue, subscription, algo.spec.symbol))
        return undefined;
      return [algoRow(venue, algo)];
    case "account": {
      const wanted = currencyOf(subscription);
      const changed = wanted === undefined ? assets : assets.filter((asset) => wanted.includes(asset));
      return changed.length === 0 ? undefined : [balanceRow(venue, account, changed)];
    }
    case "positions": {
      const changed = changedPositions(venue, account, update).filter(({ symbol }) =>
        fits(venue, subscription, symbol),
      );
      return changed.length === 0 ? undefined : changed.map((each) => positionRow(venue, account, each));
    }
    default: {
      if (fill === undefined && cause === "order") return undefined;
      const positions = changedPositions(venue, account, update);
      if (assets.length + positions.length === 0) return undefined;
      const trades = fill === undefined ? [] : [{ instId: fill.symbol, tradeId: String(fill.tradeId) }];
      return [bothRow(venue, account, CAUSES[cause] ?? "filled", assets, positions, trades)];
    }
  }
}

function bothRow(
  venue: OkxVenue,
  account: Account,
  eventType: string,
  assets: readonly string[],
  positions: readonly Position[],
  trades: readonly object[],
): object {
  const pTime = String(venue.nowMs());
  const balData = assets.map((ccy) => ({ ccy, cashBal: plain(cashOf(venue, account, ccy)), uTime: pTime }));
  const posData = positions.map((position) => ({
    avgPx: position.qty === ZERO ? "" : plain(position.entry),
    baseBal: "",
    ccy: venue.listed(position.symbol).instrument.settle,
    instId: position.symbol,
    instType: venue.listed(position.symbol).instType,
    mgnMode: account.setting(position.symbol).isIsolated ? "isolated" : "cross",
    nonSettleAvgPx: "",
    pos: plain(position.side === "both" ? position.qty : magnitude(position.qty)),
    posCcy: "",
    posId: posIdOf(venue, account, position),
    posSide: posSideOf(position.side),
    quoteBal: "",
    settledPnl: "",
    tradeId: String((trades[0] as { readonly tradeId?: string } | undefined)?.tradeId ?? ""),
    uTime: String(position.updatedMs),
  }));
  return { pTime, eventType, balData, posData, trades };
}

function changedPositions(venue: OkxVenue, account: Account, update: Update): Position[] {
  return update.positions.map(({ symbol, side }) => venue.core.positions.of(account.name, symbol, side));
}

function fits(venue: OkxVenue, { arg }: Subscription, symbol: string): boolean {
  const { instType, instId, instFamily } = arg;
  const listing = venue.listed(symbol);
  if (instType !== "ANY" && instType !== listing.instType) return false;
  if (instFamily !== undefined && instFamily !== `${listing.instrument.base}-${listing.instrument.quote}`) return false;
  return instId === undefined || instId === symbol;
}

function currencyOf({ arg }: Subscription): readonly string[] | undefined {
  return typeof arg["ccy"] === "string" ? [arg["ccy"]] : undefined;
}

function argOf(venue: OkxVenue, { arg }: Subscription, account: Account): object {
  return { ...arg, uid: venue.uid(account) };
}
