/**
 * What stands behind a card at a venue: a message that the venue really sent, an example of its documentation, a request
 * that somebody else's client really signs, or such a client that finds the same at the simulator. It must show what the
 * card takes for right, all of it: a message of a cancel is no proof that a second cancel is harmless. A card without any
 * of them prints `unproven`.
 */

export interface Proof {
  readonly by: "recorded" | "documented" | "vector" | "client";
  /** Of clients the file of this repository that runs them, of all others the file among the fixtures. */
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

const CLIENT = "test/independent/";
const CCXT_BINANCE = `${CLIENT}ccxt_binance.ts`;
const BINANCE_NPM = `${CLIENT}binance_npm.ts`;
const SPOT_OFFICIAL = `${CLIENT}binance_spot_official.ts`;
const USDM_OFFICIAL = `${CLIENT}binance_usdm_official.ts`;
const CCXT_OKX = `${CLIENT}ccxt_okx.ts`;
const OKX_API = `${CLIENT}okx_api.ts`;
const CCXT_BYBIT = `${CLIENT}ccxt_bybit.ts`;
const BYBIT_API = `${CLIENT}bybit_api.ts`;

const SPOT_TRADE = "binance-spot/nautilus.user_data_json.execution_report_trade.json";

/** Both categories: their messages differ in one field. */
const BYBIT = [
  ["V04 V08", "documented", "bybit/jkorf.ws.V5.Private.UserTrades.json", "bybit/nautilus.ws_account_order_filled.json"],
  ["V30", "documented", "bybit/nautilus.http_get_executions.json", "bybit/ccxt.rest-comments.bybit.json"],
  ["V24 V26 V28", "client", BYBIT_API],
  ["V42", "documented", "bybit/jkorf.rest.V5Api.Trading.GetOrders.json", "bybit/nautilus.http_get_executions.json"],
  ["M01 M02 M03", "recorded", "bybit/capture.orderbook500.XRPUSDT.first15.jsonl"],
  ["M05", "recorded", "bybit/tardis-node.mapper-messages.json"],
] as const;

/**
 * Not listed, and so unproven: what only faults bring about (limits, clocks, lost answers, hand-overs, silence), liquidations
 * at OKX (what was recorded of them is of contracts with a date), and more.
 */
export const PROOFS: Readonly<Record<string, Table>> = {
  "binance-spot": table(
    ["V01", "client", SPOT_OFFICIAL],
    ["V07", "vector", "binance-spot/signing-vectors.json", "binance-spot/requests.ccxt-4.5.84.binance.json"],
    ["V04", "documented", "binance-spot/nautilus.http_json.new_order_full_response.json", SPOT_TRADE],
    ["V08", "documented", SPOT_TRADE],
    ["V03 V09 V10 V22", "client", CCXT_BINANCE],
    ["V06", "documented", "binance-spot/nautilus.http_json.cancel_open_orders_response.json"],
    ["V24", "client", CCXT_BINANCE, SPOT_OFFICIAL],
    ["V26 V28", "client", CCXT_BINANCE, BINANCE_NPM, SPOT_OFFICIAL],
    [
      "V42",
      "documented",
      "binance-spot/nautilus.http_json.open_orders_response.json",
      "binance-spot/nautilus.http_json.account_trades_response.json",
    ],
    ["V70", "client", CCXT_BINANCE, BINANCE_NPM, SPOT_OFFICIAL],
    ["M01 M02 M03 M04 M05", "recorded", "binance-spot/capture.btcusdt.20240808.jsonl"],
  ),
  "binance-usdm": table(
    ["V01", "client", USDM_OFFICIAL],
    ["V07", "vector", "binance-usdm/requests.ccxt-4.5.84.binanceusdm.json"],
    ["V04 V08", "documented", "binance-usdm/nautilus.user_data_json.order_update_trade_partial.json"],
    ["V03 V05", "client", CCXT_BINANCE, USDM_OFFICIAL],
    ["V09 V10 V22", "client", CCXT_BINANCE],
    ["V12", "client", BINANCE_NPM, USDM_OFFICIAL],
    ["V25", "client", CCXT_BINANCE, BINANCE_NPM, USDM_OFFICIAL],
    ["V26", "client", USDM_OFFICIAL],
    ["V42", "documented", "binance-usdm/nautilus.http_json.order_response.json"],
    ["M01 M02 M03 M04 M05", "recorded", "binance-usdm/capture.btcusdt.20240808.jsonl"],
    ["M12", "documented", "binance-usdm/nautilus.market_data_json.liquidation_stream.json"],
  ),
  okx: table(
    ["V01", "client", OKX_API],
    ["V07", "vector", "okx/signing-vectors.json", "okx/requests.ccxt-4.5.84.okx.json"],
    ["V04 V08", "documented", "okx/nautilus.ws_orders_ioc.json", "okx/nautilus.ws_orders_fok.json"],
    ["V03 V05 V19 V22", "client", CCXT_OKX, OKX_API],
    ["V09 V10 V20 V21 V24", "client", CCXT_OKX],
    ["V26 V28", "client", CCXT_OKX, OKX_API],
    ["V70", "client", CCXT_OKX, OKX_API],
    ["M01 M02 M03 M04", "recorded", "okx/capture.BTC-USDT.books-trades-tickers.jsonl"],
    ["M05", "recorded", "okx/tardis-node.mapper-messages.json"],
  ),
  "okx-swap": table(
    ["V07", "vector", "okx/signing-vectors.json", "okx/requests.ccxt-4.5.84.okx-swap.json"],
    ["V04 V08", "documented", "okx/nautilus.ws_orders.json"],
    ["V05 V09 V22", "client", CCXT_OKX],
    ["V25", "client", CCXT_OKX, OKX_API],
    ["V26 V28", "client", OKX_API],
    ["V42", "documented", "okx/nautilus.http_get_orders_pending.json"],
    // The same channel and the same numbers as those of spot.
    ["M01 M02 M03", "recorded", "okx/capture.BTC-USDT.books-trades-tickers.jsonl"],
    ["M05", "recorded", "okx/tardis-node.mapper-messages.json"],
  ),
  "bybit-spot": table(
    ...BYBIT,
    ["V01 V02 V03", "client", BYBIT_API],
    ["V07", "vector", "bybit/signing-vectors.json", "bybit/requests.ccxt-4.5.84.bybit.json"],
    ["V05 V09 V22", "client", CCXT_BYBIT],
    ["V10 V70", "client", CCXT_BYBIT, BYBIT_API],
    ["M04", "documented", "bybit/jkorf.ws.V5.Spot.Trades.json"],
  ),
  "bybit-linear": table(
    ...BYBIT,
    ["V07", "vector", "bybit/signing-vectors.json", "bybit/requests.ccxt-4.5.84.bybit-linear.json"],
    ["V09 V22 V25", "client", CCXT_BYBIT],
    ["V12", "client", BYBIT_API],
    ["M04 M12", "recorded", "bybit/tardis-node.mapper-messages.json"],
  ),
};
