/** All that a venue knows of an account, for whoever checks a client against it. */

import { plain, ZERO } from "./amount.ts";
import { isAlive } from "./order.ts";
import type { TradingVenue } from "./trading_venue.ts";

export interface Truth {
  readonly balances: Readonly<Record<string, { readonly free: string; readonly locked: string }>>;
  readonly positions: readonly Readonly<Record<string, string>>[];
  readonly orders: readonly Readonly<Record<string, unknown>>[];
  readonly fills: readonly Readonly<Record<string, unknown>>[];
  /** Of its open orders; how often a countdown has run out at this venue. */
  readonly open: number;
  /** Conditional orders that have an id of their own until they fire, and have not fired. */
  readonly openAlgos: number;
  readonly countdownsFired: number;
  /** Requests for a new order under a client id that had come before. */
  readonly repeats: number;
}

/** Numbers are decimal texts without padding; orders and fills are oldest first. */
export function truthOf(venue: TradingVenue, account: string): Truth {
  const { wallets, orders, positions, countdowns, algos } = venue;
  const balances = wallets.assets(account).map((asset) => {
    const { free, locked } = wallets.of(account, asset);
    return [asset, { free: plain(free), locked: plain(locked) }] as const;
  });
  const all = orders.all(account);
  return {
    balances: Object.fromEntries(balances),
    positions: positions
      .all(account)
      .filter(({ qty, realised }) => qty !== ZERO || realised !== ZERO)
      .map(({ symbol, side, qty, entry, realised }) => ({
        symbol,
        side,
        qty: plain(qty),
        entry: plain(entry),
        realised: plain(realised),
      })),
    orders: all.map((order) => ({
      id: order.id,
      clientId: order.clientId,
      symbol: order.symbol,
      side: order.side,
      type: order.type,
      status: order.status,
      reason: order.reason,
      price: plain(order.price),
      qty: plain(order.qty),
      filledQty: plain(order.filledQty),
      filledQuote: plain(order.filledQuote),
      createdMs: order.createdMs,
      updatedMs: order.updatedMs,
    })),
    fills: orders.fills(account).map((fill) => ({
      tradeId: fill.tradeId,
      orderId: fill.orderId,
      clientId: fill.clientId,
      symbol: fill.symbol,
      side: fill.side,
      positionSide: fill.positionSide,
      price: plain(fill.price),
      qty: plain(fill.qty),
      fee: plain(fill.fee),
      feeAsset: fill.feeAsset,
      pnl: plain(fill.pnl),
      isMaker: fill.isMaker,
      timeMs: fill.timeMs,
    })),
    open: all.filter(isAlive).length,
    openAlgos: algos.open(account).length,
    countdownsFired: countdowns.fired,
    repeats: orders.repeats(account),
  };
}
