/** `meltica config`: check it, show what holds and where it came from, print its schema. */

import { configSchema, type LoadedConfig, limitsHash, loadConfig } from "../app/config.ts";
import { problemText } from "../core/problem.ts";
import type { Arguments, Definitions } from "./arguments.ts";
import { CONFIG_DEFINITIONS, configFlags, reportConfig } from "./config_report.ts";
import { Exit } from "./exit.ts";
import { table } from "./output.ts";
import { styled } from "./terminal.ts";
import { type Call, sayNext, type VerbGroup } from "./verb.ts";

const { config: _, ...FLAGS } = CONFIG_DEFINITIONS;
const DEFINITIONS: Definitions = {
  file: { type: "positional", required: false, description: "Configuration; else meltica.yaml, .json or .toml here" },
  config: { type: "string", valueHint: "FILE", description: "The same, as `up` takes it" },
  ...FLAGS,
};

export const verb: VerbGroup = {
  name: "config",
  description: "Check and show the configuration, print its schema",
  actions: [
    {
      name: "check",
      description: "Tell everything that is wrong with it",
      definitions: DEFINITIONS,
      examples: ["meltica config check", "meltica config check other.yaml --json"],
      run: check,
    },
    {
      name: "show",
      description: "Show every value and where it came from",
      definitions: DEFINITIONS,
      examples: ["meltica config show", "meltica config show --port 9000 --json"],
      run: show,
    },
    {
      name: "schema",
      description: "Print the JSON Schema, for editors",
      definitions: {},
      examples: ["meltica config schema > meltica.schema.json"],
      run: schema,
    },
  ],
  examples: ["meltica config check", "meltica config show", "meltica config schema > meltica.schema.json"],
};

function load(given: Arguments): LoadedConfig {
  const file = given.positionals[0] ?? given.text("config");
  return loadConfig({ file, flags: configFlags(given), env: process.env, cwd: process.cwd() });
}

function check(call: Call): Exit {
  const loaded = load(call.given);
  const { config, file, warnings } = loaded;
  if (config === undefined) return reportConfig(call, loaded);
  const hash = limitsHash(config);
  if (call.json) call.terminal.out(`${JSON.stringify({ ok: true, file: file ?? null, limitsHash: hash, warnings })}\n`);
  else {
    const word = styled({ color: call.terminal.errorColor }, "yellow", "warning");
    for (const found of warnings) call.terminal.err(`${word}: ${problemText(found)}\n`);
    if (!call.quiet)
      call.terminal.out(`${file ?? "the built-in configuration"} is good; limits ${hash.slice(0, 12)}\n`);
  }
  sayNext(call, "meltica up");
  return Exit.Ok;
}

function show(call: Call): Exit {
  const loaded = load(call.given);
  const { config, file, sources } = loaded;
  if (config === undefined) return reportConfig(call, loaded);
  if (call.json) {
    const out = { file: file ?? null, config, sources: Object.fromEntries(sources), limitsHash: limitsHash(config) };
    call.terminal.out(`${JSON.stringify(out)}\n`);
  } else {
    const rows = [...sources].map(([path, source]) => [path, { verbatim: valueText(config, path) }, source]);
    call.terminal.out(table(call.terminal, ["key", "value", "from"], rows));
  }
  sayNext(call, "meltica config schema");
  return Exit.Ok;
}

function schema(call: Call): Exit {
  call.terminal.out(`${JSON.stringify(configSchema(), null, call.json ? undefined : 2)}\n`);
  return Exit.Ok;
}

/** The value at `limits[0].collarBps`; names never hold a dot or a bracket. */
function valueText(config: unknown, path: string): string {
  let value = config;
  for (const step of path.split(/[.[\]]+/).filter((part) => part !== "")) {
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}
