/** What no schema can see: names that must exist, limits that must be stated, strategies that must take their parameters. */

import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { Code } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import type { Position } from "../core/problem.ts";
import type { StrategyModule } from "../strategy/api.ts";
import { BUILT_IN } from "../strategy/builtin/index.ts";
import { INTERVAL_HINT, intervalUs } from "../strategy/interval.ts";
import { resolveParams } from "../strategy/params.ts";
import { checkDatabase, type DatabaseConfig } from "./config_database.ts";
import type { VenueUrls } from "./config_environments.ts";
import { instrumentsOf, providerOffers, venueOf } from "./config_instruments.ts";
import { checkLiveAccounts } from "./config_live.ts";
import { type ConfigNode, entryOf, keyPositionAt, nodeAt, pathText, positionAt } from "./config_node.ts";
import { checkOutbox, type OutboxConfig } from "./config_outbox.ts";
import type { ConfigReader, Path } from "./config_read.ts";
import type { AccountConfig, Config, InstanceConfig, LimitsConfig, ProviderConfig } from "./config_schema.ts";

/** What the schema let through: broken elements are left out, of lists as a hole. */
export interface SoundParts {
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  readonly accounts: Readonly<Record<string, AccountConfig>>;
  readonly limits: readonly (LimitsConfig | undefined)[];
  readonly instances: readonly (InstanceConfig | undefined)[];
  readonly database: DatabaseConfig | undefined;
  readonly outbox: Readonly<Record<string, OutboxConfig>> | undefined;
}

/** Notes every misfit between the parts in `reader`. `folder`: what strategy files are relative to. */
export function checkConfig(parts: SoundParts, root: ConfigNode, reader: ConfigReader, folder: string): void {
  new Checker(parts, root, reader, folder).run();
}

class Checker {
  constructor(
    readonly parts: SoundParts,
    readonly root: ConfigNode,
    readonly reader: ConfigReader,
    readonly folder: string,
  ) {}

  run(): void {
    const { parts } = this;
    this.#providers();
    for (const [name, account] of Object.entries(parts.accounts)) this.#account(name, account);
    checkLiveAccounts(parts, this.root, this.reader);
    checkDatabase(parts.database, this.root, this.reader);
    checkOutbox(parts.outbox, this.root, this.reader, this.folder);
    this.#limits();
    const seen = new Set<string>();
    for (const [index, instance] of parts.instances.entries()) {
      if (instance !== undefined) this.#instance(index, instance, seen);
    }
  }

