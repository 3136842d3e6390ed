/** A configuration text as a tree in which every key and value knows where it stands. */

import type { Position, Problem } from "../core/problem.ts";

export interface ConfigEntry {
  readonly key: string;
  /** Of the key. */
  readonly at: Position;
  readonly value: ConfigNode;
}

export type ConfigNode =
  | { readonly kind: "map"; readonly at: Position; readonly entries: readonly ConfigEntry[] }
  | { readonly kind: "list"; readonly at: Position; readonly items: readonly ConfigNode[] }
  /** `loose`: from the environment or a flag, where numbers are written as text too. */
  | { readonly kind: "text"; readonly at: Position; readonly text: string; readonly loose?: true }
  /** `text` is the number as it was written, so that decimals stay exact; undefined where only the float is known. */
  | { readonly kind: "number"; readonly at: Position; readonly value: number; readonly text: string | undefined }
  | { readonly kind: "boolean"; readonly at: Position; readonly value: boolean }
  | { readonly kind: "null"; readonly at: Position };

/** What a reader of one format answers: no tree when the text does not parse. */
export interface ParsedText {
  readonly root: ConfigNode | undefined;
  readonly problems: readonly Problem[];
}

export function entryOf(node: ConfigNode | undefined, key: string): ConfigEntry | undefined {
  return node?.kind === "map" ? node.entries.find((entry) => entry.key === key) : undefined;
}

/** The node at a path of keys and indexes; undefined when it is not there. */
export function nodeAt(root: ConfigNode | undefined, path: readonly (string | number)[]): ConfigNode | undefined {
  let node = root;
  for (const step of path) {
    if (node === undefined) return undefined;
    node = typeof step === "number" ? listItem(node, step) : entryOf(node, step)?.value;
  }
  return node;
}

/** Where the value at `path` stands, or the nearest thing around it that is there. */
export function positionAt(root: ConfigNode | undefined, path: readonly (string | number)[], fallback: Position) {
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    if (node !== undefined) return node.at;
  }
  return fallback;
}

/** Where the key at the end of `path` stands; for a list item, the item. */
export function keyPositionAt(root: ConfigNode | undefined, path: readonly (string | number)[], fallback: Position) {
  const last = path.at(-1);
  const entry = typeof last === "string" ? entryOf(nodeAt(root, path.slice(0, -1)), last) : undefined;
  return entry?.at ?? positionAt(root, path, fallback);
}

/** What kind of value this is, in words for a message. */
export function kindText(node: ConfigNode): string {
  if (node.kind === "map") return "a mapping";
  if (node.kind === "list") return "a list";
  if (node.kind === "null") return "nothing";
  if (node.kind === "text") return `the text ${JSON.stringify(shortened(node.text))}`;
  return node.kind === "number" ? `the number ${node.text ?? node.value}` : String(node.value);
}

export function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** A path as a person writes it: `limits[0].collarBps`. */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((step, at) => (typeof step === "number" ? `[${step}]` : at === 0 ? step : `.${step}`)).join("");
}

function listItem(node: ConfigNode, index: number): ConfigNode | undefined {
  return node.kind === "list" ? node.items[index] : undefined;
}
