/** What is listed at OKX's dialect: each spot market of the feed, and each perpetual as a swap in contracts. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Hub } from "../hub.ts";
import type { SymbolMarket } from "../symbol_market.ts";
import { type Amount, amount, amountOf, ONE, over, plain, ZERO } from "../trading/amount.ts";
import type { Instrument } from "../trading/instrument.ts";
import { type MarketView, type ShownLevel, viewOf } from "../trading/market_view.ts";
import type { Side } from "../trading/order.ts";
import { trimmed } from "./texts.ts";

export type InstType = "SPOT" | "SWAP";

export interface OkxListing {
  /** `BTC-USDT`, `BTC-USDT-SWAP`. */
  readonly instId: string;
  readonly instType: InstType;
  /** The number that newer requests over sockets name it by. */
  readonly instIdCode: number;
  readonly market: SymbolMarket;
  readonly instrument: Instrument;
  readonly view: MarketView;
  /** One contract is ten to this power of the base; 0 on spot. A quantity in base, shifted by its negative, is `sz`. */
  readonly contractPower: number;
}

const FIRST_CODE = 10_458;
const LIMIT_QTY_MAX = "9999999999";
const MARKET_QTY_MAX = "1000000";
const ORDERS_MAX = 500;
const TRIGGERS_MAX = 100;
const LISTED_MS = 1_548_133_413_000;
const LEVERAGE_MAX = "100";
/** How far a limit price may stand beyond the last one. */
const BAND_UP = "1.05";
const BAND_DOWN = "0.95";
/** Usual fees of swaps; those of spot are the venue's. */
const SWAP_MAKER_RATE = "0.0002";
const SWAP_TAKER_RATE = "0.0005";

export function listingsOf(hub: Hub): OkxListing[] {
  const markets = [...hub.markets("binance-spot"), ...hub.markets("binance-usdm")];
  return markets.map((market, at) => listingOf(market, FIRST_CODE + at));
}

/** A row of `/public/instruments`. */
export function instrumentRow({ instId, instType, instIdCode, instrument, contractPower }: OkxListing): object {
  const isSwap = instType === "SWAP";
  const family = `${instrument.base}-${instrument.quote}`;
  return {
    alias: "",
    auctionEndTime: "",
    baseCcy: isSwap ? "" : instrument.base,
    category: "1",
    contTdSwTime: "",
    ctMult: isSwap ? "1" : "",
    ctType: isSwap ? "linear" : "",
    ctVal: isSwap ? plain(powerOfTen(contractPower)) : "",
    ctValCcy: isSwap ? instrument.base : "",
    expTime: "",
    futureSettlement: false,
    instFamily: isSwap ? family : "",
    instId,
    instIdCode,
    instType,
    lever: isSwap ? LEVERAGE_MAX : "",
    listTime: String(LISTED_MS),
    lotSz: plain(instrument.step),
    maxIcebergSz: LIMIT_QTY_MAX,
    maxLmtAmt: "20000000",
    maxLmtSz: LIMIT_QTY_MAX,
    maxMktAmt: isSwap ? "" : "1000000",
    maxMktSz: MARKET_QTY_MAX,
    maxStopSz: MARKET_QTY_MAX,
    maxTriggerSz: LIMIT_QTY_MAX,
    maxTwapSz: LIMIT_QTY_MAX,
    minSz: plain(instrument.qtyMin),
    openType: "",
    optType: "",
    quoteCcy: isSwap ? "" : instrument.quote,
    ruleType: "normal",
    settleCcy: isSwap ? instrument.settle : "",
    state: "live",
    stk: "",
    tickSz: plain(instrument.tick),
    tradeQuoteCcyList: isSwap ? [] : [instrument.quote],
    uly: isSwap ? family : "",
  };
}

function listingOf(market: SymbolMarket, instIdCode: number): OkxListing {
  const { venue, base, quote, tick, step, priceDecimals, qtyDecimals } = market.listing;
  const isSwap = venue === "binance-usdm";
  const instId = isSwap ? `${base}-${quote}-SWAP` : `${base}-${quote}`;
  const contractPower = isSwap ? powerOf(step) + 1 : 0;
  const contract = isSwap ? powerOfTen(contractPower) : ONE;
  const lot = over(amount(step), contract);
  assert(lot > ZERO, Code.ValueOutOfRange);
  const shown = viewOf(market);
  const instrument: Instrument = {
    symbol: instId,
    base,
    quote,
    kind: isSwap ? "linear" : "spot",
    settle: quote,
    contractSize: contract,
    priceMin: ZERO,
    priceMax: ZERO,
    tick: amount(tick),
    qtyMin: lot,
    qtyMax: amount(LIMIT_QTY_MAX),
    step: lot,
    marketQtyMax: amount(MARKET_QTY_MAX),
    marketStep: ZERO,
    notionalMin: ZERO,
    notionalMax: undefined,
    isMarketNotional: false,
    bandUp: amount(BAND_UP),
    bandDown: amount(BAND_DOWN),
    ordersMax: ORDERS_MAX,
    triggersMax: TRIGGERS_MAX,
    priceDecimals,
    qtyDecimals,
    ...(isSwap ? { makerRate: amount(SWAP_MAKER_RATE), takerRate: amount(SWAP_TAKER_RATE) } : {}),
  };
  const view = isSwap ? new ContractView(shown, contract) : shown;
  return { instId, instType: isSwap ? "SWAP" : "SPOT", instIdCode, market, instrument, view, contractPower };
}

/** The market of a perpetual, its quantities in contracts. */
class ContractView implements MarketView {
  constructor(
    readonly shown: MarketView,
    readonly contract: Amount,
  ) {}

  levels(side: Side, limit: number): ShownLevel[] {
    return this.shown.levels(side, limit).map(({ price, qty }) => ({ price, qty: over(qty, this.contract) }));
  }

  qtyAt(side: Side, price: Amount): Amount | undefined {
    const qty = this.shown.qtyAt(side, price);
    return qty === undefined ? undefined : over(qty, this.contract);
  }

  last(): Amount | undefined {
    return this.shown.last();
  }

  mark(): Amount | undefined {
    return this.shown.mark();
  }
}

/** -3 for `0.001` and `0.005`, 0 for `1`, 1 for `10`. */
function powerOf(step: string): number {
  const text = trimmed(step);
  const point = text.indexOf(".");
  const whole = point < 0 ? text : text.slice(0, point);
  if (/[1-9]/.test(whole)) return whole.replace(/^0+/, "").length - 1;
  const fraction = text.slice(point + 1);
  return -(/^0*/.exec(fraction)?.[0].length ?? 0) - 1;
}

function powerOfTen(power: number): Amount {
  const text = power >= 0 ? `1${"0".repeat(power)}` : `0.${"0".repeat(-power - 1)}1`;
  return amountOf(text) ?? ONE;
}
