/** How all orders of an account are cancelled at its venue: one row for each adapter that trades live. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { RequestSigner } from "../secrets/request_signer.ts";
import { binanceCancelAll } from "../venue/binance/cancel_all.ts";
import { bybitCancelAll } from "../venue/bybit/cancel_all.ts";
import { okxCancelAll } from "../venue/okx/cancel_all.ts";
import { type CancelAllClient, CancelAllOutcome, type CancelAllReport } from "../venue/wire/cancel_all.ts";
import type { RequestClient } from "../venue/wire/rest.ts";
import type { OpenedKey } from "./live_keys.ts";

/** One account as the watchdog needs it. */
export interface WatchedAccount {
  readonly name: string;
  readonly adapter: string;
  readonly restUrl: string;
  /** The venue's demo trading. */
  readonly isDemo: boolean;
  /** Symbols as the venue writes them. */
  readonly symbols: readonly string[];
  /** Its key, read where it lies. Throws ProblemError. */
  key(): OpenedKey;
}

export interface CancelPorts {
  readonly rest: RequestClient;
  nowUs(): number;
}

type Make = (account: WatchedAccount, ports: CancelPorts) => CancelAllClient;

const MAKERS: Readonly<Record<string, Make>> = Object.freeze({
  "binance-spot": binance("spot"),
  "binance-usdm": binance("usdm"),
  okx: (account, ports) => {
    const { apiKey, passphrase, signer } = account.key();
    const key = { apiKey, passphrase, sign: (payload: string) => signer.sign(payload, "base64") };
    return okxCancelAll({ ...common(account, ports), key, isDemo: account.isDemo });
  },
  "bybit-spot": bybit("spot"),
  "bybit-linear": bybit("linear"),
});

export const CANCEL_ADAPTERS: readonly string[] = Object.freeze(Object.keys(MAKERS));

/**
 * What cancels at one account. A key that cannot be read is tried again with every use: the other accounts are looked after
 * all the same, and this one as soon as it can be.
 */
export function cancelAllClient(account: WatchedAccount, ports: CancelPorts): CancelAllClient {
  let client: CancelAllClient | undefined;
  const get = (): CancelAllClient => {
    const make = Object.hasOwn(MAKERS, account.adapter) ? MAKERS[account.adapter] : undefined;
    if (make === undefined) {
      throw new ProblemError(problem(Code.WatchdogAccounts, `nothing cancels at ${account.adapter}`));
    }
    client ??= make(account, ports);
    return client;
  };
  return {
    account: account.name,
    check: async () =>
      tried(
        get,
        (found) => found.check(),
        (text) => text,
      ),
    pass: async () => tried(get, (found) => found.pass(), unable),
  };
}

function tried<T>(get: () => CancelAllClient, use: (client: CancelAllClient) => Promise<T>, bad: (text: string) => T) {
  let client: CancelAllClient;
  try {
    client = get();
  } catch (error) {
    if (error instanceof ProblemError) return bad(`${error.problem.code}: ${error.problem.detail}`);
    return bad(error instanceof Error ? error.message : String(error));
  }
  return use(client);
}

function unable(text: string): CancelAllReport {
  return { outcome: CancelAllOutcome.Refused, open: -1, canceled: 0, retryAfterMs: 0, text };
}

function binance(market: "spot" | "usdm"): Make {
  return (account, ports) => {
    const { apiKey, signer } = account.key();
    const key = { apiKey, sign: (payload: string) => signer.sign(payload, encodingOf(signer)) };
    return binanceCancelAll({ ...common(account, ports), market, key, symbols: account.symbols });
  };
}

function bybit(category: "spot" | "linear"): Make {
  return (account, ports) => {
    const { apiKey, signer } = account.key();
    const key = { apiKey, sign: (payload: string) => signer.sign(payload, "hex") };
    return bybitCancelAll({ ...common(account, ports), category, key });
  };
}

function common({ name, restUrl }: WatchedAccount, { rest, nowUs }: CancelPorts) {
  return { account: name, restUrl: restUrl.replace(/\/+$/, ""), rest, nowUs };
}

function encodingOf({ scheme }: RequestSigner): "hex" | "base64" {
  return scheme === "ed25519" ? "base64" : "hex";
}
