/** Configuration under random input: valid ones come back as they were, broken ones never throw and always point. */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import fc from "fast-check";
import { stringify } from "yaml";
import { Prng } from "../core/prng.ts";
import { type Config, defaultConfig, type LoadedConfig, loadConfig, readConfigText } from "./config.ts";
import { ConfigSchema, SIM_INSTRUMENTS } from "./config_schema.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-config-fuzz-"));
const AROUND = { flags: [], env: {}, cwd: folder };

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
const decimal = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }), fc.stringMatching(/^(\.\d{1,18})?$/))
  .map(([whole, fraction]) => `${whole}${fraction}`);
const rate = fc.record({ count: fc.nat(65_536), windowUs: fc.integer({ min: 1, max: 86_400_000_000 }) });

const controls = fc.record(
  {
    ...{ maxOrderValue: decimal, maxOrderQty: decimal, maxLongPosition: decimal, maxShortPosition: decimal },
    ...{ collarBps: fc.nat(1_000_000), referenceAgeUsMax: fc.nat(86_400_000_000), maxOpenOrders: fc.nat(65_536) },
    ...{ newOrders: rate, cancels: rate },
  },
  { requiredKeys: [] },
);

/** A whole valid configuration: names refer to each other. */
const config: fc.Arbitrary<Config> = fc
  .record({
    node: fc.nat(255),
    port: fc.nat(65_535),
    seed: fc.nat(0xffff_ffff),
    speed: fc.double({ min: 0.01, max: 10_000, noNaN: true }),
    names: fc.uniqueArray(name, { minLength: 3, maxLength: 3 }),
    balances: fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9]{0,19}$/), decimal, { maxKeys: 4 }),
    limits: fc.array(controls, { minLength: 3, maxLength: 3 }),
    fast: fc.integer({ min: 2, max: 100 }),
  })
  .map(({ node, port, seed, speed, names, balances, limits, fast }) => {
    const [provider, account, instance] = names as [string, string, string];
    const market = { instrument: "sim:SOL-USDT", account, tf: "5m" };
    return {
      ...defaultConfig(folder),
      node,
      server: { host: "::1", port },
      engine: { seed, intentAgeMs: 1 + (seed % 60_000), currency: `A${seed % 100}`, dayStart: "07:30" },
      providers: { [provider]: { adapter: "sim", seed, instruments: [...SIM_INSTRUMENTS], speed } },
      accounts: {
        [account]: {
          provider,
          mode: "paper" as const,
          balances,
          fees: { makerBps: "-0.5", takerBps: "7.25" },
          latency: { entryUs: 0, ackUs: 60_000_000 },
          faults: { rejectRate: 0.25, jitterUs: 10, seed: 3 },
        },
      },
      limits: [
        { scope: "firm" as const, ...limits[0] },
        { scope: "instrument" as const, key: "sim:BTC-USDT-PERP", ...limits[1] },
        { scope: "instance" as const, key: instance, ...limits[2] },
      ],
      instances: [
        { name: instance, strategy: "ema-cross", params: { fast, slow: fast + 1 }, markets: { main: market } },
      ],
    } as Config;
  });

describe("random configurations", () => {
  test("valid ones come back as they were, from YAML, JSON and through a file", () => {
    fc.assert(
      fc.property(config, (value) => {
        for (const [text, file] of [
          [stringify(value, { lineWidth: 0 }), "a.yaml"],
          [JSON.stringify(value, null, 1), "a.json"],
        ] as const) {
          const loaded = readConfigText(text, file, AROUND);
          expect(loaded.problems).toEqual([]);
          expect([...Value.Errors(ConfigSchema, loaded.config)]).toEqual([]);
          expect(loaded.config).toEqual(value);
        }
      }),
      { numRuns: 200 },
    );
    const path = join(folder, "whole.json");
    writeFileSync(path, JSON.stringify(defaultConfig(folder)));
    expect(loadConfig({ ...AROUND, file: path }).config).toEqual(defaultConfig(folder));
  });
});

const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_121);

