/** Where live accounts may trade and who may reach the gateway: nothing in the clear, no testnet key at production, no open door. */

import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import { ENVIRONMENTS, VENUE_URLS, type VenueUrls } from "./config_environments.ts";
import { type ConfigNode, pathText, positionAt } from "./config_node.ts";
import type { Path } from "./config_read.ts";
import type { Config, ProviderConfig } from "./config_schema.ts";

type VenueProvider = Exclude<ProviderConfig, { adapter: "sim" }>;
type Fail = (code: Code, detail: string, path: Path, hint: string) => void;

const FIELDS = ["wsUrl", "restUrl", "privateUrl", "walletUrl"] as const;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;

/** For a provider that a live account names. `path`: of the provider. */
export function checkPlaces(provider: VenueProvider, path: Path, fail: Fail): void {
  if (provider.environment === "production" && (provider as VenueUrls).walletUrl === "") {
    const detail = `${pathText([...path, "walletUrl"])} is empty: nobody would ask whether the key may withdraw`;
    fail(Code.ConfigValue, detail, [...path, "walletUrl"], "only test networks have none: take it out");
  }
  for (const field of FIELDS) {
    const text = (provider as VenueUrls)[field] ?? "";
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || (field === "walletUrl" && text === provider.restUrl)) continue; // Told of elsewhere.
    const at = [...path, field];
    if (/^(http|ws):$/.test(url.protocol) && !LOOPBACK.test(url.hostname)) {
      const detail = `${pathText(at)} is not encrypted: keys and prices of a live account would pass in the clear`;
      fail(Code.ConfigValue, detail, at, /^ws/.test(url.protocol) ? "wss://…" : "https://…");
    }
    const other = environmentOf(provider, field, url.host);
    if (other === undefined) continue;
    const detail = `${pathText(at)} is that of ${other}, and environment says ${provider.environment}`;
    fail(Code.ConfigValue, detail, at, `take it out, or write \`environment: ${other}\``);
  }
}

/** The other environment that a host is known to belong to. */
function environmentOf({ adapter, environment }: VenueProvider, field: (typeof FIELDS)[number], host: string) {
  const rows = VENUE_URLS[adapter];
  const hostOf = (name: (typeof ENVIRONMENTS)[number]) => new URL(rows?.[name][field] || "about:blank").host;
  if (rows === undefined || hostOf(environment) === host) return undefined;
  return ENVIRONMENTS.find((name) => hostOf(name) === host);
}

/** The door has a lock, but no walls: whoever listens on the way reads the token and may then trade. */
export function serverWarnings({ server: { host } }: Pick<Config, "server">, root: ConfigNode): Problem[] {
  if (LOOPBACK.test(host.toLowerCase())) return [];
  return [problem(Code.ServerExposed, `server.host is ${host}`, positionAt(root, ["server", "host"], {}))];
}
