/** A live account does not start on memory, and leaves nothing behind; a paper account does, and the log says what that means. */

import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Code, codeName } from "../core/code.ts";
import { ProblemError } from "../core/problem.ts";
import { fileSystemOf } from "../journal/file_system.ts";
import { defaultConfig } from "./config.ts";
import type { Config } from "./config_schema.ts";
import { startGateway } from "./gateway.ts";

const MEMORY = "/dev/shm";
const hasMemory = existsSync(MEMORY) && fileSystemOf(MEMORY).keeping === "volatile";

describe("the file system of the data directory", () => {
  test.skipIf(!hasMemory)(
    "live is refused on memory with a code; paper starts and is told once",
    async () => {
      const dataDir = mkdtempSync(join(MEMORY, "meltica-"));
      const lines: string[] = [];
      const options = { version: "test", log: (line: string) => void lines.push(line), logIsTerminal: false };
      const paper: Config = { ...defaultConfig(dataDir), dataDir, server: { host: "127.0.0.1", port: 0 } };
      const [name, account] = Object.entries(paper.accounts)[0] as [string, Config["accounts"][string]];
      const live: Config = { ...paper, accounts: { [name]: { ...account, mode: "live" } } };
      try {
        const refused = await startGateway(live, options).catch((error: unknown) => error);
        expect((refused as ProblemError).problem?.code).toBe(codeName(Code.FileSystemUnsafe));
        expect(refused).toBeInstanceOf(ProblemError);
        expect(readdirSync(join(dataDir, "journal"))).toEqual([]);
        const gateway = await startGateway(paper, options);
        await gateway.stop("test");
        expect(await gateway.done).toBe(0);
        expect(lines.filter((line) => line.includes("FileSystemUnsafe"))).toHaveLength(1);
      } finally {
        rmSync(dataDir, { recursive: true });
      }
    },
    30_000,
  );
});
