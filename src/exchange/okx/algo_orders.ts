/** Conditional orders of OKX: `order-algo` and its kin, with ids of their own until they fire. */

import type { AlgoOrder } from "../trading/algo_desk.ts";
import { type Amount, amountOf, plain, ZERO } from "../trading/amount.ts";
import type { Trigger } from "../trading/order.ts";
import { Refusal } from "../trading/refusal.ts";
import type { OkxCall, OkxEndpoint, Stated } from "./endpoint.ts";
import { algoIdOf, algoIdText, orderIdText } from "./ids.ts";
import { OkxError, parameterError } from "./okx_error.ts";
import type { OkxVenue } from "./okx_venue.ts";
import { clientIdOf, decimal, isGiven, type Row, readCommon, readListing, word } from "./order_reader.ts";
import { posSideOf } from "./order_words.ts";
import { limitOf } from "./public_endpoints.ts";
import { okxWording } from "./refusals.ts";

const TYPES = ["trigger", "conditional"] as const;
const SOURCES = ["last", "mark", "index"] as const;
/** As an order price it means: at the market. */
const AT_MARKET = "-1";
const CANCELS_MAX = 10;

const STATES: Readonly<Record<AlgoOrder["status"], string>> = Object.freeze({
  new: "live",
  triggered: "effective",
  finished: "effective",
  canceled: "canceled",
  rejected: "order_failed",
  expired: "canceled",
});

export const ALGO_ENDPOINTS: Readonly<Record<string, OkxEndpoint>> = Object.freeze({
  "POST trade/order-algo": stated(1, placeAlgo),
  "POST trade/cancel-algos": stated(CANCELS_MAX, cancelAlgo),
  "GET trade/order-algo": { security: "read", limit: { most: 20, spanMs: 2_000 }, answer: oneAlgo },
  "GET trade/orders-algo-pending": {
    security: "read",
    limit: { most: 20, spanMs: 2_000 },
    answer: (call: OkxCall) => algosOf(call, (algo) => algo.status === "new"),
  },
  "GET trade/orders-algo-history": {
    security: "read",
    limit: { most: 20, spanMs: 2_000 },
    answer: (call: OkxCall) => algosOf(call, (algo) => algo.status !== "new"),
  },
});

/** A row of the pending ones, of the history and of the channel `orders-algo`. */
export function algoRow(venue: OkxVenue, algo: AlgoOrder): object {
  const { spec, order } = algo;
  const tags = spec.tags ?? {};
  const { instType } = venue.listed(spec.symbol);
  const triggerPx = plain(algo.trigger.price);
  const source = algo.trigger.source;
  const ordPx = spec.type === "market" ? AT_MARKET : plain(spec.price ?? ZERO);
  const isPlain = tags["algoType"] === "trigger";
  const leg = tags["leg"] ?? "sl";
  const of = (name: string, value: string) => (!isPlain && leg === name ? value : "");
  return {
    actualPx: order === undefined ? "" : plain(order.price),
    actualSide: tags["leg"] ?? "",
    actualSz: order === undefined ? "0" : plain(order.qty),
    algoClOrdId: algo.clientId.startsWith("algo-") ? "" : algo.clientId,
    algoId: algoIdText(algo.id),
    cTime: String(algo.createdMs),
    ccy: "",
    clOrdId: order?.clientId ?? "",
    failCode: algo.status === "rejected" ? "51008" : "",
    instId: spec.symbol,
    instType,
    lever: "",
    ordId: order === undefined ? "" : orderIdText(order.id),
    ordPx: isPlain ? ordPx : "",
    ordType: tags["algoType"] ?? "trigger",
    posSide: instType === "SPOT" ? "" : posSideOf(spec.positionSide ?? "both"),
    reduceOnly: String(spec.reduceOnly ?? false),
    side: spec.side,
    slOrdPx: of("sl", ordPx),
    slTriggerPx: of("sl", triggerPx),
    slTriggerPxType: of("sl", source),
    state: STATES[algo.status],
    sz: plain(spec.qty ?? ZERO),
    tag: tags["tag"] ?? "",
    tdMode: tags["tdMode"] ?? "",
    tgtCcy: tags["tgtCcy"] ?? "",
    tpOrdPx: of("tp", ordPx),
    tpTriggerPx: of("tp", triggerPx),
    tpTriggerPxType: of("tp", source),
    triggerPx: isPlain ? triggerPx : "",
    triggerPxType: isPlain ? source : "",
    triggerTime: algo.triggeredMs === 0 ? "" : String(algo.triggeredMs),
    uTime: String(algo.updatedMs),
  };
}

function stated(rowsMax: number, act: (call: OkxCall, row: Row) => AlgoOrder): OkxEndpoint {
  return {
    security: "trade",
    isOrder: true,
    isStated: true,
    isEntry: false,
    rowsMax,
    limit: { most: 20, spanMs: 2_000 },
    answer: (call: OkxCall) => call.rows.map((row) => statedRow(call, row, act)),
  };
}

