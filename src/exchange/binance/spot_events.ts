/** Updates of the core as Binance spot's user events: executionReport, outboundAccountPosition, balanceUpdate. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { ZERO } from "../trading/amount.ts";
import { leavesOf, type Order } from "../trading/order.ts";
import type { TradingVenue } from "../trading/trading_venue.ts";
import type { Update } from "../trading/update.ts";
import { preventionWord } from "./order_params.ts";
import { num, statusWord, typeWord } from "./spot_words.ts";

/** Messages of one update, in the venue's order. `executionId` numbers the reports. */
export function spotEvents(venue: TradingVenue, update: Update, executionId: () => number): object[] {
  const events: object[] = [];
  assert(update.account.length > 0, Code.ValueOutOfRange);
  if (update.order !== undefined && update.happening !== undefined) {
    events.push(executionReport(update, update.order, executionId()));
  }
  if (update.assets.length > 0 && update.cause !== "deposit" && update.cause !== "withdraw") {
    events.push(accountPosition(venue, update));
  }
  if (update.delta !== undefined) {
    const { asset, amount } = update.delta;
    const d = amount < ZERO ? `-${num(-amount)}` : num(amount);
    events.push({ e: "balanceUpdate", E: update.timeMs, a: asset, d, T: update.timeMs });
    events.push(accountPosition(venue, update));
  }
  return events;
}

function accountPosition(venue: TradingVenue, update: Update): object {
  const rows = update.assets.map((asset) => {
    const { free, locked } = venue.wallets.of(update.account, asset);
    return { a: asset, f: num(free), l: num(locked) };
  });
  return { e: "outboundAccountPosition", E: update.timeMs, u: update.timeMs, B: rows };
}

const EXECUTIONS: Readonly<Record<string, string>> = Object.freeze({
  new: "NEW",
  triggered: "NEW",
  trade: "TRADE",
  amended: "REPLACED",
  canceled: "CANCELED",
  expired: "EXPIRED",
  prevented: "TRADE_PREVENTION",
});

function executionReport(update: Update, order: Order, executionId: number): object {
  const { fill, happening = "new" } = update;
  const isCancel = happening === "canceled" && update.requestId !== undefined && update.requestId !== "";
  const report: Record<string, unknown> = {
    e: "executionReport",
    E: update.timeMs,
    s: order.symbol,
    c: isCancel ? update.requestId : order.clientId,
    S: order.side.toUpperCase(),
    o: typeWord(order),
    f: order.type === "market" ? "GTC" : order.timeInForce.toUpperCase(),
    q: num(order.quoteQty !== undefined && happening === "new" ? ZERO : order.qty),
    p: num(order.price),
    P: num(order.trigger?.trail === undefined ? order.trigger?.price : order.trigger.trail.from),
    F: num(order.displayQty),
    g: order.list === 0 ? -1 : order.list,
    C: isCancel ? order.clientId : "",
    x: EXECUTIONS[happening],
    X: happening === "new" && order.trigger !== undefined ? "NEW" : statusWord(order),
    r: "NONE",
    i: order.id,
    l: num(fill?.qty),
    z: num(order.filledQty),
    L: num(fill?.price),
    n: fill === undefined ? "0" : num(fill.fee),
    N: fill === undefined || fill.fee === ZERO ? null : fill.feeAsset,
    T: update.timeMs,
    t: fill?.tradeId ?? -1,
    I: executionId,
    w: order.workingMs > 0 && (order.status === "open" || order.status === "part-filled") && order.type === "limit",
    m: fill?.isMaker ?? false,
    M: fill !== undefined,
    O: order.createdMs,
    Z: num(order.filledQuote),
    Y: num(fill?.quote),
    Q: num(order.quoteQty),
    V: preventionWord(order.prevention),
  };
  if (order.workingMs > 0) report["W"] = order.workingMs;
  if (order.tags["trailingDelta"] !== undefined) report["d"] = Number.parseInt(order.tags["trailingDelta"], 10);
  if (order.tags["strategyId"] !== undefined) report["j"] = Number.parseInt(order.tags["strategyId"], 10);
  if (order.tags["strategyType"] !== undefined) report["J"] = Number.parseInt(order.tags["strategyType"], 10);
  if (happening === "prevented")
    Object.assign(report, { v: order.id, A: num(order.preventedQty), B: num(leavesOf(order)) });
  if (happening === "expired") report["eR"] = expiryReason(order);
  return report;
}

function expiryReason(order: Order): string {
  if (order.reason === "unfillable") return order.timeInForce === "fok" ? "FOK_ORDER_EXPIRED" : "IOC_ORDER_EXPIRED";
  if (order.reason === "no-liquidity") return "INSUFFICIENT_LIQUIDITY";
  return "EXCHANGE_CANCELED";
}
