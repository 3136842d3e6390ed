/** `meltica journal`: verify and dump the journal, from its files alone, also while a gateway runs. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { Code } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import { ProblemError, problem, problemText } from "../core/problem.ts";
import { RecordKind } from "../model/record.ts";
import { type Arguments, type Definitions, usage } from "./arguments.ts";
import { DATA_DIR_DEFINITIONS, dataDirOf } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { type DumpRange, journalFunctions } from "./journal_entry.ts";
import { type Cell, pairs, verbatim } from "./output.ts";
import { Progress } from "./progress.ts";
import { styled } from "./terminal.ts";
import { type Call, sayNext, type VerbGroup } from "./verb.ts";

const JOURNAL_FOLDER = "journal";
/** Lines are written in pieces of this size: a call of the system for each line would be most of the time. */
const CHUNK_UNITS = 64_000;

const DUMP: Definitions = {
  from: { type: "string", valueHint: "N", description: "First record" },
  to: { type: "string", valueHint: "N", description: "Last record" },
  kind: { type: "string", valueHint: "KIND", repeatable: true, description: "Of these kinds only, e.g. OrderFilled" },
  ...DATA_DIR_DEFINITIONS,
};

export const verb: VerbGroup = {
  name: "journal",
  description: "Verify and dump the journal",
  actions: [
    {
      name: "verify",
      description: "Check every batch, chain and record number",
      definitions: DATA_DIR_DEFINITIONS,
      examples: ["meltica journal verify", "meltica journal verify --data-dir ./meltica-data --json"],
      run: (call) => verify(call, journalFunctions),
    },
    {
      name: "dump",
      description: "Print records as JSON lines",
      definitions: DUMP,
      examples: ["meltica journal dump --kind OrderFilled", "meltica journal dump --from 100 --to 200"],
      run: (call) => dump(call, journalFunctions),
    },
  ],
  examples: ["meltica journal verify", "meltica journal dump --kind OrderFilled"],
};

/** `load` gives the functions of the journal room. Exit 1 when anything is damaged. */
export async function verify(call: Call, load: typeof journalFunctions): Promise<Exit> {
  const dir = await journalDir(call.given);
  const { verifyJournal } = await load();
  const progress = new Progress(call);
  const report = verifyJournal(dir, undefined, (done, total) => progress.update("verify", done, total));
  progress.clear();
  const sound = report.problems.length === 0;
  if (call.json) call.terminal.out(`${JSON.stringify({ ok: sound, ...report })}\n`);
  else {
    const { problems, ...figures } = report;
    const verdict = sound ? styled(call.terminal, "green", "sound") : styled(call.terminal, "red", "DAMAGED");
    const rows = Object.entries(figures).map(([name, value]) => [name, cellOf(value)] as const);
    if (call.quiet) call.terminal.out(`${sound ? "sound" : "damaged"}\n`);
    else call.terminal.out(pairs(call.terminal, [["journal", dir], ["verdict", verdict], ...rows], "left"));
    for (const found of problems) call.terminal.err(`${problemText(found)}\n`);
  }
  if (!sound) return Exit.Error;
  sayNext(call, "meltica journal dump");
  return Exit.Ok;
}

/** JSON lines with and without --json: a dump is for programs. */
export async function dump(call: Call, load: typeof journalFunctions): Promise<Exit> {
  const { given, terminal } = call;
  const range = rangeOf(given);
  const kinds = new Set(given.all("kind").map(kindOf));
  const dir = await journalDir(given);
  const { dumpJournal } = await load();
  let waiting = "";
  try {
    dumpJournal(
      dir,
      (record) => {
        if (kinds.size > 0 && !kinds.has(String(record["kind"]))) return;
        waiting += `${JSON.stringify(record)}\n`;
        if (waiting.length < CHUNK_UNITS) return;
        terminal.out(waiting);
        waiting = "";
      },
      range,
    );
  } finally {
    // Also what stands before the damage.
    terminal.out(waiting);
  }
  return Exit.Ok;
}

async function journalDir(given: Arguments): Promise<string> {
  const dataDir = await dataDirOf(given);
  const dir = join(dataDir, JOURNAL_FOLDER);
  if (existsSync(dir)) return dir;
  throw new ProblemError(problem(Code.FileNotFound, `there is no journal in ${dataDir}`, {}, "give --data-dir"));
}

function rangeOf(given: Arguments): DumpRange {
  const fromRecord = recordNumber(given, "from");
  const toRecord = recordNumber(given, "to");
  return { ...(fromRecord === undefined ? {} : { fromRecord }), ...(toRecord === undefined ? {} : { toRecord }) };
}

function recordNumber(given: Arguments, name: string): number | undefined {
  const text = given.text(name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number.parseInt(text, 10);
  throw usage(`--${name} cannot be "${text}"`, "a record number");
}

function kindOf(name: string): string {
  const kinds = Object.values(RecordKind).filter((known): known is string => typeof known === "string");
  if (kinds.includes(name)) return name;
  throw usage(`--kind cannot be "${name}"`, nearestHint(name, kinds));
}

/** Counts get their thousands; a chain or an epoch is no amount. */
function cellOf(value: unknown): Cell {
  if (typeof value === "number") return value;
  return verbatim(typeof value === "string" ? value : JSON.stringify(value));
}
