/** Read at build time (a Bun macro): the language's own types and ours, as text that is embedded in the executable. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a strategy may use of the language: ES2023 without DOM, timers or any host. */
const LIBS = [
  "es5",
  "decorators",
  "decorators.legacy",
  "es2015.core",
  "es2015.collection",
  "es2015.iterable",
  "es2015.generator",
  "es2015.promise",
  "es2015.proxy",
  "es2015.reflect",
  "es2015.symbol",
  "es2015.symbol.wellknown",
  "es2016.array.include",
  "es2017.object",
  "es2017.string",
  "es2019.array",
  "es2019.object",
  "es2019.string",
  "es2019.symbol",
  "es2020.bigint",
  "es2020.number",
  "es2020.string",
  "es2020.symbol.wellknown",
  "es2021.string",
  "es2022.array",
  "es2022.error",
  "es2022.object",
  "es2022.string",
  "es2023.array",
  "es2023.collection",
] as const;

const ROOT = join(import.meta.dir, "../..");

/** One declaration file: the parts above, their references to each other cut out. */
export function languageTypes(): string {
  const folder = join(ROOT, "node_modules/typescript6/lib");
  const parts = LIBS.map((name) => readFileSync(join(folder, `lib.${name}.d.ts`), "utf8"));
  return parts.map((text) => text.replace(/^\/\/\/ <reference .*$/gm, "")).join("\n");
}

/** The text of the public types, which has no imports. */
export function apiTypes(): string {
  return readFileSync(join(ROOT, "src/strategy/api.ts"), "utf8");
}
