/** Binance USD-M endpoints that read, and those that change settings: account, balances, positions, leverage, modes. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { VenueError } from "../rest_query.ts";
import { least, plain, ZERO } from "../trading/amount.ts";
import { isAlive, type Order, type Position } from "../trading/order.ts";
import { Refusal } from "../trading/refusal.ts";
import type { Call, SignedEndpoint } from "./endpoint.ts";
import { OrderParams } from "./order_params.ts";
import { pageOf, windowOf } from "./paging.ts";
import { usdmSymbol } from "./usdm_orders.ts";
import { usdmError } from "./usdm_refusals.ts";
import { algoRef } from "./usdm_trade.ts";
import { algoRow, cash, orderRow, positionRow, tradeRow } from "./usdm_words.ts";

const read = { security: "read", weight: 5 } as const;
const WEEK_MS = 7 * 86_400_000;
const SUCCESS = Object.freeze({ code: 200, msg: "success" });

/** The endpoint of a method and a path below `/fapi/`, with its version, or undefined. */
export function usdmAccountEndpoint(method: string, name: string): SignedEndpoint | undefined {
  const version = name.startsWith("v3/") ? 3 : 2;
  switch (`${method} ${name}`) {
    case "GET v1/order":
      return { ...read, weight: 1, answer: answerOrder };
    case "GET v1/openOrder":
      return { ...read, weight: 1, answer: answerOpenOrder };
    case "GET v1/openOrders":
      return { ...read, weight: (query) => (query.text("symbol") === undefined ? 40 : 1), answer: answerOpen };
    case "GET v1/allOrders":
      return { ...read, answer: answerAll };
    case "GET v1/userTrades":
      return { ...read, answer: answerTrades };
    case "GET v1/algoOrder":
      return { ...read, weight: 1, answer: answerAlgo };
    case "GET v1/openAlgoOrders":
      return { ...read, weight: 1, answer: (call) => answerAlgos(call, true) };
    case "GET v1/allAlgoOrders":
      return { ...read, answer: (call) => answerAlgos(call, false) };
    case "GET v2/balance":
    case "GET v3/balance":
      return { ...read, answer: answerBalance };
    case "GET v2/account":
    case "GET v3/account":
      return { ...read, answer: (call) => answerAccount(call, version) };
    case "GET v2/positionRisk":
    case "GET v3/positionRisk":
      return { ...read, answer: (call) => answerPositions(call, version) };
    default:
      return settingsEndpoint(method, name);
  }
}

function settingsEndpoint(method: string, name: string): SignedEndpoint | undefined {
  const set = { security: "trade", weight: 1 } as const;
  switch (`${method} ${name}`) {
    case "POST v1/leverage":
      return { ...set, answer: answerLeverage };
    case "POST v1/marginType":
      return { ...set, answer: answerMarginType };
    case "POST v1/positionSide/dual":
      return { ...set, answer: answerDual };
    case "GET v1/positionSide/dual":
      return { ...read, weight: 30, answer: (call) => ({ dualSidePosition: call.account.isHedged }) };
    case "GET v1/multiAssetsMargin":
      return { ...read, weight: 30, answer: () => ({ multiAssetsMargin: false }) };
    case "POST v1/multiAssetsMargin":
      return { ...set, answer: answerMultiAssets };
    case "GET v1/leverageBracket":
      return { ...read, weight: 1, answer: answerBrackets };
    case "GET v1/commissionRate":
      return { ...read, weight: 20, answer: answerCommission };
    case "GET v1/accountConfig":
      return { ...read, answer: (call) => accountConfig(call) };
    case "GET v1/symbolConfig":
      return { ...read, answer: answerSymbolConfig };
    case "GET v1/rateLimit/order":
      return { ...read, weight: 1, answer: (call) => call.counts.rows(call.account.name, call.nowMs) };
    case "GET v1/orderAmendment":
    case "GET v1/forceOrders":
    case "GET v1/income":
    case "GET v1/adlQuantile":
      return { ...read, weight: 1, answer: () => [] };
    default:
      return undefined;
  }
}

function answerOrder(call: Call): unknown {
  const order = find(call);
  if (order === undefined) throw new VenueError(400, -2_013, "Order does not exist.");
  return row(call, order);
}

function answerOpenOrder(call: Call): unknown {
  const order = find(call);
  if (order === undefined || !isAlive(order)) throw new VenueError(400, -2_013, "Order does not exist.");
  return row(call, order);
}

function find(call: Call): Order | undefined {
  const symbol = usdmSymbol(call);
  return call.venue.orders.find(
    call.account.name,
    symbol,
    new OrderParams(call.query).ref("orderId", "origClientOrderId"),
  );
}

