/** Measures of the code: function lengths, assertions per function, file sizes. */

import { lineAt, type SourceText, ts, walk } from "./source.ts";

export interface FunctionSize {
  /** `path: name`. */
  readonly name: string;
  readonly lines: number;
}

/** Every function and method that has a body, with its length from first to last line. */
export function functionSizes(source: SourceText): FunctionSize[] {
  const found: FunctionSize[] = [];
  walk(source.tree, (node) => {
    if (!isWithBody(node)) return;
    const lines = lineAt(source, node.end) - lineAt(source, node.getStart(source.tree)) + 1;
    found.push({ name: `${source.path}: ${nameOf(node, source)}`, lines });
  });
  return found;
}

/** Named functions, methods and constructors, and calls of `assert` and `present`, in one file. */
export function assertionCount(source: SourceText): { functions: number; assertions: number } {
  let functions = 0;
  let assertions = 0;
  walk(source.tree, (node) => {
    const named = ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node);
    if (named && node.body !== undefined) functions++;
    if (!ts.isCallExpression(node)) return;
    if (/^(assert|present)$/.test(node.expression.getText(source.tree))) assertions++;
  });
  return { functions, assertions };
}

/** Median, 90th percentile and largest of some sizes. */
export function distribution(sizes: readonly number[]): { median: number; p90: number; largest: number } {
  const sorted = [...sizes].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { median: at(0.5), p90: at(0.9), largest: at(1) };
}

/** True when a file has something to test: a function or a class, or an expression that runs. */
export function hasLogic(source: SourceText): boolean {
  let logic = false;
  walk(source.tree, (node) => {
    if (isWithBody(node) && !ts.isConstructorDeclaration(node)) logic = true;
  });
  return logic;
}

type WithBody = ts.FunctionLikeDeclaration & { body: ts.Block };

function isWithBody(node: ts.Node): node is WithBody {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined && ts.isBlock(node.body as ts.Node);
}

function nameOf(node: WithBody, source: SourceText): string {
  if (ts.isConstructorDeclaration(node)) return `${(node.parent as ts.ClassLikeDeclaration).name?.text}.constructor`;
  const own = node.name?.getText(source.tree);
  const holder = ts.isVariableDeclaration(node.parent) ? node.parent.name.getText(source.tree) : undefined;
  const inClass = ts.isClassLike(node.parent) ? `${node.parent.name?.text ?? "class"}.` : "";
  return `${inClass}${own ?? holder ?? "anonymous"}`;
}
