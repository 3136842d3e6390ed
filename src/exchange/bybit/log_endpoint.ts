/** The endpoint of the transaction log: newest first, by windows of a week at most. */

import { plain, ZERO } from "../trading/amount.ts";
import { paramError } from "./bybit_error.ts";
import { type Call, type Endpoint, pageOf, type Result } from "./endpoint.ts";
import type { Entry } from "./transaction_log.ts";

const WEEK_MS = 7 * 86_400_000;

export function logEndpoint(path: string): Endpoint | undefined {
  if (path !== "GET /v5/account/transaction-log") return undefined;
  return { mustTrade: false, isOrder: false, limit: () => 30, answer: logOf };
}

function logOf(call: Call): Result {
  const { params, account, log } = call;
  if ((params.text("accountType") ?? "UNIFIED") !== "UNIFIED") throw paramError("accountType only support UNIFIED.");
  const [fromMs, toMs] = windowOf(call);
  const [category, currency, type] = ["category", "currency", "type"].map((name) => params.text(name));
  const wanted = log.of(account.name).filter((entry) => {
    if (entry.timeMs < fromMs || entry.timeMs > toMs) return false;
    if (category !== undefined && entry.category !== category) return false;
    if (currency !== undefined && entry.asset !== currency) return false;
    return type === undefined || entry.type === type;
  });
  const { page, nextPageCursor } = pageOf(call, wanted, params.limit(20, 50), ({ id }) => id);
  return { result: { nextPageCursor: encodeURIComponent(nextPageCursor), list: page.map(rowOf) } };
}

/** A week at most; the one that is said decides, without any it is the last one. Throws 10001. */
function windowOf({ params, nowMs }: Call): readonly [number, number] {
  const from = params.whole("startTime");
  const to = params.whole("endTime");
  if (from === undefined) return [(to ?? nowMs) - WEEK_MS, to ?? nowMs];
  if (to === undefined) return [from, from + WEEK_MS];
  if (to < from) throw paramError("params error: startTime must be before endTime");
  if (to - from > WEEK_MS) throw paramError("params error: the time range must be within 7 days");
  return [from, to];
}

function rowOf(entry: Entry): object {
  const { fill, funding, fee, cashFlow } = entry;
  return {
    id: entry.id,
    symbol: entry.symbol,
    category: entry.category ?? "",
    side: entry.side,
    transactionTime: String(entry.timeMs),
    type: entry.type,
    transSubType: "",
    qty: fill === undefined ? plain(cashFlow) : plain(fill.qty),
    size: "0",
    currency: entry.asset,
    tradePrice: fill === undefined ? "" : plain(fill.price),
    funding: funding === ZERO ? "" : plain(funding),
    fee: plain(fee),
    cashFlow: plain(cashFlow),
    change: plain(cashFlow + funding - fee),
    cashBalance: plain(entry.balance),
    feeRate: "",
    bonusChange: "",
    tradeId: entry.tradeId,
    orderId: fill === undefined ? "" : String(fill.orderId),
    orderLinkId: fill?.clientId ?? "",
    extraFees: "",
  };
}
