/** Type-checks a strategy file against the embedded SDK types, in memory, with TypeScript 6 (7 has no JavaScript API). */

import ts from "typescript6";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import { apiTypes, languageTypes } from "./strategy_types.ts" with { type: "macro" };

const LANGUAGE_FILE = "/meltica/lib.d.ts";
const API_FILE = "/meltica/api.ts";
const MODULE_FILE = "/meltica/meltica.d.ts";
const MODULE_TEXT = `export * from "./api";
import type { SchemaMaker, StrategyFunction } from "./api";
export declare const t: SchemaMaker;
export declare const strategy: StrategyFunction;
`;
const DIAGNOSTICS_MAX = 20;

/** All type errors with line and column, at most 20; empty when the file is sound. Imports of other files are followed. */
export async function checkStrategy(file: string, source: string): Promise<Problem[]> {
  const embedded = new Map([
    [LANGUAGE_FILE, withoutClockAndChance(languageTypes())],
    [API_FILE, apiTypes()],
    [MODULE_FILE, MODULE_TEXT],
    [file, source],
  ]);
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    noLib: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    types: [],
    paths: { meltica: [MODULE_FILE] },
  };
  const program = ts.createProgram([LANGUAGE_FILE, file], options, hostOf(embedded, options));
  const found = [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics()];
  return found
    .filter((d) => d.file?.fileName.startsWith("/meltica/") !== true)
    .slice(0, DIAGNOSTICS_MAX)
    .map(toProblem);
}

/** A second run of a session must be the first again: the only clock is `now()`, the only chance `random()`. */
function withoutClockAndChance(types: string): string {
  let left = types;
  for (const declaration of NOT_FOR_STRATEGIES) {
    assert(declaration.test(left), Code.InvariantBroken); // Else another TypeScript writes it in another way.
    left = left.replace(declaration, "");
  }
  return left;
}

/** Now by name, by a Date of nothing, by the host's time zone; and chance. `new Date(milliseconds)` and `Date.UTC` stay. */
const NOT_FOR_STRATEGIES: readonly RegExp[] = [
  /^ {4}now\(\): number;$/m,
  /^ {4}new \(\): Date;$/m,
  /^ {4}\(\): string;$(?=\s+readonly prototype: Date;)/m,
  /^ {4}new \(year: number, monthIndex: number, .*\): Date;$/m,
  /^ {4}random\(\): number;$/m,
];

function hostOf(embedded: ReadonlyMap<string, string>, options: ts.CompilerOptions): ts.CompilerHost {
  const read = (name: string) =>
    embedded.get(name) ?? (name.startsWith("/meltica/") ? undefined : ts.sys.readFile(name));
  return {
    fileExists: (name) => embedded.has(name) || (!name.startsWith("/meltica/") && ts.sys.fileExists(name)),
    readFile: read,
    getSourceFile: (name) => {
      const text = read(name);
      return text === undefined ? undefined : ts.createSourceFile(name, text, options.target ?? ts.ScriptTarget.ESNext);
    },
    getDefaultLibFileName: () => LANGUAGE_FILE,
    writeFile: () => {},
    getCurrentDirectory: () => "/",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
  };
}

function toProblem(d: ts.Diagnostic): Problem {
  const lines = ts.flattenDiagnosticMessageText(d.messageText, "\n").split("\n");
  const text = lines
    .slice(0, 2)
    .map((line) => line.trim())
    .join(" ");
  if (d.file === undefined || d.start === undefined) return problem(Code.StrategyType, text);
  const { line, character } = d.file.getLineAndCharacterOfPosition(d.start);
  const at = { file: d.file.fileName, line: line + 1, column: character + 1 };
  return problem(Code.StrategyType, text, at, `TypeScript error ${d.code}`);
}
