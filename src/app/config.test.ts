/** Configuration: precedence, defaults, and every kind of error with its exact position, all at once. */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code } from "../core/code.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { problemText } from "../core/problem.ts";
import { TradingRecord } from "../model/record.ts";
import { limitsRecord } from "../risk/limit_reader.ts";
import { configSchema, defaultConfig, type FlagValue, limitsHash, loadConfig } from "./config.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-config-"));
let count = 0;

interface Around {
  readonly flags?: readonly FlagValue[];
  readonly env?: Record<string, string>;
  readonly ending?: string;
}

/** Loads `text` as a file of its own; its name in messages is `c.yaml`. */
function load(text: string, { flags = [], env = {}, ending = "yaml" }: Around = {}) {
  const name = `c${count++}.${ending}`;
  writeFileSync(join(folder, name), text);
  const loaded = loadConfig({ file: name, flags, env, cwd: folder });
  const texts = [...loaded.problems, ...loaded.warnings].map((found) =>
    problemText(found).replaceAll(name, `c.${ending}`),
  );
  return { ...loaded, texts };
}

const SIM = "providers: {sim: {adapter: sim}}\naccounts: {paper: {provider: sim, balances: {USDT: 1000}}}\n";

describe("defaults", () => {
  test("without a file: the synthetic market, a paper account, limits for all, two strategies, no warning", () => {
    const { config, problems, warnings, file } = loadConfig({ flags: [], env: {}, cwd: folder });
    expect([problems, warnings, file]).toEqual([[], [], undefined]);
    expect(config).toEqual(defaultConfig(folder));
    expect(config?.dataDir).toBe(join(folder, "meltica-data"));
    expect(config?.server).toEqual({ host: "127.0.0.1", port: 8880 });
    expect(config?.providers["sim"]).toMatchObject({ adapter: "sim", seed: 1, speed: 1 });
    expect(config?.accounts["paper"]?.balances).toMatchObject({ USDT: "100000" });
    expect(config?.instances.map(({ strategy }) => strategy)).toEqual(["ema-cross", "market-making"]);
    expect(config?.limits.map(({ scope, key }) => key ?? scope)).toEqual([
      ...["firm", "paper", "sim:BTC-USDT", "sim:ETH-USDT", "sim:SOL-USDT", "sim:BTC-USDT-PERP", "sim:ETH-USDT-PERP"],
    ]);
  });

  test("its limits are limits that risk takes", () => {
    for (const [index, { key: _, ...limits }] of defaultConfig("/").limits.entries()) {
      const payload = { ...limits, key: limits.scope === "firm" ? 0 : index, version: 1 };
      expect(limitsRecord(new TradingRecord(), payload as never, DEFAULT_LIMITS)).toEqual([]);
    }
  });

  test("an empty file and a file without trading sections mean the built-in market; one section means none of it", () => {
    expect(load("").config).toEqual(defaultConfig(folder));
    expect(load("server: {port: 9000}\nlog:\n").config).toEqual({
      ...defaultConfig(folder),
      server: { host: "127.0.0.1", port: 9000 },
    });
    const { config } = load("providers: {sim: {adapter: sim}}");
    expect(config).toMatchObject({ accounts: {}, limits: [], instances: [] });
  });
});

