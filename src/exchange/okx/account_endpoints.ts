/** What OKX answers about an account over REST, and what of it can be set. */

import { type Amount, textOf } from "../trading/amount.ts";
import type { Fill, Order } from "../trading/order.ts";
import { isAlive } from "../trading/order.ts";
import { Refusal } from "../trading/refusal.ts";
import { balanceRow, configRow, openPositions, posIdOf, positionRow } from "./account_words.ts";
import { billRow } from "./bills.ts";
import type { OkxCall, OkxEndpoint } from "./endpoint.ts";
import { orderIdOf, orderIdText } from "./ids.ts";
import { OkxError, parameterError } from "./okx_error.ts";
import { clientIdOf, isGiven, readListing, word } from "./order_reader.ts";
import { fillRow, orderRow, stateOf } from "./order_words.ts";
import { instruments, limitOf, listingOf, timeOf } from "./public_endpoints.ts";
import { okxWording } from "./refusals.ts";

const RATE_DECIMALS = 8;
const ROWS = 100;
const COUNTDOWN_MIN_S = 10;
const COUNTDOWN_MAX_S = 120;

type Answer = (call: OkxCall) => readonly unknown[];

function read(most: number, answer: Answer): OkxEndpoint {
  return { security: "read", limit: { most, spanMs: 2_000 }, answer };
}

function trade(most: number, answer: Answer, spanMs = 2_000): OkxEndpoint {
  return { security: "trade", limit: { most, spanMs }, answer };
}

/** By method and path after `/api/v5/`. */
export const ACCOUNT_ENDPOINTS: Readonly<Record<string, OkxEndpoint>> = Object.freeze({
  "GET account/balance": read(10, balance),
  "GET account/positions": read(10, positions),
  "GET account/bills": read(10, bills),
  "GET account/config": read(5, ({ venue, account, key }) => [configRow(venue, account, key)]),
  "GET account/instruments": read(20, instruments),
  "GET account/trade-fee": read(5, fees),
  "GET account/leverage-info": read(20, leverageInfo),
  "POST account/set-leverage": trade(20, setLeverage),
  "POST account/set-position-mode": trade(5, setPositionMode),
  "GET asset/currencies": read(6, currencies),
  "GET trade/order": read(60, oneOrder),
  "GET trade/orders-pending": read(60, pending),
  "GET trade/orders-history": read(40, history),
  "GET trade/orders-history-archive": read(20, history),
  "GET trade/fills": read(60, fills),
  "GET trade/fills-history": read(10, fills),
  "POST trade/cancel-all-after": trade(1, cancelAllAfter, 1_000),
});

function balance({ venue, account, params }: OkxCall): object[] {
  return [balanceRow(venue, account, isGiven(params["ccy"]) ? params["ccy"]?.split(",") : undefined)];
}

function positions({ venue, account, params }: OkxCall): object[] {
  const { instType, posId } = params;
  const wanted = params["instId"]?.split(",");
  const held = wanted === undefined ? openPositions(venue, account) : venue.core.positions.all(account.name);
  if (isGiven(instType) && instType !== "SWAP") return [];
  return held
    .filter(({ symbol }) => wanted?.includes(symbol) ?? true)
    .filter((position) => !isGiven(posId) || posIdOf(venue, account, position) === posId)
    .map((position) => positionRow(venue, account, position));
}

function fees({ venue, account, params }: OkxCall): object[] {
  const { instType } = params;
  if (!isGiven(instType)) throw parameterError("instType", true);
  const rate = (share: Amount) => textOf(-share, RATE_DECIMALS).replace(/\.?0+$/, "");
  const isSpot = instType === "SPOT" || instType === "MARGIN";
  const listed = venue.listings.find((each) => each.instType === (isSpot ? "SPOT" : "SWAP"));
  if (listed === undefined) return [];
  const [maker, taker] = [true, false].map((isMaker) => rate(account.rate(listed.instrument, isMaker)));
  return [
    {
      category: "1",
      delivery: "",
      exercise: "",
      feeGroup: [],
      fiat: [],
      instType,
      level: "Lv1",
      maker: isSpot ? maker : "",
      makerU: isSpot ? "" : maker,
      makerUSDC: maker,
      ruleType: "normal",
      taker: isSpot ? taker : "",
      takerU: isSpot ? "" : taker,
      takerUSDC: taker,
      ts: String(venue.nowMs()),
    },
  ];
}

