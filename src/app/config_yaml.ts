/** Reads YAML into a tree with positions: one document, text keys, aliases within bounds, no tags of its own. */

import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, type Scalar } from "yaml";
import { Code } from "../core/code.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { type Position, type Problem, problem } from "../core/problem.ts";
import type { ConfigEntry, ConfigNode, ParsedText } from "./config_node.ts";

/** Never throws: what does not parse is a problem with line and column. */
export function parseYaml(text: string, file: string): ParsedText {
  try {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, version: "1.2" });
    const reader = new YamlReader(file, lines, (node) => (isAlias(node) ? node.resolve(document) : undefined));
    for (const error of document.errors) reader.fail(firstLine(error.message), error.pos[0]);
    if (document.errors.length > 0) return { root: undefined, problems: reader.problems };
    for (const warning of document.warnings) reader.fail(firstLine(warning.message), warning.pos[0]);
    const root = reader.read(document.contents as Node | null, 0, 0);
    return { root: reader.problems.length === 0 ? root : undefined, problems: reader.problems };
  } catch (error) {
    // The parser's own stack may end on text nested thousands of levels deep.
    const detail = `the file does not parse: ${firstLine(error instanceof Error ? error.message : String(error))}`;
    return { root: undefined, problems: [problem(Code.ConfigSyntax, detail, { file, line: 1, column: 1 })] };
  }
}

class YamlReader {
  readonly problems: Problem[] = [];
  #nodes = 0;

  constructor(
    readonly file: string,
    readonly lines: LineCounter,
    readonly resolve: (node: Node) => Node | undefined,
  ) {}

  fail(detail: string, offset: number): void {
    this.problems.push(problem(Code.ConfigSyntax, detail, this.at(offset)));
  }

  at(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  read(node: Node | null | undefined, depth: number, offset: number): ConfigNode {
    const start = node?.range?.[0] ?? offset;
    const at = this.at(start);
    if (node === null || node === undefined) return { kind: "null", at };
    this.#nodes++;
    if (depth > DEFAULT_LIMITS.configDepthMax || this.#nodes > DEFAULT_LIMITS.configNodesMax) {
      if (this.problems.length === 0) this.fail("the file is nested or repeated beyond bounds", start);
      return { kind: "null", at };
    }
    if (isAlias(node)) return { ...this.read(this.resolve(node), depth + 1, start), at };
    if (isMap(node)) return { kind: "map", at, entries: this.#entries(node.items, depth, start) };
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item as Node | null, depth + 1, start));
      return { kind: "list", at, items };
    }
    return isScalar(node) ? this.#scalar(node, at, start) : { kind: "null", at };
  }

  #entries(items: readonly unknown[], depth: number, offset: number): ConfigEntry[] {
    return items.flatMap((item) => {
      if (!isPair(item)) return [];
      const key = item.key as Node | null;
      const start = key?.range?.[0] ?? offset;
      if (!isScalar(key)) {
        this.fail("a key must be plain text", start);
        return [];
      }
      const value = this.read(item.value as Node | null, depth + 1, key.range?.[1] ?? start);
      const written = key.source ?? String(key.value);
      return [{ key: typeof key.value === "string" ? key.value : written, at: this.at(start), value }];
    });
  }

  #scalar(node: Scalar, at: Position, offset: number): ConfigNode {
    const { value } = node;
    if (typeof value === "string") return { kind: "text", at, text: value };
    if (typeof value === "boolean") return { kind: "boolean", at, value };
    if (typeof value === "number") return { kind: "number", at, value, text: node.source };
    if (value === null) return { kind: "null", at };
    this.fail("this kind of value has no place in a configuration", offset);
    return { kind: "null", at };
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}
