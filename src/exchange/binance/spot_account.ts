/** Binance spot endpoints that only read: orders, trades, account, commissions, order counts; and what clients ask beside it. */

import { VenueError } from "../rest_query.ts";
import { amount, plain, rounded, textOf, times, ZERO } from "../trading/amount.ts";
import { isAlive } from "../trading/order.ts";
import type { Call, SignedEndpoint } from "./endpoint.ts";
import { OrderParams } from "./order_params.ts";
import { pageOf, windowOf } from "./paging.ts";
import { discountOf } from "./spot_orders.ts";
import { knownSymbol } from "./spot_trade.ts";
import { num, orderRow, tradeRow } from "./spot_words.ts";

const read = { security: "read" } as const;

/** The endpoint of a method and a path below `/api/v3/`, or undefined. */
export function spotReadEndpoint(method: string, name: string): SignedEndpoint | undefined {
  switch (`${method} ${name}`) {
    case "GET order":
      return { ...read, weight: 4, answer: answerOrder };
    case "GET openOrders":
      return { ...read, weight: (query) => (query.text("symbol") === undefined ? 80 : 6), answer: answerOpen };
    case "GET allOrders":
      return { ...read, weight: 20, answer: answerAll };
    case "GET myTrades":
      return { ...read, weight: (query) => (query.text("orderId") === undefined ? 20 : 5), answer: answerTrades };
    case "GET account":
      return { ...read, weight: 20, answer: answerAccount };
    case "GET account/commission":
      return { ...read, weight: 20, answer: answerCommission };
    case "GET rateLimit/order":
      return { ...read, weight: 40, answer: (call) => call.counts.rows(call.account.name, call.nowMs) };
    case "GET openOrderList":
      return { ...read, weight: 6, answer: () => [] };
    case "GET myPreventedMatches":
    case "GET order/amendments":
      return { ...read, weight: 4, answer: answerNothing };
    case "POST userDataStream":
    case "PUT userDataStream":
    case "DELETE userDataStream":
      return { security: "none", weight: 2, answer: answerRetired };
    default:
      return undefined;
  }
}

/** Paths below `/sapi/` that clients read while they load markets. */
export function wapiEndpoint(method: string, name: string): SignedEndpoint | undefined {
  switch (`${method} ${name}`) {
    case "GET capital/config/getall":
      return { ...read, weight: 10, answer: answerCoins };
    case "GET margin/allPairs":
    case "GET margin/isolated/allPairs":
      return { security: "key", weight: 1, answer: () => [] };
    case "GET asset/tradeFee":
      return { ...read, weight: 1, answer: answerFees };
    case "GET account/apiRestrictions":
      return { ...read, weight: 1, answer: answerRestrictions };
    default:
      return undefined;
  }
}

export function answerAccount(call: Call): unknown {
  const { account, venue, key } = call;
  const omitsZero = new OrderParams(call.query).flag("omitZeroBalances");
  const rows = balanceRows(call).filter(({ free, locked }) => !omitsZero || /[1-9]/.test(free + locked));
  const points = (rate: bigint) => Number.parseInt(plain(rounded(times(rate, amount("10000")), 0)), 10);
  return {
    makerCommission: points(account.makerRate),
    takerCommission: points(account.takerRate),
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: {
      maker: num(account.makerRate),
      taker: num(account.takerRate),
      buyer: num(ZERO),
      seller: num(ZERO),
    },
    canTrade: key.mayTrade,
    canWithdraw: key.mayWithdraw,
    canDeposit: true,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime: venue.orders.all(account.name).at(-1)?.updatedMs ?? 0,
    accountType: "SPOT",
    balances: rows,
    permissions: ["SPOT"],
    uid: account.id,
  };
}

function balanceRows(call: Call): { asset: string; free: string; locked: string }[] {
  const { wallets } = call.venue;
  return wallets.assets(call.account.name).map((asset) => {
    const { free, locked } = wallets.of(call.account.name, asset);
    return { asset, free: num(free), locked: num(locked) };
  });
}

