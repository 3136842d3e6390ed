/** Orders, fills, positions and balances of the core as Bybit writes them, in answers and on streams alike. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Account } from "../trading/account.ts";
import { type Amount, magnitude, over, plain, rounded, textOf, times, whole, ZERO } from "../trading/amount.ts";
import { type Instrument, worth } from "../trading/instrument.ts";
import { type Fill, isAlive, leavesOf, type Order, type Position, type PositionSide } from "../trading/order.ts";
import type { TradingVenue } from "../trading/trading_venue.ts";
import type { Ids } from "./ids.ts";
import type { Category, Listed, Listings } from "./listing.ts";

type Row = Record<string, unknown>;

const SIDES = Object.freeze({ buy: "Buy", sell: "Sell" } as const);
const POSITION_INDEX: Readonly<Record<PositionSide, number>> = Object.freeze({ both: 0, long: 1, short: 2 });
const MAINTENANCE_SHARE = 200;
const PREVENTIONS: Readonly<Record<string, string>> = Object.freeze({
  none: "None",
  "expire-maker": "CancelMaker",
  "expire-taker": "CancelTaker",
  "expire-both": "CancelBoth",
});

export class Words {
  /** Fees that each order has paid, by coin. */
  readonly #fees = new WeakMap<Order, Map<string, Amount>>();

  constructor(
    readonly venue: TradingVenue,
    readonly listings: Listings,
    readonly ids: Ids,
  ) {}

  /** A fill has come: before any row of its order is written. */
  note(order: Order, fill: Fill): void {
    const fees = this.#fees.get(order) ?? new Map<string, Amount>();
    fees.set(fill.feeAsset, (fees.get(fill.feeAsset) ?? ZERO) + fill.fee);
    this.#fees.set(order, fees);
  }

  listed(key: string): Listed {
    return this.listings.byKey(key);
  }

  orderId(order: Pick<Order, "symbol" | "id">): string {
    return this.ids.order(this.listed(order.symbol).category, order.id);
  }

  /** What create, amend and cancel answer. */
  ackRow(order: Order): Row {
    return { orderId: this.orderId(order), orderLinkId: order.clientId };
  }

  /** `status`: instead of the order's own, for the moment in which it was triggered. */
  orderRow(order: Order, status?: string): Row {
    const { category, symbol, instrument } = this.listed(order.symbol);
    const { tags, trigger } = order;
    const alive = isAlive(order);
    const leaves = alive ? leavesOf(order) : ZERO;
    const left = order.quoteQty !== undefined && !alive ? order.quoteQty - order.filledQuote : ZERO;
    const leavesValue = left > ZERO ? left : worth(instrument, order.price, leaves);
    const fees = [...(this.#fees.get(order) ?? [])];
    const average = averageOf(instrument, order);
    return {
      category,
      symbol,
      orderId: this.orderId(order),
      orderLinkId: order.clientId,
      blockTradeId: "",
      side: SIDES[order.side],
      positionIdx: POSITION_INDEX[order.positionSide],
      orderStatus: status ?? statusWord(category, order),
      cancelType: cancelWord(order),
      rejectReason: rejectWord(order),
      timeInForce: timeWord(order),
      price: order.type === "market" ? "0" : textOf(order.price, instrument.priceDecimals),
      qty: order.quoteQty === undefined ? textOf(order.qty, instrument.qtyDecimals) : plain(order.quoteQty),
      leavesQty: textOf(leaves, instrument.qtyDecimals),
      leavesValue: plain(leavesValue),
      cumExecQty: textOf(order.filledQty, instrument.qtyDecimals),
      cumExecValue: plain(order.filledQuote),
      avgPrice: average === undefined ? "" : plain(rounded(average, 8)),
      cumExecFee: plain(fees.reduce((sum, [, fee]) => sum + fee, ZERO)),
      cumFeeDetail: Object.fromEntries(fees.map(([coin, fee]) => [coin, plain(fee)])),
      feeCurrency: "",
      isLeverage: category === "spot" ? "0" : "",
      orderType: order.type === "limit" ? "Limit" : "Market",
      marketUnit: tags["marketUnit"] ?? "",
      stopOrderType: trigger === undefined ? "" : tags["orderFilter"] === "tpslOrder" ? "tpslOrder" : "Stop",
      triggerPrice: trigger === undefined ? "" : textOf(trigger.price, instrument.priceDecimals),
      triggerDirection: trigger === undefined || category === "spot" ? 0 : trigger.rises ? 1 : 2,
      triggerBy:
        trigger === undefined || category === "spot" ? "" : trigger.source === "mark" ? "MarkPrice" : "LastPrice",
      lastPriceOnCreated: tags["lastPrice"] ?? "",
      reduceOnly: order.reduceOnly,
      closeOnTrigger: tags["closeOnTrigger"] === "true",
      createType: "CreateByUser",
      placeType: "",
      orderIv: "",
      takeProfit: "",
      stopLoss: "",
      // Spot has no such field: it is how clients tell the two apart.
      ...(category === "spot" ? {} : { tpslMode: "" }),
      tpTriggerBy: "",
      slTriggerBy: "",
      tpLimitPrice: "",
      slLimitPrice: "",
      ocoTriggerBy: "",
      smpType: PREVENTIONS[order.prevention] ?? "None",
      smpGroup: 0,
      smpOrderId: "",
      createdTime: String(order.createdMs),
      updatedTime: String(order.updatedMs),
    };
  }

  executionRow(fill: Fill, order: Order | undefined): Row {
    const { category, symbol, instrument } = this.listed(fill.symbol);
    const execId = this.ids.execution(category, fill.tradeId, fill.isMaker);
    const rate = fill.quote === ZERO ? ZERO : over(magnitude(fill.fee), this.#feeBase(category, fill));
    const qty = order?.qty ?? fill.qty;
    return {
      category,
      symbol,
      execId,
      execPrice: textOf(fill.price, instrument.priceDecimals),
      execQty: textOf(fill.qty, instrument.qtyDecimals),
      execValue: plain(fill.quote),
      execFee: plain(fill.fee),
      execFeeV2: "",
      feeCurrency: fill.feeAsset,
      feeRate: plain(rounded(rate, 6)),
      execType: "Trade",
      execTime: String(fill.timeMs),
      isMaker: fill.isMaker,
      isLeverage: "0",
      side: SIDES[fill.side],
      orderId: this.ids.order(category, fill.orderId),
      orderLinkId: fill.clientId,
      orderPrice: order === undefined || order.type === "market" ? "0" : textOf(order.price, instrument.priceDecimals),
      orderQty: textOf(qty, instrument.qtyDecimals),
      leavesQty: textOf(order === undefined || !isAlive(order) ? ZERO : leavesOf(order), instrument.qtyDecimals),
      orderType: order?.type === "limit" ? "Limit" : "Market",
      stopOrderType: order?.trigger === undefined ? "UNKNOWN" : "Stop",
      createType: "CreateByUser",
      closedSize: fill.pnl === ZERO ? "0" : textOf(fill.qty, instrument.qtyDecimals),
      execPnl: plain(fill.pnl),
      blockTradeId: "",
      markPrice: this.#markText(fill.symbol, instrument),
      indexPrice: "",
      markIv: "",
      tradeIv: "",
      underlyingPrice: "",
      marketUnit: "",
      seq: fill.tradeId,
    };
  }

  /** Of the stream that is fast and says little. */
  fastRow(fill: Fill): Row {
    const { category, symbol, execId, execPrice, execQty, orderId, isMaker, orderLinkId, side, execTime, seq } =
      this.executionRow(fill, undefined);
    return { category, symbol, execId, execPrice, execQty, orderId, isMaker, orderLinkId, side, execTime, seq };
  }

  positionRow(account: Account, position: Position): Row {
    const { category, symbol, instrument } = this.listed(position.symbol);
    assert(category === "linear", Code.InvariantBroken);
    const { leverage, isIsolated } = account.setting(position.symbol);
    const isFlat = position.qty === ZERO;
    const mark = this.venue.symbols.view(position.symbol).mark() ?? position.entry;
    const value = magnitude(worth(instrument, position.entry, position.qty));
    const margin = this.venue.positions.positionMargin(account, position);
    const maintenance = rounded(over(magnitude(worth(instrument, mark, position.qty)), whole(MAINTENANCE_SHARE)), 8);
    return {
      category,
      symbol,
      positionIdx: POSITION_INDEX[position.side],
      side: isFlat ? "" : position.qty > ZERO ? "Buy" : "Sell",
      size: textOf(magnitude(position.qty), instrument.qtyDecimals),
      avgPrice: isFlat ? "0" : plain(rounded(position.entry, 8)),
      entryPrice: isFlat ? "0" : plain(rounded(position.entry, 8)),
      breakEvenPrice: "",
      positionValue: isFlat ? "" : plain(rounded(value, 8)),
      leverage: String(leverage),
      tradeMode: isIsolated ? 1 : 0,
      autoAddMargin: 0,
      riskId: 1,
      riskLimitValue: "2000000",
      markPrice: textOf(mark, instrument.priceDecimals),
      liqPrice: "",
      bustPrice: "",
      positionBalance: "0",
      positionIM: plain(margin),
      positionIMByMp: plain(margin),
      positionMM: plain(maintenance),
      positionMMByMp: plain(maintenance),
      unrealisedPnl: isFlat ? "" : plain(this.venue.positions.unrealised(position)),
      curRealisedPnl: plain(position.realised),
      cumRealisedPnl: plain(position.realised),
      sessionAvgPrice: "",
      takeProfit: "",
      stopLoss: "",
      trailingStop: "0",
      tpslMode: "Full",
      positionStatus: "Normal",
      adlRankIndicator: isFlat ? 0 : 2,
      isReduceOnly: false,
      mmrSysUpdatedTime: "",
      leverageSysUpdatedTime: "",
      createdTime: "1700000000000",
      updatedTime: String(position.updatedMs),
      seq: isFlat && position.updatedMs === 0 ? -1 : position.updatedMs,
    };
  }

  /** One account with the coins named, or with all that it has some of. */
  walletRow(account: Account, coins?: readonly string[]): Row {
    const { wallets, positions } = this.venue;
    const all = wallets.assets(account.name);
    const pictures = new Map(all.map((coin) => [coin, positions.margin(account, coin)]));
    let equityUsd = ZERO;
    let walletUsd = ZERO;
    let availableUsd = ZERO;
    let orderMarginUsd = ZERO;
    let positionMarginUsd = ZERO;
    let unrealisedUsd = ZERO;
    const rows: Row[] = [];
    for (const [coin, picture] of pictures) {
      const { free, locked } = wallets.of(account.name, coin);
      const price = this.#usdPrice(coin);
      const wallet = free + locked;
      const equity = wallet + picture.unrealised;
      const usd = (amount: Amount) => times(amount, price);
      equityUsd += usd(equity);
      walletUsd += usd(wallet);
      availableUsd += usd(picture.available);
      orderMarginUsd += usd(picture.orderMargin);
      positionMarginUsd += usd(picture.positionMargin);
      unrealisedUsd += usd(picture.unrealised);
      if (coins === undefined ? wallet === ZERO && picture.unrealised === ZERO : !coins.includes(coin)) continue;
      rows.push({
        coin,
        equity: plain(equity),
        usdValue: plain(rounded(usd(equity), 8)),
        walletBalance: plain(wallet),
        locked: plain(locked),
        free: "",
        spotHedgingQty: "0",
        borrowAmount: "0",
        spotBorrow: "0",
        availableToBorrow: "",
        availableToWithdraw: "",
        accruedInterest: "0",
        bonus: "0",
        totalOrderIM: plain(picture.orderMargin),
        totalPositionIM: plain(picture.positionMargin),
        totalPositionMM: "0",
        unrealisedPnl: plain(picture.unrealised),
        cumRealisedPnl: plain(this.#realised(account.name, coin)),
        marginCollateral: true,
        collateralSwitch: true,
      });
    }
    const usdText = (amount: Amount) => plain(rounded(amount, 8));
    return {
      accountType: "UNIFIED",
      accountIMRate: "0",
      accountMMRate: "0",
      accountLTV: "0",
      totalEquity: usdText(equityUsd),
      totalWalletBalance: usdText(walletUsd),
      totalMarginBalance: usdText(walletUsd + unrealisedUsd),
      totalAvailableBalance: usdText(availableUsd),
      totalPerpUPL: usdText(unrealisedUsd),
      totalInitialMargin: usdText(orderMarginUsd + positionMarginUsd),
      totalMaintenanceMargin: "0",
      coin: rows,
    };
  }

  /** Fees of spot are taken off what is received: of a buy that is the quantity. */
  #feeBase(category: Category, fill: Fill): Amount {
    if (category === "spot" && fill.side === "buy" && fill.feeAsset === this.listed(fill.symbol).instrument.base) {
      return fill.qty;
    }
    return fill.quote;
  }

  #markText(key: string, instrument: Instrument): string {
    const mark = this.venue.symbols.view(key).mark();
    return mark === undefined ? "" : textOf(mark, instrument.priceDecimals);
  }

  #usdPrice(coin: string): Amount {
    if (/^(USDT|USDC|USD|FDUSD)$/.test(coin)) return whole(1);
    return this.venue.symbols.lastOf(coin, "USDT") ?? this.venue.symbols.lastOf(coin, "USDC") ?? ZERO;
  }

  #realised(account: string, coin: string): Amount {
    return this.venue.positions
      .all(account)
      .filter(({ symbol }) => this.listed(symbol).instrument.settle === coin)
      .reduce((sum, { realised }) => sum + realised, ZERO);
  }
}

