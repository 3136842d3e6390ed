/** `meltica journal`: verify and dump the journal, from its files alone. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { Code } from "../core/code.ts";
import { ProblemError, problem, problemText } from "../core/problem.ts";
import { type Arguments, usage } from "./arguments.ts";
import { DATA_DIR_DEFINITIONS, dataDirOf } from "./data_dir.ts";
import { Exit } from "./exit.ts";
import { journalFunctions } from "./journal_entry.ts";
import { pairs, verbatim } from "./output.ts";
import { styled } from "./terminal.ts";
import { type Call, sayNext, type VerbGroup } from "./verb.ts";

const JOURNAL_FOLDER = "journal";

export const verb: VerbGroup = {
  name: "journal",
  description: "Verify and dump the journal",
  actions: [
    {
      name: "verify",
      description: "Check every batch, chain and record number",
      definitions: DATA_DIR_DEFINITIONS,
      examples: ["meltica journal verify", "meltica journal verify --data-dir ./meltica-data --json"],
      run: verify,
    },
    {
      name: "dump",
      description: "Print records as JSON lines",
      definitions: {
        from: { type: "string", valueHint: "N", default: "1", description: "First record" },
        to: { type: "string", valueHint: "N", description: "Last record" },
        kind: {
          type: "string",
          valueHint: "KIND",
          repeatable: true,
          description: "Of these kinds only, e.g. OrderFilled",
        },
        ...DATA_DIR_DEFINITIONS,
      },
      examples: ["meltica journal dump --kind OrderFilled", "meltica journal dump --from 100 --to 200"],
      run: dump,
    },
  ],
  examples: ["meltica journal verify", "meltica journal dump --kind OrderFilled"],
};

async function verify(call: Call): Promise<Exit> {
  const dir = await journalDir(call.given);
  const { verifyJournal } = await journalFunctions();
  const report = await verifyJournal(dir);
  const sound = report.problems.length === 0;
  if (call.json) call.terminal.out(`${JSON.stringify({ ok: sound, ...report })}\n`);
  else {
    const { problems, ...figures } = report;
    const rows = Object.entries(figures).map(([name, value]) => {
      const text = typeof value === "object" ? JSON.stringify(value) : String(value);
      return [name, typeof value === "number" ? value : verbatim(text)] as const;
    });
    const verdict = sound ? styled(call.terminal, "green", "sound") : styled(call.terminal, "red", "DAMAGED");
    call.terminal.out(pairs(call.terminal, [["journal", dir], ["verdict", verdict], ...rows], "left"));
    for (const found of problems) call.terminal.err(`${problemText(found)}\n`);
  }
  if (!sound) return Exit.Error;
  sayNext(call, "meltica journal dump");
  return Exit.Ok;
}

async function dump(call: Call): Promise<Exit> {
  const dir = await journalDir(call.given);
  const from = recordNumber(call.given, "from") ?? 1;
  const to = recordNumber(call.given, "to");
  const kinds = call.given.all("kind");
  const { dumpJournal, recordKinds } = await journalFunctions();
  const unknown = kinds.find((kind) => !recordKinds.includes(kind));
  if (unknown !== undefined) {
    const { nearestHint } = await import("../core/nearest.ts");
    throw usage(`--kind cannot be "${unknown}"`, nearestHint(unknown, recordKinds));
  }
  const options = { from, ...(to === undefined ? {} : { to }), ...(kinds.length === 0 ? {} : { kinds }) };
  await dumpJournal(dir, options, (line) => call.terminal.out(`${line}\n`));
  return Exit.Ok;
}

async function journalDir(given: Arguments): Promise<string> {
  const dataDir = await dataDirOf(given);
  const dir = join(dataDir, JOURNAL_FOLDER);
  if (existsSync(dir)) return dir;
  throw new ProblemError(problem(Code.FileNotFound, `there is no journal in ${dataDir}`, {}, "give --data-dir"));
}

function recordNumber(given: Arguments, name: string): number | undefined {
  const text = given.text(name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number.parseInt(text, 10);
  throw usage(`--${name} cannot be "${text}"`, "a record number");
}
