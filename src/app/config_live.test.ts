/** Live accounts in a configuration: keys by reference alone, each misfit at its place, URLs by environment. */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { problemText } from "../core/problem.ts";
import { loadConfig } from "./config.ts";
import { VENUE_URLS, type VenueUrls } from "./config_environments.ts";
import type { Config } from "./config_schema.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-live-config-"));
const SECRET = "S3cr3t/That=Nobody.May:See";
const PROVIDERS = "providers:\n  b: {adapter: binance-spot, symbols: [BTCUSDT]}\n";
const KEY = "apiKey: {file: k/name}, secret: {env: DESK_SECRET}";

function load(text: string) {
  writeFileSync(join(folder, "c.yaml"), text);
  const loaded = loadConfig({ file: "c.yaml", flags: [], env: {}, cwd: folder });
  return { ...loaded, texts: [...loaded.problems, ...loaded.warnings].map(problemText) };
}

function account(text: string, more = "live: true\n") {
  return load(`${more}${PROVIDERS}accounts:\n  a: {${text}}\nlimits: []\n`);
}

describe("addresses of a live account", () => {
  const at = (urls: string) =>
    load(
      `live: true\nproviders:\n  b: {adapter: binance-spot, symbols: [BTCUSDT]${urls}}\naccounts:\n  a: {provider: b, mode: live, ${KEY}}\nlimits: []\n`,
    ).texts;

  test("one of its own and the other of the venue: the key would be shown to both", () => {
    const rest = 'restUrl: "http://127.0.0.1:1"';
    const stream = 'privateUrl: "ws://127.0.0.1:1"';
    for (const environment of ["", ", environment: testnet"]) {
      expect(at(`${environment}, ${rest}`)[0]).toContain("the key would go to both");
      expect(at(`${environment}, ${stream}`)[0]).toContain("the key would go to both");
      expect(at(`${environment}, ${rest}, ${stream}`)).toEqual([]);
      expect(at(environment)).toEqual([]);
    }
  });
});

describe("keys", () => {
  test("by file, variable or store, for HMAC and Ed25519, with one of the watchdog's own; files are the configuration's", () => {
    const hmac = account(`provider: b, mode: live, ${KEY}, watchdog: {apiKey: {store: w}, secret: {file: /k/w}}`);
    expect(hmac.texts).toEqual([]);
    expect(hmac.config?.accounts["a"]).toMatchObject({
      apiKey: { file: join(folder, "k/name") },
      secret: { env: "DESK_SECRET" },
      watchdog: { apiKey: { store: "w" }, secret: { file: "/k/w" } },
    });
    const ed25519 = account("provider: b, mode: live, apiKey: {store: k}, privateKey: {file: k.pem}");
    expect(ed25519.config?.accounts["a"]?.privateKey).toEqual({ file: join(folder, "k.pem") });
  });

  test("a secret that stands in the file is refused at its place, with what to do, and is in no message", () => {
    const forms = [`"${SECRET}"`, `{file: x, "${SECRET}": y}`, `["${SECRET}"]`, `{"${SECRET}": 1}`, "12345678901"];
    for (const form of forms) {
      for (const part of ["secret", "privateKey", "passphrase", "apiKey"]) {
        const { texts, config } = account(`provider: b, mode: live, ${part}: ${form}`);
        expect(config).toBeUndefined();
        expect(texts.join()).not.toContain(SECRET);
        expect(texts.join()).not.toContain("12345678901");
        const at = "  a: {provider: b, mode: live, : ".length + part.length + 1;
        const found = texts.find((each) => each.includes("holds a value"));
        expect(found).toStartWith(`c.yaml:5:${at}: accounts.a.${part} holds a value`);
        expect(found).toContain("write {file: PATH}, {env: NAME} or {store: NAME}");
      }
    }
    const { texts } = account(`provider: b, mode: live, ${KEY}, watchdog: {secret: "${SECRET}"}`);
    expect(texts.join()).toContain("accounts.a.watchdog.secret holds a value");
    expect(texts.join()).not.toContain(SECRET);
  });

  test.each([
    ["no key", "provider: b, mode: live", "accounts.a.apiKey is missing"],
    ["no secret", "provider: b, mode: live, apiKey: {env: K}", "accounts.a.secret is missing"],
    ["two secrets", `provider: b, mode: live, ${KEY}, privateKey: {env: P}`, "has both secret and privateKey"],
    ["two places", "provider: b, mode: live, apiKey: {env: K, store: k}, secret: {env: S}", "must name one place"],
    ["passphrase", `provider: b, mode: live, ${KEY}, passphrase: {env: P}`, "have no passphrase"],
    ["of paper", `provider: b, mode: live, ${KEY}, balances: {USDT: 1}`, 'balances of account "a": that is for paper'],
    ["of live", "provider: b, secret: {env: S}", "trades on paper: it needs no secret"],
  ])("%s", (_, text, problem) => {
    const { texts, config } = account(text);
    expect(config).toBeUndefined();
    expect(texts.find((each) => each.includes(problem))).toMatch(/^c\.yaml:5:\d+: /);
  });

  test("one account at the venue is one account here", () => {
    const { texts } = load(
      `live: true\n${PROVIDERS}accounts:\n  a: {provider: b, mode: live, ${KEY}}\n  z: {provider: b, mode: live, ${KEY}}\n`,
    );
    expect(texts[0]).toMatch(/^c\.yaml:6:\d+: account "a" has the same key/);
  });

  test("without `live: true` it can be looked at, and is told that it cannot be armed", () => {
    const { texts, config } = account(`provider: b, mode: live, ${KEY}`, "");
    expect(config?.live).toBe(false);
    expect(texts).toEqual([expect.stringContaining("a: cannot be armed while `live` is false")]);
  });
});

