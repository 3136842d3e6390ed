/** What a Bybit account can do natively through its gateway; the engine emulates or denies the rest. */

import { NO_CAPABILITIES, type VenueCapabilities } from "../../engine/ports.ts";
import type { Category } from "./category.ts";
import type { GatewayLimits } from "./gateway_limits.ts";

/** The venue takes timestamps that are so far ahead of its clock. */
const AHEAD_US = 1_000_000;

/**
 * Stops, good-till-date and icebergs are not sent natively yet. The venue's protection against disconnection is for chosen
 * clients, and no switch that a healthy engine renews: the watchdog stands in for it.
 */
export function capabilitiesOf(category: Category, limits: GatewayLimits): VenueCapabilities {
  return Object.freeze({
    ...NO_CAPABILITIES,
    amend: true,
    postOnly: true,
    fillOrKill: true,
    reduceOnly: category === "linear",
    cancelAll: true,
    privateStream: true,
    requestValidityUs: limits.recvWindowMs * 1_000 + AHEAD_US + limits.settleUs,
  });
}
