/** Bybit's live gateway against the venue simulator: a market that stands still, two symbols, one account. */

import { createHmac } from "node:crypto";
import type { Simulator } from "../../exchange/simulator.ts";
import type { Instrument } from "../../model/instrument.ts";
import type { HostVenue } from "../wire/engine_host.testing.ts";
import type { LivePorts } from "../wire/live_gateway.ts";
import { LiveRig, type LiveRigMore } from "../wire/live_rig.testing.ts";
import { SECRET, startStill, stillInstrument } from "../wire/still_market.testing.ts";
import { type Category, kindOf, venueOf } from "./category.ts";
import { BybitGateway } from "./gateway.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import type { BybitKey } from "./order_sign.ts";

export { FETCH_CLIENT } from "../wire/live_ports.testing.ts";
export { ASK, BID, SECRET } from "../wire/still_market.testing.ts";
export const ASSETS = ["USDT", "BTC", "ETH"];
const OPENING = { USDT: "1000000", BTC: "10" };
const KEY: BybitKey = {
  apiKey: "key-ann",
  sign: (payload) => createHmac("sha256", SECRET).update(payload).digest("hex"),
};

export function stillSimulator(category: Category): Promise<Simulator> {
  const venue = category === "spot" ? "binance-spot" : "binance-usdm";
  return startStill({ markets: [venue], venues: [venue, "bybit"], balances: OPENING });
}

export function testInstrument(category: Category, id: number, base: string): Instrument {
  const names = { name: `bybit:${base}-USDT`, venue: venueOf(category), venueSymbol: `${base}USDT`, base };
  return stillInstrument(id, kindOf(category), names);
}

export interface RigMore extends LiveRigMore {
  readonly limits?: Partial<GatewayLimits>;
  readonly key?: BybitKey;
  /** Orders go by REST. */
  readonly isRestOnly?: boolean;
  readonly tradePath?: string;
  readonly cashSinceUs?: number;
}

export function testGateway(category: Category, at: Simulator, ports: LivePorts, more: RigMore): BybitGateway {
  const { limits = {}, key = KEY, isRestOnly = false, tradePath = "/v5/trade", cashSinceUs = 0 } = more;
  const trade = isRestOnly ? {} : { tradeUrl: `${at.wsUrl}${tradePath}` };
  const urls = { restUrl: at.url, privateUrl: `${at.wsUrl}/v5/private`, ...trade };
  const settings = { category, account: 0, ...urls, cashSinceUs, limits: { tickMs: 5, ...limits } };
  return new BybitGateway(settings, { ...ports, key });
}

export class GatewayRig extends LiveRig {
  constructor(simulator: Simulator, category: Category, more: RigMore = {}) {
    const instruments = ["BTC", "ETH"].map((base, id) => testInstrument(category, id, base));
    super(simulator, ASSETS, instruments, more, (ports) => testGateway(category, simulator, ports, more));
  }
}

/** For an engine that trades one symbol. */
export function hostVenue(category: Category, limits: Partial<GatewayLimits> = {}): HostVenue {
  return {
    ...{ name: `bybit-${category}`, truthName: "bybit", assets: ASSETS, opening: OPENING },
    instruments: [testInstrument(category, 0, "BTC")],
    start: () => stillSimulator(category),
    gateway: (simulator, ports, cashSinceUs) => testGateway(category, simulator, ports, { limits, cashSinceUs }),
  };
}
