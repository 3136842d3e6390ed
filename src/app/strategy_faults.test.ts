/** Strategy files that are wrong in every stage of strategy_loader: all faults at once, each with its place. */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "../core/problem.ts";
import type { StrategyModule } from "../strategy/api.ts";
import { checkStrategy } from "./strategy_check.ts";
import { findChecked as findStrategy } from "./strategy_checked.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-faults-"));

function file(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function faults(path: string): Promise<readonly Problem[]> {
  const found = await findStrategy(path);
  return "kind" in found ? [] : found;
}

const head = 'import { strategy, t } from "meltica";\n';

describe("a file that is wrong", () => {
  test("in its types, twice: both are told, with line and column", async () => {
    const text = `${head}export default strategy({ name: "x", markets: { main: {} } }, ({ main }) => ({\n  onBar() {\n    main.byu();\n    main.target("1", { why: "x" });\n  },\n}));\n`;
    const found = await faults(file("two.ts", text));
    expect(found.map((p) => [p.code, p.line, p.column])).toEqual([
      ["StrategyType", 4, 10],
      ["StrategyType", 5, 17],
    ]);
  });

  test("in a file that it imports: the place is there", async () => {
    const helper = file("helper.ts", "export const size: number = 'much';\n");
    const text = `import { size } from "./helper.ts";\n${head}export default strategy({ name: "x", markets: { main: {} } }, () => ({ onBar: () => void size }));\n`;
    expect(await faults(file("imports.ts", text))).toMatchObject([{ code: "StrategyType", file: helper, line: 1 }]);
  });

  test("in what it exports: in JavaScript, where no type is checked, all of it at once", async () => {
    const text = `${head}export default strategy({ name: "Bad Name", markets: { state: { tf: "1y" } }, parms: {} }, 5);\n`;
    const found = await faults(file("shape.js", text));
    expect(found.map((p) => p.code)).toEqual(Array.from({ length: 5 }, () => "StrategyShape"));
    expect(found.every((p) => p.file === join(folder, "shape.js") && p.hint !== "")).toBe(true);
  });

  test("because it throws while it loads: with its line", async () => {
    const found = await faults(file("throws.js", `${head}\nconst x = undefined;\nexport default x.y;\n`));
    expect(found).toMatchObject([{ code: "StrategyThrew", file: join(folder, "throws.js"), line: 4 }]);
  });

  test.each([
    ["Date.now()", 1],
    ["new Date()", 1],
    ["Date()", 1],
    ["new Date(2024, 1)", 1],
    ["Math.random()", 1],
    ["new Date(now() / 1000).getUTCHours() + Math.floor(random())", 0],
    ["Date.UTC(2024, 0, 1)", 0],
  ])("by the host's clock or chance: %s", async (call, count) => {
    const text = `${head}export default strategy({ name: "x", markets: { main: {} } }, ({ now, random }) => ({\n  onStart() {\n    return void [${call}, now, random];\n  },\n}));\n`;
    const found = await checkStrategy(join(folder, "chance.ts"), text);
    expect(found.map((p) => [p.code, p.line])).toEqual(Array.from({ length: count }, () => ["StrategyType", 4]));
  });

  test("because it imports what is not there", async () => {
    const found = await faults(file("absent.js", 'import x from "./nowhere.js";\nexport default x;\n'));
    expect(found[0]?.code).toBe("StrategySyntax");
    expect(found[0]?.detail).toContain("nowhere");
  });

  test("because it is no text, or a folder", async () => {
    expect(await faults(file("bytes.ts", new Uint8Array([0xff, 0xfe, 0x00])))).toMatchObject([
      { code: "FileUnreadable", file: join(folder, "bytes.ts") },
    ]);
    expect((await faults(folder))[0]?.code).toBe("StrategyNotFound");
    expect(await faults("toString")).toMatchObject([{ code: "StrategyNotFound" }]);
  });
});

describe("a file that is right", () => {
  const text = (n: number) =>
    `${head}export default strategy({ name: "v${n}", markets: { main: {} } }, () => ({\n  onBar() {\n    throw new Error("x");\n  },\n}));\n`;

  test("says where it came from and which bytes it was; a changed file is a new strategy", async () => {
    const path = file("versions.ts", text(1));
    const first = (await findStrategy(path)) as StrategyModule;
    expect(first).toMatchObject({ source: path, definition: { name: "v1" } });
    expect(first.hash).toBe(new Bun.CryptoHasher("sha256").update(text(1)).digest("hex"));
    writeFileSync(path, text(2));
    const second = (await findStrategy(path)) as StrategyModule;
    expect(second.definition.name).toBe("v2");
    expect(second.hash).not.toBe(first.hash as string);
  });
});