  /** Two connections that give the same instrument would feed one book twice. */
  #providers(): void {
    const owner = new Map<string, string>();
    for (const [name, provider] of Object.entries(this.parts.providers)) {
      this.#urls(name, provider);
      const names = provider.adapter === "sim" ? provider.instruments : provider.symbols;
      for (const [index, symbol] of names.entries()) {
        const full = `${provider.adapter}:${symbol}`;
        const other = owner.get(full);
        if (other === undefined) owner.set(full, name);
        else {
          const list = provider.adapter === "sim" ? "instruments" : "symbols";
          const detail = `${symbol} of ${provider.adapter} comes from provider "${other}" already`;
          this.#fail(Code.ConfigValue, detail, ["providers", name, list, index], "name it in one provider only");
        }
      }
    }
  }

  /** A base URL is what paths are put behind: a place, without a path, a query or a name and password of its own. */
  #urls(name: string, provider: ProviderConfig): void {
    if (provider.adapter === "sim") return;
    for (const field of ["wsUrl", "restUrl", "privateUrl", "walletUrl"] as const) {
      const text = (provider as VenueUrls)[field] ?? "";
      // There is none, or it is REST's own.
      if (field === "walletUrl" && (text === "" || text === provider.restUrl)) continue;
      const url = URL.canParse(text) ? new URL(text) : undefined;
      const isPlain = url !== undefined && url.search + url.hash + url.username + url.password === "";
      if (isPlain && url.hostname !== "" && url.port !== "0") continue;
      const detail = `${text} is no base URL`;
      this.#fail(Code.ConfigValue, detail, ["providers", name, field], "for example https://api.binance.com");
    }
  }

  #account(name: string, account: AccountConfig): void {
    const path = ["accounts", name];
    this.#known("provider", account.provider, this.#names("providers"), [...path, "provider"]);
    for (const side of ["makerBps", "takerBps"] as const) {
      if (!/^-?0*\d{1,3}(\.|$)/.test(account.fees[side])) {
        const detail = `a fee of ${account.fees[side]} basis points is beyond 10 %`;
        this.#fail(Code.ConfigValue, detail, [...path, "fees", side], "in 1/10,000 of the value");
      }
    }
  }

  #limits(): void {
    const seen = new Set<string>();
    for (const [index, limits] of this.parts.limits.entries()) {
      if (limits === undefined) continue;
      const { scope, key } = limits;
      const path = ["limits", index];
      const again = `${scope} ${key ?? ""}`;
      if (seen.has(again)) this.#fail(Code.ConfigValue, `limits of ${again.trim()} are given twice`, path);
      seen.add(again);
      if (scope === "firm") {
        if (key !== undefined) this.#fail(Code.ConfigValue, "limits of the firm have no key", [...path, "key"]);
      } else if (key === undefined) {
        this.#fail(Code.ConfigMissing, `${pathText([...path, "key"])} is missing`, path, `name of the ${scope}`);
      } else if (scope === "instrument") this.#instrument(key, undefined, [...path, "key"]);
      else if (scope !== "venue")
        this.#known(scope, key, this.#names(scope === "account" ? "accounts" : "instances"), [...path, "key"]);
    }
  }

  #instance(index: number, instance: InstanceConfig, seen: Set<string>): void {
    const path = ["instances", index];
    if (seen.has(instance.name)) {
      this.#fail(Code.ConfigValue, `two instances are called "${instance.name}"`, [...path, "name"], "rename one");
    }
    seen.add(instance.name);
    for (const [name, market] of Object.entries(instance.markets)) {
      const at = [...path, "markets", name];
      if (this.#known("account", market.account, this.#names("accounts"), [...at, "account"])) {
        const provider = this.parts.accounts[market.account]?.provider;
        this.#instrument(market.instrument, provider, [...at, "instrument"]);
      }
      if (market.tf !== undefined && intervalUs(market.tf) === undefined) {
        this.#fail(Code.ConfigValue, `"${market.tf}" is no interval`, [...at, "tf"], INTERVAL_HINT);
      }
    }
    this.#strategy(instance, path);
  }

  /** A strategy by name is checked here; a file when it is loaded, since that runs its code. */
  #strategy(instance: InstanceConfig, path: Path): void {
    const name = instance.strategy;
    const at = [...path, "strategy"];
    if (Object.hasOwn(BUILT_IN, name)) this.#parameters(BUILT_IN[name] as StrategyModule, instance, path);
    else if (!/[/\\]|\.[jt]s$/.test(name)) this.#known("strategy", name, Object.keys(BUILT_IN), at);
    else if (!existsSync(isAbsolute(name) ? name : resolve(this.folder, name))) {
      this.#fail(Code.FileNotFound, `there is no strategy file ${name}`, at, `looked for in ${this.folder}`);
    }
  }

  #parameters({ definition }: StrategyModule, instance: InstanceConfig, path: Path): void {
    const wanted = Object.keys(definition.markets);
    const unknown = Object.keys(instance.markets).filter((name) => !wanted.includes(name));
    for (const name of unknown) {
      const detail = `${definition.name} has no market "${name}"`;
      const at = keyPositionAt(this.root, [...path, "markets", name], {});
      this.reader.fail(Code.ConfigKeyUnknown, detail, at, nearestHint(name, wanted));
    }
    for (const name of wanted.filter((market) => !Object.hasOwn(instance.markets, market))) {
      if (unknown.length > 0) break; // Most likely a mistyped one, which is said already.
      const detail = `${pathText([...path, "markets", name])} is missing: ${definition.name} trades it`;
      this.#fail(Code.ConfigMissing, detail, [...path, "markets"], `${name}: {instrument: …, account: …}`);
    }
    // One by one first, so that each fault stands where its parameter stands.
    const { validate: _, ...alone } = definition;
    const before = this.reader.problems.length;
    for (const [name, value] of Object.entries(instance.params)) {
      const known = Object.hasOwn(definition.params ?? {}, name);
      const at = (known ? positionAt : keyPositionAt)(this.root, [...path, "params", name], {});
      this.#resolved(resolveParams(alone, { [name]: value }), at);
    }
    if (this.reader.problems.length === before) {
      this.#resolved(resolveParams(definition, instance.params), this.#at([...path, "params"]));
    }
  }

  #resolved(result: ReturnType<typeof resolveParams>, at: Position): void {
    if (result.ok) return;
    for (const found of result.problems) this.reader.problems.push({ ...found, ...at });
  }

  /** True when `instrument` may be one of the provider's, or of any when none is said. */
  #instrument(instrument: string, provider: string | undefined, path: Path): boolean {
    const providers = Object.entries(this.parts.providers).filter(
      ([name]) => provider === undefined || name === provider,
    );
    // A broken or unknown provider has its own problem already.
    if (providers.length === 0) return true;
    if (provider === undefined && providers.length < this.#names("providers").length) return true;
    if (providers.some(([, each]) => providerOffers(each, instrument))) return true;
    const known = providers.flatMap(([, each]) => instrumentsOf(each));
    const from = provider === undefined ? "no provider has" : `provider "${provider}" does not have`;
    const venue = providers.map(([, each]) => `${venueOf(each)}:`);
    const hint = nearestHint(instrument, known) || `instruments of it begin with ${[...new Set(venue)].join(", ")}`;
    this.#fail(Code.ConfigValue, `${from} instrument "${instrument}"`, path, hint);
    return false;
  }

  #known(what: string, name: string, known: readonly string[], path: Path): boolean {
    if (known.includes(name)) return true;
    this.#fail(Code.ConfigValue, `there is no ${what} "${name}"`, path, nearestHint(name, known));
    return false;
  }

  /** Names in the tree: also those whose definition is broken, which has a problem of its own. */
  #names(section: keyof Config): readonly string[] {
    const node = nodeAt(this.root, [section]);
    if (node?.kind === "map") return node.entries.map((entry) => entry.key);
    if (node?.kind !== "list") return [];
    return node.items.flatMap((item) => {
      const name = entryOf(item, "name")?.value;
      return name?.kind === "text" ? [name.text] : [];
    });
  }

  #fail(code: Code, detail: string, path: Path, hint?: string): void {
    this.reader.fail(code, detail, this.#at(path), hint);
  }

  #at(path: Path): Position {
    return positionAt(this.root, path, {});
  }
}
