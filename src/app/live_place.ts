/** Where an account trades and by which key, as one short text: who armed it for a testnet has not armed it for more. */

import { createHash } from "node:crypto";
import type { VenueUrls } from "./config_environments.ts";
import type { ProviderConfig } from "./config_schema.ts";

const DIGITS = 16;

/** Another venue, environment, address or key is another place. `apiKey`: its public name, of which only a hash is left. */
export function livePlace(provider: Exclude<ProviderConfig, { adapter: "sim" }>, apiKey: string): string {
  const { adapter, environment, restUrl, wsUrl, privateUrl } = provider;
  const { walletUrl = "" } = provider as VenueUrls;
  const place = JSON.stringify([adapter, environment, restUrl, wsUrl, privateUrl, walletUrl, apiKey]);
  return createHash("sha256").update(`meltica place ${place}`).digest("hex").slice(0, DIGITS);
}
