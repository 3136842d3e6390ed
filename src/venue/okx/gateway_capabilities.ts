/** What an OKX account can do natively through its gateway; the engine emulates or denies the rest. */

import { NO_CAPABILITIES, type VenueCapabilities } from "../../engine/ports.ts";
import type { GatewayLimits } from "./gateway_limits.ts";

/** How far our estimate of the venue's clock may be off. */
const CLOCK_US = 1_000_000;

/** Stops, trailing orders and icebergs are algo orders there, and not sent natively yet. */
export function capabilitiesOf(limits: GatewayLimits): VenueCapabilities {
  return Object.freeze({
    ...NO_CAPABILITIES,
    amend: true,
    amendKeepsQueueOnReduce: true,
    postOnly: true,
    fillOrKill: true,
    cancelAll: true,
    deadMan: true,
    privateStream: true,
    requestValidityUs: limits.validMs * 1_000 + CLOCK_US,
  });
}
