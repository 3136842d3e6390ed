/** The architecture as tests: floors, what apply may reach, where permission is made, which packages are allowed. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../package.json";
import { FLOORS, floorOf, folderOf, roomOf, SIDEWAYS, TOP_FLOOR } from "./support/floors.ts";
import { fileExists, type Import, importsOf, packageOf, reach } from "./support/imports.ts";
import { isTest, parseSource, ROOT, readSources, type SourceText, ts, walk } from "./support/source.ts";

/** Packages that product code may import, each with its reason. `typescript6` is loaded lazily, bench only uses mitata. */
const ALLOWED_PACKAGES: Readonly<Record<string, string>> = {
  "@sinclair/typebox": "One schema of a strategy's parameters gives form, flags, optimiser space and error messages.",
  "@elysiajs/openapi": "Writes the OpenAPI document from the routes' own schemas.",
  "@preact/signals": "Keeps the page in step with the stream without redrawing all of it.",
  "@scalar/api-reference": "Shows the OpenAPI document offline; pinned and embedded, no CDN.",
  "drizzle-orm": "Typed schemas of both databases, the migrations made from them, and queries in the words of either.",
  postgres: "Speaks to PostgreSQL; the fastest driver on Bun, without native code. Patched, see config/patches.",
  elysia: "Routes with schemas in and out, WebSocket, fastest of its kind on Bun.",
  pino: "Structured logs with redaction; used as a plain stream.",
  preact: "Draws the page; four kilobytes.",
  uplot: "Draws time series in the page; small and fast.",
  yaml: "Reads the configuration with the position of every value, for errors that point.",
  citty: "Draws the command line's help from the definitions that it is read by; no dependencies of its own.",
  mitata: "Measures benches: keeps the optimiser honest and the samples many.",
  typescript6: "Type-checks strategy files at run time; TypeScript 7 has no JavaScript API.",
};

const sources = readSources("src");
const product = sources.filter((source) => !isTest(source.path));
const byPath = new Map(sources.map((source) => [source.path, source]));

/** Why an import is not allowed, or undefined. */
function importFault(from: string, found: Import): string | undefined {
  if (!found.ours) return undefined;
  const fromFloor = floorOf(from) ?? TOP_FLOOR;
  const toFloor = floorOf(found.target);
  if (toFloor === undefined) {
    const allowed =
      (from === "src/cli/bench.ts" && found.target.startsWith("bench/")) ||
      // Migrations are texts that drizzle-kit writes there; they are embedded by one file.
      (from === "src/store/migrations_embedded.ts" && found.target.startsWith("drizzle/"));
    return allowed || found.target === "package.json" ? undefined : `${from} imports ${found.target}, outside src/`;
  }
  const fromRoom = roomOf(from) as string;
  const toRoom = roomOf(found.target) as string;
  if (toFloor < fromFloor || fromRoom === toRoom) return undefined;
  if (toFloor === fromFloor && SIDEWAYS.has(`${fromRoom}→${toRoom}`)) return undefined;
  const direction = toFloor === fromFloor ? "sideways" : "upward";
  return `${from} (floor ${fromFloor}) imports ${found.target} (floor ${toFloor}): ${direction}`;
}

/** Groups of files that reach each other. */
function circlesOf(sources: readonly SourceText[]): string[][] {
  const all = new Map(sources.map((source) => [source.path, source]));
  const reached = new Map(sources.map(({ path }) => [path, reach(path, all, () => true)]));
  const meets = (one: string, other: string) =>
    reached.get(one)?.has(other) === true && reached.get(other)?.has(one) === true;
  const groups = sources.map(({ path }) => sources.map((other) => other.path).filter((other) => meets(path, other)));
  const circles = groups.filter((group) => group.length > 1).map((group) => group.sort());
  return [...new Map(circles.map((group) => [group.join(), group])).values()];
}

