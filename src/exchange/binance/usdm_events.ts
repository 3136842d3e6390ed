/** Updates of the core as Binance USD-M's user events, in the venue's order: thin trade, account, order. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { AlgoOrder } from "../trading/algo_desk.ts";
import { type Amount, plain, rounded, times, ZERO } from "../trading/amount.ts";
import { leavesOf, type Order } from "../trading/order.ts";
import type { TradingVenue } from "../trading/trading_venue.ts";
import type { Update } from "../trading/update.ts";
import { preventionWord } from "./order_params.ts";
import { algoStatusWord, averageOf, cash, priceText, qtyText, sideWord, statusWord, timeWord } from "./usdm_words.ts";

export function usdmEvents(venue: TradingVenue, update: Update): object[] {
  assert(update.account.length > 0, Code.ValueOutOfRange);
  const { cause, order, algo, fill, delta, symbol } = update;
  const events: object[] = [];
  if (order !== undefined && fill !== undefined) {
    events.push(tradeLite(venue, update, order), accountUpdate(venue, update, "ORDER", ZERO));
  }
  if (order !== undefined) events.push(orderUpdate(venue, update, order));
  if (algo !== undefined) events.push(algoUpdate(venue, update, algo));
  if (cause === "funding") events.push(accountUpdate(venue, update, "FUNDING_FEE", delta?.amount ?? ZERO));
  if (cause === "deposit") events.push(accountUpdate(venue, update, "DEPOSIT", delta?.amount ?? ZERO));
  if (cause === "withdraw") events.push(accountUpdate(venue, update, "WITHDRAW", delta?.amount ?? ZERO));
  if (cause === "leverage" && symbol !== undefined) {
    const { leverage } = venue.account(update.account).setting(symbol);
    events.push({ e: "ACCOUNT_CONFIG_UPDATE", E: update.timeMs, T: update.timeMs, ac: { s: symbol, l: leverage } });
  }
  return events;
}

function tradeLite(venue: TradingVenue, update: Update, order: Order): object {
  const instrument = venue.symbols.instrument(order.symbol);
  const { fill } = update;
  return {
    e: "TRADE_LITE",
    E: update.timeMs,
    T: update.timeMs,
    s: order.symbol,
    q: qtyText(instrument, order.qty),
    p: priceText(instrument, order.price),
    m: fill?.isMaker ?? false,
    c: order.clientId,
    S: order.side.toUpperCase(),
    L: priceText(instrument, fill?.price),
    l: qtyText(instrument, fill?.qty),
    t: fill?.tradeId ?? 0,
    i: order.id,
  };
}

function accountUpdate(venue: TradingVenue, update: Update, reason: string, change: Amount): object {
  const { positions, wallets } = venue;
  const B = update.assets.map((asset) => {
    const wallet = wallets.of(update.account, asset).free;
    return { a: asset, wb: cash(wallet), cw: cash(wallet), bc: cash(change) };
  });
  const P = update.positions.map(({ symbol, side }) => {
    const position = positions.of(update.account, symbol, side);
    const instrument = venue.symbols.instrument(symbol);
    const owner = venue.account(update.account);
    const { isIsolated } = owner.setting(symbol);
    const entry = plain(rounded(position.entry, 8));
    return {
      s: symbol,
      pa: qtyText(instrument, position.qty),
      ep: entry,
      bep: entry,
      cr: plain(position.realised),
      up: plain(positions.unrealised(position)),
      mt: isIsolated ? "isolated" : "cross",
      iw: isIsolated ? cash(positions.positionMargin(owner, position)) : "0",
      ps: sideWord(side),
    };
  });
  return { e: "ACCOUNT_UPDATE", T: update.timeMs, E: update.timeMs, a: { m: reason, B, P } };
}

const EXECUTIONS: Readonly<Record<string, string>> = Object.freeze({
  new: "NEW",
  triggered: "NEW",
  trade: "TRADE",
  amended: "AMENDMENT",
  canceled: "CANCELED",
  expired: "EXPIRED",
  prevented: "EXPIRED",
});

function orderUpdate(venue: TradingVenue, update: Update, order: Order): object {
  const instrument = venue.symbols.instrument(order.symbol);
  const { fill, happening = "new" } = update;
  const type = order.type.toUpperCase();
  const o = {
    s: order.symbol,
    c: order.clientId,
    S: order.side.toUpperCase(),
    o: type,
    f: timeWord(order),
    q: qtyText(instrument, order.qty),
    p: priceText(instrument, order.price),
    ap: priceText(instrument, averageOf(instrument, order)),
    sp: "0",
    x: EXECUTIONS[happening],
    X: statusWord(order),
    i: order.id,
    l: fill === undefined ? "0" : qtyText(instrument, fill.qty),
    z: order.filledQty === ZERO ? "0" : qtyText(instrument, order.filledQty),
    L: priceText(instrument, fill?.price),
    ...(fill === undefined ? {} : { n: plain(fill.fee), N: fill.feeAsset }),
    T: update.timeMs,
    t: fill?.tradeId ?? 0,
    ...openNotional(venue, order),
    m: fill?.isMaker ?? false,
    R: order.reduceOnly,
    wt: order.tags["workingType"] ?? "CONTRACT_PRICE",
    ot: order.tags["origType"] ?? type,
    ps: sideWord(order.positionSide),
    cp: order.closePosition,
    rp: fill === undefined ? "0" : plain(fill.pnl),
    pP: false,
    si: 0,
    ss: 0,
    V: preventionWord(order.prevention),
    pm: order.tags["priceMatch"] ?? "NONE",
    gtd: order.expireMs ?? 0,
    er: happening === "expired" || happening === "prevented" ? expiryReason(order) : "0",
  };
  return { e: "ORDER_TRADE_UPDATE", T: update.timeMs, E: update.timeMs, o };
}

/** Value of what is open on either side of the symbol. */
function openNotional(venue: TradingVenue, order: Order): { readonly b: string; readonly a: string } {
  let b = ZERO;
  let a = ZERO;
  for (const other of venue.orders.open(order.account, order.symbol)) {
    const value = other.price === ZERO ? ZERO : times(leavesOf(other), other.price);
    if (other.side === "buy") b += value;
    else a += value;
  }
  return { b: plain(b), a: plain(a) };
}

