/** What a live account must say, and what it must not: its venue, its key, nothing that belongs to paper. */

import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import { isOfEnvironment } from "./config_environments.ts";
import { canonicalJson } from "./config_limits.ts";
import { type ConfigNode, keyPositionAt, nodeAt, pathText, positionAt } from "./config_node.ts";
import { checkPlaces } from "./config_places.ts";
import type { ConfigReader, Path } from "./config_read.ts";
import type { AccountConfig, Config, ProviderConfig } from "./config_schema.ts";
import { KEY_PART_NAMES, type KeyRefs } from "./config_secrets.ts";
import { LIVE_VENUES } from "./live_venues.ts";

interface Parts {
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  readonly accounts: Readonly<Record<string, AccountConfig>>;
}

const OF_PAPER = ["balances", "fees", "latency", "faults"];

/** Notes every misfit in `reader`, at the place where it stands. */
export function checkLiveAccounts({ providers, accounts }: Parts, root: ConfigNode, reader: ConfigReader): void {
  const fail = (code: Code, detail: string, path: Path, hint: string, at = positionAt(root, path, {})) =>
    reader.fail(code, detail, at, hint);
  const owners = new Map<string, string>();
  for (const [name, account] of Object.entries(accounts)) {
    const path = ["accounts", name];
    if (account.mode !== "live") {
      const found = [...KEY_PART_NAMES, "watchdog"].find((part) => nodeAt(root, [...path, part]) !== undefined);
      if (found === undefined) continue;
      const at = keyPositionAt(root, [...path, found], {});
      fail(Code.ConfigValue, `account "${name}" trades on paper: it needs no ${found}`, path, "or `mode: live`", at);
      continue;
    }
    for (const part of OF_PAPER) {
      if (nodeAt(root, [...path, part]) === undefined) continue;
      const at = keyPositionAt(root, [...path, part], {});
      const hint = "take it out: the venue says it";
      fail(Code.ConfigValue, `${part} of account "${name}": that is for paper accounts`, path, hint, at);
    }
    const provider = providers[account.provider];
    if (provider === undefined) continue; // It has a problem of its own.
    const venue = Object.hasOwn(LIVE_VENUES, provider.adapter) ? LIVE_VENUES[provider.adapter] : undefined;
    if (venue === undefined) {
      const hint = `adapters that trade live: ${Object.keys(LIVE_VENUES).join(", ")}`;
      fail(Code.ConfigValue, `${provider.adapter} has no live accounts`, [...path, "provider"], hint);
      continue;
    }
    if (provider.adapter !== "sim") checkPlaces(provider, ["providers", account.provider], fail);
    checkAddresses(account.provider, root, fail);
    checkKey(account, path, venue.hasPassphrase, fail);
    if (account.watchdog !== undefined) {
      checkKey(account.watchdog, [...path, "watchdog"], venue.hasPassphrase, fail);
    }
    const key = `${account.provider} ${canonicalJson(account.apiKey)}`;
    const other = owners.get(key);
    if (other === undefined) owners.set(key, name);
    else if (account.apiKey !== undefined) {
      const hint = "one account at the venue is one account here: let both strategies name it";
      fail(Code.ConfigValue, `account "${other}" has the same key`, [...path, "apiKey"], hint);
    }
  }
}

/** A key must not be shown at two places because one address was changed and the other was forgotten. */
function checkAddresses(provider: string, root: ConfigNode, fail: Fail): void {
  const isGiven = (name: string) => {
    const node = nodeAt(root, ["providers", provider, name]);
    return node !== undefined && !isOfEnvironment(node);
  };
  for (const [one, other] of [
    ["restUrl", "privateUrl"],
    ["privateUrl", "restUrl"],
  ] as const) {
    if (!isGiven(one) || isGiven(other)) continue;
    const detail = `provider "${provider}" has a ${one} of its own and the usual ${other}: the key would go to both`;
    fail(Code.ConfigMissing, detail, ["providers", provider, one], `give ${other} as well`);
  }
}

type Fail = (code: Code, detail: string, path: Path, hint: string) => void;

function checkKey(keys: KeyRefs, path: Path, hasPassphrase: boolean, fail: Fail): void {
  const form = (part: string) => `${part}: {file: …}, {env: …} or {store: …}`;
  const missing = (part: string) =>
    fail(Code.ConfigMissing, `${pathText([...path, part])} is missing`, path, form(part));
  if (keys.apiKey === undefined) missing("apiKey");
  if (keys.secret === undefined && keys.privateKey === undefined) missing("secret");
  if (keys.secret !== undefined && keys.privateKey !== undefined) {
    const hint = "secret is for HMAC keys, privateKey for Ed25519";
    fail(Code.ConfigValue, `${pathText(path)} has both secret and privateKey`, [...path, "privateKey"], hint);
  }
  if (hasPassphrase && keys.passphrase === undefined) missing("passphrase");
  if (!hasPassphrase && keys.passphrase !== undefined) {
    fail(Code.ConfigValue, "this venue's keys have no passphrase", [...path, "passphrase"], "take it out");
  }
  for (const part of KEY_PART_NAMES) {
    const ref = keys[part];
    if (ref === undefined || Object.keys(ref).length === 1) continue;
    const detail = `${pathText([...path, part])} must name one place`;
    fail(Code.ConfigValue, detail, [...path, part], "either file, or env, or store");
  }
}

/** Live accounts that nothing can arm. */
export function liveWarnings(config: Config, root: ConfigNode): Problem[] {
  const names = Object.entries(config.accounts).flatMap(([name, { mode }]) => (mode === "live" ? [name] : []));
  if (config.live || names.length === 0) return [];
  const at = positionAt(root, ["live"], {});
  return [problem(Code.LiveNotAllowed, `${names.join(", ")}: cannot be armed while \`live\` is false`, at)];
}