function row(call: Call, order: Order): unknown {
  assert(order.account === call.account.name, Code.InvariantBroken);
  return orderRow(call.venue.symbols.instrument(order.symbol), order);
}

function answerOpen(call: Call): unknown {
  return call.venue.orders
    .open(call.account.name, optionalSymbol(call))
    .filter(isAlive)
    .map((order) => row(call, order));
}

function answerAll(call: Call): unknown {
  const symbol = usdmSymbol(call);
  const fromId = call.query.optionalWhole("orderId");
  const window = windowOf(call.query, WEEK_MS);
  const limit = call.query.whole("limit", 500, 1_000);
  const orders = call.venue.orders.all(call.account.name, symbol);
  const page = { fromId, window, limit, idOf: ({ id }: Order) => id, timeOf: ({ createdMs }: Order) => createdMs };
  return pageOf(orders, page).map((order) => row(call, order));
}

function answerTrades(call: Call): unknown {
  const symbol = usdmSymbol(call);
  const orderId = call.query.optionalWhole("orderId");
  const fromId = call.query.optionalWhole("fromId");
  const window = windowOf(call.query, WEEK_MS);
  const limit = call.query.whole("limit", 500, 1_000);
  const instrument = call.venue.symbols.instrument(symbol);
  const fills = call.venue.orders
    .fills(call.account.name, symbol)
    .filter((fill) => orderId === undefined || fill.orderId === orderId);
  return pageOf(fills, { fromId, window, limit, idOf: ({ tradeId }) => tradeId, timeOf: ({ timeMs }) => timeMs }).map(
    (fill) => tradeRow(instrument, fill),
  );
}

function answerAlgo(call: Call): unknown {
  const algo = call.venue.algos.find(call.account.name, algoRef(call));
  if (algo === undefined) throw new VenueError(400, -2_013, "Order does not exist.");
  return algoRow(call.venue.symbols.instrument(algo.spec.symbol), algo);
}

function answerAlgos(call: Call, isOpen: boolean): unknown {
  const { algos } = call.venue;
  const symbol = optionalSymbol(call);
  const found = isOpen ? algos.open(call.account.name, symbol) : algos.all(call.account.name, symbol);
  return found.map((algo) => algoRow(call.venue.symbols.instrument(algo.spec.symbol), algo));
}

function answerBalance(call: Call): unknown {
  const { venue, account } = call;
  return venue.wallets.assets(account.name).map((asset) => {
    const { wallet, unrealised, available } = venue.positions.margin(account, asset);
    return {
      accountAlias: `sim${account.id}`,
      asset,
      balance: cash(wallet),
      crossWalletBalance: cash(wallet),
      crossUnPnl: cash(unrealised),
      availableBalance: cash(available),
      maxWithdrawAmount: cash(least(available, wallet)),
      marginAvailable: true,
      updateTime: call.nowMs,
    };
  });
}

function answerAccount(call: Call, version: number): unknown {
  const { venue, account } = call;
  const assets = venue.wallets.assets(account.name).map((asset) => assetRow(call, asset));
  const settle = venue.symbols.instruments[0]?.settle ?? "USDT";
  const picture = venue.positions.margin(account, settle);
  const margin = picture.positionMargin + picture.orderMargin;
  const rows = shownPositions(call, version).map((position) => positionRow(venue, account.name, position, 2));
  const positions = rows.map(({ unRealizedProfit, ...each }) => ({ ...each, unrealizedProfit: unRealizedProfit }));
  return {
    ...(version < 3 ? accountConfig(call) : {}),
    totalInitialMargin: cash(margin),
    totalMaintMargin: cash(ZERO),
    totalWalletBalance: cash(picture.wallet),
    totalUnrealizedProfit: cash(picture.unrealised),
    totalMarginBalance: cash(picture.wallet + picture.unrealised),
    totalPositionInitialMargin: cash(picture.positionMargin),
    totalOpenOrderInitialMargin: cash(picture.orderMargin),
    totalCrossWalletBalance: cash(picture.wallet),
    totalCrossUnPnl: cash(picture.unrealised),
    availableBalance: cash(picture.available),
    maxWithdrawAmount: cash(picture.available),
    assets,
    positions,
  };
}

function assetRow(call: Call, asset: string): Record<string, unknown> {
  const { wallet, unrealised, positionMargin, orderMargin, available } = call.venue.positions.margin(
    call.account,
    asset,
  );
  return {
    asset,
    walletBalance: cash(wallet),
    unrealizedProfit: cash(unrealised),
    marginBalance: cash(wallet + unrealised),
    maintMargin: cash(ZERO),
    initialMargin: cash(positionMargin + orderMargin),
    positionInitialMargin: cash(positionMargin),
    openOrderInitialMargin: cash(orderMargin),
    crossWalletBalance: cash(wallet),
    crossUnPnl: cash(unrealised),
    availableBalance: cash(available),
    maxWithdrawAmount: cash(available),
    marginAvailable: true,
    updateTime: call.nowMs,
  };
}