function leverageInfo(call: OkxCall): object[] {
  const { instId, instType } = listingOf(call);
  if (instType === "SPOT") throw parameterError("instId");
  return leverRows(call, instId, call.params["mgnMode"] ?? "cross");
}

function setLeverage(call: OkxCall): object[] {
  const row = call.rows[0] ?? {};
  const { instId, instType } = readListing(call.venue, row);
  const mgnMode = word(row, "mgnMode", ["cross", "isolated"] as const);
  if (!isGiven(row["lever"])) throw parameterError("lever", true);
  if (instType === "SPOT") throw new OkxError("59107", "You can't set the leverage of this instrument.");
  const lever = Number(row["lever"]); // number-ok: a small whole number
  const { core } = call.venue;

  guarded(() => core.setLeverage(call.account, instId, lever));
  call.account.setting(instId).isIsolated = mgnMode === "isolated";
  return leverRows(call, instId, mgnMode).slice(0, 1);
}

function leverRows({ account }: OkxCall, instId: string, mgnMode: string): object[] {
  const lever = String(account.setting(instId).leverage);
  const sides = account.isHedged ? ["long", "short"] : ["net"];
  return sides.map((posSide) => ({ ccy: "", instId, lever, mgnMode, posSide }));
}

function setPositionMode({ venue, account, rows }: OkxCall): object[] {
  const posMode = word(rows[0] ?? {}, "posMode", ["net_mode", "long_short_mode"] as const);
  try {
    venue.core.setHedged(account, posMode === "long_short_mode");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.reason !== "no-change") {
      throw new OkxError(
        "59000",
        "Setting failed. Cancel any open orders, close positions, and stop trading bots first.",
      );
    }
  }
  return [{ posMode }];
}

function currencies({ venue }: OkxCall): object[] {
  const assets = new Set(venue.listings.flatMap(({ instrument }) => [instrument.base, instrument.quote]));
  return [...assets].map((ccy) => ({
    ccy,
    name: ccy,
    chain: `${ccy}-Simulated`,
    canDep: false,
    canWd: false,
    canInternal: false,
    minWd: "0",
    maxWd: "0",
    wdTickSz: "8",
    fee: "0",
    minFee: "0",
    maxFee: "0",
    mainNet: true,
  }));
}

function oneOrder({ venue, account, params }: OkxCall): object[] {
  const { instId } = readListing(venue, params);
  const clientId = clientIdOf(params, "clOrdId");
  const hasId = isGiven(params["ordId"]);
  if (!hasId && clientId === "") throw new OkxError("51003", "Either client order ID or order ID is required");
  const id = orderIdOf(params["ordId"]);
  const isStrange = hasId && id === undefined;
  const order = isStrange ? undefined : venue.core.orders.find(account.name, instId, hasId ? { id } : { clientId });
  if (order === undefined) throw new OkxError("51603", "Order does not exist");
  return [orderRow(venue, order)];
}

function pending(call: OkxCall): object[] {
  return ordersOf(call, (order) => isAlive(order));
}

function history(call: OkxCall): object[] {
  if (!isGiven(call.params["instType"])) throw parameterError("instType", true);
  const begin = timeOf(call.params["begin"], "begin") ?? 0;
  const end = timeOf(call.params["end"], "end") ?? Number.MAX_SAFE_INTEGER;
  return ordersOf(call, (order) => !isAlive(order) && order.createdMs >= begin && order.createdMs <= end);
}

