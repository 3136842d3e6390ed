/** OKX's live gateway against the venue simulator: a market that stands still, two spot markets, two swaps, one account. */

import { createHmac } from "node:crypto";
import type { Simulator } from "../../exchange/simulator.ts";
import type { Instrument } from "../../model/instrument.ts";
import { InstrumentKind } from "../../model/order.ts";
import type { HostVenue } from "../wire/engine_host.testing.ts";
import type { LivePorts } from "../wire/live_gateway.ts";
import { LiveRig, type LiveRigMore } from "../wire/live_rig.testing.ts";
import { PASSPHRASE, SECRET, startStill, stillInstrument } from "../wire/still_market.testing.ts";
import { OkxGateway } from "./gateway.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import type { OkxKey } from "./order_sign.ts";

export { FETCH_CLIENT } from "../wire/live_ports.testing.ts";
export { ASK, BID, SECRET } from "../wire/still_market.testing.ts";
export const ASSETS = ["USDT", "BTC", "ETH"];
const OPENING = { USDT: "1000000", BTC: "10" };
/** Instruments of the rig by number. */
export const SPOT = 0;
export const SWAP = 2;
/** A contract is 0.0001, a lot a tenth of it. */
const SWAP_SIZES = { qtyScale: 1, qtyDecimals: 1, contractSize: 1, contractScale: 4 };

export function stillSimulator(): Promise<Simulator> {
  return startStill({ markets: ["binance-spot", "binance-usdm"], venues: ["okx"], balances: OPENING });
}

export function testInstrument(id: number): Instrument {
  const base = id % 2 === 0 ? "BTC" : "ETH";
  const isSwap = id >= SWAP;
  const name = `okx:${base}-USDT${isSwap ? "-PERP" : ""}`;
  const names = { name, venue: "okx", venueSymbol: `${base}-USDT${isSwap ? "-SWAP" : ""}` };
  return stillInstrument(id, isSwap ? InstrumentKind.LinearPerpetual : InstrumentKind.Spot, {
    ...names,
    ...(isSwap ? SWAP_SIZES : {}),
  });
}

export function testInstruments(): Instrument[] {
  return [SPOT, SPOT + 1, SWAP, SWAP + 1].map(testInstrument);
}

export function testKey(apiKey = "key-ann", secret = SECRET, passphrase = PASSPHRASE): OkxKey {
  return { apiKey, passphrase, sign: (text) => createHmac("sha256", secret).update(text).digest("base64") };
}

export interface RigMore extends LiveRigMore {
  readonly limits?: Partial<GatewayLimits>;
  readonly key?: OkxKey;
  readonly cashSinceUs?: number;
}

export function testGateway(at: Simulator, ports: LivePorts, more: RigMore): OkxGateway {
  const { limits = {}, key = testKey(), cashSinceUs } = more;
  const cash = cashSinceUs === undefined ? {} : { cashSinceUs };
  const urls = { restUrl: at.url, privateUrl: `${at.wsUrl}/ws/v5/private` };
  const settings = { account: 0, ...urls, ...cash, limits: { tickMs: 5, ...limits } };
  return new OkxGateway(settings, { ...ports, key });
}

export class GatewayRig extends LiveRig {
  constructor(simulator: Simulator, more: RigMore = {}) {
    super(simulator, ASSETS, testInstruments(), more, (ports) => testGateway(simulator, ports, more));
  }
}

/** For an engine that trades spot and swaps. */
export function hostVenue(limits: Partial<GatewayLimits> = {}, instruments = testInstruments()): HostVenue {
  return {
    ...{ name: "okx", truthName: "okx", assets: ASSETS, opening: OPENING, instruments },
    start: stillSimulator,
    gateway: (simulator, ports, cashSinceUs) => testGateway(simulator, ports, { cashSinceUs, limits }),
  };
}