describe("precedence", () => {
  const port = (text: string) => [{ flag: "--port", path: ["server", "port"], text }];

  test("flag over environment over file over default, and each says where it came from", () => {
    const text = "node: 7\nserver:\n  host: 0.0.0.0\n  port: 1001\n";
    const env = { MELTICA__SERVER__PORT: "1002", MELTICA__LOG__LEVEL: "debug", MELTICA__DATA_DIR: "state", HOME: "/x" };
    const { config, sources } = load(text, { env, flags: port("1003") });
    expect(config).toMatchObject({ node: 7, server: { host: "0.0.0.0", port: 1003 }, log: { level: "debug" } });
    expect(config?.dataDir).toBe(join(folder, "state"));
    expect(load(text, { env }).config?.server.port).toBe(1002);
    expect(load(text).config?.server.port).toBe(1001);
    const from = Object.fromEntries(["server.port", "log.level", "log.format"].map((p) => [p, sources.get(p)]));
    expect(from).toEqual({ "server.port": "--port", "log.level": "$MELTICA__LOG__LEVEL", "log.format": "default" });
    expect(sources.get("server.host")).toMatch(/^c\d+\.yaml:3:9$/);
    expect(sources.get("limits[0].collarBps")).toBe("default");
  });

  test("the environment reaches names, list items and whole sections", () => {
    const env = {
      MELTICA__PROVIDERS__SIM__SEED: "42",
      MELTICA__PROVIDERS__SIM__INSTRUMENTS: "[BTC-USDT, ETH-USDT]",
      MELTICA__INSTANCES__0__PARAMS__SIZE: "0.1",
      MELTICA__LIMITS: '[{"scope": "firm", "maxOrderValue": "5"}]',
    };
    const { config, texts } = load("", { env });
    expect(texts.filter((text) => !text.includes("at any level"))).toEqual([]);
    expect(config?.providers["sim"]).toMatchObject({ seed: 42, instruments: ["BTC-USDT", "ETH-USDT"] });
    expect(config?.instances[0]?.params["size"]).toBe("0.1");
    expect(config?.limits).toEqual([{ scope: "firm", maxOrderValue: "5" }]);
  });

  test("a wrong flag or variable is named as the place", () => {
    const env = { MELTICA__SERVER__PROT: "1", MELTICA__NODE: "300", MELTICA__LIVE: "yes", MELTICA__LIMITS: "[" };
    const { texts, config } = load("", { env, flags: port("65536") });
    expect(config).toBeUndefined();
    expect(texts.sort()).toEqual([
      "$MELTICA__LIMITS:1:2: Flow sequence must end with a ] [ConfigSyntax] (see line and column)",
      '$MELTICA__LIVE: live must be true or false, not the text "yes" [ConfigType] (see `meltica config schema`)',
      "$MELTICA__NODE: node is 300: it must be a whole number from 0 to 255 [ConfigValue] (see `meltica config schema`)",
      "$MELTICA__SERVER__PROT: no setting is called MELTICA__SERVER__PROT [ConfigKeyUnknown] (did you mean MELTICA__SERVER__PORT?)",
      "--port: server.port is 65536: it must be a whole number from 0 to 65535 [ConfigValue] (see `meltica config schema`)",
    ]);
  });
});

