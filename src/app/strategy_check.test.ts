/** The checker and loader over what users' folders really hold: imports, throws on loading, wrong exports, positions. */

import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Problem, ProblemError } from "../core/problem.ts";
import { onMain, TestPort } from "../strategy/test_port.testing.ts";
import { checkStrategy } from "./strategy_check.ts";
import { loadStrategy } from "./strategy_checked.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica check "));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function problemOf(path: string): Promise<Problem> {
  const found = await loadStrategy(path).catch((error: unknown) => error);
  if (found instanceof ProblemError) return found.problem;
  throw found instanceof Error ? found : new Error("it loaded");
}

const source = (body: string, params = "fast: t.Integer({ default: 3 })") => `import { strategy, t } from "meltica";
export default strategy(
  { name: "mine", params: { ${params} }, markets: { main: { tf: "1s" } } },
  ({ params, main }) => {
    ${body}
  },
);
`;

describe("a user's file", () => {
  test("loads from outside the package, runs its setup and trades", async () => {
    const text = source('return { onQuote: () => void main.buy({ base: params.fast }, { why: "go" }) };');
    const module = await loadStrategy(file("good.ts", text));
    const port = new TestPort();
    const bindings = { main: { instrument: 0, account: 0 } };
    expect(port.host.add({ id: 1, module, params: { fast: 2 }, bindings })).toBeUndefined();
    port.host.start(1);
    port.quote();
    expect(port.placed.map(({ qty, why }) => [qty, why])).toEqual([[2_000_000, "go"]]);
  });

  test("a throw in a handler is placed in that very file", async () => {
    const path = file("throws.ts", source('return { onQuote() {\n      throw new Error("boom"); } };'));
    const port = new TestPort();
    expect(port.start(await loadStrategy(path))).toBe("");
    expect(
      port.start(
        onMain(() => ({})),
        2,
      ),
    ).toBe("");
    port.quote();
    expect(port.host.problems).toHaveLength(1);
    expect(port.host.problems[0]).toMatchObject({ code: "StrategyThrew", file: path, line: 6, detail: "mine: boom" });
    expect(port.host.problems[0]?.column).toBeGreaterThan(0);
  });

  test("a throw while it is loaded is placed, too", async () => {
    const path = file("loading.ts", `import "meltica";\nthrow new Error("early");\nexport default 5;\n`);
    expect(await problemOf(path)).toMatchObject({ file: path, line: 2 });
  });

  test("a helper file beside it is followed, also for type errors", async () => {
    file("lib/half.ts", "export const half = (value: number): number => value / 2;\n");
    const good = `import { half } from "./lib/half.ts";\n${source("const n: number = half(params.fast); return n > 0 ? {} : {};")}`;
    expect((await loadStrategy(file("uses.ts", good))).definition.name).toBe("mine");
    const bad = await problemOf(file("misuses.ts", good.replace("half(params.fast)", 'half("3")')));
    expect(bad).toMatchObject({ code: "StrategyType", file: join(folder, "misuses.ts"), line: 6 });
    expect(bad.column).toBeGreaterThan(1);
  });

  test("a changed file is loaded anew, and what runs is what was hashed", async () => {
    const path = file("changes.ts", source("return {};"));
    expect((await loadStrategy(path)).definition.name).toBe("mine");
    writeFileSync(path, source("return {};").replace('"mine"', '"other"'));
    expect((await loadStrategy(path)).definition.name).toBe("other");
  });

  test.each([
    ["a function", "export default () => ({});"],
    ["nothing", "export const x = 1;"],
    ["a bare object", "export default { definition: { name: 'x', markets: { main: {} } }, setup: () => ({}) };"],
  ])("that exports %s is no strategy, and says which file", async (what, text) => {
    const path = file(`shape-${what.replace(/ /g, "-")}.ts`, text);
    const found = await problemOf(path);
    expect(found).toMatchObject({ code: "StrategyShape", file: path });
    expect(found.hint).not.toBe("");
  });
});

describe("checkStrategy", () => {
  const at = async (body: string) =>
    (await checkStrategy(join(folder, "x.ts"), source(body))).map((p) => [p.line, p.column]);

  test("positions are those of the mistake, counted from 1", async () => {
    expect(await at("main.ema(params.fasst); return {};")).toEqual([[5, 21]]);
    expect(await at('main.buy({ base: 1 }, { wy: "x" }); return {};')).toEqual([[5, 29]]);
    expect(await at("const n: string = params.fast; return {};")).toEqual([[5, 11]]);
    expect(await at("return {};")).toEqual([]);
  });

  test.each(["setTimeout(() => {}, 1)", "console.log(1)", "process.exit()", "Bun.file('x')", "fetch('x')"])(
    "%s does not exist for a strategy",
    async (call) => {
      const found = await checkStrategy(join(folder, "x.ts"), source(`${call}; return {};`));
      expect(found.map((p) => [p.code, p.line, p.column])).toEqual([["StrategyType", 5, 5]]);
    },
  );

  // They are in the language's own types, and run: two runs of the same session would differ.
  test.todo("Date and Math.random do not exist for a strategy: waits for a decision, they are in the language's types", async () => {
    for (const call of ["Date.now()", "Math.random()"]) expect((await at(`${call}; return {};`)).length).toBe(1);
  });

  test("at most 20 faults, whatever the file", async () => {
    expect((await at(`${"params.x; ".repeat(50)} return {};`)).length).toBe(20);
  });
});
