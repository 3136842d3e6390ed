/** Binance's live gateway against the venue simulator: a market that stands still, two symbols, one account. */

import { createHmac } from "node:crypto";
import type { Simulator } from "../../exchange/simulator.ts";
import type { Instrument } from "../../model/instrument.ts";
import type { HostVenue } from "../wire/engine_host.testing.ts";
import type { LivePorts } from "../wire/live_gateway.ts";
import { LiveRig, type LiveRigMore } from "../wire/live_rig.testing.ts";
import { SECRET, startStill, stillInstrument } from "../wire/still_market.testing.ts";
import type { BinanceMarket } from "./fast_path.ts";
import { BinanceGateway } from "./gateway.ts";
import type { GatewayLimits } from "./gateway_limits.ts";
import { kindOf, venueOf } from "./naming.ts";
import type { BinanceKey } from "./order_sign.ts";

export { FETCH_CLIENT } from "../wire/live_ports.testing.ts";
export { ASK, BID, SECRET } from "../wire/still_market.testing.ts";
export const ASSETS = ["USDT", "BTC", "ETH", "BNB"];
const OPENING = { USDT: "1000000", BTC: "10", BNB: "5" };
const KEY: BinanceKey = {
  apiKey: "key-ann",
  sign: (payload) => createHmac("sha256", SECRET).update(payload).digest("hex"),
};

/** `publicKeyPem`: of an Ed25519 key that is called `key-ed`. */
export function stillSimulator(market: BinanceMarket, publicKeyPem?: string): Promise<Simulator> {
  const venue = market === "spot" ? "binance-spot" : "binance-usdm";
  const ed = { key: "key-ed", secret: "", mayTrade: true, mayWithdraw: false };
  const keys = publicKeyPem === undefined ? [] : [{ ...ed, publicKeyPem }];
  return startStill({ markets: [venue], venues: [venue], balances: OPENING, keys });
}

export function testInstrument(market: BinanceMarket, id: number, base: string): Instrument {
  const names = { name: `binance:${base}-USDT`, venue: venueOf(market), venueSymbol: `${base}USDT`, base };
  return stillInstrument(id, kindOf(market), names);
}

export interface RigMore extends LiveRigMore {
  readonly limits?: Partial<GatewayLimits>;
  readonly key?: BinanceKey;
  readonly walletUrl?: string;
}

export function testGateway(market: BinanceMarket, at: Simulator, ports: LivePorts, more: RigMore): BinanceGateway {
  const privateUrl = `${at.wsUrl}${market === "spot" ? "/ws-api/v3" : "/private"}`;
  const { limits = {}, key = KEY, walletUrl } = more;
  const wallet = walletUrl === undefined ? {} : { walletUrl };
  const settings = { market, account: 0, restUrl: at.url, privateUrl, limits: { tickMs: 5, ...limits }, ...wallet };
  return new BinanceGateway(settings, { ...ports, key });
}

export class GatewayRig extends LiveRig {
  constructor(simulator: Simulator, market: BinanceMarket, more: RigMore = {}) {
    const instruments = ["BTC", "ETH"].map((base, id) => testInstrument(market, id, base));
    super(simulator, ASSETS, instruments, more, (ports) => testGateway(market, simulator, ports, more));
  }
}

/** For an engine that trades one symbol. */
export function hostVenue(market: BinanceMarket, limits: Partial<GatewayLimits> = {}): HostVenue {
  const name = `binance-${market}`;
  const { USDT } = OPENING;
  return {
    ...{ name, truthName: name, assets: ASSETS, opening: market === "spot" ? OPENING : { USDT } },
    instruments: [testInstrument(market, 0, "BTC")],
    start: () => stillSimulator(market),
    gateway: (simulator, ports) => testGateway(market, simulator, ports, { limits }),
  };
}