function statedRow(call: OkxCall, row: Row, act: (call: OkxCall, row: Row) => AlgoOrder): Stated {
  const text = (name: string) => (typeof row[name] === "string" ? row[name] : "");
  try {
    const algo = act(call, row);
    const algoClOrdId = algo.clientId.startsWith("algo-") ? "" : algo.clientId;
    return { algoId: algoIdText(algo.id), algoClOrdId, clOrdId: "", tag: text("tag"), sCode: "0", sMsg: "" };
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof OkxError)) throw error;
    const [sCode, sMsg] = error instanceof OkxError ? [error.code, error.msg] : okxWording(error, "place");
    return { algoId: text("algoId"), algoClOrdId: text("algoClOrdId"), clOrdId: "", tag: text("tag"), sCode, sMsg };
  }
}

/** One trigger with one order; of a pair of take-profit and stop-loss only one leg is served. */
function placeAlgo({ venue, account }: OkxCall, row: Row): AlgoOrder {
  const listing = readListing(venue, row);
  const common = readCommon(listing, row);
  const algoType = word(row, "ordType", TYPES);
  const leg = algoType === "trigger" ? "" : isGiven(row["tpTriggerPx"]) ? "tp" : "sl";
  if (leg === "tp" && isGiven(row["slTriggerPx"])) throw parameterError("ordType");
  const name = (plainName: string, ofLeg: string) => (leg === "" ? plainName : leg + ofLeg);
  const priceName = name("triggerPx", "TriggerPx");
  const orderName = leg === "" ? (isGiven(row["orderPx"]) ? "orderPx" : "ordPx") : `${leg}OrdPx`;
  const price = decimal(row, priceName);
  const typeName = name("triggerPxType", "TriggerPxType");
  const source = isGiven(row[typeName]) ? word(row, typeName, SOURCES) : "last";
  const limit: Amount | undefined = String(row[orderName]) === AT_MARKET ? undefined : decimal(row, orderName);
  const last = listing.view.last();
  // A plain trigger fires from whichever side the price comes; the legs know theirs.
  const risesByLeg = (leg === "tp") === (common.side === "sell");
  const rises = leg === "" ? (last === undefined ? common.side === "buy" : price > last) : risesByLeg;
  const trigger: Trigger = { price, rises, source: source === "last" ? "last" : "mark" };
  const clientId = isGiven(row["algoClOrdId"]) ? clientIdOf(row, "algoClOrdId") : clientIdOf(row, "clOrdId");
  const isLimit = limit !== undefined;
  return venue.core.algos.place(account.name, {
    ...common,
    type: isLimit ? "limit" : "market",
    price: limit,
    qty: decimal(row, "sz"),
    timeInForce: isLimit ? "gtc" : "ioc",
    trigger,
    clientId,
    tags: { ...common.tags, algoType, leg, ordType: isLimit ? "limit" : "market", source: "7" },
  });
}

function cancelAlgo({ venue, account }: OkxCall, row: Row): AlgoOrder {
  readListing(venue, row);
  const id = algoIdOf(row["algoId"]);
  const clientId = clientIdOf(row, "algoClOrdId");
  if (id === undefined && clientId === "") throw parameterError("algoId", !isGiven(row["algoId"]));
  try {
    return venue.core.algos.cancel(account.name, id === undefined ? { clientId } : { id });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new OkxError("51400", "Cancellation failed as the order has been filled, canceled or does not exist.");
  }
}

function oneAlgo({ venue, account, params }: OkxCall): object[] {
  const id = algoIdOf(params["algoId"]);
  const clientId = params["algoClOrdId"];
  const algo = venue.core.algos.find(account.name, id === undefined ? { clientId } : { id });
  if (algo === undefined) throw new OkxError("51603", "Order does not exist");
  return [algoRow(venue, algo)];
}

function algosOf(call: OkxCall, isWanted: (algo: AlgoOrder) => boolean): object[] {
  const { venue, account, params } = call;
  if (!isGiven(params["ordType"])) throw parameterError("ordType", true);
  const types = (params["ordType"] as string).split(",");
  const after = amountOf(params["after"]) === undefined ? undefined : params["after"];
  const isOf = (algo: AlgoOrder) =>
    isWanted(algo) &&
    types.includes(algo.spec.tags?.["algoType"] ?? "") &&
    (!isGiven(params["instId"]) || algo.spec.symbol === params["instId"]) &&
    (!isGiven(params["instType"]) || venue.listed(algo.spec.symbol).instType === params["instType"]) &&
    (!isGiven(params["algoId"]) || algoIdText(algo.id) === params["algoId"]) &&
    (after === undefined || algoIdText(algo.id) < after);
  const rows = venue.core.algos.all(account.name).filter(isOf).reverse();
  return rows.slice(0, limitOf(call, 100, 100)).map((algo) => algoRow(venue, algo));
}
