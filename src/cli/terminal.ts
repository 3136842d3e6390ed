/** Where a verb's words go: standard output and error, and what they are (a terminal, a pipe, coloured or not). */

import { writeSync } from "node:fs";
import { styleText } from "node:util";

export interface Terminal {
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** True when ANSI colours may be written to standard output. */
  readonly color: boolean;
  /** The same for standard error. */
  readonly errorColor: boolean;
  readonly columns: number;
  out(text: string): void;
  err(text: string): void;
  nowMs(): number;
}

export type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

/** `text` in a style where colours are wanted, else `text` as it is. */
export function styled(terminal: Pick<Terminal, "color">, style: Style, text: string): string {
  return terminal.color ? styleText(style, text, { validateStream: false }) : text;
}

/** The process's own streams. Writes are synchronous, so that nothing is lost when the process exits right after. */
export function systemTerminal(env: Readonly<Record<string, string | undefined>> = process.env): Terminal {
  const dumb = env["TERM"] === "dumb";
  const stdoutIsTerminal = process.stdout.isTTY === true;
  const stderrIsTerminal = process.stderr.isTTY === true && !dumb;
  const colorWanted = !dumb && (env["NO_COLOR"] ?? "") === "";
  return {
    stdoutIsTerminal,
    stderrIsTerminal,
    color: stdoutIsTerminal && colorWanted,
    errorColor: stderrIsTerminal && colorWanted,
    columns: process.stdout.columns ?? 80,
    out: (text) => writeAll(1, text),
    err: (text) => writeAll(2, text),
    nowMs: () => performance.now(),
  };
}

/** Writes all of it, waiting for a slow pipe; a reader that has gone away (`| head`) is no error. */
function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
      Bun.sleepSync(1);
    }
  }
}
