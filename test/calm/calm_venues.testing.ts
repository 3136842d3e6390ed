/** The venues of the calm tests: their simulators, one instrument of each, and a gateway with the limits that users have. */

import type { GatewayLimits as BinanceLimits } from "../../src/venue/binance/gateway_limits.ts";
import * as binance from "../../src/venue/binance/gateway_rig.testing.ts";
import type { Category } from "../../src/venue/bybit/category.ts";
import * as bybit from "../../src/venue/bybit/gateway_rig.testing.ts";
import * as okx from "../../src/venue/okx/gateway_rig.testing.ts";
import type { HostVenue } from "../../src/venue/wire/engine_host.testing.ts";

const QUICK = { reconnect: { waitUsMin: 20_000, firstUsMax: 100_000, waitUsMax: 1_000_000 } };

export function binanceVenue(market: "spot" | "usdm", limits: Partial<BinanceLimits> = {}): HostVenue {
  return binance.hostVenue(market, { ...QUICK, ...limits });
}

export function okxVenue(): HostVenue {
  return okx.hostVenue(QUICK, [{ ...okx.testInstrument(okx.SWAP), id: 0 }]);
}

export function bybitVenue(category: Category): HostVenue {
  return bybit.hostVenue(category, QUICK);
}

export const VENUES: readonly HostVenue[] = [
  binanceVenue("spot"),
  binanceVenue("usdm"),
  okxVenue(),
  bybitVenue("spot"),
  bybitVenue("linear"),
];
