/** Bybit endpoints of accounts and positions: balances, settings, fees, keys, leverage, modes, disconnection protection. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { plain, ZERO } from "../trading/amount.ts";
import type { Position, PositionSide } from "../trading/order.ts";
import { Refusal } from "../trading/refusal.ts";
import { BybitError, paramError, refusalError } from "./bybit_error.ts";
import { PRODUCTS } from "./disconnect_guard.ts";
import type { Call, Endpoint, Result } from "./endpoint.ts";
import { type Category, LEVERAGE_MAX } from "./listing.ts";
import { nothingOf, scopeOf } from "./query_endpoints.ts";
import { listedOf } from "./read_order.ts";

const read = { mustTrade: false, isOrder: false, limit: () => 50 } as const;
const set = { mustTrade: true, isOrder: false, limit: () => 10 } as const;
const SETTLED: Result = Object.freeze({ result: {} });

export function accountEndpoint(path: string): Endpoint | undefined {
  switch (path) {
    case "GET /v5/account/wallet-balance":
      return { ...read, answer: walletBalance };
    case "GET /v5/account/info":
      return { ...read, answer: accountInfo };
    case "GET /v5/account/fee-rate":
      return { ...read, limit: () => 10, answer: feeRate };
    case "GET /v5/user/query-api":
      return { ...read, limit: () => 10, answer: queryApi };
    case "GET /v5/asset/coin/query-info":
      return { ...read, limit: () => 5, answer: coinInfo };
    case "GET /v5/position/list":
      return { ...read, answer: positionList };
    case "POST /v5/position/set-leverage":
      return { ...set, answer: setLeverage };
    case "POST /v5/position/switch-mode":
      return { ...set, answer: switchMode };
    case "POST /v5/order/disconnected-cancel-all":
      return { ...set, limit: () => 5, answer: setGuard };
    case "GET /v5/account/query-dcp-info":
      return { ...read, answer: guardInfo };
    default:
      return undefined;
  }
}

function walletBalance(call: Call): Result {
  const type = call.params.text("accountType");
  if (type !== "UNIFIED") throw paramError("accountType only support UNIFIED.");
  const coins = call.params.text("coin")?.split(",");
  return { result: { list: [call.words.walletRow(call.account, coins)] } };
}

function accountInfo(call: Call): Result {
  const windowMs = Math.max(...PRODUCTS.map((product) => call.guard.windowMs(call.account.name, product)));
  return {
    result: {
      marginMode: "REGULAR_MARGIN",
      updatedTime: String(call.nowMs),
      // Six: unified trading account 2.0 pro.
      unifiedMarginStatus: 6,
      dcpStatus: windowMs > 0 ? "ON" : "OFF",
      timeWindow: windowMs > 0 ? windowMs / 1_000 : 0,
      smpGroup: 0,
      isMasterTrader: false,
      spotHedgingStatus: "OFF",
    },
  };
}

function feeRate(call: Call): Result {
  const category = call.params.category();
  const isIn = scopeOf(call, category, false);
  const list = call.listings.of(category).filter(isIn);
  return {
    result: {
      category,
      list: list.map(({ symbol, instrument }) => ({
        symbol,
        baseCoin: "",
        takerFeeRate: plain(call.account.rate(instrument, false)),
        makerFeeRate: plain(call.account.rate(instrument, true)),
      })),
    },
  };
}

function queryApi(call: Call): Result {
  const { key, account } = call;
  const may = (words: readonly string[]) => (key.mayTrade ? words : []);
  return {
    result: {
      id: "13770661",
      note: account.name,
      apiKey: key.key,
      readOnly: key.mayTrade ? 0 : 1,
      secret: "",
      permissions: {
        ContractTrade: may(["Order", "Position"]),
        Spot: may(["SpotTrade"]),
        Wallet: key.mayWithdraw ? ["AccountTransfer", "SubMemberTransfer", "Withdraw"] : [],
        Options: may(["OptionsTrade"]),
        Derivatives: may(["DerivativesTrade"]),
        Exchange: [],
        Earn: [],
        BlockTrade: [],
        NFT: [],
        Affiliate: [],
      },
      ips: ["*"],
      type: 1,
      deadlineDay: 90,
      expiredAt: "2099-01-01T00:00:00Z",
      createdAt: "2022-10-16T02:24:40Z",
      unified: 0,
      uta: 1,
      userID: account.id,
      inviterID: 0,
      vipLevel: "No VIP",
      mktMakerLevel: "0",
      affiliateID: 0,
      rsaPublicKey: "",
      isMaster: true,
      parentUid: "0",
      kycLevel: "LEVEL_DEFAULT",
      kycRegion: "",
    },
  };
}

function coinInfo(call: Call): Result {
  const assets = new Set(call.listings.all.flatMap(({ instrument }) => [instrument.base, instrument.quote]));
  const wanted = call.params.text("coin");
  const rows = [...assets]
    .filter((coin) => wanted === undefined || coin === wanted)
    .map((coin) => ({ name: coin, coin, remainAmount: "1000000", chains: [] }));
  return { result: { rows } };
}

/** A symbol that was named shows without a position too. */
function positionList(call: Call): Result {
  if (call.params.isElsewhere) return nothingOf(call);
  const category = call.params.category();
  if (category === "spot") throw paramError("Illegal category");
  const symbol = call.params.text("symbol");
  const isIn = scopeOf(call, category, true);
  const { venue, account, words } = call;
  const sides: readonly PositionSide[] = account.isHedged ? ["long", "short"] : ["both"];
  const found: Position[] = [];
  for (const { key } of call.listings.of(category).filter(isIn)) {
    for (const side of sides) {
      const position = venue.positions.of(account.name, key, side);
      if (symbol !== undefined || position.qty !== ZERO) found.push(position);
    }
  }
  assert(
    found.every((position) => position.symbol.startsWith("linear:")),
    Code.InvariantBroken,
  );
  const list = found.map((position) => words.positionRow(account, position));
  return { result: { nextPageCursor: "", category, list } };
}