function accountConfig(call: Call): Record<string, unknown> {
  return {
    feeTier: 0,
    canTrade: call.key.mayTrade,
    canDeposit: true,
    canWithdraw: true, // Of the account; what the key may do, the wallet knows.
    dualSidePosition: call.account.isHedged,
    multiAssetsMargin: false,
    tradeGroupId: call.account.group ?? -1,
    updateTime: 0,
  };
}

function answerPositions(call: Call, version: number): unknown {
  const wanted = optionalSymbol(call);
  return shownPositions(call, version)
    .filter(({ symbol }) => wanted === undefined || symbol === wanted)
    .map((position) => positionRow(call.venue, call.account.name, position, version));
}

/** Version 3 shows symbols that have a position or open orders, the one before shows all. */
function shownPositions(call: Call, version: number): Position[] {
  const { venue, account } = call;
  const sides = account.isHedged ? (["long", "short"] as const) : (["both"] as const);
  return venue.symbols.instruments.flatMap(({ symbol }) => {
    const positions = sides.map((side) => venue.positions.of(account.name, symbol, side));
    const isUsed = positions.some(({ qty }) => qty !== ZERO) || venue.orders.openCount(account.name, symbol) > 0;
    return version < 3 || isUsed ? positions.filter(({ qty }) => version < 3 || isUsed || qty !== ZERO) : [];
  });
}

function answerLeverage(call: Call): unknown {
  const symbol = usdmSymbol(call);
  const leverage = call.query.optionalWhole("leverage") ?? 0;
  call.venue.setLeverage(call.account, symbol, leverage);
  return { leverage, maxNotionalValue: "100000000", symbol };
}

function answerMarginType(call: Call): unknown {
  const symbol = usdmSymbol(call);
  const words = ["ISOLATED", "CROSSED"] as const;
  const type = new OrderParams(call.query).word("marginType", words, undefined, -4_049, "Invalid marginType.");
  return changed(() => call.venue.setIsolated(call.account, symbol, type === "ISOLATED"), {
    "no-change": [-4_046, "No need to change margin type."],
    "open-position": [-4_048, "Margin type cannot be changed if there exists position."],
    "open-orders": [-4_047, "Margin type cannot be changed if there exists open orders."],
  });
}

function answerDual(call: Call): unknown {
  const isHedged = new OrderParams(call.query).flag("dualSidePosition");
  const words = { "no-change": [-4_059, "No need to change position side."] } as const;
  return changed(() => call.venue.setHedged(call.account, isHedged), words);
}

function answerMultiAssets(call: Call): unknown {
  if (!new OrderParams(call.query).flag("multiAssetsMargin")) {
    throw new VenueError(400, -4_171, "No need to change multi-assets mode.");
  }
  throw new VenueError(400, -4_170, "Multi-assets mode is not modelled here.");
}

function changed(run: () => void, words: Parameters<typeof usdmError>[1]): unknown {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) throw usdmError(error, words);
    throw error;
  }
  return SUCCESS;
}

function answerBrackets(call: Call): unknown {
  const wanted = optionalSymbol(call);
  const bracket = {
    bracket: 1,
    initialLeverage: call.venue.rules.leverageMax,
    notionalCap: 100_000_000,
    notionalFloor: 0,
    maintMarginRatio: 0.004,
    cum: 0,
  };
  const rows = call.venue.symbols.instruments.map(({ symbol }) => ({ symbol, notionalCoef: 1, brackets: [bracket] }));
  return wanted === undefined ? rows : rows.filter(({ symbol }) => symbol === wanted);
}

function answerCommission(call: Call): unknown {
  const symbol = usdmSymbol(call);
  const { makerRate, takerRate } = call.account;
  return { symbol, makerCommissionRate: plain(makerRate), takerCommissionRate: plain(takerRate) };
}

function answerSymbolConfig(call: Call): unknown {
  const wanted = optionalSymbol(call);
  const symbols = call.venue.symbols.instruments.map(({ symbol }) => symbol);
  return symbols
    .filter((symbol) => wanted === undefined || symbol === wanted)
    .map((symbol) => {
      const { leverage, isIsolated } = call.account.setting(symbol);
      const marginType = isIsolated ? "ISOLATED" : "CROSSED";
      return { symbol, marginType, isAutoAddMargin: false, leverage, maxNotionalValue: "100000000" };
    });
}

function optionalSymbol(call: Call): string | undefined {
  return call.query.text("symbol") === undefined ? undefined : usdmSymbol(call);
}
