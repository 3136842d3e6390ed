/** File systems: the safe ones are named, everything else is refused to live accounts, the unknown first of all. */

import { describe, expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { Code, codeName } from "../core/code.ts";
import { fileSystemOf, fileSystemOfType, fileSystemProblem } from "./file_system.ts";

describe("file systems", () => {
  test("local disks are safe", () => {
    for (const type of [0xef53, 0x5846_5342, 0x9123_683e, 0x2fc1_2fc1, 0xf2f5_2010, 0xca45_1a4e]) {
      expect(fileSystemOfType(type).keeping).toBe("safe");
      expect(fileSystemProblem("/data", fileSystemOfType(type))).toBeUndefined();
    }
  });

  test("memory, containers' layers, networks, shares and what nobody knows are not, signed or not", () => {
    const kinds = {
      volatile: [0x0102_1994, 0x8584_58f6, 0x794c_7630, 0x9584_58f6, 0x6175_6673],
      network: [0x6969, 0xff53_4d42, 0xfe53_4d42, 0x517b, 0x00c3_6400, 0x5346_414f, 0x0bd0_0bd0],
      shared: [0x6573_5546, 0x0102_1997, 0x786f_4256],
      unknown: [0, 1, 0x1234_5678],
    };
    for (const [keeping, types] of Object.entries(kinds)) {
      for (const type of types) {
        for (const said of [type, type | 0]) {
          const found = fileSystemOfType(said);
          if (found.keeping !== keeping) throw new Error(`0x${type.toString(16)} is ${found.name}, not ${keeping}`);
          expect(fileSystemProblem("/data", found)).toMatchObject({
            code: codeName(Code.FileSystemUnsafe),
            file: "/data",
          });
        }
      }
    }
  });

  test("a real folder has one", () => {
    expect(fileSystemOf(tmpdir()).name).not.toBe("");
    expect(fileSystemOf("/proc").keeping).toBe("unknown");
    expect(fileSystemProblem("/proc")?.detail).toContain("0x9fa0");
  });
});
