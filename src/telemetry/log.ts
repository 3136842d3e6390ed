/** The log: pino as a plain stream, without worker or file of its own; redacted, and its last lines kept. */

import pino, { type Logger } from "pino";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { LineRing, type LogLine } from "./line_ring.ts";
import { redactFields, SecretTexts } from "./redact.ts";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

export interface LogOptions {
  readonly level: LogLevel;
  /** Takes each finished line with its line end: standard error, a file, nothing. */
  readonly write: (line: string) => void;
  /** Lines that are kept for the HTTP interface. */
  readonly linesMax: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Fields of every line: node, version. */
  readonly base?: Readonly<Record<string, unknown>>;
}

export interface Log {
  readonly logger: Logger;
  /** Texts that must never come out, whatever field or message they stand in. */
  readonly secrets: SecretTexts;
  /** At most `limit` newest lines, newest last. */
  last(limit: number): readonly LogLine[];
  setLevel(level: LogLevel): void;
}

/** Lines are JSON objects: `level` as a word, `time` ISO-8601, the fields, `msg`. */
export function createLog(options: LogOptions): Log {
  const ring = new LineRing(options.linesMax);
  const secrets = new SecretTexts();
  const stream = {
    write(line: string): void {
      assert(line.endsWith("\n"), Code.InvariantBroken);
      const hidden = secrets.hide(line);
      ring.push(hidden.slice(0, -1));
      options.write(hidden);
    },
  };
  const logger = pino(
    {
      level: options.level,
      base: { ...options.base },
      timestamp: () => `,"time":"${new Date(options.nowMs()).toISOString()}"`, // det-ok: the caller's clock, for people
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redactFields(fields) as Record<string, unknown>,
      },
    },
    stream,
  );
  return {
    logger,
    secrets,
    last: (limit) => ring.last(limit),
    setLevel(level) {
      assert(level in logger.levels.values || level === "silent", Code.ValueOutOfRange);
      logger.level = level;
    },
  };
}
