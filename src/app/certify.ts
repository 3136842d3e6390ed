/** A certification put together: an adapter at the simulator, or a provider of the configuration with a live account's key. */

import { hostname } from "node:os";
import type { Adapter } from "../certify/adapter.ts";
import { ADAPTERS, adapterOf, rowOf } from "../certify/adapters.ts";
import type { CardSpec } from "../certify/card.ts";
import { RealVenue } from "../certify/real.ts";
import { type CertificationReport, type Certified, reportOf } from "../certify/report.ts";
import { simulatedSubject } from "../certify/simulated.ts";
import { runSuite, type SuiteOptions } from "../certify/suite.ts";
import { Code } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { isHarmless, type PointedAt } from "./certify_urls.ts";
import type { Config } from "./config_schema.ts";
import { openKey } from "./live_keys.ts";

export interface CertifyOptions {
  readonly version: string;
  readonly commit: string;
  readonly cards?: readonly CardSpec[];
  readonly onCard?: SuiteOptions["onCard"];
}

export interface ProviderChoice {
  readonly config: Config;
  readonly provider: string;
  /** Whose key is used; undefined: the only live account of the provider. */
  readonly account: string | undefined;
  readonly withRealMoney: boolean;
}

/** Throws ProblemError: no such adapter. */
export async function certifySimulated(venue: string, options: CertifyOptions): Promise<CertificationReport> {
  const names = ADAPTERS.map((each) => each.venue);
  const adapter = adapterOf(venue);
  if (adapter === undefined) {
    const hint = nearestHint(venue, names) || names.join(", ");
    throw new ProblemError(problem(Code.Usage, `no adapter is called "${venue}"`, {}, hint));
  }
  const certified = certifiedOf(adapter, "simulated", "the simulator, in this process", options);
  return reportOf(certified, await runSuite(simulatedSubject(adapter), suiteOf(options)));
}

/** Throws ProblemError: whatever keeps it from beginning. Orders are sent to where the provider points. */
export async function certifyProvider(choice: ProviderChoice, options: CertifyOptions): Promise<CertificationReport> {
  const { config, provider: name, withRealMoney } = choice;
  const provider = config.providers[name];
  if (provider === undefined) throw missing(`no provider is called "${name}"`, name, Object.keys(config.providers));
  const adapter = provider.adapter === "sim" ? undefined : rowOf(provider.adapter, provider.symbols[0] ?? "");
  if (provider.adapter === "sim" || adapter === undefined) {
    const hint = `adapters: ${ADAPTERS.map((each) => each.venue).join(", ")}`;
    throw new ProblemError(problem(Code.Usage, `provider ${name} has the adapter ${provider.adapter}`, {}, hint));
  }
  if (!withRealMoney && !isHarmless(provider)) {
    throw new ProblemError(problem(Code.RealMoney, `provider ${name} points at ${hostOf(provider.restUrl)}`));
  }
  const numbers = { order: 0, query: 0 };
  const venue = await RealVenue.open({
    adapter,
    urls: urlsOf(provider),
    key: openKey(config, accountOf(choice)),
    symbols: symbolsOf(provider.symbols, adapter),
    epoch: Math.floor(Date.now() / 1_000) & CLIENT_EPOCH_MASK,
    numbers,
  });
  try {
    const certified = certifiedOf(adapter, name, hostOf(provider.restUrl), options);
    const cardMsMax = CARD_MS_MAX;
    return reportOf(certified, await runSuite(venue.subject, { ...suiteOf(options), numbers, cardMsMax }));
  } finally {
    venue.close();
  }
}

/** A card may have to wait for limits of the address, twice. */
const CARD_MS_MAX = 240_000;
/** Half a year passes before an epoch returns. */
const CLIENT_EPOCH_MASK = 0xff_ffff;

function accountOf({ config, provider, account }: ProviderChoice): string {
  const names = Object.entries(config.accounts)
    .filter(([, each]) => each.mode === "live" && each.provider === provider)
    .map(([name]) => name);
  if (account !== undefined && names.includes(account)) return account;
  if (account !== undefined) throw missing(`no live account "${account}" trades on ${provider}`, account, names);
  const [only, second] = names;
  if (only !== undefined && second === undefined) return only;
  const hint = only === undefined ? "give it one: mode: live, and its key" : `--account ${names.join("|")}`;
  const detail = only === undefined ? `no live account trades on ${provider}` : `${names.length} live accounts do`;
  throw new ProblemError(problem(Code.ConfigMissing, detail, {}, hint));
}

/** The first is traded. */
function symbolsOf([first, second]: readonly string[], adapter: Adapter): readonly [string, string] {
  const other = ["BTC", "ETH"].map((base) => adapter.symbolOf(base, "USDT")).find((symbol) => symbol !== first);
  return [first as string, second ?? (other as string)];
}

function urlsOf({ restUrl, wsUrl, privateUrl, walletUrl, environment }: PointedAt) {
  const plain = (url: string) => url.replace(/\/+$/, "");
  const all = { restUrl: plain(restUrl), wsUrl: plain(wsUrl), privateUrl: plain(privateUrl) };
  return { ...all, ...(walletUrl === undefined ? {} : { walletUrl: plain(walletUrl) }), environment };
}

function suiteOf({ cards, onCard }: CertifyOptions): SuiteOptions {
  return { ...(cards === undefined ? {} : { cards }), ...(onCard === undefined ? {} : { onCard }) };
}

function certifiedOf(
  adapter: Adapter,
  provider: string,
  venue: string,
  { version, commit }: CertifyOptions,
): Certified {
  return {
    adapter: adapter.venue,
    provider,
    venue,
    version,
    commit,
    startedAt: new Date().toISOString(),
    host: hostname(),
    runtime: `bun ${Bun.version}, ${process.platform}-${process.arch}`,
  };
}

function hostOf(url: string): string {
  return new URL(url).origin;
}

function missing(detail: string, name: string, names: readonly string[]): ProblemError {
  return new ProblemError(problem(Code.NotFound, detail, {}, nearestHint(name, names) || names.join(", ")));
}