describe("every fault has its place", () => {
  test.each([
    [
      "unknown key",
      "server:\n  prot: 1\n",
      'c.yaml:2:3: unknown key "prot" in server [ConfigKeyUnknown] (did you mean "port"?)',
    ],
    [
      "unknown at the top",
      "node: 1\nlimit: []\n",
      'c.yaml:2:1: unknown key "limit" [ConfigKeyUnknown] (did you mean "limits"?)',
    ],
    [
      "type",
      "server:\n  port: eighty\n",
      'c.yaml:2:9: server.port must be a whole number from 0 to 65535, not the text "eighty" [ConfigType]',
    ],
    [
      "type of a section",
      "server: 8880\n",
      "c.yaml:1:9: server must be a mapping of keys, not the number 8880 [ConfigType]",
    ],
    ["value", "node: 256\n", "c.yaml:1:7: node is 256: it must be a whole number from 0 to 255 [ConfigValue]"],
    ["not whole", "node: 1.5\n", "c.yaml:1:7: node is 1.5: it must be a whole number from 0 to 255 [ConfigValue]"],
    ["choice", "log: {level: inf}\n", 'c.yaml:1:14: log.level is "inf" [ConfigValue] (did you mean "info"?)'],
    [
      "missing",
      "providers: {b: {adapter: binance-spot}}",
      "c.yaml:1:16: providers.b.symbols is missing [ConfigMissing]",
    ],
    [
      "no adapter",
      "providers:\n  b: {seed: 1}",
      "c.yaml:2:6: providers.b.adapter is missing [ConfigMissing] (known: sim, binance-spot, binance-usdm, bybit-spot, bybit-linear, okx)",
    ],
    ["adapter", "providers:\n  b: {adapter: binance}", 'c.yaml:2:16: providers.b.adapter is "binance" [ConfigValue]'],
    [
      "syntax",
      "server:\n  port: 1\n bad: 2\n",
      "c.yaml:3:1: All mapping items must start at the same column [ConfigSyntax]",
    ],
    ["key twice", "node: 1\nnode: 2\n", "c.yaml:2:1: Map keys must be unique [ConfigSyntax]"],
    ["tab", "server:\n\tport: 1\n", "c.yaml:2:1: Tabs are not allowed as indentation [ConfigSyntax]"],
    ["no mapping", "- 1\n", "c.yaml:1:1: the configuration must be a mapping of keys, not a list [ConfigType]"],
    [
      "float money",
      `${SIM}limits:\n  - {scope: firm, maxOrderValue: 1e5}\n`,
      'c.yaml:4:34: limits[0].maxOrderValue cannot be "1e5" [ConfigValue] (a plain decimal',
    ],
    [
      "negative money",
      `${SIM}limits:\n  - {scope: firm, maxOrderValue: "-1"}\n`,
      'c.yaml:4:34: limits[0].maxOrderValue cannot be "-1" [ConfigValue] (a plain decimal',
    ],
    [
      "too many decimals",
      `providers: {sim: {adapter: sim}}\naccounts:\n  a: {provider: sim, balances: {USDT: "0.${"1".repeat(19)}"}}`,
      "c.yaml:3:39: accounts.a.balances.USDT cannot be",
    ],
    [
      "asset name",
      "providers: {sim: {adapter: sim}}\naccounts:\n  a: {provider: sim, balances: {usdt: 1}}",
      'c.yaml:3:33: "usdt" cannot be a name in accounts.a.balances [ConfigValue] (an asset in capital letters',
    ],
    [
      "live account",
      "providers: {sim: {adapter: sim}}\naccounts:\n  a: {provider: sim, mode: live}",
      "c.yaml:3:17: sim has no live accounts [ConfigValue] (adapters that trade live: binance-spot",
    ],
    ["live", "live: yes", 'c.yaml:1:7: live must be true or false, not the text "yes" [ConfigType]'],
    [
      "provider",
      "providers: {sim: {adapter: sim}}\naccounts:\n  a: {provider: smi}",
      'c.yaml:3:17: there is no provider "smi" [ConfigValue] (did you mean "sim"?)',
    ],
    [
      "firm with key",
      `${SIM}limits: [{scope: firm, key: x}]`,
      "c.yaml:3:29: limits of the firm have no key [ConfigValue]",
    ],
    [
      "limit without key",
      `${SIM}limits: [{scope: account}]`,
      "c.yaml:3:10: limits[0].key is missing [ConfigMissing] (name of the account)",
    ],
    [
      "limit of nothing",
      `${SIM}limits: [{scope: instrument, key: "sim:BTC-USDC"}]`,
      'c.yaml:3:35: no provider has instrument "sim:BTC-USDC" [ConfigValue] (did you mean "sim:BTC-USDT"?)',
    ],
    [
      "limit twice",
      `${SIM}limits:\n  - {scope: firm}\n  - {scope: firm}`,
      "c.yaml:5:5: limits of firm are given twice [ConfigValue]",
    ],
    [
      "two sims",
      "providers:\n  a: {adapter: sim, instruments: [BTC-USDT]}\n  b: {adapter: sim, instruments: [ETH-USDT, BTC-USDT]}",
      'c.yaml:3:45: BTC-USDT of sim comes from provider "a" already [ConfigValue]',
    ],
    [
      "fee",
      "providers: {sim: {adapter: sim}}\naccounts:\n  a: {provider: sim, fees: {takerBps: 1000}}",
      "c.yaml:3:39: a fee of 1000 basis points",
    ],
    [
      "a URL that is none",
      "providers: {b: {adapter: binance-spot, symbols: [ETHUSDT], restUrl: 'http://[::x/'}}",
      "c.yaml:1:69: http://[::x/ is no base URL [ConfigValue] (for example https://api.binance.com)",
    ],
    [
      "URL",
      "providers: {b: {adapter: binance-spot, symbols: [ETHUSDT], wsUrl: http://x}}",
      'c.yaml:1:67: providers.b.wsUrl cannot be "http://x" [ConfigValue] (a URL that begins with ws:// or wss://)',
    ],
    [
      "symbol twice",
      "providers: {b: {adapter: binance-usdm, symbols: [ETHUSDT, ETHUSDT]}}",
      'c.yaml:1:59: providers.b.symbols has "ETHUSDT" twice',
    ],
    ["nested", `a: ${"[".repeat(2_000)}`, "c.yaml:1:"],
    ["date", "node: !!timestamp 2020-01-01", "c.yaml:1:19:"],
  ])("%s", (_, text, start) => {
    const { config, texts } = load(text);
    expect(config).toBeUndefined();
    expect(texts.map((found) => found.slice(0, start.length))).toContain(start);
    for (const found of texts) expect(found).toMatch(/^c\.yaml:\d+:\d+: .* \[\w+\]/);
  });

  const instance = (body: string) => `${SIM}instances:\n  - name: e\n    strategy: ema-cross\n${body}`;
  const MARKET = '    markets: {main: {instrument: "sim:BTC-USDT", account: paper}}\n';

  test.each([
    [
      "parameter",
      `${MARKET}    params: {fasst: 3}\n`,
      "c.yaml:7:14: ema-cross has no parameter fasst [StrategyParam] (did you mean fast?)",
    ],
    [
      "parameter out of bounds",
      `${MARKET}    params:\n      slow: 9000\n`,
      "c.yaml:8:13: parameter slow=9000 is too large [StrategyParam]",
    ],
    [
      "parameters together",
      `${MARKET}    params: {fast: 20, slow: 10}\n`,
      "c.yaml:7:13: ema-cross: fast must be below slow [StrategyParam]",
    ],
    [
      "no market",
      "    markets: {}\n",
      "c.yaml:6:14: instances[0].markets.main is missing: ema-cross trades it [ConfigMissing]",
    ],
    [
      "other market",
      '    markets: {mian: {instrument: "sim:BTC-USDT", account: paper}}\n',
      'c.yaml:6:15: ema-cross has no market "mian" [ConfigKeyUnknown] (did you mean "main"?)',
    ],
    [
      "account",
      '    markets: {main: {instrument: "sim:BTC-USDT", account: papr}}\n',
      'c.yaml:6:59: there is no account "papr" [ConfigValue] (did you mean "paper"?)',
    ],
    [
      "instrument",
      '    markets: {main: {instrument: "sim:BTC-USD", account: paper}}\n',
      'c.yaml:6:34: provider "sim" does not have instrument "sim:BTC-USD" [ConfigValue] (did you mean "sim:BTC-USDT"?)',
    ],
    [
      "interval",
      '    markets: {main: {instrument: "sim:BTC-USDT", account: paper, tf: 1w}}\n',
      'c.yaml:6:70: "1w" is no interval [ConfigValue] (for example 1s',
    ],
    [
      "two of one name",
      `${MARKET}  - name: e\n    strategy: noop\n${MARKET}`,
      'c.yaml:7:11: two instances are called "e" [ConfigValue]',
    ],
  ])("instance: %s", (_, body, start) => {
    const { texts } = load(instance(body));
    expect(texts.map((found) => found.slice(0, start.length))).toEqual([start]);
  });

  test("strategies: unknown name, missing file", () => {
    const made = (name: string) => load(`${SIM}instances: [{name: e, strategy: ${name}, markets: {}}]`).texts;
    expect(made("ema-corss")).toEqual([
      'c.yaml:3:33: there is no strategy "ema-corss" [ConfigValue] (did you mean "ema-cross"?)',
    ]);
    expect(made("./mine.ts")[0]).toStartWith("c.yaml:3:33: there is no strategy file ./mine.ts [FileNotFound]");
    writeFileSync(join(folder, "mine.ts"), "");
    expect(made("./mine.ts")).toEqual([]);
  });

  test("all of them at once, in the order of the file", () => {
    const { texts } = load("nod: 1\nserver: {port: x, hots: y}\nlog:\n  level: loud\naccounts: {a: {provider: no}}\n");
    expect(texts.map((text) => /^c\.yaml:\d+:\d+/.exec(text)?.[0])).toEqual([
      ...["c.yaml:1:1", "c.yaml:2:16", "c.yaml:2:19", "c.yaml:4:10", "c.yaml:5:26"],
    ]);
  });

  test("an instance that could only be denied is a warning at its market", () => {
    const { config, warnings, texts } = load(instance(MARKET));
    expect(config).toBeDefined();
    expect(warnings).toHaveLength(1);
    expect(texts[0]).toStartWith('c.yaml:6:21: instance "e" on sim:BTC-USDT: no maxOrderValue, maxOrderQty,');
  });
});

