/** `journal verify` and `dump` as verbs: range, kinds, damage, exit codes. The journal's own tests read real files. */

import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import { readArguments } from "./arguments.ts";
import { Exit } from "./exit.ts";
import { dump, verb, verify } from "./journal.ts";
import type { DumpedRecord, DumpRange, journalFunctions } from "./journal_entry.ts";
import { run } from "./run.ts";
import { COMMON_DEFINITIONS } from "./verb.ts";

const dataDir = mkdtempSync(join(tmpdir(), "meltica-journal-"));
mkdirSync(join(dataDir, "journal"));
const DAMAGE = problem(Code.JournalDamaged, "batch 7 does not fit", { file: "journal/000001" });

interface Asked {
  dirs: string[];
  ranges: DumpRange[];
}

/** A journal of three records; `damaged` after the second. */
function functions(
  problems: readonly Problem[] = [],
  asked: Asked = { dirs: [], ranges: [] },
): typeof journalFunctions {
  const records: DumpedRecord[] = [
    { record: 1, kind: "SessionStarted" },
    { record: 2, kind: "OrderFilled", price: "1.5" },
    { record: 3, kind: "OrderFilled", price: "2" },
  ];
  return async () => ({
    verifyJournal(dir) {
      asked.dirs.push(dir);
      return { records: 12_345, chain: "00ff", problems };
    },
    dumpJournal(dir, onObject, range) {
      asked.dirs.push(dir);
      asked.ranges.push(range);
      for (const record of records.slice(0, problems.length === 0 ? 3 : 2)) onObject(record);
      if (problems[0] !== undefined) throw new ProblemError(problems[0]);
    },
  });
}

async function call(what: typeof verify, load: typeof journalFunctions, ...raw: string[]) {
  const terminal = new MemoryTerminal();
  const definitions = verb.actions[what === verify ? 0 : 1]?.definitions;
  const given = readArguments([...raw, "--data-dir", dataDir], { ...definitions, ...COMMON_DEFINITIONS });
  const options = { given, terminal, json: given.flag("json"), quiet: given.flag("quiet") };
  const exit = await what(options, load).catch((error) => error as ProblemError);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr };
}

describe("journal", () => {
  test("verify: sound, and damaged with exit 1 and every problem", async () => {
    const asked: Asked = { dirs: [], ranges: [] };
    const sound = await call(verify, functions([], asked));
    expect(sound.exit).toBe(Exit.Ok);
    expect(sound.stdout).toContain("  verdict  sound\n  records  12,345\n  chain    00ff\n");
    expect(asked.dirs).toEqual([join(dataDir, "journal")]);
    const damaged = await call(verify, functions([DAMAGE]));
    expect(damaged).toMatchObject({ exit: Exit.Error, stdout: expect.stringContaining("DAMAGED") });
    expect(damaged.stderr).toStartWith("journal/000001: batch 7 does not fit [JournalDamaged]");
    const json = await call(verify, functions([DAMAGE]), "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      records: 12_345,
      problems: [{ code: "JournalDamaged" }],
    });
    expect((await call(verify, functions(), "--quiet")).stdout).toBe("sound\n");
  });

  test("dump: JSON lines of the range and kinds", async () => {
    const asked: Asked = { dirs: [], ranges: [] };
    const { exit, stdout } = await call(
      dump,
      functions([], asked),
      "--from",
      "2",
      "--to",
      "9",
      "--kind",
      "OrderFilled",
    );
    expect(exit).toBe(Exit.Ok);
    expect(stdout).toBe(
      '{"record":2,"kind":"OrderFilled","price":"1.5"}\n{"record":3,"kind":"OrderFilled","price":"2"}\n',
    );
    expect(asked.ranges).toEqual([{ fromRecord: 2, toRecord: 9 }]);
    await call(dump, functions([], asked));
    expect(asked.ranges[1]).toEqual({});
  });

  test("dump of a damaged journal: what stands before the damage, then the problem", async () => {
    const { exit, stdout } = await call(dump, functions([DAMAGE]));
    expect(exit).toBeInstanceOf(ProblemError);
    expect(stdout.split("\n")).toHaveLength(3);
  });

  test("wrong numbers, wrong kinds, no journal", async () => {
    expect(String((await call(dump, functions(), "--from", "-1")).exit)).toContain("--from cannot be");
    expect(String((await call(dump, functions(), "--kind", "OrderFiled")).exit)).toContain(
      'did you mean "OrderFilled"?',
    );
    const terminal = new MemoryTerminal();
    const none = mkdtempSync(join(tmpdir(), "meltica-journal-"));
    expect(await run(["journal", "verify", "--data-dir", none], terminal)).toBe(Exit.UsageOrNotFound);
    expect(terminal.stderr).toContain(`there is no journal in ${none}`);
    expect(await run(["journal"], new MemoryTerminal())).toBe(Exit.UsageOrNotFound);
  });
});
