/** The venues of the calm tests: their simulators, one instrument of each, and a gateway with the limits that users have. */

import { createHmac } from "node:crypto";
import { BinanceGateway } from "../../src/venue/binance/gateway.ts";
import type { GatewayLimits as BinanceLimits } from "../../src/venue/binance/gateway_limits.ts";
import * as binance from "../../src/venue/binance/gateway_rig.testing.ts";
import type { Category } from "../../src/venue/bybit/category.ts";
import { BybitGateway } from "../../src/venue/bybit/gateway.ts";
import * as bybit from "../../src/venue/bybit/gateway_rig.testing.ts";
import { OkxGateway } from "../../src/venue/okx/gateway.ts";
import * as okx from "../../src/venue/okx/gateway_rig.testing.ts";
import type { Venue } from "./calm_host.testing.ts";

const QUICK = { tickMs: 5, reconnect: { waitUsMin: 20_000, firstUsMax: 100_000, waitUsMax: 1_000_000 } };
const PRICES = { bid: binance.BID, ask: binance.ASK, qty: 1_000 };
const CASH = { USDT: "1000000" };

export function binanceVenue(market: "spot" | "usdm", limits: Partial<BinanceLimits> = {}): Venue {
  return {
    ...PRICES,
    name: `binance-${market}`,
    truthName: `binance-${market}`,
    assets: binance.ASSETS,
    opening: market === "spot" ? { ...CASH, BTC: "10", BNB: "5" } : CASH,
    instrument: binance.testInstrument(market, 0, "BTC"),
    start: () => binance.stillSimulator(market),
    gateway: ({ wsUrl, url: restUrl }, ports) => {
      const privateUrl = `${wsUrl}${market === "spot" ? "/ws-api/v3" : "/private"}`;
      const key = {
        apiKey: "key-ann",
        sign: (text: string) => createHmac("sha256", binance.SECRET).update(text).digest("hex"),
      };
      const settings = { market, account: 0, restUrl, privateUrl, limits: { ...QUICK, ...limits } };
      return new BinanceGateway(settings, { ...ports, key });
    },
  };
}

export function okxVenue(): Venue {
  return {
    ...PRICES,
    name: "okx",
    truthName: "okx",
    assets: okx.ASSETS,
    opening: { ...CASH, BTC: "10" },
    instrument: { ...okx.testInstrument(okx.SWAP), id: 0 },
    start: () => okx.stillSimulator(),
    gateway: ({ wsUrl, url: restUrl }, ports, cashSinceUs) => {
      const settings = { account: 0, restUrl, privateUrl: `${wsUrl}/ws/v5/private`, cashSinceUs, limits: QUICK };
      return new OkxGateway(settings, { ...ports, key: okx.testKey() });
    },
  };
}

export function bybitVenue(category: Category): Venue {
  return {
    ...PRICES,
    name: `bybit-${category}`,
    truthName: "bybit",
    assets: bybit.ASSETS,
    opening: { ...CASH, BTC: "10" },
    instrument: bybit.testInstrument(category, 0, "BTC"),
    start: () => bybit.stillSimulator(category),
    gateway: ({ wsUrl, url: restUrl }, ports) => {
      const urls = { restUrl, privateUrl: `${wsUrl}/v5/private`, tradeUrl: `${wsUrl}/v5/trade` };
      return new BybitGateway({ category, account: 0, ...urls, limits: QUICK }, { ...ports, key: bybit.KEY });
    },
  };
}

export const VENUES: readonly Venue[] = [
  binanceVenue("spot"),
  binanceVenue("usdm"),
  okxVenue(),
  bybitVenue("spot"),
  bybitVenue("linear"),
];
