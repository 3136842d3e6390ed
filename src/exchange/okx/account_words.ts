/** Balances, positions and settings as OKX's rows. */

import type { Account, ApiKey } from "../trading/account.ts";
import { type Amount, magnitude, most, ONE, over, plain, rounded, times, whole, ZERO } from "../trading/amount.ts";
import { worth } from "../trading/instrument.ts";
import type { Position } from "../trading/order.ts";
import type { OkxVenue } from "./okx_venue.ts";
import { posSideOf } from "./order_words.ts";

const PRICE_DECIMALS = 10;
const CASH_DECIMALS = 8;

/** The one row of `/account/balance`; `assets`: details of these only, sums are of all. */
export function balanceRow(venue: OkxVenue, account: Account, assets?: readonly string[]): object {
  const all = venue.core.wallets.assets(account.name).map((asset) => detailOf(venue, account, asset));
  const sum = (pick: (detail: Detail) => Amount) => plain(all.reduce((total, each) => total + pick(each), ZERO));
  const equity = sum(({ usd }) => usd);
  return {
    adjEq: equity,
    availEq: sum(({ availableUsd }) => availableUsd),
    borrowFroz: "0",
    details: all.filter(({ ccy }) => assets?.includes(ccy) ?? true).map(({ row }) => row),
    imr: sum(({ marginUsd }) => marginUsd),
    isoEq: "0",
    mgnRatio: "",
    mmr: "",
    notionalUsd: "",
    ordFroz: "",
    totalEq: equity,
    uTime: String(venue.nowMs()),
    upl: sum(({ profitUsd }) => profitUsd),
  };
}

/** What the wallet holds, with what is locked. */
export function cashOf(venue: OkxVenue, account: Account, asset: string): Amount {
  const { free, locked } = venue.core.wallets.of(account.name, asset);
  return free + locked;
}

/** A row of `/account/positions`. */
export function positionRow(venue: OkxVenue, account: Account, position: Position): Record<string, string> {
  const { core } = venue;
  const { instrument, instType, market } = venue.listed(position.symbol);
  const mark = core.symbols.view(position.symbol).mark() ?? position.entry;
  const imr = core.positions.positionMargin(account, position);
  const upl = core.positions.unrealised(position);
  const isOpen = position.qty !== ZERO;
  // A net position has a sign; one of a side has none.
  const pos = position.side === "both" ? position.qty : magnitude(position.qty);
  return {
    adl: "1",
    availPos: position.side === "both" ? "" : plain(pos),
    avgPx: isOpen ? plain(rounded(position.entry, PRICE_DECIMALS)) : "",
    cTime: String(position.updatedMs),
    ccy: instrument.settle,
    fee: "",
    fundingFee: "",
    idxPx: "",
    imr: plain(imr),
    instId: position.symbol,
    instType,
    interest: "",
    last: market.trades.at(-1)?.price ?? "",
    lever: String(account.setting(position.symbol).leverage),
    liab: "",
    liabCcy: "",
    liqPx: "",
    liqPenalty: "0",
    margin: "",
    markPx: plain(mark),
    mgnMode: account.setting(position.symbol).isIsolated ? "isolated" : "cross",
    mgnRatio: "",
    mmr: plain(rounded(over(imr, whole(2)), CASH_DECIMALS)),
    notionalUsd: plain(rounded(magnitude(worth(instrument, mark, position.qty)), CASH_DECIMALS)),
    pnl: plain(position.realised),
    pos: plain(pos),
    posCcy: "",
    posId: posIdOf(venue, account, position),
    posSide: posSideOf(position.side),
    realizedPnl: plain(position.realised),
    settledPnl: "",
    tradeId: lastTradeOf(venue, account, position.symbol),
    uTime: String(position.updatedMs),
    upl: plain(upl),
    uplRatio: imr === ZERO ? "0" : plain(rounded(over(upl, imr), CASH_DECIMALS)),
  };
}

