/** The progress bar: what it says, how often, and that it is silent where nobody watches. */

import { describe, expect, test } from "bun:test";
import { MemoryTerminal } from "../../test/support/memory_terminal.ts";
import { Progress, progressLine } from "./progress.ts";

describe("progressLine", () => {
  test("tells share, counts and the time left", () => {
    const line = progressLine("replay", 250_000, 1_000_000, 10_000);
    expect(line).toBe(`replay  ${"█".repeat(6)}${"░".repeat(18)}  25 %  250,000 / 1,000,000  ETA 30 s`);
    expect(progressLine("replay", 1, 10, 60_000)).toEndWith("ETA 9 min 0 s");
  });

  test("has no time left at the start and at the end, and no bar without a total", () => {
    expect(progressLine("replay", 0, 10, 5)).not.toContain("ETA");
    expect(progressLine("replay", 10, 10, 5)).toContain("100 %");
    expect(progressLine("replay", 12, 10, 5)).toContain("100 %");
    expect(progressLine("read", 1_234, 0, 5)).toBe("read  1,234");
  });
});

describe("Progress", () => {
  function watched(overrides: Partial<MemoryTerminal>, flags = { json: false, quiet: false }) {
    const terminal = Object.assign(new MemoryTerminal(), overrides);
    return { terminal, progress: new Progress({ terminal, ...flags }) };
  }

  test("draws ten times a second at most, at once for a new stage, and clears itself", () => {
    const { terminal, progress } = watched({ stderrIsTerminal: true });
    for (terminal.clockMs = 0; terminal.clockMs < 250; terminal.clockMs += 10) progress.update("a", 1, 2);
    expect(terminal.stderr.split("\r").length - 1).toBe(3);
    progress.update("b", 1, 2);
    expect(terminal.stderr.split("\r").length - 1).toBe(4);
    progress.clear();
    progress.clear();
    expect(terminal.stderr).toEndWith("\r\x1b[2K");
    expect(terminal.stdout).toBe("");
  });

  test("is silent when piped, with --json and with --quiet", () => {
    const silent = [
      watched({}),
      watched({ stderrIsTerminal: true }, { json: true, quiet: false }),
      watched({ stderrIsTerminal: true }, { json: false, quiet: true }),
    ];
    for (const { terminal, progress } of silent) {
      progress.update("a", 1, 2);
      progress.clear();
      expect(terminal.stderr).toBe("");
    }
  });
});
