/** One live account at Binance, spot or USD-M. */

import type { RequestBudget } from "../wire/budget.ts";
import { LiveGateway, type LivePorts } from "../wire/live_gateway.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { binanceDialect } from "./gateway_dialect.ts";
import { type GatewayLimits, gatewayLimitsOf } from "./gateway_limits.ts";
import { venueOf } from "./naming.ts";
import type { BinanceKey } from "./order_sign.ts";

export interface GatewaySettings {
  readonly market: BinanceMarket;
  readonly account: number;
  /** Base of REST: `https://api.binance.com`, `https://fapi.binance.com`. */
  readonly restUrl: string;
  /** Base of the wallet's REST, which knows what a key may do; "" where there is none (test networks); usually `restUrl`. */
  readonly walletUrl?: string;
  /**
   * Spot: the whole address of the WebSocket API, `wss://ws-api.binance.com:443/ws-api/v3`. USD-M: the base of private
   * streams, `wss://fstream.binance.com/private`.
   */
  readonly privateUrl: string;
  readonly limits?: Partial<GatewayLimits>;
}

export interface GatewayPorts extends LivePorts {
  readonly key: BinanceKey;
  /** Weight of the address, shared with market data; one of its own when none is given. */
  readonly budget?: RequestBudget;
}

/** `LiveGateway` in Binance's words; it adds nothing to it. */
export class BinanceGateway extends LiveGateway {
  constructor(settings: GatewaySettings, ports: GatewayPorts) {
    const { market, account } = settings;
    const limits = gatewayLimitsOf(market, settings.limits);
    const parts = { ...settings, limits, key: ports.key, budget: ports.budget };
    super({ account, venue: venueOf(market), limits }, ports, (host) => binanceDialect(parts, host));
  }
}
