/** Reads TOML by Bun's parser, and finds by the lines where each value stands, since that parser does not tell. */

import { Code } from "../core/code.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { type Position, type Problem, problem } from "../core/problem.ts";
import type { ConfigNode, ParsedText } from "./config_node.ts";

/** Never throws. Values within an inline table or list stand where their key stands. */
export function parseToml(text: string, file: string): ParsedText {
  let value: unknown;
  try {
    value = Bun.TOML.parse(text);
  } catch (error) {
    return { root: undefined, problems: [syntaxProblem(error, file)] };
  }
  const lines = new TomlLines(text, file);
  const root = nodeOf(value, [], lines, 0);
  if (root !== undefined) return { root, problems: [] };
  const detail = "the file is nested beyond bounds, or holds a date";
  return { root: undefined, problems: [problem(Code.ConfigSyntax, detail, { file, line: 1, column: 1 })] };
}

function syntaxProblem(error: unknown, file: string): Problem {
  const { message, position } = error as { message?: string; position?: { line?: number; column?: number } | null };
  const at = { file, line: Math.max(1, position?.line ?? 1), column: Math.max(1, position?.column ?? 1) };
  return problem(Code.ConfigSyntax, (message ?? String(error)).split("\n")[0] as string, at);
}

function nodeOf(value: unknown, path: readonly string[], lines: TomlLines, depth: number): ConfigNode | undefined {
  if (depth > DEFAULT_LIMITS.configDepthMax) return undefined;
  const at = lines.value(path);
  if (typeof value === "string") return { kind: "text", at, text: value };
  if (typeof value === "boolean") return { kind: "boolean", at, value };
  if (typeof value === "number") {
    // Bun tells only the float: whole numbers are exact, others must be quoted where they are money.
    return { kind: "number", at, value, text: Number.isSafeInteger(value) ? String(value) : undefined };
  }
  if (typeof value !== "object" || value === null || value instanceof Date) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item, index) => nodeOf(item, [...path, String(index)], lines, depth + 1));
    return items.every((item) => item !== undefined) ? { kind: "list", at, items } : undefined;
  }
  const entries = [];
  for (const [key, inner] of Object.entries(value)) {
    const node = nodeOf(inner, [...path, key], lines, depth + 1);
    if (node === undefined) return undefined;
    entries.push({ key, at: lines.key([...path, key]), value: node });
  }
  return { kind: "map", at, entries };
}

const HEADER = /^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$/;
const ASSIGNMENT = /^(\s*)((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)(\s*=\s*)/;

class TomlLines {
  readonly #keys = new Map<string, Position>();
  readonly #values = new Map<string, Position>();

  constructor(text: string, file: string) {
    const counts = new Map<string, number>();
    let table: string[] = [];
    this.#values.set(pathKey([]), { file, line: 1, column: 1 });
    for (const [index, line] of text.split("\n").entries()) {
      const header = HEADER.exec(line);
      if (header !== null) {
        table = this.#indexed(keyParts(header[2] as string), counts);
        if (header[1] === "[[") {
          const name = pathKey(table);
          const count = counts.get(name) ?? 0;
          counts.set(name, count + 1);
          table = [...table, String(count)];
        }
        this.#note(table, { file, line: index + 1, column: line.indexOf("[") + 1 });
        continue;
      }
      const assigned = ASSIGNMENT.exec(line);
      if (assigned === null) continue;
      const [whole, indent, key] = assigned as unknown as [string, string, string];
      const path = [...table, ...keyParts(key)];
      const at = { file, line: index + 1, column: indent.length + 1 };
      this.#note(path, at);
      if (!this.#keys.has(pathKey(path))) this.#keys.set(pathKey(path), at);
      this.#values.set(pathKey(path), { file, line: index + 1, column: whole.length + 1 });
    }
  }

  key(path: readonly string[]): Position {
    return this.#nearest(this.#keys, path);
  }

  value(path: readonly string[]): Position {
    return this.#nearest(this.#values, path);
  }

  /** A table also stands for the tables around it that have no line of their own. */
  #note(path: readonly string[], at: Position): void {
    for (let length = 1; length <= path.length; length++) {
      const name = pathKey(path.slice(0, length));
      if (!this.#keys.has(name)) this.#keys.set(name, at);
      if (!this.#values.has(name)) this.#values.set(name, at);
    }
  }

  /** `[limits.newOrders]` after `[[limits]]` means the last of them. */
  #indexed(parts: readonly string[], counts: ReadonlyMap<string, number>): string[] {
    const path: string[] = [];
    for (const [at, part] of parts.entries()) {
      path.push(part);
      const count = at < parts.length - 1 ? counts.get(pathKey(path)) : undefined;
      if (count !== undefined) path.push(String(count - 1));
    }
    return path;
  }

  #nearest(positions: ReadonlyMap<string, Position>, path: readonly string[]): Position {
    for (let length = path.length; length > 0; length--) {
      const found = positions.get(pathKey(path.slice(0, length))) ?? this.#values.get(pathKey(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return this.#values.get(pathKey([])) as Position;
  }
}

function keyParts(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)/g)].map((m) => m[1] ?? m[2] ?? (m[3] as string));
}

function pathKey(path: readonly string[]): string {
  return path.join("\0");
}