/** Every answer is whole: a configuration or problems, each with a code, and with a place where a file has one. */
function expectSound(loaded: LoadedConfig, text: string): void {
  const whole = (loaded.config === undefined) === loaded.problems.length > 0;
  const lines = text.split("\n").length;
  const placed = loaded.problems.every(({ code, detail, file, line, column }) => {
    const inFile = line === undefined || (line >= 1 && line <= lines + 1 && (column ?? 0) >= 1);
    return code !== "" && detail !== "" && file !== undefined && inFile;
  });
  // TypeBox's own checker is a second opinion on what the reader let through.
  const sound = loaded.config === undefined || Value.Check(ConfigSchema, loaded.config);
  if (!whole || !placed || !sound)
    throw new Error(`seed ${seed}: ${JSON.stringify(text)} → ${JSON.stringify(loaded.problems)}`);
}

const SIGNS = [
  ..."{}[]:,-#&*!|>'\"%@`?=\t\n .0x9\\",
  "\u0000",
  "\ufeff",
  "\u2028",
  "é",
  "<<: *a",
  "&a ",
  "*a",
  "!!map ",
];

function mutated(text: string, prng: Prng): string {
  let result = text;
  for (let count = 1 + (prng.nextU32() % 4); count > 0; count--) {
    const at = prng.nextU32() % (result.length + 1);
    const length = prng.nextU32() % 12;
    const from = prng.nextU32() % (result.length + 1);
    const pieces = [SIGNS[prng.nextU32() % SIGNS.length] as string, result.slice(from, from + length * 3), ""];
    result =
      result.slice(0, at) + (pieces[prng.nextU32() % 3] as string) + result.slice(at + (prng.nextU32() % 2) * length);
  }
  return result;
}

describe("mutated files", () => {
  // Small, so that a mutation hits something that matters.
  const small = {
    server: { port: 1 },
    providers: { sim: { adapter: "sim", instruments: ["BTC-USDT"] } },
    accounts: { paper: { provider: "sim", balances: { USDT: "1000.5" } } },
    limits: [{ scope: "firm", maxOrderValue: "10.5", newOrders: { count: 1, windowUs: 5 } }],
    instances: defaultConfig(folder).instances.slice(0, 1),
  };
  const toml = `node = 1\n[server]\nport = 1\n[[limits]]\nscope = "firm"\nmaxOrderValue = "1"\nnewOrders = {count = 1, windowUs = 5}\n`;
  const texts: [string, string][] = [
    ["a.yaml", stringify(small)],
    ["a.yaml", `a: &a {port: 1}\n${stringify(small, { collectionStyle: "flow" })}`],
    ["a.json", JSON.stringify(small, null, 1)],
    ["a.json", JSON.stringify(small)],
    ["a.toml", toml],
    ["a.toml", `dataDir = "x"\n${toml}[providers.sim]\nadapter = 'sim'\n[accounts]\n"a" = {provider = "sim"}\n`],
  ];

  test(`20,000 of them (seed ${seed}): no throw, every problem points`, () => {
    const prng = new Prng(seed);
    const counts = { good: 0, bad: 0 };
    for (let run = 0; run < 20_000; run++) {
      const [file, text] = texts[run % texts.length] as [string, string];
      const broken = mutated(text, prng);
      const loaded = readConfigText(broken, file, AROUND);
      expectSound(loaded, broken);
      counts[loaded.config === undefined ? "bad" : "good"]++;
    }
    expect(counts.bad).toBeGreaterThan(5_000);
    expect(counts.good).toBeGreaterThan(100);
  }, 60_000);

  test("mutated environment: no throw", () => {
    const prng = new Prng(seed + 1);
    const names = [
      "SERVER__PORT",
      "LIMITS",
      "PROVIDERS__SIM",
      "INSTANCES__0__PARAMS__FAST",
      "ACCOUNTS__X__MODE",
      "LOG",
    ];
    for (let run = 0; run < 1_000; run++) {
      const key = mutated(`MELTICA__${names[run % names.length]}`, prng);
      const loaded = readConfigText("", "a.yaml", { ...AROUND, env: { [key]: mutated("[{scope: firm}]", prng) } });
      expectSound(loaded, "");
    }
  });
});
