/** The project's own source files, parsed: what the architecture and tidy tests read. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript6";

export const ROOT = join(import.meta.dir, "../..");

export interface SourceText {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly tree: ts.SourceFile;
  /** The text with comments and the inside of strings blanked: same length, same lines. */
  readonly code: string;
}

/** Parses one text as if it stood at `path`. */
export function parseSource(path: string, text: string): SourceText {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, kindOf(path));
  return { path, text, lines: text.split("\n"), tree, code: blankCommentsAndStrings(text, tree) };
}

/** All `.ts` and `.tsx` files under the folders, sorted by path. */
export function readSources(...folders: readonly string[]): SourceText[] {
  const paths = folders.flatMap((folder) => filesUnder(join(ROOT, folder)));
  const wanted = paths.filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"));
  return wanted.map((path) => parseSource(relative(ROOT, path), readFileSync(path, "utf8")));
}

/** Absolute paths of all files below a folder, sorted; empty when it does not exist. */
export function filesUnder(folder: string): string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Tests, and what only tests use: `x.test.ts`, `x.testing.ts`, all of test/. */
export function isTest(path: string): boolean {
  return /\.(test|testing)\.ts$/.test(path) || path.startsWith("test/");
}

/** Line of a position, from 1. */
export function lineAt(source: SourceText, position: number): number {
  return source.tree.getLineAndCharacterOfPosition(position).line + 1;
}

/** Calls `visit` for the node and all nodes below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

function kindOf(path: string): ts.ScriptKind {
  return path.endsWith(".tsx") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
}

const BLANK = /[^\n]/g;

function blankCommentsAndStrings(text: string, tree: ts.SourceFile): string {
  const spans: [start: number, end: number][] = [];
  walk(tree, (node) => {
    const isText = ts.isStringLiteralLike(node) || ts.isRegularExpressionLiteral(node) || ts.isTemplateHead(node);
    if (isText || ts.isTemplateMiddleOrTemplateTail(node)) spans.push([node.getStart(tree), node.end]);
  });
  spans.sort((a, b) => a[0] - b[0]);
  const parts: string[] = [];
  let at = 0;
  for (const [start, end] of spans) {
    parts.push(blankComments(text.slice(at, start)), text.slice(start, end).replace(BLANK, " "));
    at = end;
  }
  parts.push(blankComments(text.slice(at)));
  return parts.join("");
}

function blankComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (comment) => comment.replace(BLANK, " "));
}

export { ts };
