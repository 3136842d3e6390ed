/** The repository lints itself: each rule is tried on a small bad sample, then on every file of ours. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FLOORS, floorOf, folderOf } from "./support/floors.ts";
import { type RepositoryFile, repositoryFiles } from "./support/repository.ts";
import { isTest, parseSource, ROOT, readSources, type SourceText } from "./support/source.ts";
import { assertionCount, distribution, functionSizes, hasLogic } from "./support/tidy_measures.ts";
import { judge, type Rule } from "./support/tidy_rule.ts";
import { RULES } from "./support/tidy_rules.ts";

const sources = readSources("src", "test", "bench");
const product = sources.filter((source) => source.path.startsWith("src/") && !isTest(source.path));

/** Functions over 70 lines that are tolerated, with the length they may have: entries may only shrink or go. */
const LONG_FUNCTIONS: Readonly<Record<string, number>> = {};
const FUNCTION_LINES_MAX = 70;
/** Assertions per function that every room of floors 0–4 has at least; raised as the rooms grow, never lowered. */
const ASSERTIONS_PER_FUNCTION_MIN = 0.3;
/** Rooms below it, with what they have: `strategy` is mostly getters, and answers what users pass in by code. */
const ASSERTIONS_RATCHET: Readonly<Record<string, number>> = { strategy: 0.08 };
const BLOB_BYTES_MAX = 1 << 20;

const TOP_LEVEL =
  "package.json bunfig.toml tsconfig.json src config drizzle bench test dashboards README.md " +
  "LICENSE bun.lock .gitignore .ci .github biome.json SECURITY.md";
const EXTENSIONS = /\.(ts|tsx|css|html|svg|md|json|jsonl|toml|yaml|yml|sh|sql|snap|lock|patch|py|service|tf|gz|bin)$/;
const WITHOUT_EXTENSION = /(^|\/)(LICENSE|\.gitignore|\.gitkeep|\.dockerignore|Dockerfile|run)$/;

const HEAD = "/** A file of a sample. */\n";