/** Bybit's demo has the market data of production; OKX tells its demo by a header, and neither takes the other's keys. */
const SHARED: ReadonlySet<string> = new Set(["wss://stream.bybit.com", "https://www.okx.com"]);

describe("environments", () => {
  const urls = (more: string) => {
    const { config, texts } = load(
      `providers:\n  b: {adapter: binance-usdm, symbols: [BTCUSDT]${more}}\naccounts: {}\n`,
    );
    const found = config?.providers["b"] as Exclude<Config["providers"][string], { adapter: "sim" }>;
    return found === undefined ? texts : [found.wsUrl, found.restUrl, found.privateUrl, (found as VenueUrls).walletUrl];
  };

  test("production unless said otherwise; another environment brings all of its URLs; single ones may differ", () => {
    const { production, testnet } = VENUE_URLS["binance-usdm"] as (typeof VENUE_URLS)[string];
    expect(urls("")).toEqual([production.wsUrl, production.restUrl, production.privateUrl, "https://api.binance.com"]);
    expect(urls(", environment: testnet")).toEqual([testnet.wsUrl, testnet.restUrl, testnet.privateUrl, ""]);
    const own = "http://127.0.0.1:9100";
    expect(urls(`, environment: testnet, restUrl: "${own}"`)).toEqual([testnet.wsUrl, own, testnet.privateUrl, ""]);
    expect(urls(", environment: moon").join()).toContain("environment");
    // A REST of one's own: what the key may do is not asked at the venue's.
    expect(urls(`, restUrl: "${own}"`)).toEqual([production.wsUrl, own, production.privateUrl, own]);
  });

  test("no environment of any adapter leads into another one's, and production is named nowhere else", () => {
    for (const rows of Object.values(VENUE_URLS)) {
      const production = new Set(Object.values(rows.production));
      for (const name of ["testnet", "demo"] as const) {
        expect(
          Object.values(rows[name]).filter((url) => url !== "" && production.has(url) && !SHARED.has(url)),
        ).toEqual([]);
      }
      for (const found of Object.values(rows).flatMap((row) => Object.values(row))) {
        expect(found === "" || (URL.canParse(found) && /^(wss|https):/.test(found))).toBe(true);
      }
    }
  });
});
