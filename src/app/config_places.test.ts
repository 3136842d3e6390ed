/** config_places.ts: what a clumsy configuration of real money looks like: keys in the clear, two environments in one, an open door. */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { problemText } from "../core/problem.ts";
import { loadConfig } from "./config.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-places-"));

function texts(provider: string, more = "", mode = "mode: live, apiKey: {env: K}, secret: {env: S}"): string[] {
  const text = `live: true\n${more}providers:\n  b: {symbols: [BTCUSDT], ${provider}}\naccounts:\n  a: {provider: b, ${mode}}\nlimits: []\n`;
  writeFileSync(join(folder, "c.yaml"), text);
  const loaded = loadConfig({ file: "c.yaml", flags: [], env: {}, cwd: folder });
  return [...loaded.problems, ...loaded.warnings].map(problemText);
}

describe("a live account's venue", () => {
  test.each([
    ["adapter: binance-spot, restUrl: http://api.binance.com", "providers.b.restUrl is not encrypted"],
    ["adapter: binance-spot, wsUrl: ws://stream.binance.com", "providers.b.wsUrl is not encrypted"],
    ["adapter: binance-usdm, privateUrl: ws://10.0.0.1/private", "providers.b.privateUrl is not encrypted"],
    ["adapter: binance-spot, environment: testnet, restUrl: https://api.binance.com", "that of production"],
    ["adapter: binance-spot, privateUrl: wss://ws-api.testnet.binance.vision/ws-api/v3", "that of testnet"],
    ["adapter: binance-usdm, walletUrl: http://api.binance.com", "providers.b.walletUrl is not encrypted"],
    ["adapter: binance-usdm, environment: testnet, walletUrl: https://api.binance.com", "that of production"],
    ["adapter: binance-spot, walletUrl: ''", "nobody would ask whether the key may withdraw"],
    ["adapter: bybit-linear, environment: demo, privateUrl: wss://stream.bybit.com/v5", "that of production"],
  ])("%s: refused at its place", (provider, told) => {
    const [first = ""] = texts(provider);
    expect(first).toMatch(/^c\.yaml:3:\d+: /);
    expect(first).toContain(told);
    expect(texts(provider, "", "balances: {USDT: '1'}")).toEqual([]); // Paper sends no key.
  });

  test.each([
    "adapter: binance-spot, restUrl: http://127.0.0.1:9100, wsUrl: ws://localhost:9100, privateUrl: 'ws://[::1]:9100'",
    "adapter: binance-spot, restUrl: https://api1.binance.com, privateUrl: wss://ws-api.binance.com/ws-api/v3",
    "adapter: binance-usdm, environment: demo",
    "adapter: bybit-linear, environment: demo",
    "adapter: bybit-linear, environment: testnet",
  ])("%s: sound", (provider) => {
    expect(texts(provider)).toEqual([]);
  });
});

test("a server that others can reach is warned of, since nothing between them is encrypted", () => {
  for (const host of ["0.0.0.0", "192.168.0.7", "'::'", "gateway.example"]) {
    const [told = ""] = texts("adapter: binance-spot", `server: {host: ${host}}\n`);
    expect(told).toMatch(/^c\.yaml:2:\d+: server\.host is .*ServerExposed/);
  }
  for (const host of ["127.0.0.1", "localhost", "'::1'"]) {
    expect(texts("adapter: binance-spot", `server: {host: ${host}}\n`)).toEqual([]);
  }
});
