/** Loads the configuration: flag over environment over file over default, every fault at once with its position. */

import { dirname, resolve } from "node:path";
import type { Problem } from "../core/problem.ts";
import { checkConfig, type SoundParts } from "./config_checks.ts";
import { databasePlaced, databaseWarnings, withoutDatabasePassword } from "./config_database.ts";
import { defaultTrading } from "./config_default.ts";
import { withEnvironmentUrls } from "./config_environments.ts";
import { emptyRoot, findConfigFile, parseConfigText, readConfigFile } from "./config_file.ts";
import { canonicalJson, missingLimits } from "./config_limits.ts";
import { liveWarnings } from "./config_live.ts";
import { type ConfigNode, entryOf, nodeAt } from "./config_node.ts";
import { outboxPlaced, outboxWarnings, withoutOutboxPasswords } from "./config_outbox.ts";
import { type FlagValue, overrideFromEnv, overrideFromFlags } from "./config_override.ts";
import { serverWarnings } from "./config_places.ts";
import { ConfigReader, DEFAULT_SOURCE, defaultNode, type JsonSchema } from "./config_read.ts";
import { type AccountConfig, type Config, ConfigSchema, TRADING_SECTIONS } from "./config_schema.ts";
import { KEY_PART_NAMES, type KeyRefs, withoutLiterals } from "./config_secrets.ts";

export type { FlagValue } from "./config_override.ts";
export { type Config, configSchema } from "./config_schema.ts";

export interface ConfigSources {
  /** `--config`; else `meltica.yaml`, `.yml`, `.json` or `.toml` in `cwd` when there is one. */
  readonly file?: string | undefined;
  /** From the command line; each names its flag and its path. */
  readonly flags: readonly FlagValue[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What relative paths of flags, environment and defaults are relative to; those of a file: its folder. */
  readonly cwd: string;
}

export interface LoadedConfig {
  /** Undefined when there are problems. `dataDir` and strategy files in it are absolute paths. */
  readonly config: Config | undefined;
  /** The file that was read. */
  readonly file: string | undefined;
  /** Path of each value (`server.port`, `limits[0].collarBps`) → where it came from. */
  readonly sources: ReadonlyMap<string, string>;
  /** All that is wrong, in the order of the file. */
  readonly problems: readonly Problem[];
  /** What is allowed but hardly meant, e.g. an instance whose orders can only be denied. */
  readonly warnings: readonly Problem[];
}

const ROOT = ConfigSchema as unknown as JsonSchema;

/** Never throws. */
export function loadConfig(from: ConfigSources): LoadedConfig {
  const found = findConfigFile(from.file, from.cwd);
  const parsed = found.file === undefined ? undefined : readConfigFile(found.file, from.cwd);
  const problems = [...found.problems, ...(parsed?.problems ?? [])];
  if (parsed !== undefined && parsed.root === undefined) {
    return { config: undefined, file: found.file, sources: new Map(), problems, warnings: [] };
  }
  return readTree(parsed?.root ?? emptyRoot(DEFAULT_SOURCE), found.file, from, problems);
}

/** `text` as if it stood in `file`, whose ending says its format. Never throws. */
export function readConfigText(text: string, file: string, from: Omit<ConfigSources, "file">): LoadedConfig {
  const { root, problems } = parseConfigText(text, file);
  if (root === undefined) return { config: undefined, file, sources: new Map(), problems, warnings: [] };
  return readTree(root, file, from, [...problems]);
}

/** The configuration that runs when nothing was configured at all. */
export function defaultConfig(cwd: string): Config {
  return loadDefault(cwd).config as Config;
}

/** SHA-256 of the limits as canonical JSON: names which limits were in force. */
export function limitsHash(config: Pick<Config, "limits">): string {
  return new Bun.CryptoHasher("sha256").update(canonicalJson(config.limits)).digest("hex");
}

function loadDefault(cwd: string): LoadedConfig {
  return readTree(emptyRoot(DEFAULT_SOURCE), undefined, { flags: [], env: {}, cwd }, []);
}

function readTree(tree: ConfigNode, file: string | undefined, from: ConfigSources, before: Problem[]): LoadedConfig {
  const reader = new ConfigReader();
  reader.problems.push(...before);
  let root = tree;
  if (root.kind === "null") root = emptyRoot(file ?? DEFAULT_SOURCE);
  if (root.kind !== "map") {
    reader.read({ type: "object" }, root, []);
    return { config: undefined, file, sources: reader.sources, problems: reader.problems, warnings: [] };
  }
  root = withDefaultTrading(root);
  const overridden = overrideFromEnv(root, from.env, ROOT);
  reader.problems.push(...overridden.problems);
  const given = withoutLiterals(overrideFromFlags(overridden.root, from.flags), reader);
  root = withEnvironmentUrls(withoutOutboxPasswords(withoutDatabasePassword(given, reader), reader));
  const parts = readSections(root, reader);
  const folder = file === undefined ? from.cwd : dirname(resolve(from.cwd, file));
  checkConfig(parts as unknown as SoundParts, root, reader, folder);
  if (reader.problems.length > 0) {
    return { config: undefined, file, sources: reader.sources, problems: inOrder(reader.problems), warnings: [] };
  }
  const config = absolute(parts as unknown as Config, root, from.cwd, folder);
  return {
    config,
    file,
    sources: reader.sources,
    problems: [],
    warnings: [
      ...[...serverWarnings(config, root), ...databaseWarnings(config, root), ...outboxWarnings(config, root)],
      ...[...liveWarnings(config, root), ...missingLimits(config, root)],
    ],
  };
}

/** A file that says nothing of what is traded gets the built-in market, account, limits and strategies. */
function withDefaultTrading(root: ConfigNode): ConfigNode {
  if (root.kind !== "map") return root;
  const named = TRADING_SECTIONS.some((section) => entryOf(root, section) !== undefined);
  const defaults = defaultNode(named ? { providers: {}, accounts: {}, limits: [], instances: [] } : defaultTrading());
  if (defaults.kind !== "map") return root;
  const missing = defaults.entries.filter(({ key }) => entryOf(root, key) === undefined);
  return { ...root, entries: [...root.entries, ...missing] };
}

/** All sections, each on its own, so that one broken value hides no other. */
function readSections(root: ConfigNode, reader: ConfigReader): Record<string, unknown> {
  const properties = ROOT.properties ?? {};
  reader.unknownKeys(root, Object.keys(properties), []);
  const parts: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const node = nodeAt(root, [name]) ?? defaultNode(schema.default);
    const isTrading = TRADING_SECTIONS.some((section) => section === name);
    parts[name] = isTrading ? reader.readElements(schema, node, [name]) : reader.read(schema, node, [name]);
    if (isTrading) parts[name] ??= [];
  }
  return parts;
}

