/** The independent clients, each with its journey and its account. */

import * as binanceNpm from "./binance_npm.ts";
import * as binanceSpot from "./binance_spot_official.ts";
import * as binanceUsdm from "./binance_usdm_official.ts";
import * as bybitApi from "./bybit_api.ts";
import * as ccxtBinance from "./ccxt_binance.ts";
import * as ccxtBybit from "./ccxt_bybit.ts";
import * as ccxtOkx from "./ccxt_okx.ts";
import type { Diary } from "./diary.ts";
import * as okxApi from "./okx_api.ts";
import type { Stage } from "./stage.ts";

export interface Journey {
  /** Package of npm. */
  readonly client: string;
  readonly venue: string;
  readonly account: string;
  readonly run: (stage: Stage, diary: Diary) => Promise<void>;
}

export const JOURNEYS: readonly Journey[] = [
  { client: "ccxt", venue: "binance", account: ccxtBinance.ACCOUNT, run: ccxtBinance.ccxtBinance },
  { client: "ccxt", venue: "okx", account: ccxtOkx.ACCOUNT, run: ccxtOkx.ccxtOkx },
  { client: "ccxt", venue: "bybit", account: ccxtBybit.ACCOUNT, run: ccxtBybit.ccxtBybit },
  { client: "binance", venue: "binance", account: binanceNpm.ACCOUNT, run: binanceNpm.binanceNpm },
  { client: "okx-api", venue: "okx", account: okxApi.ACCOUNT, run: okxApi.okxApi },
  { client: "bybit-api", venue: "bybit", account: bybitApi.ACCOUNT, run: bybitApi.bybitApi },
  {
    client: "@binance/spot",
    venue: "binance-spot",
    account: binanceSpot.ACCOUNT,
    run: binanceSpot.binanceSpotOfficial,
  },
  {
    client: "@binance/derivatives-trading-usds-futures",
    venue: "binance-usdm",
    account: binanceUsdm.ACCOUNT,
    run: binanceUsdm.binanceUsdmOfficial,
  },
];