function answerOrder(call: Call): unknown {
  const symbol = knownSymbol(call);
  const ref = new OrderParams(call.query).ref("orderId", "origClientOrderId");
  const order = call.venue.orders.find(call.account.name, symbol, ref);
  if (order === undefined) throw new VenueError(400, -2_013, "Order does not exist.");
  return orderRow(order);
}

function answerOpen(call: Call): unknown {
  const symbol = call.query.text("symbol") === undefined ? undefined : knownSymbol(call);
  return call.venue.orders.open(call.account.name, symbol).filter(isAlive).map(orderRow);
}

function answerAll(call: Call): unknown {
  const symbol = knownSymbol(call);
  const fromId = call.query.optionalWhole("orderId");
  const window = windowOf(call.query, 86_400_000);
  const limit = call.query.whole("limit", 500, 1_000);
  const orders = call.venue.orders.all(call.account.name, symbol);
  return pageOf(orders, { fromId, window, limit, idOf: ({ id }) => id, timeOf: ({ createdMs }) => createdMs }).map(
    orderRow,
  );
}

function answerTrades(call: Call): unknown {
  const symbol = knownSymbol(call);
  const orderId = call.query.optionalWhole("orderId");
  const fromId = call.query.optionalWhole("fromId");
  const window = windowOf(call.query, 86_400_000);
  const limit = call.query.whole("limit", 500, 1_000);
  const fills = call.venue.orders
    .fills(call.account.name, symbol)
    .filter((fill) => orderId === undefined || fill.orderId === orderId);
  return pageOf(fills, { fromId, window, limit, idOf: ({ tradeId }) => tradeId, timeOf: ({ timeMs }) => timeMs }).map(
    tradeRow,
  );
}

function answerCommission(call: Call): unknown {
  const symbol = knownSymbol(call);
  const { makerRate, takerRate } = call.account;
  const nothing = { maker: num(ZERO), taker: num(ZERO), buyer: num(ZERO), seller: num(ZERO) };
  return {
    symbol,
    standardCommission: { ...nothing, maker: num(makerRate), taker: num(takerRate) },
    specialCommission: nothing,
    taxCommission: nothing,
    discount: discountOf(call),
  };
}

/** Histories that are not kept here. */
function answerNothing(call: Call): unknown {
  call.query.ignore("symbol", "orderId", "limit", "fromExecutionId", "preventedMatchId", "fromPreventedMatchId");
  return [];
}

function answerRetired(): never {
  throw new VenueError(
    410,
    -1_000,
    "This endpoint is retired: subscribe to the user data stream through the WebSocket API.",
  );
}

function answerCoins(call: Call): unknown {
  return call.venue.wallets.assets(call.account.name).map((coin) => {
    const { free, locked } = call.venue.wallets.of(call.account.name, coin);
    return {
      coin,
      name: coin,
      free: textOf(free, 8),
      locked: textOf(locked, 8),
      depositAllEnable: false,
      withdrawAllEnable: false,
      isLegalMoney: false,
      trading: true,
      networkList: [],
    };
  });
}

function answerFees(call: Call): unknown {
  const wanted = call.query.text("symbol");
  const { makerRate, takerRate } = call.account;
  const symbols = call.venue.symbols.instruments.map(({ symbol }) => symbol);
  return symbols
    .filter((symbol) => wanted === undefined || symbol === wanted)
    .map((symbol) => ({ symbol, makerCommission: plain(makerRate), takerCommission: plain(takerRate) }));
}

function answerRestrictions(call: Call): unknown {
  const { mayTrade, mayWithdraw } = call.key;
  return {
    ipRestrict: false,
    createTime: 1_600_000_000_000,
    enableReading: true,
    enableWithdrawals: mayWithdraw,
    enableInternalTransfer: false,
    enableMargin: false,
    enableFutures: mayTrade,
    permitsUniversalTransfer: false,
    enableVanillaOptions: false,
    enableFixApiTrade: false,
    enableFixReadOnly: true,
    enableSpotAndMarginTrading: mayTrade,
    enablePortfolioMarginTrading: false,
  };
}
