/** Whether real money can be behind a provider's addresses. In doubt it can. */

import { type Environment, VENUE_URLS, type VenueUrls } from "./config_environments.ts";

export interface PointedAt extends VenueUrls {
  readonly adapter: string;
  readonly environment: Environment;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * True when all addresses are this machine, or known ones of a testnet or demo. An address that a demo shares with
 * production counts only where the configuration says that it is not production: the adapter then tells the venue so.
 */
export function isHarmless(provider: PointedAt): boolean {
  const { adapter, environment, restUrl, wsUrl, privateUrl, walletUrl = "" } = provider;
  const rows = Object.hasOwn(VENUE_URLS, adapter) ? VENUE_URLS[adapter] : undefined;
  const hostsOf = (of: readonly Environment[]) =>
    rows === undefined
      ? []
      : of.flatMap((each) => Object.values(rows[each]).flatMap((url) => (url === "" ? [] : [hostOf(url)])));
  const play = hostsOf(["testnet", "demo"]);
  const real = hostsOf(["production"]);
  return [restUrl, wsUrl, privateUrl, ...(walletUrl === "" ? [] : [walletUrl])].every((url) => {
    const host = hostOf(url);
    if (LOOPBACK.test(host)) return true;
    return play.includes(host) && (environment !== "production" || !real.includes(host));
  });
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? "";
}
