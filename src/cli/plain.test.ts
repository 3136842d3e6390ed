/** Control characters in the texts of others are shown, never obeyed. */

import { expect, test } from "bun:test";
import { plain } from "./plain.ts";

test("escapes, line ends and direction marks become letters; all else stays", () => {
  expect(plain("\x1b[31mred\r\n\x9b0m")).toBe("\\u001b[31mred\\u000d\\u000a\\u009b0m");
  expect(plain("a\u202eb")).toBe("a\\u202eb");
  expect(plain("größe 東京 🙂 0.5")).toBe("größe 東京 🙂 0.5");
  const row = { "k\n": ["\t", 1, null, { why: "\x07" }], flag: true };
  expect(plain(row) as unknown).toEqual({ "k\\u000a": ["\\u0009", 1, null, { why: "\\u0007" }], flag: true });
});
