/** A terminal that remembers what was written: for tests of verbs, tables and progress. */

import type { Terminal } from "../../src/cli/terminal.ts";

export class MemoryTerminal implements Terminal {
  stdoutIsTerminal = false;
  stderrIsTerminal = false;
  color = false;
  errorColor = false;
  columns = 80;
  clockMs = 0;
  stdout = "";
  stderr = "";

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  nowMs(): number {
    return this.clockMs;
  }
}
