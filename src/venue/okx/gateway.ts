/** One live account at OKX: spot and swaps together. */

import { LiveGateway, type LivePorts } from "../wire/live_gateway.ts";
import { OKX, okxDialect } from "./gateway_dialect.ts";
import { type GatewayLimits, gatewayLimitsOf } from "./gateway_limits.ts";
import type { TradeMode } from "./order_args.ts";
import type { OkxKey } from "./order_sign.ts";

export interface GatewaySettings {
  readonly account: number;
  /** Base of REST: `https://www.okx.com`; other regions have others. */
  readonly restUrl: string;
  /** The whole address of the private socket: `wss://ws.okx.com:8443/ws/v5/private`. */
  readonly privateUrl: string;
  /** The venue's demo: its own keys, its own private address, the same REST. */
  readonly isDemo?: boolean;
  /** How swaps are margined: `cross` when it is not said. */
  readonly mode?: TradeMode;
  /**
   * Cash that moved since then without a fill is told: what the books know already, a while before the last record of them,
   * but never before the account was opened in them. Absent: since the private stream is up, and reconciliation finds the rest.
   */
  readonly cashSinceUs?: number;
  readonly limits?: Partial<GatewayLimits>;
}

export interface GatewayPorts extends LivePorts {
  readonly key: OkxKey;
}

/** `LiveGateway` in OKX's words; it adds nothing to it. */
export class OkxGateway extends LiveGateway {
  constructor(settings: GatewaySettings, ports: GatewayPorts) {
    const { account, mode = "cross", isDemo = false } = settings;
    const limits = gatewayLimitsOf(settings.limits);
    const cashSinceMs = Math.floor((settings.cashSinceUs ?? 0) / 1_000);
    const parts = { ...settings, mode, isDemo, limits, cashSinceMs, key: ports.key };
    super({ account, venue: OKX, limits }, ports, (host) => okxDialect(parts, host));
  }
}
