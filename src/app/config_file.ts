/** Finds and reads the configuration file; its ending says its format. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { Code } from "../core/code.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { type Problem, problem } from "../core/problem.ts";
import { parseJson } from "./config_json.ts";
import type { ConfigNode, ParsedText } from "./config_node.ts";
import { parseToml } from "./config_toml.ts";
import { parseYaml } from "./config_yaml.ts";

export const CONFIG_NAMES = ["meltica.yaml", "meltica.yml", "meltica.json", "meltica.toml"] as const;

export interface FoundFile {
  /** As it is shown in messages; undefined = no file. */
  readonly file: string | undefined;
  readonly problems: readonly Problem[];
}

/** The file that was asked for, else the one of a known name in `cwd`; two of them are a problem. */
export function findConfigFile(asked: string | undefined, cwd: string): FoundFile {
  if (asked !== undefined) return { file: asked, problems: [] };
  const found = CONFIG_NAMES.filter((name) => existsSync(resolve(cwd, name)));
  const [first, second] = found;
  if (second === undefined) return { file: first, problems: [] };
  const detail = `there are two configurations: ${first} and ${second}`;
  return { file: first, problems: [problem(Code.ConfigValue, detail, { file: second }, "keep one, or give --config")] };
}

/** Never throws. */
export function readConfigFile(file: string, cwd: string): ParsedText {
  const path = resolve(cwd, file);
  const fail = (code: Code, detail: string, hint?: string): ParsedText => {
    return { root: undefined, problems: [problem(code, detail, { file }, hint)] };
  };
  try {
    const { size } = statSync(path);
    if (size > DEFAULT_LIMITS.configBytesMax) return fail(Code.ConfigValue, `the file has ${size} bytes: too large`);
    return parseConfigText(new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path)), file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return fail(Code.FileNotFound, "there is no such configuration file");
    if (error instanceof TypeError) return fail(Code.ConfigSyntax, "the file is not UTF-8 text");
    return fail(Code.FileUnreadable, error instanceof Error ? error.message : String(error));
  }
}

/** `file` names the format by its ending and stands in the messages. */
export function parseConfigText(text: string, file: string): ParsedText {
  const ending = extname(file).toLowerCase();
  if (ending === ".json") return parseJson(text, file);
  if (ending === ".toml") return parseToml(text, file);
  if (ending === ".yaml" || ending === ".yml") return parseYaml(text, file);
  const detail = `"${ending}" is no ending of a configuration file`;
  return {
    root: undefined,
    problems: [problem(Code.ConfigValue, detail, { file }, "one of .yaml, .yml, .json, .toml")],
  };
}

/** An empty file: everything as by default. */
export function emptyRoot(file: string): ConfigNode {
  return { kind: "map", at: { file, line: 1, column: 1 }, entries: [] };
}
