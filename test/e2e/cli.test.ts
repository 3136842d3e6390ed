/** The program as a person runs it: replay of self-made captures, good and hostile, exit codes, JSON, errors. */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { makeFrames } from "../../bench/frames.ts";
import type { ReplayResult } from "../../src/app/replay_result.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-e2e-"));
const MAIN = join(import.meta.dir, "../../src/main.ts");

function meltica(...args: string[]) {
  const run = Bun.spawnSync([process.execPath, MAIN, ...args], { stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  return { code: run.exitCode, out: run.stdout.toString(), err: run.stderr.toString() };
}

function replay(...args: string[]): ReplayResult {
  const { code, out, err } = meltica("replay", ...args, "--json");
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as ReplayResult;
}

/** Lines of a self-made capture. */
function lines(count = 3_000): string[] {
  const { texts, receiveTimesUs } = makeFrames(count, false);
  return texts.map((text, i) => `${receiveTimesUs[i]}000 ${text}`);
}

function save(name: string, content: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith(".gz") ? gzipSync(content.join("\n")) : content.join("\n"));
  return path;
}

const GOOD = save("good.gz", lines());

describe("meltica replay", () => {
  test("the same capture twice: the same hashes, both proofs, orders and fills", () => {
    const first = replay(GOOD, "--strategy", "market-making");
    const second = replay(GOOD, "--strategy", "market-making");
    expect(second.hashes).toEqual(first.hashes);
    expect(first.verified).toEqual({ applyAlone: true, decideAgain: true });
    expect([first.messages, first.depthSequenceGaps, first.setAside]).toEqual([3_000, 0, {}]);
    expect(first.orders.placed).toBeGreaterThan(0);
    expect(replay(GOOD, "--strategy", "market-making", "--entry-latency-us", "9000").hashes).not.toEqual(first.hashes);
  });

  test("gaps, duplicates, reordering, cut and mutated lines: counted, never a wrong book, and the rest goes on", () => {
    const all = lines();
    const depth = all.flatMap((line, i) => (line.includes("@depth") && i > 500 ? [i] : []));
    const [gone, twice, moved] = [depth[3], depth[9], depth[20]] as [number, number, number];
    const hostile = [...all];
    hostile[moved] = all[moved + 1] as string;
    hostile[moved + 1] = all[moved] as string;
    hostile.splice(twice, 0, all[twice] as string);
    hostile.splice(gone, 1);
    hostile.splice(700, 0, "nonsense", "1723161254000000000 {", `1723161254000000000 ${"[".repeat(5_000)}`, "1 2 3");
    hostile.splice(800, 0, `${all[800]?.slice(0, 90)}`, '1723161254000000000 {"e":"surprise","x":1}');
    const result = replay(save("hostile.gz", hostile), "--strategy", "ema-cross", "--param", "tf=1s");
    expect(result.depthSequenceGaps).toBeGreaterThanOrEqual(1);
    expect(result.setAside["LineMalformed"]).toBe(2);
    expect(Object.values(result.setAside).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(5);
    expect(result.final.flags).not.toContain("valid");
    expect(result.problems.some((p) => p.line === 701)).toBe(true);
    expect(result.verified).toEqual({ applyAlone: true, decideAgain: true });
    expect(result.trades).toBeGreaterThan(300);
  });

  test("a strategy that throws is paused and named; the replay ends well", () => {
    const path = join(folder, "throws.ts");
    writeFileSync(
      path,
      'import { strategy } from "meltica";\n' +
        'export default strategy({ name: "throws", markets: { main: {} } }, () => ({\n' +
        '  onQuote() {\n    throw new Error("on purpose");\n  },\n}));\n',
    );
    const result = replay(GOOD, "--strategy", path);
    expect(result.problems[0]).toMatchObject({ code: "StrategyThrew", file: path, line: 4 });
    expect(result.depthSequenceGaps).toBe(0);
  });

  test.each([
    [["replay", join(folder, "absent.gz")], 2, "FileNotFound"],
    [["replay", GOOD, "--strategy", "ema-cros"], 2, 'did you mean "ema-cross"'],
    [["replay", GOOD, "--strategy", "ema-cross", "--param", "fsat=3"], 2, "did you mean"],
    [["replay", GOOD, "--strategy", "ema-cross", "--param", "fast=500"], 2, "at most 200"],
    [["replay", GOOD, "--limit", "maxOrderValu=5"], 2, "maxOrderValu"],
    [["replay", GOOD, "--symbol", "BTCUSDT"], 1, "ETHUSDT"],
    [["replay", save("empty.txt", ["1723161254000000000 {}"])], 1, "NoInstrument"],
    [["replay"], 2, "Usage"],
    [["replya"], 2, "replay"],
  ])("%j exits with %d and says what to do", (args, code, says) => {
    const run = meltica(...(args as string[]));
    expect(run.err).toContain(says);
    expect(run.code).toBe(code);
    expect(run.out).toBe("");
  });

  test("--json reports errors as JSON; a person gets a table, without colour when piped", () => {
    const bad = meltica("replay", join(folder, "absent.gz"), "--json");
    expect(JSON.parse(bad.err)).toMatchObject({ error: { code: "FileNotFound" } });
    const table = meltica("replay", GOOD, "--no-verify");
    expect(table.code).toBe(0);
    expect(table.out).toContain("best bid");
    expect(table.out.includes("\u001b[")).toBe(false);
    expect(meltica("version", "--json").out).toContain('"version":"0.1.0"');
  });
});