function expiryReason(order: Order): string {
  if (order.reason === "prevention") return "1";
  if (order.reason === "reduce-only") return "3";
  return order.reason === "unfillable" || order.reason === "no-liquidity" ? "2" : "7";
}

function algoUpdate(venue: TradingVenue, update: Update, algo: AlgoOrder): object {
  const { spec, trigger, order } = algo;
  const instrument = venue.symbols.instrument(spec.symbol);
  const o = {
    caid: algo.clientId,
    aid: algo.id,
    at: "CONDITIONAL",
    o: spec.tags?.["origType"] ?? "STOP_MARKET",
    s: spec.symbol,
    S: spec.side.toUpperCase(),
    ps: sideWord(spec.positionSide ?? "both"),
    f: spec.postOnly === true ? "GTX" : spec.type === "market" ? "GTC" : spec.timeInForce.toUpperCase(),
    q: qtyText(instrument, spec.qty),
    X: algoStatusWord(algo),
    ai: order === undefined ? "" : String(order.id),
    ap: order === undefined ? "0.00000" : priceText(instrument, averageOf(instrument, order)),
    aq: order === undefined ? "0.00000" : qtyText(instrument, order.filledQty),
    act: order === undefined ? "0" : order.type.toUpperCase(),
    tp: priceText(instrument, trigger.price),
    p: priceText(instrument, spec.price),
    V: preventionWord(spec.prevention),
    wt: trigger.source === "mark" ? "MARK_PRICE" : "CONTRACT_PRICE",
    pm: "NONE",
    cp: spec.closePosition ?? false,
    pP: spec.tags?.["priceProtect"] === "true",
    R: spec.reduceOnly ?? false,
    tt: algo.triggeredMs,
    gtd: spec.expireMs ?? 0,
    rm: algo.failure,
  };
  return { e: "ALGO_UPDATE", T: update.timeMs, E: update.timeMs, o };
}
