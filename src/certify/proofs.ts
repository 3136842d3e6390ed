/**
 * What stands behind a card at a venue: a message that the venue really sent, a signature that it published, or a client
 * that somebody else wrote and that finds the same at the simulator. A card without any of them prints `unproven`.
 */

export interface Proof {
  readonly by: "recorded" | "vector" | "client";
  /** Of recorded messages and vectors the file among the fixtures, of clients the file of this repository that runs them. */
  readonly sources: readonly string[];
}

type Table = Readonly<Record<string, Proof>>;

export function proofOf(venue: string, number: string): Proof | undefined {
  return Object.hasOwn(PROOFS, venue) ? (PROOFS[venue] as Table)[number] : undefined;
}

function table(...rows: readonly (readonly [numbers: string, by: Proof["by"], ...sources: string[]])[]): Table {
  const found: Record<string, Proof> = {};
  for (const [numbers, by, ...sources] of rows) {
    for (const number of numbers.split(" ")) found[number] ??= { by, sources };
  }
  return found;
}

const BINANCE_CLIENTS = "test/independent/ccxt_binance.ts";
const MARKET_CLIENTS = "test/independent/ccxt_binance.ts";

const BYBIT = table(
  ["V01 V07", "vector", "bybit/signing-vectors.json", "bybit/requests.ccxt-4.5.84.bybit.json"],
  ["V04 V08 V30", "recorded", "bybit/nautilus.ws_account_execution_fast.json", "bybit/nautilus.ws_account_order.json"],
  ["V20 V21", "recorded", "bybit/nautilus.http_get_orders_history.json"],
  ["V24", "recorded", "bybit/nautilus.http_get_executions.json"],
  ["V26 V28", "recorded", "bybit/nautilus.http_get_wallet_balance.json"],
  ["V25", "recorded", "bybit/jkorf.rest.V5Api.Trading.GetPositions.json"],
  ["V02 V03 V05 V06 V09 V14 V15 V22", "client", "test/independent/ccxt_bybit.ts"],
  ["M01 M02 M03", "recorded", "bybit/capture.orderbook500.XRPUSDT.first15.jsonl"],
  ["M04", "recorded", "bybit/nautilus.ws_public_trade.json"],
);

/** Not listed, and so unproven: what only faults bring about (limits, clocks, lost answers, hand-overs). */
export const PROOFS: Readonly<Record<string, Table>> = {
  "binance-spot": table(
    ["V01 V07 V10", "vector", "binance-spot/signing-vectors.json", "binance-spot/requests.ccxt-4.5.84.binance.json"],
    ["V04 V08 V28 V30", "recorded", "binance-spot/nautilus.user_data_json.execution_report_trade.json"],
    ["V03 V06 V15", "recorded", "binance-spot/nautilus.user_data_json.execution_report_canceled.json"],
    ["V20 V21", "recorded", "binance-spot/nautilus.http_json.all_orders_response.json"],
    ["V22", "recorded", "binance-spot/nautilus.http_json.open_orders_response.json"],
    ["V24", "recorded", "binance-spot/nautilus.http_json.account_trades_response.json"],
    ["V26", "recorded", "binance-spot/nautilus.http_json.account_response.json"],
    ["V02 V09 V14 V25 V42 V70", "client", BINANCE_CLIENTS],
    ["M01 M02 M03 M04 M05", "recorded", "binance-spot/capture.btcusdt.20240808.jsonl"],
    ["M07", "client", MARKET_CLIENTS],
  ),
  "binance-usdm": table(
    ["V01 V07 V10", "vector", "binance-usdm/requests.ccxt-4.5.84.binanceusdm.json"],
    ["V04 V08 V28 V30", "recorded", "binance-usdm/nautilus.user_data_json.order_update_trade_partial.json"],
    ["V20 V21", "recorded", "binance-usdm/nautilus.http_json.order_response.json"],
    ["V26", "recorded", "binance-usdm/nautilus.http_json.balance.json"],
    ["V25", "recorded", "binance-usdm/jkorf.rest.UsdFutures.Trading.GetPositions.json"],
    ["V02 V03 V05 V06 V09 V12 V14 V15 V22 V24 V42", "client", BINANCE_CLIENTS],
    ["M01 M02 M03 M04 M05", "recorded", "binance-usdm/capture.btcusdt.20240808.jsonl"],
    ["M07", "client", MARKET_CLIENTS],
  ),
  okx: table(
    ["V01 V07", "vector", "okx/signing-vectors.json", "okx/requests.ccxt-4.5.84.okx.json"],
    ["V04 V08 V30", "recorded", "okx/nautilus.ws_orders.json"],
    ["V11", "recorded", "okx/nautilus.ws_orders_fok.json"],
    ["V20 V22", "recorded", "okx/nautilus.http_get_orders_pending.json"],
    ["V25", "recorded", "okx/jkorf.rest.UnifiedApi.Account.GetAccountPositions.json"],
    ["V02 V03 V05 V09 V14 V21 V24 V26 V28", "client", "test/independent/ccxt_okx.ts"],
    ["M01 M02 M03 M04 M05", "recorded", "okx/capture.BTC-USDT.books-trades-tickers.jsonl"],
  ),
  "bybit-spot": BYBIT,
  "bybit-linear": BYBIT,
};
