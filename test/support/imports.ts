/** Who imports whom: every import of a file, type-only ones and re-exports too, resolved to project paths. */

import { existsSync } from "node:fs";
import { join, normalize } from "node:path";
import { ROOT, type SourceText, ts, walk } from "./source.ts";

export interface Import {
  /** Project path of a file of ours, or the bare specifier of a package. */
  readonly target: string;
  readonly ours: boolean;
  /** True when only types cross: nothing of it is loaded. */
  readonly typeOnly: boolean;
}

const PACKAGES = "node_modules/";
const CACHE = new WeakMap<SourceText, readonly Import[]>();

/** Read from the syntax tree: `Bun.Transpiler.scanImports` leaves out what is only a type. */
export function importsOf(source: SourceText): readonly Import[] {
  const known = CACHE.get(source);
  if (known !== undefined) return known;
  const found: Import[] = [];
  walk(source.tree, (node) => {
    const one = specifierOf(node);
    if (one === undefined) return;
    const relative = one.specifier.startsWith(".");
    const path = relative ? normalize(join(source.path, "..", one.specifier)) : one.specifier;
    // A file of a package that its exports do not name is taken by its path: still a package, not a file of ours.
    const packaged = path.startsWith(PACKAGES);
    const target = packaged ? path.slice(PACKAGES.length) : path;
    found.push({ target, ours: relative && !packaged, typeOnly: one.typeOnly });
  });
  CACHE.set(source, found);
  return found;
}

/** Everything that a file reaches by its imports, itself included; `through` decides which edges count. */
export function reach(start: string, sources: ReadonlyMap<string, SourceText>, through: (found: Import) => boolean) {
  const reached = new Set<string>();
  const waiting = [start];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const source = sources.get(path);
    if (source === undefined) continue;
    for (const found of importsOf(source)) if (found.ours && through(found)) waiting.push(found.target);
  }
  return reached;
}

/** Name of the package of a bare specifier: `@scope/name` or `name`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] as string);
}

export function fileExists(path: string): boolean {
  return existsSync(join(ROOT, path));
}

function specifierOf(node: ts.Node): { specifier: string; typeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node)) {
    const clause = node.importClause;
    const named = clause?.namedBindings;
    const allTypes = named !== undefined && ts.isNamedImports(named) && named.elements.every((name) => name.isTypeOnly);
    const typeOnly = clause !== undefined && (clause.isTypeOnly || (clause.name === undefined && allTypes));
    return { specifier: textOf(node.moduleSpecifier), typeOnly };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { specifier: textOf(node.moduleSpecifier), typeOnly: node.isTypeOnly };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: textOf(node.argument.literal), typeOnly: true };
  }
  const dynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const argument = dynamic ? node.arguments[0] : undefined;
  if (argument === undefined || !ts.isStringLiteralLike(argument)) return undefined;
  return { specifier: argument.text, typeOnly: false };
}

function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : "";
}