/** Rule, path and text of a bad sample, and what the rule must say about it. */
const SAMPLES: readonly (readonly [id: string, path: string, text: string, said: readonly string[]])[] = [
  [
    "clock-or-chance",
    "src/oms/a.ts",
    "const t = Date.now();\n// det-ok: \nconst u = Math.random();\nconst v = new Date(); // det-ok: shown to people only\n",
    [
      "src/oms/a.ts:2: `Date.` [clock-or-chance] (time and chance are ports: the engine's clock, the seeded generator)",
      "src/oms/a.ts:4: `Math.random` [clock-or-chance] (time and chance are ports: the engine's clock, the seeded generator)",
    ],
  ],
  [
    "asynchronous",
    "src/engine/a.ts",
    'async function f() {}\nconst s = "await"; // Promise\n',
    [
      "src/engine/a.ts:2: `async` [asynchronous] (floors 0–4 are synchronous: an edge waits, and the engine gets an input)",
    ],
  ],
  [
    "input-output",
    "src/risk/a.ts",
    "const home = process.env;\n",
    [
      "src/risk/a.ts:2: `process.` [input-output] (files, sockets and the environment belong to floor 5 and up: pass in what was read)",
    ],
  ],
  [
    "module-state",
    "src/venue/x/a.ts",
    "let n = 0;\nconst m = { a: new Map() };\nconst f = () => new Map();\nconst o = Object.freeze(new X());\nclass C { m = new Map(); }\nconst z = Object.freeze(new Map());\n",
    [
      "src/venue/x/a.ts:2: a variable of the module [module-state] (put it into a class that its owner makes, or freeze a table of literals)",
      "src/venue/x/a.ts:3: `new Map` at load [module-state] (put it into a class that its owner makes, or freeze a table of literals)",
      "src/venue/x/a.ts:7: `new Map` at load [module-state] (put it into a class that its owner makes, or freeze a table of literals)",
    ],
  ],
  [
    "bigint",
    "src/ledger/a.ts",
    "const a = 5n;\nfunction f() {\n  const b = BigInt(3); // bigint-ok: once at the start\n  return b + 1n;\n}\n",
    ["src/ledger/a.ts:2: `5n` [bigint] (use core/wide.ts; BigInt allocates. Off the hot path: `// bigint-ok: why`)"],
  ],
  [
    "inexact-math",
    "src/market/a.ts",
    "const a = Math.pow(2, 3) + 2 ** 3 + Math.sqrt(2);\n",
    [
      "src/market/a.ts:2: `Math.pow` [inexact-math] (engines differ in the last digit: core/math.ts, pow10 of core/decimal.ts, or `// math-ok: why`)",
      "src/market/a.ts:2: `**` [inexact-math] (engines differ in the last digit: core/math.ts, pow10 of core/decimal.ts, or `// math-ok: why`)",
    ],
  ],
  [
    "float-from-text",
    "src/app/a.ts",
    'const a = parseFloat("1");\nconst b = Number.isInteger(1);\nconst c = Number("7"); // number-ok: a line count\n',
    [
      "src/app/a.ts:2: `parseFloat(` [float-from-text] (prices and sizes go text ⇄ integer by core/decimal.ts. Whole numbers: `// number-ok: why`)",
    ],
  ],
  [
    "console",
    "src/app/a.ts",
    "console.log(1);\n",
    ["src/app/a.ts:2: `console.` [console] (return a Problem, or count it; only the command line talks)"],
  ],
  [
    "process-exit",
    "src/cli/a.ts",
    "process.exit(1);\n",
    ["src/cli/a.ts:2: `process.exit` [process-exit] (return an exit code: src/main.ts alone ends the process)"],
  ],
  [
    "empty-catch",
    "bench/a.ts",
    "try { f(); } catch { /* quiet */ }\n",
    ["bench/a.ts:2: empty catch [empty-catch] (handle it, or return a code; a swallowed error is a lie)"],
  ],
  [
    "unfinished",
    "src/core/a.ts",
    `const a = 1; // ${"TO"}${"DO"} later\n`,
    [
      `src/core/a.ts:2: \`${"TO"}${"DO"}\` [unfinished] (finish it, or file an issue and name what does not work yet in words)`,
    ],
  ],
  [
    "only",
    "src/core/a.test.ts",
    'test.only("a", () => {});\n',
    ["src/core/a.test.ts:2: `test.only` [only] (take it away: it silences all other tests)"],
  ],
  [
    "skip-without-reason",
    "src/core/a.test.ts",
    'test.skip("a", () => {});\ntest.skip("b: needs a disk that lies", () => {});\ntest.skipIf(x)("c", () => {});\n',
    [
      "src/core/a.test.ts:2: `test.skip` without a reason [skip-without-reason] (name the reason in the test's name, or use skipIf(condition))",
    ],
  ],
  [
    "types-switched-off",
    "src/core/a.ts",
    "const a = b as any;\n// @ts-ignore\nconst c = d;\n",
    [
      "src/core/a.ts:2: `any` [types-switched-off] (give it its type, or `unknown` and a check)",
      "src/core/a.ts:3: `// @ts-ignore` [types-switched-off] (give it its type, or `unknown` and a check)",
    ],
  ],
  [
    "line-length",
    "src/core/a.ts",
    `const a = "${"x".repeat(130)}";\nconst b = ${"xyz + ".repeat(19)}c;\nconst d = "${"x".repeat(140)}";\n`,
    [
      "src/core/a.ts:3: 126 columns [line-length] (120 columns of code, 150 where the rest is a comment or a text: break it, or name a part)",
      "src/core/a.ts:4: 153 columns [line-length] (120 columns of code, 150 where the rest is a comment or a text: break it, or name a part)",
    ],
  ],
  [
    "file-length",
    "src/core/a.ts",
    "\n".repeat(600),
    ["src/core/a.ts:1: 601 lines [file-length] (at most 600 lines: a second noun deserves a second file)"],
  ],
  [
    "capacity-literal",
    "src/ring/a.ts",
    "const make = (n: number) => [new Int32Array(1 << 20), new Array(1_000), new Uint8Array(n)];\n",
    [
      "src/ring/a.ts:2: `new Int32Array(1 << 20)` [capacity-literal] (take the capacity from core/limits.ts, by the constructor)",
    ],
  ],
  [
    "unit-suffix",
    "src/model/a.ts",
    "interface A { delay: number; ackDelayUs: number; timeInForce: number; name: string }\n",
    ["src/model/a.ts:2: `delay` [unit-suffix] (say the unit last: …Us, …UsMax, …Bytes, …BytesMax)"],
  ],
];

describe("each rule", () => {
  const rule = (id: string) => RULES.find((known) => known.id === id) as Rule;

  test.each(SAMPLES)("%s finds its sample and says what to do instead", (id, path, text, said) => {
    expect(judge(rule(id), parseSource(path, HEAD + text))).toEqual([...said]);
  });

  test("file-head finds a file without a sentence", () => {
    const said =
      "src/core/a.ts:1: no sentence on top [file-head] (begin the file with `/** One sentence that says what it is. */`)";
    expect(judge(rule("file-head"), parseSource("src/core/a.ts", "const a = 1;\n"))).toEqual([said]);
    expect(judge(rule("file-head"), parseSource("src/core/a.ts", HEAD))).toEqual([]);
  });

  test("has a sample", () => {
    expect(
      RULES.map(({ id }) => id)
        .filter((id) => id !== "file-head")
        .sort(),
    ).toEqual(SAMPLES.map(([id]) => id).sort());
  });

  test("knows its rooms: the same text elsewhere is fine", () => {
    expect(judge(rule("clock-or-chance"), parseSource("src/app/a.ts", "Date.now();"))).toEqual([]);
    expect(judge(rule("clock-or-chance"), parseSource("src/oms/a.test.ts", "Date.now();"))).toEqual([]);
    expect(judge(rule("float-from-text"), parseSource("src/venue/binance/decode.ts", "Number(a)"))).toEqual([]);
    expect(judge(rule("inexact-math"), parseSource("src/core/math.ts", "Math.pow(1, 2)"))).toEqual([]);
  });
});

