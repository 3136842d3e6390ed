/** Which accounts the watchdog looks after, and what it cancels with: from the configuration, or from a file for tests. */

import { readFileSync } from "node:fs";
import { Type as t } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { KeyMaterial } from "../secrets/key_material.ts";
import { Ed25519Signer, HmacSigner, type RequestSigner } from "../secrets/request_signer.ts";
import { readSecretFile } from "../secrets/secret_file.ts";
import { binanceCancelAll } from "../venue/binance/cancel_all.ts";
import type { BinanceKey } from "../venue/binance/order_sign.ts";
import type { CancelAllClient } from "../venue/wire/cancel_all.ts";
import type { RequestClient } from "../venue/wire/rest.ts";
import type { Config } from "./config_schema.ts";

export type WatchedAdapter = "binance-spot" | "binance-usdm";

/** One account as the watchdog needs it. */
export interface WatchedAccount {
  readonly name: string;
  readonly adapter: WatchedAdapter;
  readonly restUrl: string;
  /** Symbols as the venue writes them. */
  readonly symbols: readonly string[];
  readonly apiKey: string;
  readonly signer: RequestSigner;
}

/** A key at a venue, opened. The secret is wiped once its signer is made. */
export interface OpenedKey {
  readonly apiKey: string;
  readonly scheme: RequestSigner["scheme"];
  readonly secret: KeyMaterial;
}

/** Opens the key of an account: the one of role `watchdog` where there is one, else the account's own. */
export type KeyOf = (account: string) => OpenedKey;

/** The live accounts of the configuration. Throws ProblemError: what `keyOf` throws, or WatchdogAccounts. */
export function watchedAccounts(config: Config, keyOf: KeyOf): WatchedAccount[] {
  const live = Object.entries(config.accounts).filter(([, { mode }]) => mode === "live");
  return live.map(([name, { provider }]) => {
    const venue = config.providers[provider];
    if (venue === undefined || venue.adapter === "sim") throw unable(`account "${name}" is at no venue that cancels`);
    const { adapter, restUrl, symbols } = venue;
    return { name, adapter, restUrl, symbols, ...opened(keyOf(name)) };
  });
}

const AccountsFile = t.Array(
  t.Object(
    {
      name: t.String({ minLength: 1 }),
      adapter: t.Union([t.Literal("binance-spot"), t.Literal("binance-usdm")]),
      restUrl: t.String({ pattern: "^https?://" }),
      symbols: t.Array(t.String()),
      apiKey: t.String({ minLength: 1 }),
      scheme: t.Union([t.Literal("hmac-sha256"), t.Literal("ed25519")]),
      secretFile: t.String({ minLength: 1 }),
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
    throw unable(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Value.Check(AccountsFile, value)) {
    const [first] = Value.Errors(AccountsFile, value);
    throw unable(`${file}${first?.path ?? ""}: ${first?.message ?? "no accounts"}`);
  }
  return value.map(({ scheme, secretFile, apiKey, ...rest }) => ({
    ...rest,
    ...opened({ apiKey, scheme, secret: readSecretFile(secretFile) }),
  }));
}

/** Accounts that the gateway armed and the configuration here does not have live: it was changed meanwhile. */
export function refuseMissing(accounts: readonly WatchedAccount[], armed: readonly string[]): void {
  const missing = armed.filter((name) => !accounts.some((account) => account.name === name));
  if (missing.length > 0) throw unable(`not live in this configuration: ${missing.join(", ")}`);
  if (accounts.length === 0) throw unable("no account is live");
}

/** What cancels the orders of an account at its venue. OKX and Bybit come with their adapters. */
export function cancelAllClient(account: WatchedAccount, rest: RequestClient, nowUs: () => number): CancelAllClient {
  const { name, adapter, apiKey, signer, symbols } = account;
  const restUrl = account.restUrl.replace(/\/+$/, "");
  const market = adapter === "binance-spot" ? "spot" : "usdm";
  const encoding = signer.scheme === "ed25519" ? "base64" : "hex";
  const key: BinanceKey = { apiKey, sign: (payload) => signer.sign(payload, encoding) };
  return binanceCancelAll({ account: name, market, restUrl, key, rest, symbols, nowUs });
}

function opened({ apiKey, scheme, secret }: OpenedKey): { apiKey: string; signer: RequestSigner } {
  const signer = scheme === "ed25519" ? new Ed25519Signer(secret) : new HmacSigner(secret);
  secret.wipe();
  return { apiKey, signer };
}

function unable(detail: string): ProblemError {
  return new ProblemError(problem(Code.WatchdogAccounts, detail));
}