export function sideWord(side: "buy" | "sell"): string {
  return SIDES[side];
}

/** A market order by value that leaves something unspent has not been filled, says the venue. */
export function statusWord(category: Category, order: Order): string {
  switch (order.status) {
    case "waiting":
      return "Untriggered";
    case "open":
      return "New";
    case "part-filled":
      return "PartiallyFilled";
    case "filled":
      return hasRest(order) ? "PartiallyFilledCanceled" : "Filled";
    default:
      if (order.trigger !== undefined && order.triggeredMs === 0) return "Deactivated";
      if (category === "linear") return "Cancelled";
      if (order.filledQty > ZERO) return "PartiallyFilledCanceled";
      return order.reason === "would-take" ? "Rejected" : "Cancelled";
  }
}

function hasRest(order: Order): boolean {
  return order.quoteQty !== undefined && order.filledQuote < order.quoteQty;
}

function timeWord(order: Order): string {
  if (order.postOnly) return "PostOnly";
  return order.type === "market" ? "IOC" : order.timeInForce.toUpperCase();
}

function cancelWord(order: Order): string {
  if (isAlive(order) || order.status === "filled") return "UNKNOWN";
  if (order.status === "prevented") return "CancelBySmp";
  if (order.reason === "user") return "CancelByUser";
  if (order.reason === "countdown") return "CancelByDCP";
  return order.reason === "reduce-only" ? "CancelByReduceOnly" : "UNKNOWN";
}

function rejectWord(order: Order): string {
  if (isAlive(order)) return "EC_NoError";
  if (order.status === "filled") return hasRest(order) ? "EC_CancelForNoFullFill" : "EC_NoError";
  if (order.status === "prevented") return "EC_BySelfMatch";
  switch (order.reason) {
    case "user":
    case "countdown":
      return "EC_PerCancelRequest";
    case "would-take":
      return "EC_PostOnlyWillTakeLiquidity";
    case "unfillable":
    case "no-liquidity":
      if (order.timeInForce === "fok") return "EC_NoEnoughQtyToFill";
      return order.filledQty > ZERO ? "EC_CancelForNoFullFill" : "EC_NoImmediateQtyToFill";
    default:
      return "EC_Others";
  }
}

function averageOf(instrument: Instrument, order: Order): Amount | undefined {
  if (order.filledQty === ZERO) return undefined;
  return over(order.filledQuote, times(order.filledQty, instrument.contractSize));
}
