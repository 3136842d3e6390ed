/** What a tidy rule is, and the marker by which a line may argue its exception. */

import { floorOf, TOP_FLOOR } from "./floors.ts";
import { isTest, lineAt, type SourceText } from "./source.ts";

export interface Rule {
  readonly id: string;
  /** Which files it judges. */
  readonly applies: (path: string) => boolean;
  /** What to do instead: every message ends with it. */
  readonly instead: string;
  /** `// <marker>-ok: why` on the line or the line above lets it pass. */
  readonly marker?: string;
  readonly find: (source: SourceText) => readonly Found[];
}

export interface Found {
  /** Position in the text. */
  readonly at: number;
  readonly what: string;
}

/** Messages of one rule over one file, without those that a marker argues. */
export function judge(rule: Rule, source: SourceText): string[] {
  if (!rule.applies(source.path)) return [];
  return rule.find(source).flatMap(({ at, what }) => {
    const line = lineAt(source, at);
    if (rule.marker !== undefined && argued(source, line, rule.marker)) return [];
    return [`${source.path}:${line}: ${what} [${rule.id}] (${rule.instead})`];
  });
}

/** A rule that is a regular expression over the code, comments and strings left out. */
export function pattern(expression: RegExp): Rule["find"] {
  const global = new RegExp(expression.source, `${expression.flags.replace("g", "")}g`);
  return (source) =>
    [...source.code.matchAll(global)].map((match) => {
      const skipped = match[0].length - match[0].trimStart().length;
      return { at: match.index + skipped, what: `\`${match[0].trim()}\`` };
    });
}

/** Product files (no tests) of the floors from `low` to `high`. */
export function floors(low: number, high: number): (path: string) => boolean {
  return (path) => {
    const floor = floorOf(path);
    return !isTest(path) && floor !== undefined && floor >= low && floor <= high;
  };
}

export const anyProduct = floors(0, TOP_FLOOR);

/** Any file of the project, tests and benches too. */
export const anywhere = (_: string): boolean => true;

const REASON_LETTERS_MIN = 8;

function argued(source: SourceText, line: number, marker: string): boolean {
  const own = source.lines[line - 1] ?? "";
  const above = source.lines[line - 2] ?? "";
  const texts = /^\s*\/\//.test(above) ? [own, above] : [own];
  return texts.some((text) => {
    const reason = new RegExp(`//.*\\b${marker}-ok:(.*)$`).exec(text)?.[1]?.trim() ?? "";
    return reason.length >= REASON_LETTERS_MIN;
  });
}
