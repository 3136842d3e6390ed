/** Where a path leads: which venue, which kind of connection, and the path without the venue's prefix. */

import type { SimVenue } from "./feed.ts";
import type { Route } from "./stream_name.ts";

export interface Destination {
  readonly kind: "socket" | "rest";
  readonly venue: SimVenue;
  readonly route: Route;
  readonly path: string;
}

/**
 * Spot stands at `/ws`, `/stream` and `/api`; USD-M at `/public/…`, `/market/…` and `/fapi`. A prefix `/spot` or `/usdm`
 * may precede either, and `/usdm/ws`, `/usdm/stream` carry all of USD-M. Undefined: a venue that is not served.
 */
export function routeOf(path: string, venues: readonly SimVenue[]): Destination | undefined {
  if (venues.length === 0) return undefined;
  const prefix = /^\/(spot|usdm)(?=\/)/.exec(path)?.[1];
  const rest = prefix === undefined ? path : path.slice(prefix.length + 1);
  const part = /^\/(public|market)(?=\/(?:ws|stream)(?:[/?]|$))/.exec(rest)?.[1] as Route | undefined;
  const place = part === undefined ? rest : rest.slice(part.length + 1);
  const isSocket = /^\/(?:ws|stream)(?:[/?]|$)/.test(place);
  const isUsdm =
    prefix === "usdm" || part !== undefined || place.startsWith("/fapi/") || !venues.includes("binance-spot");
  const venue: SimVenue = isUsdm && prefix !== "spot" ? "binance-usdm" : "binance-spot";
  if (isSocket && !venues.includes(venue)) return undefined;
  return { kind: isSocket ? "socket" : "rest", venue, route: part ?? "all", path: place };
}
