/** Reads strict JSON into a tree with positions, since JSON.parse tells neither where nor what a number looked like. */

import { Code } from "../core/code.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { type Position, problem } from "../core/problem.ts";
import type { ConfigEntry, ConfigNode, ParsedText } from "./config_node.ts";

/** Never throws: what does not parse is one problem with line and column. */
export function parseJson(text: string, file: string): ParsedText {
  const reader = new JsonReader(text, file);
  try {
    return { root: reader.document(), problems: [] };
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    return { root: undefined, problems: [problem(Code.ConfigSyntax, error.message, reader.at(error.offset))] };
  }
}

class Misfit extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const TEXT = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\r\n]*/y;

class JsonReader {
  #offset = 0;
  readonly #lineStarts: number[] = [0];

  constructor(
    readonly text: string,
    readonly file: string,
  ) {
    for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) this.#lineStarts.push(i + 1);
    if (text.charCodeAt(0) === 0xfeff) this.#offset = 1;
  }

  at(offset: number): Position {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: offset - (this.#lineStarts[low] as number) + 1 };
  }

  document(): ConfigNode {
    const root = this.#value(0);
    this.#space();
    if (this.#offset < this.text.length) throw new Misfit("something follows the end of the value", this.#offset);
    return root;
  }

  #value(depth: number): ConfigNode {
    this.#space();
    const start = this.#offset;
    const at = this.at(start);
    if (depth > DEFAULT_LIMITS.configDepthMax) throw new Misfit("the file is nested beyond bounds", start);
    const first = this.text[start];
    if (first === "{") return { kind: "map", at, entries: this.#map(depth) };
    if (first === "[") return { kind: "list", at, items: this.#list(depth) };
    if (first === '"') return { kind: "text", at, text: this.#text() };
    for (const [word, node] of [
      ["true", { kind: "boolean", at, value: true }],
      ["false", { kind: "boolean", at, value: false }],
      ["null", { kind: "null", at }],
    ] as const) {
      if (!this.text.startsWith(word, start)) continue;
      this.#offset += word.length;
      return node;
    }
    const written = this.#match(NUMBER);
    if (written === undefined) throw new Misfit(`a value is expected here, not ${this.#seen()}`, start);
    return { kind: "number", at, value: JSON.parse(written) as number, text: written };
  }

  #map(depth: number): ConfigEntry[] {
    const entries: ConfigEntry[] = [];
    this.#offset++;
    if (this.#take("}")) return entries;
    for (;;) {
      this.#space();
      const start = this.#offset;
      if (this.text[start] !== '"') throw new Misfit(`a key in quotes is expected here, not ${this.#seen()}`, start);
      const key = this.#text();
      if (entries.some((entry) => entry.key === key)) throw new Misfit(`"${key}" is given twice`, start);
      if (!this.#take(":")) throw new Misfit(`":" is expected here, not ${this.#seen()}`, this.#offset);
      entries.push({ key, at: this.at(start), value: this.#value(depth + 1) });
      if (this.#take("}")) return entries;
      if (!this.#take(",")) throw new Misfit(`"," or "}" is expected here, not ${this.#seen()}`, this.#offset);
    }
  }

  #list(depth: number): ConfigNode[] {
    const items: ConfigNode[] = [];
    this.#offset++;
    if (this.#take("]")) return items;
    for (;;) {
      items.push(this.#value(depth + 1));
      if (this.#take("]")) return items;
      if (!this.#take(",")) throw new Misfit(`"," or "]" is expected here, not ${this.#seen()}`, this.#offset);
    }
  }

  #text(): string {
    const start = this.#offset;
    const written = this.#match(TEXT);
    if (written === undefined) throw new Misfit("this text does not end, or holds what JSON forbids", start);
    return JSON.parse(written) as string;
  }

  #match(form: RegExp): string | undefined {
    form.lastIndex = this.#offset;
    const found = form.exec(this.text)?.[0];
    if (found !== undefined) this.#offset += found.length;
    return found;
  }

  #take(sign: string): boolean {
    this.#space();
    if (this.text[this.#offset] !== sign) return false;
    this.#offset++;
    return true;
  }

  #space(): void {
    this.#match(SPACE);
  }

  #seen(): string {
    const character = this.text[this.#offset];
    return character === undefined ? "the end" : JSON.stringify(character);
  }
}