function absolute(config: Config, root: ConfigNode, cwd: string, folder: string): Config {
  const node = nodeAt(root, ["dataDir"]);
  const inFile = node?.at.line !== undefined;
  const instances = config.instances.map((instance) => {
    const isFile = /[/\\]|\.[jt]s$/.test(instance.strategy);
    return isFile ? { ...instance, strategy: resolve(folder, instance.strategy) } : instance;
  });
  const { file, keyFile } = config.secrets;
  return {
    ...config,
    instances,
    accounts: Object.fromEntries(
      Object.entries(config.accounts).map(([name, account]) => [name, withPlaces(account, folder)]),
    ),
    secrets: {
      ...(file === undefined ? {} : { file: resolve(folder, file) }),
      ...(keyFile === undefined ? {} : { keyFile: resolve(folder, keyFile) }),
    },
    database: databasePlaced(config.database, folder),
    outbox: outboxPlaced(config.outbox, folder),
    dataDir: resolve(inFile ? folder : cwd, config.dataDir),
  };
}

/** Files of secrets are relative to the configuration that names them. */
function withPlaces(account: AccountConfig, folder: string): AccountConfig {
  const placed = (keys: KeyRefs) =>
    Object.fromEntries(
      KEY_PART_NAMES.flatMap((name) => {
        const ref = keys[name];
        if (ref === undefined) return [];
        return [[name, ref.file === undefined ? ref : { file: resolve(folder, ref.file) }]];
      }),
    );
  const { watchdog } = account;
  return { ...account, ...placed(account), ...(watchdog === undefined ? {} : { watchdog: placed(watchdog) }) };
}

/** By line and column; what has no position comes first. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const rank = (p: Problem) => (p.line ?? 0) * 100_000 + (p.column ?? 0);
  return [...problems].sort((a, b) => rank(a) - rank(b));
}
