/** Whom the watchdog looks after: live accounts of the configuration, or of a file; nothing is guessed, no secret is shown. */

import { describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProblemError } from "../core/problem.ts";
import { defaultConfig } from "./config.ts";
import type { Config } from "./config_schema.ts";
import { refuseMissing, watchedAccounts, watchedAccountsOfFile } from "./watchdog_accounts.ts";

const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof ProblemError ? error.problem.code : String(error);
  }
  return "";
};

function liveConfig(): Config {
  const config = defaultConfig(tmpdir());
  const [paper] = Object.values(config.accounts) as [Config["accounts"][string]];
  const venue: Config["providers"][string] = {
    adapter: "binance-spot",
    wsUrl: "wss://x",
    restUrl: "https://venue/",
    environment: "demo",
    privateUrl: "wss://x",
    walletUrl: "",
    symbols: ["BTCUSDT"],
    trades: "trade",
    depth: "100ms",
    quotes: true,
    redundant: false,
  };
  return {
    ...config,
    providers: { ...config.providers, binance: venue },
    accounts: { lab: paper, main: { ...paper, provider: "binance", mode: "live" } },
  };
}

describe("accounts of the configuration", () => {
  test("only those that are live, with the watchdog's own key where there is one, read when it is used", () => {
    const config = liveConfig();
    const main = config.accounts["main"] as Config["accounts"][string];
    const own = { ...main, apiKey: { env: "K" }, secret: { env: "S" } };
    const env: Record<string, string> = { K: "trade", S: "hush", WK: "dog", WS: "hush2" };
    const [account] = watchedAccounts({ ...config, accounts: { ...config.accounts, main: own } }, env);
    // What is no production at the gateway is none here either: OKX has both at one address.
    for (const environment of ["production", "testnet", "demo"] as const) {
      const config = liveConfig();
      Object.assign(config.providers["binance"] as object, { environment });
      expect(watchedAccounts(config, {})[0]?.isDemo).toBe(environment !== "production");
    }
    expect(account).toMatchObject({ name: "main", adapter: "binance-spot", symbols: ["BTCUSDT"], isDemo: true });
    expect(account?.key().apiKey).toBe("trade");
    const watchdog = { apiKey: { env: "WK" }, secret: { env: "WS" } };
    const accounts = { ...config.accounts, main: { ...own, watchdog } };
    expect(watchedAccounts({ ...config, accounts }, env)[0]?.key().apiKey).toBe("dog");
    delete env["WS"];
    const [keyless] = watchedAccounts({ ...config, accounts }, env);
    expect(code(() => keyless?.key())).toBe("SecretMissing");
    env["WS"] = "back";
    expect(keyless?.key().apiKey).toBe("dog");
  });

  test("what the gateway armed and nobody watches is refused, and so is nothing at all", () => {
    const accounts = watchedAccounts(liveConfig(), {});
    expect(code(() => refuseMissing(accounts, ["main"]))).toBe("");
    expect(code(() => refuseMissing(accounts, ["main", "other"]))).toBe("WatchdogAccounts");
    expect(code(() => refuseMissing([], []))).toBe("WatchdogAccounts");
  });
});

describe("accounts of a file", () => {
  test("are read strictly, their secrets from files of their owner alone", () => {
    const dir = mkdtempSync(join(tmpdir(), "meltica-watched-"));
    const [file, secretFile] = [join(dir, "accounts.json"), join(dir, "secret")];
    writeFileSync(secretFile, "hush\n", { mode: 0o600 });
    const account = {
      ...{ name: "a", adapter: "binance-usdm", restUrl: "http://venue", symbols: [], apiKey: "k" },
      ...{ scheme: "hmac-sha256", secretFile },
    };
    const write = (value: unknown) => writeFileSync(file, JSON.stringify(value));
    write([account]);
    expect(watchedAccountsOfFile(file)[0]?.key().signer.sign("x", "hex")).toMatch(/^[0-9a-f]{64}$/);
    for (const wrong of [[], {}, [{ ...account, more: 1 }]]) {
      write(wrong);
      expect(code(() => watchedAccountsOfFile(file))).toBe("WatchdogAccounts");
    }
    expect(code(() => watchedAccountsOfFile(join(dir, "none")))).toBe("WatchdogAccounts");
    write([account]);
    chmodSync(secretFile, 0o644);
    expect(code(() => watchedAccountsOfFile(file)[0]?.key())).toBe("SecretExposed");
  });
});
