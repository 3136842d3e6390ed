/** Is the host's clock sane: against the file system's, against the calendar, and steady against the monotonic one. */

import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Code, codeName } from "../core/code.ts";
import { CODE_TEXTS } from "../core/code_texts.ts";
import type { Check } from "./doctor_check.ts";

const YEAR_MIN = 2_026;
const YEAR_MAX = 2_100;
const FILE_OFF_MS_MAX = 1_000;
const DRIFT_WINDOW_MS = 200;
const DRIFT_MS_WARN = 5;
const DRIFT_MS_FAIL = 50;

/** `folder` is where a file may be written; where none can be, the file system's clock is not compared. */
export async function checkClock(folder: string): Promise<Check[]> {
  const file = fileClockOffMs(folder);
  return [
    yearVerdict(new Date().getUTCFullYear()),
    ...(file === undefined ? [] : [fileClockVerdict(file)]),
    driftVerdict(await driftMs()),
  ];
}

export function yearVerdict(year: number): Check {
  const detail = `the host says it is ${year}`;
  return verdict("clock", year >= YEAR_MIN && year <= YEAR_MAX ? "ok" : "fail", detail, {});
}

/** Network file systems stamp by their server's clock: a difference is the host's or theirs, and either is bad. */
export function fileClockVerdict(offMs: number): Check {
  const detail = `the file system's clock differs by ${Math.round(offMs)} ms`;
  return verdict("clock of files", Math.abs(offMs) <= FILE_OFF_MS_MAX ? "ok" : "warn", detail, { offMs });
}

/** Over a fifth of a second a sane clock strays by microseconds; one that is being slewed or stepped shows. */
export function driftVerdict(driftedMs: number): Check {
  const off = Math.abs(driftedMs);
  const word = off > DRIFT_MS_FAIL ? "fail" : off > DRIFT_MS_WARN ? "warn" : "ok";
  const detail = `wall and monotonic clock strayed ${off.toFixed(2)} ms in ${DRIFT_WINDOW_MS} ms`;
  return verdict("clock drift", word, detail, { driftMs: driftedMs });
}

async function driftMs(): Promise<number> {
  const wall = Date.now();
  const monotonic = performance.now();
  await Bun.sleep(DRIFT_WINDOW_MS);
  return Date.now() - wall - (performance.now() - monotonic);
}

function fileClockOffMs(folder: string): number | undefined {
  try {
    const probe = mkdtempSync(join(folder, ".meltica-doctor-"));
    writeFileSync(join(probe, "clock"), "");
    const written = statSync(join(probe, "clock")).mtimeMs;
    const off = written - Date.now();
    rmSync(probe, { recursive: true });
    return off;
  } catch {
    return undefined; // The check of the data directory says what is wrong with it.
  }
}

function verdict(name: string, word: Check["verdict"], detail: string, figures: Record<string, number>): Check {
  const cure = word === "ok" ? "" : CODE_TEXTS[Code.ClockWrong].hint;
  return { name, verdict: word, detail, cure, figures, ...(word === "ok" ? {} : { code: codeName(Code.ClockWrong) }) };
}
