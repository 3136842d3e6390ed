/** Finds a strategy: a built-in by name, or a .ts/.js file anywhere on disk, checked before it runs. */

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Code } from "../core/code.ts";
import { nearestHint } from "../core/nearest.ts";
import { type Problem, problem } from "../core/problem.ts";
import type { StrategyModule } from "../strategy/api.ts";
import { BUILT_IN } from "../strategy/builtin/index.ts";
import { positionOf } from "../strategy/error_position.ts";
import * as meltica from "../strategy/meltica.ts";
import { shapeProblems } from "../strategy/shape.ts";

/** Looks at a file's types; the app's is strategy_check.ts. */
export type TypeCheck = (file: string, source: string) => Promise<readonly Problem[]>;

/**
 * The strategy, with `source` and `hash` where it came from a file; or all that is wrong with it, stage by stage
 * (StrategyNotFound, StrategySyntax, StrategyType, StrategyShape, StrategyThrew), with file, line and column.
 * Without `check` its types are not looked at: for threads that must not stop for the second that takes, nor carry
 * the type checker in their bundle.
 */
export async function findStrategy(
  nameOrPath: string,
  check?: TypeCheck,
): Promise<StrategyModule | readonly Problem[]> {
  const builtIn = Object.hasOwn(BUILT_IN, nameOrPath) ? BUILT_IN[nameOrPath] : undefined;
  if (builtIn !== undefined) return builtIn;
  const file = resolve(nameOrPath);
  if (!/\.[cm]?[tj]s$/.test(file) || !existsSync(file)) {
    const hint = nearestHint(nameOrPath, Object.keys(BUILT_IN));
    return [problem(Code.StrategyNotFound, `no strategy ${nameOrPath}`, {}, hint)];
  }
  const source = readSource(file);
  if (typeof source !== "string") return [source];
  const malformed = syntaxProblems(file, source);
  if (malformed.length > 0) return malformed;
  if (check !== undefined && file.endsWith("ts")) {
    const mistyped = await check(file, source);
    if (mistyped.length > 0) return mistyped;
  }
  const hash = new Bun.CryptoHasher("sha256").update(source).digest("hex");
  const loaded = await importFile(file, hash);
  if ("problems" in loaded) return loaded.problems;
  const misshapen = shapeProblems(loaded.exported, { file });
  if (misshapen.length > 0) return misshapen;
  return { ...(loaded.exported as StrategyModule), source: file, hash };
}

function readSource(file: string): string | Problem {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return problem(Code.FileUnreadable, `${file}: ${text}`, { file }, "a readable text file in UTF-8");
  }
}

/** Parses only: TypeScript and JavaScript alike, without running anything. */
function syntaxProblems(file: string, source: string): Problem[] {
  try {
    new Bun.Transpiler({ loader: file.endsWith("ts") ? "ts" : "js" }).transformSync(source);
    return [];
  } catch (error) {
    return buildProblems(error, file);
  }
}

async function importFile(
  file: string,
  hash: string,
): Promise<{ readonly exported: unknown } | { readonly problems: readonly Problem[] }> {
  // `meltica` is a module of this program, wherever the file lies and whatever is installed there.
  Bun.plugin({
    name: "meltica",
    setup(build) {
      build.module("meltica", () => ({ exports: { ...meltica }, loader: "object" }));
    },
  });
  try {
    // The query makes a changed file a new module: on a path, since Bun drops it from a file URL and answers the old one.
    const loaded = (await import(`${file}?v=${hash.slice(0, 16)}`)) as { default?: unknown };
    return { exported: loaded.default };
  } catch (error) {
    return { problems: isBuildError(error) ? buildProblems(error, file) : [thrown(error, file)] };
  }
}

/** The file's own code threw while it was loaded. */
function thrown(error: unknown, file: string): Problem {
  const text = error instanceof Error ? error.message : String(error);
  return problem(Code.StrategyThrew, `the file threw while it was loaded: ${text}`, positionOf(error, file));
}

interface BuildMessage {
  readonly name?: string;
  readonly message?: string;
  readonly position?: { readonly file?: string; readonly line?: number; readonly column?: number } | null;
}

/** Bun throws one BuildMessage or ResolveMessage, or an AggregateError of them. */
function isBuildError(error: unknown): boolean {
  const names = [error, ...((error as { errors?: unknown[] }).errors ?? [])].map(
    (e) => (e as BuildMessage)?.name ?? "",
  );
  return names.some((name) => name === "BuildMessage" || name === "ResolveMessage");
}

function buildProblems(error: unknown, file: string): Problem[] {
  const errors = (error as { errors?: unknown[] }).errors ?? [];
  const all = (errors.length > 0 ? errors : [error]) as BuildMessage[];
  return all.map(({ message, position }) => {
    const { line, column } = position ?? {};
    const at = { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
    return problem(Code.StrategySyntax, message ?? String(error), at);
  });
}