/** The row of `/account/config`. */
export function configRow(venue: OkxVenue, account: Account, key: ApiKey): object {
  const permissions = ["read_only", ...(key.mayTrade ? ["trade"] : []), ...(key.mayWithdraw ? ["withdraw"] : [])];
  const uid = venue.uid(account);
  return {
    acctLv: "2",
    acctStpMode: "cancel_maker",
    autoLoan: false,
    ctIsoMode: "automatic",
    enableSpotBorrow: false,
    greeksType: "PA",
    ip: "",
    kycLv: "3",
    label: account.name,
    level: "Lv1",
    levelTmp: "",
    liquidationGear: "-1",
    mainUid: uid,
    mgnIsoMode: "automatic",
    opAuth: "0",
    perm: permissions.join(","),
    posMode: account.isHedged ? "long_short_mode" : "net_mode",
    roleType: "0",
    settleCcy: "USDT",
    settleCcyList: ["USDT"],
    specInvType: "0",
    spotBorrowAutoRepay: false,
    spotOffsetType: "",
    spotRoleType: "0",
    spotTraderInsts: [],
    stgyType: "0",
    traderInsts: [],
    type: "0",
    uid,
  };
}

/** Positions that are held. */
export function openPositions(venue: OkxVenue, account: Account): Position[] {
  return venue.core.positions.all(account.name).filter(({ qty }) => qty !== ZERO);
}

export function posIdOf(venue: OkxVenue, account: Account, { symbol, side }: Position): string {
  const at = venue.listed(symbol).instIdCode;
  return `${venue.uid(account)}${at}${["both", "long", "short"].indexOf(side)}`;
}

/** One asset, with what sums of the account need of it in dollars; zero where there is no price. */
interface Detail {
  readonly ccy: string;
  readonly row: object;
  readonly usd: Amount;
  readonly availableUsd: Amount;
  readonly marginUsd: Amount;
  readonly profitUsd: Amount;
}

function detailOf(venue: OkxVenue, account: Account, ccy: string): Detail {
  const { core } = venue;
  const { locked } = core.wallets.of(account.name, ccy);
  const { unrealised, positionMargin, orderMargin, available } = core.positions.margin(account, ccy);
  const cash = cashOf(venue, account, ccy);
  const equity = cash + unrealised;
  const usdPrice = /USD/.test(ccy) ? ONE : (core.symbols.lastOf(ccy, "USDT") ?? ZERO);
  const inUsd = (value: Amount) => rounded(times(value, usdPrice), CASH_DECIMALS);
  const usd = inUsd(equity);
  const frozen = locked + positionMargin + orderMargin;
  const row = {
    accAvgPx: "",
    availBal: plain(most(cash - frozen, ZERO)),
    availEq: plain(available),
    borrowFroz: "",
    cashBal: plain(cash),
    ccy,
    coinUsdPrice: plain(usdPrice),
    crossLiab: "0",
    disEq: plain(usd),
    eq: plain(equity),
    eqUsd: plain(usd),
    fixedBal: "0",
    frozenBal: plain(frozen),
    imr: plain(positionMargin + orderMargin),
    interest: "0",
    isoEq: "0",
    isoLiab: "0",
    isoUpl: "0",
    liab: "0",
    maxLoan: "0",
    mgnRatio: "",
    mmr: "0",
    notionalLever: "0",
    ordFrozen: plain(locked + orderMargin),
    rewardBal: "0",
    spotInUseAmt: "",
    spotIsoBal: "0",
    stgyEq: "0",
    twap: "0",
    uTime: String(venue.nowMs()),
    upl: plain(unrealised),
    uplLiab: "0",
  };
  const marginUsd = inUsd(positionMargin + orderMargin);
  return { ccy, row, usd, availableUsd: inUsd(available), marginUsd, profitUsd: inUsd(unrealised) };
}

function lastTradeOf(venue: OkxVenue, account: Account, symbol: string): string {
  const last = venue.core.orders.fills(account.name, symbol).at(-1);
  return last === undefined ? "" : String(last.tradeId);
}