/** Newest first; `after`: older than an id, `before`: newer. */
function ordersOf(call: OkxCall, isWanted: (order: Order) => boolean): object[] {
  const { venue, account, params } = call;
  const { instId, instType, state, ordType } = params;
  const after = pageOf(params["after"], "after");
  const before = pageOf(params["before"], "before");
  const fits = (order: Order) =>
    isWanted(order) &&
    (!isGiven(instType) || venue.listed(order.symbol).instType === instType) &&
    (!isGiven(state) || stateOf(order) === state) &&
    (!isGiven(ordType) || (order.tags["ordType"] ?? "limit") === ordType) &&
    (after === undefined || orderIdText(order.id) < after) &&
    (before === undefined || orderIdText(order.id) > before);
  const all = venue.core.orders
    .all(account.name, isGiven(instId) ? instId : undefined)
    .filter(fits)
    .reverse();
  return pageOfRows(all, before !== undefined && after === undefined, limitOf(call, ROWS, ROWS)).map((order) =>
    orderRow(venue, order),
  );
}

function fills(call: OkxCall): object[] {
  const { venue, account, params } = call;
  const { instId, instType, ordId } = params;
  const begin = timeOf(params["begin"], "begin") ?? 0;
  const end = timeOf(params["end"], "end") ?? Number.MAX_SAFE_INTEGER;
  const after = pageOf(params["after"], "after");
  const before = pageOf(params["before"], "before");
  const fits = (fill: Fill) =>
    fill.timeMs >= begin &&
    fill.timeMs <= end &&
    (!isGiven(instType) || venue.listed(fill.symbol).instType === instType) &&
    (!isGiven(ordId) || orderIdText(fill.orderId) === ordId) &&
    (after === undefined || venue.billId(fill) < after) &&
    (before === undefined || venue.billId(fill) > before);
  const all = venue.core.orders
    .fills(account.name, isGiven(instId) ? instId : undefined)
    .filter(fits)
    .reverse();
  return pageOfRows(all, before !== undefined && after === undefined, limitOf(call, ROWS, ROWS)).map((fill) =>
    fillRow(venue, fill),
  );
}

/** Of cash that moved without a trade. */
function bills(call: OkxCall): object[] {
  const { venue, account, params } = call;
  const begin = timeOf(params["begin"], "begin") ?? 0;
  const end = timeOf(params["end"], "end") ?? Number.MAX_SAFE_INTEGER;
  const after = pageOf(params["after"], "after");
  const { ccy, type } = params;
  const all = venue.bills
    .of(account.name)
    .filter((bill) => bill.timeMs >= begin && bill.timeMs <= end && (after === undefined || bill.billId < after))
    .filter((bill) => (!isGiven(ccy) || bill.asset === ccy) && (!isGiven(type) || bill.type === type))
    .reverse();
  return all.slice(0, limitOf(call, ROWS, ROWS)).map(billRow);
}

/** The newest rows, or those just newer than a mark. */
function pageOfRows<T>(rows: readonly T[], isUpwards: boolean, limit: number): readonly T[] {
  return isUpwards ? rows.slice(-limit) : rows.slice(0, limit);
}

/** Ids compare as texts: all have one length. */
function pageOf(text: string | undefined, name: string): string | undefined {
  if (!isGiven(text)) return undefined;
  if (!/^\d{1,20}$/.test(text as string)) throw parameterError(name);
  return text;
}

function cancelAllAfter({ venue, account, rows, nowMs }: OkxCall): object[] {
  const row = rows[0] ?? {};
  const text = String(row["timeOut"] ?? "");
  if (!/^\d{1,3}$/.test(text)) throw parameterError("timeOut", text === "");
  const seconds = Number.parseInt(text, 10);
  if (seconds !== 0 && (seconds < COUNTDOWN_MIN_S || seconds > COUNTDOWN_MAX_S)) throw parameterError("timeOut");
  const { countdowns } = venue.core;
  const dueMs = nowMs + seconds * 1_000;
  if (seconds === 0) countdowns.disarm(account.name, undefined);
  else countdowns.arm(account.name, undefined, dueMs);
  const tag = typeof row["tag"] === "string" ? row["tag"] : "";
  return [{ triggerTime: seconds === 0 ? "0" : String(dueMs), tag, ts: String(nowMs) }];
}

function guarded(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) throw new OkxError(...okxWording(error, "place"));
    throw error;
  }
}
