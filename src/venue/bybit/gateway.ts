/** One live account at Bybit, spot or linear contracts. */

import type { RequestBudget } from "../wire/budget.ts";
import { LiveGateway, type LivePorts } from "../wire/live_gateway.ts";
import { type Category, venueOf } from "./category.ts";
import { bybitDialect } from "./gateway_dialect.ts";
import { type GatewayLimits, gatewayLimitsOf } from "./gateway_limits.ts";
import type { BybitKey } from "./order_sign.ts";

export interface GatewaySettings {
  readonly category: Category;
  readonly account: number;
  /** Base of REST: `https://api.bybit.com`. */
  readonly restUrl: string;
  /** `wss://stream.bybit.com/v5/private`. */
  readonly privateUrl: string;
  /** `wss://stream.bybit.com/v5/trade`. Without it orders go by REST: demo accounts have none. */
  readonly tradeUrl?: string;
  /**
   * Cash that moved since then without a fill is told: what the books know already, a while before the last record of them,
   * but never before the account was opened in them. Absent: since the private stream is up, and reconciliation finds the rest.
   */
  readonly cashSinceUs?: number;
  readonly limits?: Partial<GatewayLimits>;
}

export interface GatewayPorts extends LivePorts {
  readonly key: BybitKey;
  /** Requests of the address, shared with market data; one of its own when none is given. */
  readonly budget?: RequestBudget;
}

/** `LiveGateway` in Bybit's words; it adds nothing to it. */
export class BybitGateway extends LiveGateway {
  constructor(settings: GatewaySettings, ports: GatewayPorts) {
    const { category, account } = settings;
    const limits = gatewayLimitsOf(category, settings.limits);
    const venue = venueOf(category);
    const symbols = () => ports.instruments.all().flatMap((each) => (each.venue === venue ? [each.venueSymbol] : []));
    const { restUrl, privateUrl, tradeUrl } = settings;
    const urls = { restUrl, privateUrl, tradeUrl };
    const cashSinceMs = Math.floor((settings.cashSinceUs ?? 0) / 1_000);
    const parts = { category, ...urls, limits, key: ports.key, budget: ports.budget, cashSinceMs, symbols };
    super({ account, venue, limits }, ports, (host) => bybitDialect(parts, host));
  }
}