describe("every file of ours", () => {
  test.each(RULES.map((rule) => [rule.id, rule] as const))("%s", (_, rule) => {
    expect(sources.flatMap((source) => judge(rule, source))).toEqual([]);
  });

  test("functions are 70 lines at most, and the list of older ones only shrinks", () => {
    const sizes = product.flatMap(functionSizes);
    const long = sizes.filter(({ name, lines }) => lines > (LONG_FUNCTIONS[name] ?? FUNCTION_LINES_MAX));
    expect(long.map(({ name, lines }) => `${name}: ${lines} lines`)).toEqual([]);
    for (const [name, allowed] of Object.entries(LONG_FUNCTIONS)) {
      expect(sizes.find((size) => size.name === name)?.lines).toBe(allowed); // Shorter or gone: shrink the list.
    }
  });

  test("file sizes: median at most 150 lines, the 90th percentile at most 400", () => {
    const { median, p90, largest } = distribution(product.map((source) => source.lines.length - 1));
    process.stdout.write(`  ${product.length} files: median ${median}, p90 ${p90}, largest ${largest} lines\n`);
    expect(median).toBeLessThanOrEqual(150);
    expect(p90).toBeLessThanOrEqual(400);
  });

  test("assertions: every room of floors 0–4 keeps its minimum per function", () => {
    const rooms = Object.keys(FLOORS).filter((room) => (FLOORS[room] as number) <= 4);
    const low: string[] = [];
    for (const room of rooms) {
      const counts = product.filter((source) => folderOf(source.path) === room).map(assertionCount);
      const functions = counts.reduce((sum, count) => sum + count.functions, 0);
      const assertions = counts.reduce((sum, count) => sum + count.assertions, 0);
      if (functions === 0) continue;
      const density = assertions / functions;
      const line = `${room}: ${assertions} assertions in ${functions} functions, ${density.toFixed(2)} each`;
      process.stdout.write(`  ${line}\n`);
      if (density < (ASSERTIONS_RATCHET[room] ?? ASSERTIONS_PER_FUNCTION_MIN)) low.push(line);
    }
    expect(low).toEqual([]);
  });

  test("each file of floors 0–5 with logic has a test beside it, or is named in one", () => {
    expect(product.filter((source) => needsTest(source) && !isTested(source)).map((source) => source.path)).toEqual([]);
  });
});

describe("the measures", () => {
  const sample = parseSource(
    "src/core/a.ts",
    "export function f() {\n  assert(true, 1);\n}\nclass C {\n  m(): void {}\n  get g() { return 1; }\n}\nenum E { A = 1 }\n",
  );

  test("count functions and assertions, and see logic", () => {
    expect(assertionCount(sample)).toEqual({ functions: 2, assertions: 1 });
    expect(functionSizes(sample).map(({ name, lines }) => [name, lines])).toEqual([
      ["src/core/a.ts: f", 3],
      ["src/core/a.ts: C.m", 1],
      ["src/core/a.ts: C.g", 1],
    ]);
    expect(hasLogic(sample)).toBe(true);
    expect(hasLogic(parseSource("src/core/b.ts", "export enum E { A = 1 }\nexport interface I { a: number }"))).toBe(
      false,
    );
    expect(distribution([5, 1, 9])).toEqual({ median: 5, p90: 5, largest: 9 });
  });
});

describe("the repository", () => {
  const files = repositoryFiles();

  test("has only top-level names of the design", () => {
    const names = new Set(files.map((file) => file.path.split("/")[0] as string));
    expect([...names].filter((name) => !TOP_LEVEL.split(" ").includes(name))).toEqual([]);
  });

  test("has only known kinds of files, none over 1 MiB, no fixtures", () => {
    const odd = ({ path }: RepositoryFile) => !EXTENSIONS.test(path) && !WITHOUT_EXTENSION.test(path);
    expect(files.filter(odd).map((file) => file.path)).toEqual([]);
    expect(files.filter((file) => file.bytes > BLOB_BYTES_MAX).map((file) => file.path)).toEqual([]);
  });

  test("has one `#` heading in every Markdown file", () => {
    const markdown = files.filter((file) => file.path.endsWith(".md"));
    expect(markdown.length).toBeGreaterThan(0);
    for (const { path } of markdown) {
      const text = readFileSync(join(ROOT, path), "utf8").replace(/^```[\s\S]*?^```/gm, "");
      expect([path, text.match(/^# .+/gm)?.length]).toEqual([path, 1]);
    }
  });
});

function needsTest(source: SourceText): boolean {
  return (floorOf(source.path) as number) <= 5 && hasLogic(source);
}

/** A test of the same name beside it, or a test of the same folder that imports it or names it. */
function isTested(source: SourceText): boolean {
  const stem = basename(source.path, ".ts");
  const siblings = sources.filter((test) => dirname(test.path) === dirname(source.path) && isTest(test.path));
  return siblings.some((test) => {
    const name = basename(test.path);
    return name === `${stem}.test.ts` || name === `${stem}.fuzz.test.ts` || new RegExp(`\\b${stem}\\b`).test(test.text);
  });
}