describe("floors", () => {
  test("every file stands in a room that has a floor", () => {
    expect(product.filter((source) => floorOf(source.path) === undefined).map((source) => source.path)).toEqual([]);
  });

  test("imports go downward only, and same-floor rooms do not know each other", () => {
    const faults = product.flatMap((source) => importsOf(source).map((found) => importFault(source.path, found)));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  test("no files import each other in a circle, not even for types", () => {
    const bench = readSources("bench").filter((source) => !isTest(source.path));
    expect(circlesOf([...product, ...bench])).toEqual([]);
    const texts = {
      a: 'import { b } from "./b.ts";\nb();',
      b: 'import type { C } from "./c.ts";',
      c: 'export * from "./a.ts";',
      d: "",
    };
    const made = Object.entries(texts).map(([name, text]) => parseSource(`src/core/${name}.ts`, text));
    expect(circlesOf(made)).toEqual([["src/core/a.ts", "src/core/b.ts", "src/core/c.ts"]]);
  });

  test("the rule sees upward, sideways, type-only and re-exported imports", () => {
    const bad = [
      ["src/core/x.ts", 'import { a } from "../engine/a.ts";\na();', "upward"],
      ["src/core/x.ts", 'import type { A } from "../engine/a.ts";', "upward"],
      ["src/oms/x.ts", 'export * from "../risk/a.ts";', "sideways"],
      ["src/oms/x.ts", 'export type {\n  A,\n} from "../risk/a.ts";', "sideways"],
      ["src/oms/x.ts", 'let a: import("../risk/a.ts").A;', "sideways"],
      ["src/oms/x.ts", 'await import("../risk/a.ts");', "sideways"],
      ["src/venue/binance/x.ts", 'import { a } from "../okx/a.ts";\na();', "sideways"],
      ["src/venue/binance/x.ts", 'import { a } from "../../journal/a.ts";\na();', "sideways"],
      ["src/core/x.ts", 'import { a } from "../../bench/a.ts";\na();', "outside src/"],
    ] as const;
    for (const [path, text, word] of bad) {
      const faults = importsOf(parseSource(path, text)).map((found) => importFault(path, found));
      expect(faults).toEqual([expect.stringContaining(word)]);
    }
    const good =
      'import { b } from "../market/b.ts";\n// import { c } from "../engine/c.ts";\nb("from \'../app/x.ts\'");';
    const path = "src/strategy/x.ts";
    expect(importsOf(parseSource(path, good)).map((found) => importFault(path, found))).toEqual([undefined]);
  });

  test("the imports that are read include all that Bun itself sees", () => {
    for (const source of product) {
      const transpiler = new Bun.Transpiler({ loader: source.path.endsWith(".tsx") ? "tsx" : "ts" });
      const read = importsOf(source).filter((found) => !found.typeOnly);
      const all = transpiler.scanImports(source.text).map((found) => found.path);
      const seen = new Set(all.filter((path) => !/^react(\/jsx-dev-runtime)?$/.test(path))); // Added by Bun for JSX.
      expect(read.length).toBeGreaterThanOrEqual(seen.size);
    }
  });

  test("the code map names every room, and every dependency with a reason", () => {
    const map = readFileSync(join(ROOT, "src/README.md"), "utf8");
    const rooms = new Set(product.map((source) => folderOf(source.path) as string).filter((room) => room !== "main"));
    for (const room of [...rooms, ...Object.keys(FLOORS)].filter((name) => name !== "main"))
      expect(map).toContain(`\`${room}/\``);
    for (const name of Object.keys(manifest.dependencies))
      expect(map).toMatch(new RegExp(`^\\| \`${name}\` +\\| .{10,}`, "m"));
  });
});

describe("what apply may know", () => {
  const ENTRY = "src/engine/apply.ts";

  test.skipIf(!fileExists(ENTRY))("nothing of market/, clock/ or a floor above is reachable from it", () => {
    const reached = [...reach(ENTRY, byPath, () => true)];
    expect(reached.length).toBeGreaterThan(3);
    expect(
      reached.filter((path) => ["market", "clock", "strategy", "match"].includes(folderOf(path) as string)),
    ).toEqual([]);
    expect(reached.filter((path) => (floorOf(path) as number) > (FLOORS["engine"] as number))).toEqual([]);
  });

  test("reach follows imports through other files", () => {
    const files = new Map<string, SourceText>(
      [
        ["src/engine/a.ts", 'import { b } from "../oms/b.ts";\nb();'],
        ["src/oms/b.ts", 'import type { C } from "../market/c.ts";'],
      ].map(([path, text]) => [path as string, parseSource(path as string, text as string)]),
    );
    expect([...reach("src/engine/a.ts", files, () => true)]).toContain("src/market/c.ts");
    expect([...reach("src/engine/a.ts", files, (found) => !found.typeOnly)]).not.toContain("src/market/c.ts");
  });
});

describe("four modes, one engine", () => {
  test.each(["live", "paper", "replay", "backtest"])("src/app/%s.ts, where it exists, is 60 lines at most", (mode) => {
    const lines = byPath.get(`src/app/${mode}.ts`)?.lines.length ?? 0;
    expect(lines).toBeLessThanOrEqual(61); // The last line end counts as one more.
  });

  const MODE = /\bis(Live|Backtest|Paper)\b|\bmode\s*={2,3}/;

  test("below floor 7 nothing asks for the mode", () => {
    const below = product.filter((source) => (floorOf(source.path) as number) < TOP_FLOOR);
    expect(below.filter((source) => MODE.test(source.code)).map((source) => source.path)).toEqual([]);
    expect("if (mode === 1)").toMatch(MODE);
    expect("if (this.isLive)").toMatch(MODE);
    expect("isLiveness").not.toMatch(MODE);
  });
});

describe("permission is a type", () => {
  /** Places that make `Approved`: declarations of `approve` and casts to `Approved`. */
  function makers(source: SourceText): string[] {
    const found: string[] = [];
    walk(source.tree, (node) => {
      const declares =
        (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isVariableDeclaration(node)) &&
        node.name?.getText(source.tree) === "approve";
      if (declares) found.push(`${source.path}: approve`);
      const cast = ts.isAsExpression(node) || ts.isTypeAssertionExpression(node);
      if (cast && /\bApproved\b/.test(node.type.getText(source.tree))) found.push(`${source.path}: cast`);
    });
    return found;
  }

  test("approve is defined once, in risk/gate.ts, and only risk/ casts to Approved", () => {
    const found = product.flatMap(makers);
    const defined = found.filter((place) => place.endsWith(": approve"));
    if (fileExists("src/risk/gate.ts")) expect(defined).toEqual(["src/risk/gate.ts: approve"]);
    else expect(defined).toEqual([]);
    expect(found.filter((place) => !place.startsWith("src/risk/"))).toEqual([]);
  });

  test("the rule sees both ways", () => {
    const text = "class G { approve(r: R) { return r as Approved<R>; } }";
    expect(makers(parseSource("src/venue/x.ts", text))).toEqual(["src/venue/x.ts: approve", "src/venue/x.ts: cast"]);
  });
});

describe("packages", () => {
  test("product code imports only what is allowed, with a reason", () => {
    const packages = product.flatMap((source) => importsOf(source).filter((found) => !found.ours));
    const names = new Set(packages.map((found) => packageOf(found.target)));
    const known = (name: string) =>
      name in ALLOWED_PACKAGES || name === "meltica" || name === "bun" || /^(node|bun):/.test(name);
    expect([...names].filter((name) => !known(name))).toEqual([]);
  });

  test("dependencies are within the allow-list, exact, and each is used", () => {
    const used = new Set(
      readSources("src", "bench").flatMap((source) => importsOf(source).map((found) => packageOf(found.target))),
    );
    for (const [name, version] of Object.entries(manifest.dependencies)) {
      expect(ALLOWED_PACKAGES).toHaveProperty([name]);
      expect(used.has(name)).toBe(true);
      expect(version.replace(/^npm:.*@/, "")).toMatch(/^\d+\.\d+\.\d+$/);
    }
    for (const reason of Object.values(ALLOWED_PACKAGES)) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
  });
});
