/** `meltica migrate`: the schema of the history's database: what it has had, up to date, and back. */

import { loadConfig } from "../app/config.ts";
import type { Config } from "../app/config_schema.ts";
import { type Arguments, type Definitions, usage } from "./arguments.ts";
import { CONFIG_DEFINITIONS, configFlags, reportConfig } from "./config_report.ts";
import { DATA_DIR_DEFINITIONS } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { migrateFunctions } from "./migrate_entry.ts";
import { table } from "./output.ts";
import { type Call, sayNext, type VerbGroup } from "./verb.ts";

const PLACE: Definitions = { ...CONFIG_DEFINITIONS, ...DATA_DIR_DEFINITIONS };
const STEPS: Definitions = { steps: { type: "string", valueHint: "N", description: "So many migrations" } };

export const verb: VerbGroup = {
  name: "migrate",
  description: "Bring the schema of the history's database up to date, or back",
  defaultAction: "status",
  actions: [
    {
      name: "status",
      description: "List the migrations, and which of them the database has had",
      definitions: PLACE,
      examples: ["meltica migrate status", "meltica migrate status --json"],
      run: (call) => configured(call, status),
    },
    {
      name: "up",
      description: "Apply what is missing; the gateway does the same when it starts",
      definitions: { ...STEPS, ...PLACE },
      examples: ["meltica migrate up", "meltica migrate up --steps 1"],
      run: (call) => configured(call, up),
    },
    {
      name: "down",
      description: "Take the last migration back, with the tables it made: before an older version is run",
      definitions: {
        ...STEPS,
        yes: { type: "boolean", description: "What its tables hold may go; the journal keeps what trading did" },
        ...PLACE,
      },
      examples: ["meltica migrate down --yes", "meltica migrate down --steps 2 --yes"],
      run: (call) => configured(call, down),
    },
  ],
  examples: ["meltica migrate", "meltica migrate up", "meltica migrate down --yes"],
};

async function configured(call: Call, act: (call: Call, config: Config) => Promise<Exit>): Promise<Exit> {
  const { given } = call;
  const flags = configFlags(given);
  const loaded = loadConfig({ file: given.text("config"), flags, env: process.env, cwd: process.cwd() });
  if (loaded.config === undefined) return reportConfig(call, loaded);
  return act(call, { ...loaded.config, dataDir: given.text("data-dir") ?? loaded.config.dataDir });
}

async function status(call: Call, config: Config): Promise<Exit> {
  const functions = await migrateFunctions();
  const { migrations, pending } = await functions.status(config);
  if (call.json) {
    call.terminal.out(`${JSON.stringify({ database: functions.where(config), pending, migrations })}\n`);
    return Exit.Ok;
  }
  const rows = migrations.map(({ name, timeUs }) => [
    name,
    timeUs === null ? "pending" : new Date(timeUs / 1_000).toISOString(), // det-ok: a time for people
  ]);
  if (!call.quiet) call.terminal.out(`${functions.where(config)}\n`);
  call.terminal.out(table(call.terminal, ["migration", "applied"], rows));
  if (pending > 0) sayNext(call, "meltica migrate up");
  return Exit.Ok;
}

async function up(call: Call, config: Config): Promise<Exit> {
  const done = await (await migrateFunctions()).up(config, stepsOf(call.given, Number.MAX_SAFE_INTEGER));
  return told(call, "applied", done, "everything is applied already");
}

async function down(call: Call, config: Config): Promise<Exit> {
  if (!call.given.flag("yes")) {
    throw usage(
      "a way down drops tables with what they hold",
      "meltica migrate down --yes; `store rebuild` fills them",
    );
  }
  const done = await (await migrateFunctions()).down(config, stepsOf(call.given, 1));
  return told(call, "taken back", done, "nothing is applied");
}

function told(call: Call, word: string, names: readonly string[], nothing: string): Exit {
  if (call.json) call.terminal.out(`${JSON.stringify({ ok: true, migrations: names })}\n`);
  else if (!call.quiet) {
    call.terminal.out(names.length === 0 ? `${nothing}\n` : names.map((name) => `${word}: ${name}\n`).join(""));
    sayNext(call, "meltica migrate status");
  }
  return Exit.Ok;
}

function stepsOf(given: Arguments, usual: number): number {
  const text = given.text("steps");
  if (text === undefined) return usual;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number.parseInt(text, 10);
  throw usage(`--steps cannot be "${text}"`, "a number from 1 on");
}
