/** What a Binance account can do natively through its gateway; the engine emulates or denies the rest. */

import { NO_CAPABILITIES, type VenueCapabilities } from "../../engine/ports.ts";
import type { BinanceMarket } from "./fast_path.ts";
import type { GatewayLimits } from "./gateway_limits.ts";

/** The venue takes timestamps that are so far ahead of its clock. */
const AHEAD_US = 1_000_000;

/** Stops, good-till-date and icebergs are not sent natively yet; spot changes an order only by cancelling it. */
export function capabilitiesOf(market: BinanceMarket, limits: GatewayLimits): VenueCapabilities {
  return Object.freeze({
    ...NO_CAPABILITIES,
    amend: market === "usdm",
    amendKeepsQueueOnReduce: market === "usdm",
    postOnly: true,
    fillOrKill: true,
    reduceOnly: market === "usdm",
    cancelAll: true,
    deadMan: market === "usdm",
    privateStream: true,
    requestValidityUs: limits.recvWindowMs * 1_000 + AHEAD_US,
  });
}
