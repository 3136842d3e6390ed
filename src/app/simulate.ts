/** The venue simulator put together: captured files or the synthetic market behind the venues' own protocols. */

import { readFileSync } from "node:fs";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { type Feed, marketsOf, type ServedVenue, type SimVenue } from "../exchange/feed.ts";
import type { Message } from "../exchange/message.ts";
import { type Simulator, type SimulatorStatus, startSimulator } from "../exchange/simulator.ts";
import { SyntheticFeed } from "../exchange/synthetic_feed.ts";
import type { AccountSpec } from "../exchange/trading/account.ts";
import { defaultAccount, parseAccounts } from "../exchange/trading/accounts_file.ts";
import { SyntheticInstrument } from "../match/synthetic.ts";
import { defaultSpecs } from "../match/synthetic_specs.ts";
import { makeCertificate } from "./simulate_tls.ts";

/** What the default account has some of. */
const ASSETS: readonly string[] = Object.freeze(["USDT", "USDC", "BTC", "ETH", "BNB", "SOL", "XRP"]);

/** What the verb `simulate` takes. */
export interface SimulateOptions {
  /** At least one. */
  readonly venues: readonly ServedVenue[];
  /** Capture files, or `synthetic`. */
  readonly feed: readonly string[] | "synthetic";
  readonly speed: number;
  readonly host: string;
  readonly port: number;
  readonly seed: number;
  readonly faults: Message;
  readonly loop: boolean;
  readonly start: "on-subscribe" | "now" | undefined;
  readonly exchangeInfoFiles: readonly string[];
  /** A file of accounts; undefined: one account whose keys follow from the seed. */
  readonly accountsFile: string | undefined;
  /** A folder for certificate and key: serves https and wss. */
  readonly tlsFolder: string | undefined;
  readonly onEnd: (status: SimulatorStatus) => void;
}

/** What was started, and what a client needs to trade there. */
export interface Simulated {
  readonly simulator: Simulator;
  /** The account that is there without a file. */
  readonly account: AccountSpec | undefined;
  /** What clients of a simulator with TLS must trust. */
  readonly certFile: string | undefined;
}

/** Throws ProblemError as `startSimulator` does. A synthetic market begins at once, a capture with its first client. */
export async function simulate(options: SimulateOptions): Promise<Simulated> {
  const { venues, feed, seed, loop, accountsFile, tlsFolder, host } = options;
  if (loop && feed === "synthetic")
    throw new ProblemError(problem(Code.Usage, "--loop is for captured files: a synthetic feed has no end"));
  const accounts = accountsFile === undefined ? [defaultAccount(seed, ASSETS)] : readAccounts(accountsFile);
  const tls = tlsFolder === undefined ? undefined : makeCertificate(tlsFolder, [host]);
  const simulator = await startSimulator({
    ...options,
    accounts,
    tls,
    feed: feed === "synthetic" ? syntheticFeed(marketsOf(venues), seed, Date.now() * 1_000) : feed,
    start: options.start ?? (feed === "synthetic" ? "now" : "on-subscribe"),
  });
  return { simulator, account: accountsFile === undefined ? accounts[0] : undefined, certFile: tls?.certFile };
}

/** Throws ProblemError: no such file, or what is wrong in it. */
function readAccounts(file: string): AccountSpec[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "error";
    throw new ProblemError(problem(Code.FileNotFound, `cannot read ${file}: ${code}`, { file }));
  }
  return parseAccounts(text, file);
}

/** The built-in instruments of the venues; spot and perpetual of one base follow the same path. */
export function syntheticFeed(venues: readonly SimVenue[], seed: number, startUs: number): Feed {
  const specs = defaultSpecs().filter((spec) =>
    venues.includes(spec.perpetual === undefined ? "binance-spot" : "binance-usdm"),
  );
  const bases = [...new Set(specs.map((spec) => spec.base))];
  const make = (spec: (typeof specs)[number], at: number) =>
    new SyntheticInstrument(spec, seed + 100 + at, startUs, seed + bases.indexOf(spec.base));
  return new SyntheticFeed(specs.map(make), startUs);
}
