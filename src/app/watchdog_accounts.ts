/** Which accounts the watchdog looks after, and what it cancels with: from the configuration, or from a file for tests. */

import { readFileSync } from "node:fs";
import { Type as t } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { Ed25519Signer, HmacSigner } from "../secrets/request_signer.ts";
import { readSecretFile } from "../secrets/secret_file.ts";
import type { WatchedAccount } from "./cancel_venues.ts";
import type { Config } from "./config_schema.ts";
import { type OpenedKey, openKey } from "./live_keys.ts";
import { liveNames } from "./live_names.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The live accounts of the configuration, each with the key of role `watchdog` where there is one, else its own. Throws
 * ProblemError WatchdogAccounts.
 */
export function watchedAccounts(config: Config, env: Env = process.env): WatchedAccount[] {
  return liveNames(config).map((name) => {
    const provider = config.providers[config.accounts[name]?.provider ?? ""];
    if (provider === undefined || provider.adapter === "sim") {
      throw unfit(`account "${name}" is at no venue that cancels`);
    }
    const { adapter, restUrl, symbols, environment } = provider;
    const key = () => openKey(config, name, "watchdog", env);
    return { name, adapter, restUrl, symbols, isDemo: environment !== "production", key };
  });
}

const AccountsFile = t.Array(
  t.Object(
    {
      name: t.String({ minLength: 1 }),
      adapter: t.String({ minLength: 1 }),
      restUrl: t.String({ pattern: "^https?://" }),
      symbols: t.Array(t.String()),
      apiKey: t.String({ minLength: 1 }),
      scheme: t.Union([t.Literal("hmac-sha256"), t.Literal("ed25519")]),
      secretFile: t.String({ minLength: 1 }),
      passphrase: t.Optional(t.String()),
    },
    { additionalProperties: false },
  ),
  { minItems: 1 },
);

/** Accounts of a JSON file, their secrets in files of their own. Throws ProblemError. */
export function watchedAccountsOfFile(file: string): WatchedAccount[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw unfit(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Value.Check(AccountsFile, value)) {
    const [first] = Value.Errors(AccountsFile, value);
    throw unfit(`${file}${first?.path ?? ""}: ${first?.message ?? "no accounts"}`);
  }
  return value.map(({ name, adapter, restUrl, symbols, ...key }) => {
    return { name, adapter, restUrl, symbols, isDemo: false, key: () => openedKey(key) };
  });
}

/** Accounts that the gateway armed and the configuration here does not have live: it was changed meanwhile. */
export function refuseMissing(accounts: readonly WatchedAccount[], armed: readonly string[]): void {
  const missing = armed.filter((name) => !accounts.some((account) => account.name === name));
  if (missing.length > 0) throw unfit(`not live in this configuration: ${missing.join(", ")}`);
  if (accounts.length === 0) throw unfit("no account is live");
}

function openedKey(of: { apiKey: string; scheme: string; secretFile: string; passphrase?: string }): OpenedKey {
  const secret = readSecretFile(of.secretFile);
  const signer = of.scheme === "ed25519" ? new Ed25519Signer(secret) : new HmacSigner(secret);
  secret.wipe();
  return { apiKey: of.apiKey, signer, passphrase: of.passphrase ?? "" };
}

function unfit(detail: string): ProblemError {
  return new ProblemError(problem(Code.WatchdogAccounts, detail));
}
