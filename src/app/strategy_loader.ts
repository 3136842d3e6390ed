/** Finds a strategy: a built-in by name, or a .ts/.js file anywhere on disk, checked before it runs. */

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Code } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import type { StrategyModule } from "../strategy/api.ts";
import { BUILT_IN } from "../strategy/builtin/index.ts";
import * as meltica from "../strategy/meltica.ts";

/** Throws ProblemError: StrategyNotFound, StrategySyntax, StrategyType or StrategyShape, with file, line and column. */
export async function loadStrategy(nameOrPath: string): Promise<StrategyModule> {
  const builtIn = Object.hasOwn(BUILT_IN, nameOrPath) ? BUILT_IN[nameOrPath] : undefined;
  if (builtIn !== undefined) return builtIn;
  const file = resolve(nameOrPath);
  if (!/\.[cm]?[tj]s$/.test(file) || !existsSync(file)) {
    const hint = nearestHint(nameOrPath, Object.keys(BUILT_IN));
    throw new ProblemError(problem(Code.StrategyNotFound, `no strategy ${nameOrPath}`, {}, hint));
  }
  const source = readFileSync(file, "utf8");
  fail(syntaxProblem(file, source));
  if (file.endsWith("ts")) {
    const { checkStrategy } = await import("./strategy_check.ts"); // The type checker is large: only when it is needed.
    fail((await checkStrategy(file, source))[0]);
  }
  const loaded = await importFile(file);
  const module = (loaded as { default?: unknown }).default;
  if (!isStrategy(module)) throw new ProblemError(problem(Code.StrategyShape, "no strategy is exported", { file }));
  return module;
}

/** Parses only: TypeScript and JavaScript alike, without running anything. */
function syntaxProblem(file: string, source: string): Problem | undefined {
  try {
    new Bun.Transpiler({ loader: file.endsWith("ts") ? "ts" : "js" }).transformSync(source);
    return undefined;
  } catch (error) {
    return fromBuildError(error, file);
  }
}

async function importFile(file: string): Promise<unknown> {
  // `meltica` is a module of this program, wherever the file lies and whatever is installed there.
  Bun.plugin({
    name: "meltica",
    setup(build) {
      build.module("meltica", () => ({ exports: { ...meltica }, loader: "object" }));
    },
  });
  try {
    return await import(`${pathToFileURL(file).href}?v=${Bun.hash(readFileSync(file)).toString(36)}`);
  } catch (error) {
    throw new ProblemError(fromBuildError(error, file));
  }
}

interface BuildMessage {
  readonly message?: string;
  readonly position?: { readonly line?: number; readonly column?: number } | null;
}

/** The first message with a position; Bun throws one BuildMessage or an AggregateError of them. */
function fromBuildError(error: unknown, file: string): Problem {
  const errors = (error as { errors?: unknown[] }).errors ?? [];
  const all = [...errors, error] as BuildMessage[];
  const placed = all.find((e) => e.position?.line !== undefined) ?? all[0];
  const text = placed?.message ?? String(error);
  const { line, column } = placed?.position ?? {};
  const at = { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
  return problem(Code.StrategySyntax, text, at);
}

function isStrategy(value: unknown): value is StrategyModule {
  const module = value as Partial<StrategyModule> | undefined;
  const name = module?.definition?.name;
  return module?.kind === "meltica.strategy" && typeof name === "string" && typeof module.setup === "function";
}

function fail(found: Problem | undefined): void {
  if (found !== undefined) throw new ProblemError(found);
}
