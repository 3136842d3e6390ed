/** Tables and numbers for people: alignment by what the terminal shows, not by string length. */

import { describe, expect, test } from "bun:test";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import { pad, pairs, section, table, thousands, verbatim } from "./output.ts";

const plain = new MemoryTerminal();

describe("thousands", () => {
  test.each([
    [0, "0"],
    [999, "999"],
    [1_000, "1,000"],
    [-1_234_567, "-1,234,567"],
    ["1234567.891234", "1,234,567.891234"],
    ["0.00001234", "0.00001234"],
    ["35346924199x", "35346924199x"],
    ["", ""],
  ])("%p is %p", (value, text) => {
    expect(thousands(value)).toBe(text);
  });
});

describe("tables", () => {
  test("right-align columns of numbers and left-align the others", () => {
    const rows = [
      ["decode", 12, "ns"],
      ["日本", 34_567.5, "x"],
    ];
    expect(table(plain, ["name", "value", ""], rows)).toBe(
      ["name       value", "decode        12  ns", "日本    34,567.5  x", ""].join("\n"),
    );
  });

  test("an empty table is its head", () => {
    expect(table(plain, ["a", "b"], [])).toBe("a  b\n");
  });

  test("pairs align values right, with notes behind", () => {
    expect(
      pairs(plain, [
        ["bid", "2677.6", "× 13"],
        ["levels", 17],
      ]),
    ).toBe("  bid     2,677.6  × 13\n  levels       17\n");
  });

  test("ids and hashes are not grouped", () => {
    expect(pairs(plain, [["hash", verbatim("0123456789012345")]])).toBe("  hash  0123456789012345\n");
  });

  test("a section without rows is nothing", () => {
    expect(section(plain, "Fills", [])).toBe("");
    expect(section(plain, "Fills", [["count", 1]])).toBe("\nFills\n  count  1\n");
  });

  test("colours appear only where they are wanted", () => {
    const colored = new MemoryTerminal();
    colored.color = true;
    expect(table(colored, ["a"], [["b"]])).toContain("\x1b[1m");
    expect(table(plain, ["a"], [["b"]])).not.toContain("\x1b");
  });

  test("pad counts wide characters twice", () => {
    expect(pad("日", 4, "left")).toBe("日  ");
    expect(pad("12", 4, "right")).toBe("  12");
    expect(pad("12345", 4, "right")).toBe("12345");
  });
});
