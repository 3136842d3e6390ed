/** Strategy files from anywhere: a good one runs, every bad one is a coded problem with its position. Covers strategy_check. */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Problem, ProblemError } from "../core/problem.ts";
import { checkStrategy } from "./strategy_check.ts";
import { loadStrategy } from "./strategy_checked.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-strategy-"));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function problemOf(nameOrPath: string): Promise<Problem> {
  try {
    await loadStrategy(nameOrPath);
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  throw new Error("it loaded");
}

const GOOD = `import { strategy, t } from "meltica";
export default strategy(
  { name: "mine", params: { fast: t.Integer({ default: 3 }) }, markets: { main: { tf: "5m" } } },
  ({ params, main }) => {
    const ema = main.ema(params.fast);
    return { onBar() { if (ema.ready) main.target(0.5, { why: "up" }); } };
  },
);
`;

describe("strategy files", () => {
  test("a sound file outside the package loads; a built-in needs no file", async () => {
    const module = await loadStrategy(file("good.ts", GOOD));
    expect(module.definition.name).toBe("mine");
    expect((await loadStrategy("noop")).definition.name).toBe("noop");
    const plain = GOOD.replace("import { strategy, t }", "import { strategy, t }").replace(/: string/g, "");
    expect((await loadStrategy(file("good.js", plain))).definition.name).toBe("mine");
  });

  test("a syntax error has line and column", async () => {
    const problem = await problemOf(file("syntax.ts", GOOD.replace("return {", "return {{")));
    expect(problem).toMatchObject({ code: "StrategySyntax", file: join(folder, "syntax.ts"), line: 6 });
    expect(problem.column).toBeGreaterThan(1);
  });

  test.each([
    ["params.fasst", GOOD.replace("params.fast)", "params.fasst)"), 5, "did you mean 'fast'"],
    ["another market", GOOD.replace("({ params, main })", "({ params, mian })").replace("main.", "mian."), 4, "mian"],
    ["an order without why", GOOD.replace('{ why: "up" }', "{}"), 6, "why"],
    ["the outside world", GOOD.replace("const ema", "fetch('x'); const ema"), 5, "fetch"],
    ["a number for a text", GOOD.replace('tf: "5m"', "tf: 5"), 3, "string"],
  ])("a type error (%s) has line, column and the compiler's words", async (_, text, line, says) => {
    const problem = await problemOf(file(`type${line}${says.length}.ts`, text));
    expect(problem).toMatchObject({ code: "StrategyType", line });
    expect(problem.detail.toLowerCase()).toContain(says.toLowerCase());
    expect(problem.hint).toContain("TypeScript error");
  });

  test("no strategy exported, no such name, no such file", async () => {
    expect((await problemOf(file("shape.ts", "export default 5;"))).code).toBe("StrategyShape");
    expect(await problemOf("ema-crss")).toMatchObject({ code: "StrategyNotFound", hint: 'did you mean "ema-cross"?' });
    expect((await problemOf(join(folder, "absent.ts"))).code).toBe("StrategyNotFound");
  });

  test("the built-ins are sound under the very check that users' files get", async () => {
    for (const name of ["ema_cross", "market_making", "noop"]) {
      const path = join(import.meta.dir, `../strategy/builtin/${name}.ts`);
      expect(await checkStrategy(path, readFileSync(path, "utf8")), name).toEqual([]);
    }
  });
});