describe("files", () => {
  test("no such file, no text, unknown ending, two files, a folder", () => {
    const at = (file: string) => loadConfig({ file, flags: [], env: {}, cwd: folder }).problems.map(problemText);
    expect(at("gone.yaml")[0]).toStartWith("gone.yaml: there is no such configuration file [FileNotFound]");
    writeFileSync(join(folder, "binary.yaml"), new Uint8Array([0xff, 0xfe, 0x00]));
    expect(at("binary.yaml")[0]).toStartWith("binary.yaml: the file is not UTF-8 text [ConfigSyntax]");
    writeFileSync(join(folder, "x.ini"), "");
    expect(at("x.ini")[0]).toStartWith('x.ini: ".ini" is no ending of a configuration file [ConfigValue] (one of');
    expect(at(".")[0]).toStartWith(".: ");
    writeFileSync(join(folder, "large.yaml"), "#".repeat(DEFAULT_LIMITS.configBytesMax + 1));
    expect(at("large.yaml")[0]).toContain("too large");
    const two = mkdtempSync(join(tmpdir(), "meltica-two-"));
    for (const name of ["meltica.yaml", "meltica.json"]) writeFileSync(join(two, name), "{}");
    const { problems } = loadConfig({ flags: [], env: {}, cwd: two });
    expect(problems.map(problemText)).toEqual([
      "meltica.json: there are two configurations: meltica.yaml and meltica.json [ConfigValue] (keep one, or give --config)",
    ]);
  });

  test("JSON: the same configuration, positions, exact decimals, strict syntax", () => {
    const yaml = load(SIM);
    expect(yaml.texts).toEqual([]);
    const { config } = load(JSON.stringify(yaml.config, null, 2), { ending: "json" });
    expect(config).toEqual(yaml.config as never);
    const bad = (text: string) => load(text, { ending: "json" }).texts[0] as string;
    expect(bad('{\n  "node": 1,\n}')).toStartWith(
      'c.json:3:1: a key in quotes is expected here, not "}" [ConfigSyntax]',
    );
    expect(bad('{"node": 01}')).toStartWith('c.json:1:11: "," or "}" is expected here, not "1"');
    expect(bad('{"node": 1, "node": 2}')).toStartWith('c.json:1:13: "node" is given twice');
    expect(bad('{"node": 1} x')).toStartWith("c.json:1:13: something follows");
    expect(bad('{"a": "x\n"}')).toStartWith("c.json:1:7: this text does not end");
    expect(bad("")).toStartWith("c.json:1:1: a value is expected here, not the end");
    expect(bad("[".repeat(100_000))).toContain("nested beyond bounds");
    expect(bad('{\n "server": {"prot": 1}}')).toStartWith('c.json:2:13: unknown key "prot" in server');
    const limits = '{"limits": [{"scope": "firm", "maxOrderValue": 0.100000000000000003}]}';
    expect(load(limits, { ending: "json" }).config?.limits[0]?.maxOrderValue).toBe("0.100000000000000003");
  });

  test("TOML: values, and positions found by the lines", () => {
    const text = [
      "node = 9",
      "[server]",
      "  port = 'x' # no",
      "[providers.sim]",
      'adapter = "sim"',
      "sped = 2",
      "[[limits]]",
      'scope = "firm"',
      "[[limits]]",
      'scope = "firm"',
      "[limits.newOrders]",
      "count = -1",
      "windowUs = 5",
    ];
    const { texts } = load(text.join("\n"), { ending: "toml" });
    expect(texts.map((found) => found.split(" [")[0])).toEqual([
      'c.toml:3:10: server.port must be a whole number from 0 to 65535, not the text "x"',
      'c.toml:6:1: unknown key "sped" in providers.sim',
      "c.toml:12:9: limits[1].newOrders.count is -1: it must be a whole number from 0 to 65536",
    ]);
    expect(load("node = ", { ending: "toml" }).texts[0]).toMatch(/^c\.toml:1:\d+: .*\[ConfigSyntax\]/);
    const money = '[[limits]]\nscope = "firm"\nmaxOrderValue = 0.5\nmaxOrderQty = 3';
    expect(load(money, { ending: "toml" }).texts[0]).toStartWith(
      "c.toml:3:17: limits[0].maxOrderValue must be a plain decimal in quotes, not the number 0.5 [ConfigType] (put it in quotes)",
    );
  });

  test("unquoted decimals of YAML are read by their letters, never through a float", () => {
    const { config } = load(`${SIM}limits: [{scope: firm, maxOrderValue: 123456789012345678.123456789012345678}]`);
    expect(config?.limits[0]?.maxOrderValue).toBe("123456789012345678.123456789012345678");
  });

  test("anchors work within bounds; an alias to what is around it ends", () => {
    const twice = "server: &s {port: 1}\nlog: *s\n";
    expect(load(twice).texts[0]).toStartWith('c.yaml:1:13: unknown key "port" in log');
    expect(load("a: &a [*a]\n").config).toBeUndefined();
    const bomb = ["a0: &a0 [1,2,3,4,5,6,7,8,9,10]"];
    for (let i = 1; i < 9; i++) bomb.push(`a${i}: &a${i} [${`*a${i - 1},`.repeat(10).slice(0, -1)}]`);
    const started = performance.now();
    expect(load(bomb.join("\n")).config).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("schema and hash", () => {
  test("the JSON Schema describes every key, gives defaults, and requires what has none", () => {
    const schema = configSchema() as { properties: Record<string, { description?: string; default?: unknown }> };
    const [names, described] = [Object.keys(schema.properties), Object.values(schema.properties)];
    expect(names).toEqual([
      ...[
        "dataDir",
        "live",
        "node",
        "server",
        "log",
        "engine",
        "journal",
        "secrets",
        "database",
        "outbox",
        "providers",
        "accounts",
        "limits",
        "instances",
      ],
    ]);
    expect(described.filter(({ description }) => description === undefined)).toEqual([]);
    expect(JSON.stringify(schema)).toContain('"required":["adapter","symbols"]');
    expect(schema.properties["dataDir"]?.default).toBe("./meltica-data");
  });

  test("the hash of limits names their content, not the order of keys", () => {
    const config = defaultConfig("/");
    const [firm, ...rest] = config.limits;
    const turned = Object.fromEntries(Object.entries(firm as object).reverse());
    expect(limitsHash(config)).toMatch(/^[0-9a-f]{64}$/);
    expect(limitsHash({ limits: [turned as never, ...rest] })).toBe(limitsHash(config));
    expect(limitsHash({ limits: [{ ...firm, collarBps: 501 } as never, ...rest] })).not.toBe(limitsHash(config));
    expect(Code.ConfigValue).toBe(903);
  });
});