function setLeverage(call: Call): Result {
  const { params, account, venue } = call;
  const category = linearOnly(call);
  const buy = params.required("buyLeverage");
  const sell = params.required("sellLeverage");
  return worded(category, () => {
    const { key } = listedOf(call, category, params);
    if (buy !== sell) throw paramError("buy leverage invalid");
    // The core's leverage is whole.
    if (!/^\d{1,3}(\.0+)?$/.test(buy)) throw paramError("buy leverage invalid");
    const leverage = Number.parseInt(buy, 10);
    if (leverage < 1 || leverage > LEVERAGE_MAX) throw new Refusal("leverage");
    if (account.setting(key).leverage === leverage) throw new BybitError(110_043, "leverage not modified");
    venue.setLeverage(account, key, leverage);
    return SETTLED;
  });
}

/** For the whole account: the core knows no mode of one coin or symbol. */
function switchMode(call: Call): Result {
  const { params, account, venue } = call;
  const category = linearOnly(call);
  const sides = params.whole("mode");
  if (sides !== 0 && sides !== 3) throw paramError("mode invalid");
  if (account.isHedged === (sides === 3)) throw new BybitError(110_025, "Position mode is not modified");
  return worded(category, () => {
    venue.setHedged(account, sides === 3);
    return SETTLED;
  });
}

function setGuard(call: Call): Result {
  const seconds = call.params.whole("timeWindow");
  if (seconds === undefined || seconds < 3 || seconds > 300) throw paramError("params error: timeWindow invalid");
  const product = call.params.word("product", PRODUCTS, "OPTIONS");
  call.guard.set(call.account.name, product, seconds * 1_000);
  return SETTLED;
}

function guardInfo(call: Call): Result {
  const { guard, account } = call;
  const dcpInfos = PRODUCTS.filter((product) => guard.windowMs(account.name, product) > 0).map((product) => ({
    product,
    dcpStatus: "ON",
    timeWindow: String(guard.windowMs(account.name, product) / 1_000),
  }));
  return { result: { dcpInfos } };
}

function linearOnly(call: Call): Category {
  const category = call.params.category();
  if (category === "linear") return category;
  throw paramError("Illegal category");
}

function worded<T>(category: Category, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof Refusal ? refusalError(category, error) : error;
  }
}
