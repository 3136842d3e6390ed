/** Strict reading of arguments: what is understood, and what is refused with which hint. */

import { describe, expect, test } from "bun:test";
import { ProblemError } from "../core/problem.ts";
import { type Definitions, readArguments } from "./arguments.ts";
import { COMMON_DEFINITIONS } from "./verb.ts";

const definitions: Definitions = {
  files: { type: "positional", repeatable: true, description: "files" },
  strategy: { type: "string", default: "noop", description: "strategy" },
  param: { type: "string", repeatable: true, valueHint: "K=V", description: "parameter" },
  venue: { type: "enum", options: ["binance-spot", "binance-usdm"], description: "venue" },
  verify: { type: "boolean", default: true, description: "verify" },
  ...COMMON_DEFINITIONS,
};

function refusal(...raw: string[]): string {
  try {
    readArguments(raw, definitions);
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemError);
    const { code, detail, hint } = (error as ProblemError).problem;
    expect(code).toBe("Usage");
    return `${detail} | ${hint}`;
  }
  return "accepted";
}

describe("readArguments", () => {
  test("takes values after a space or an equals sign, repeats in order, and defaults", () => {
    const given = readArguments(["a", "--param", "x=1", "b", "--param=y=-2", "--json"], definitions);
    expect(given.positionals).toEqual(["a", "b"]);
    expect(given.all("param")).toEqual(["x=1", "y=-2"]);
    expect(given.text("strategy")).toBe("noop");
    expect(given.text("venue")).toBeUndefined();
    expect([given.flag("json"), given.flag("quiet"), given.flag("verify")]).toEqual([true, false, true]);
  });

  test("negates flags, ends options at --, and takes a single minus as a name", () => {
    const given = readArguments(["--no-verify", "-", "--", "--json"], definitions);
    expect(given.flag("verify")).toBe(false);
    expect(given.flag("json")).toBe(false);
    expect(given.positionals).toEqual(["-", "--json"]);
  });

  test("a value may begin with one minus", () => {
    expect(readArguments(["f", "--strategy", "-1"], definitions).text("strategy")).toBe("-1");
  });

  test.each([
    [["f", "--stratgy", "x"], 'unknown option --stratgy | did you mean "--strategy"?'],
    [["f", "--no-verfy"], 'unknown option --no-verfy | did you mean "--no-verify"?'],
    [["f", "--files", "x"], /^unknown option --files \| known: /],
    [["f", "--__proto__", "x"], /^unknown option --__proto__ /],
    [["f", "--no-strategy"], /^unknown option --no-strategy/],
    [["f", "--strategy"], "--strategy needs a value | --strategy VALUE"],
    [["f", "--param", "--json"], "--param needs a value | --param K=V"],
    [["f", "--strategy="], "--strategy needs a value | --strategy VALUE"],
    [["f", "--strategy=a", "--strategy=b"], "--strategy is given twice | give it once"],
    [["f", "--json=yes"], "--json takes no value | see --help"],
    [["f", "--no-verify=1"], "--no-verify takes no value | see --help"],
    [["f", "--venue", "binance-spt"], '--venue cannot be "binance-spt" | did you mean "binance-spot"?'],
    [["f", "-x"], "unknown option -x | options are written in full: see --help"],
    [[], "FILES is missing | files"],
  ])("refuses %p", (raw, expected) => {
    const said = refusal(...raw);
    if (typeof expected === "string") expect(said).toBe(expected);
    else expect(said).toMatch(expected);
  });

  test("help is answered whatever else is missing", () => {
    expect(readArguments(["-h"], definitions).flag("help")).toBe(true);
  });

  test("one positional too many is refused where only one may be", () => {
    const one: Definitions = { file: { type: "positional", description: "file" } };
    expect(() => readArguments(["a", "b"], one)).toThrow('"b" is one argument too many');
    const optional: Definitions = { file: { type: "positional", required: false, description: "file" } };
    expect(readArguments([], optional).positionals).toEqual([]);
  });
});
