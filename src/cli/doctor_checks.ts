/** The checks of `doctor`: each says ok, warn or fail, what was seen, and a cure. */

import { existsSync, mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readKillFile } from "../app/kill_file.ts";
import { Code, codeName } from "../core/code.ts";
import { CODE_TEXTS } from "../core/code_texts.ts";
import type { Problem } from "../core/problem.ts";
import { problemText } from "../core/problem.ts";
import type { Check } from "./doctor_check.ts";
import { checkClock } from "./doctor_clock.ts";
import { fileSystemVerdict } from "./doctor_file_system.ts";
import { syncTimes } from "./doctor_sync.ts";
import { findGateway, type GatewayFile } from "./gateway_file.ts";

export interface Patient {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** Of the configuration. */
  readonly problems: readonly Problem[];
}

const FREE_BYTES_FAIL = 64 << 20;
const FREE_BYTES_WARN = 1 << 30;
const SYNC_P99_US_WARN = 20_000;

/** All checks, in a fixed order. */
export async function runChecks(patient: Patient): Promise<Check[]> {
  const { dataDir } = patient;
  const probe = nearestFolder(dataDir);
  const running = gatewayOf(dataDir);
  const writable = checkWritable(dataDir, probe);
  const disk = writable.verdict === "ok" ? [checkSpace(probe), fileSystemVerdict(probe), checkSync(probe)] : [];
  return [
    checkConfiguration(patient.problems),
    ...(await checkClock(probe)),
    writable,
    ...disk,
    await checkPort(patient, running),
    checkKillFile(dataDir),
    checkLock(dataDir, running),
  ];
}

function checkConfiguration(problems: readonly Problem[]): Check {
  const [first] = problems;
  if (first === undefined) return { name: "configuration", verdict: "ok", detail: "is good", cure: "" };
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : "";
  const detail = `${problemText({ ...first, hint: "" })}${more}`;
  return { name: "configuration", verdict: "fail", detail, cure: "see `meltica config check`", code: first.code };
}

/** The data directory, or the folder in which it will be made. */
function nearestFolder(path: string): string {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function checkWritable(dataDir: string, probe: string): Check {
  const name = "data directory";
  try {
    if (!statSync(probe).isDirectory()) throw new Error(`${probe} is no directory`);
    const folder = mkdtempSync(join(probe, ".meltica-doctor-"));
    writeFileSync(join(folder, "probe"), "probe");
    rmSync(folder, { recursive: true });
    const detail = probe === dataDir ? `${dataDir} can be written` : `${dataDir} will be made in ${probe}`;
    return { name, verdict: "ok", detail, cure: "" };
  } catch (error) {
    const detail = `${dataDir} cannot be written: ${(error as Error).message}`;
    return failed(name, detail, Code.DataDirUnwritable);
  }
}

function checkSpace(folder: string): Check {
  const name = "free space";
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  const detail = `${(freeBytes / 2 ** 30).toFixed(1)} GiB free`;
  const figures = { freeBytes };
  if (freeBytes < FREE_BYTES_FAIL) return { ...failed(name, detail, Code.DiskFull), figures };
  if (freeBytes >= FREE_BYTES_WARN) return { name, verdict: "ok", detail, cure: "", figures };
  const cure = "free some: the journal grows with trading, and a full disk denies new orders";
  return { name, verdict: "warn", detail, cure, figures };
}

function checkSync(folder: string): Check {
  const name = "sync speed";
  try {
    const figures = syncTimes(folder);
    const detail = `4 KiB write + fdatasync: p50 ${figures.p50Us} µs, p99 ${figures.p99Us} µs`;
    if (figures.p99Us <= SYNC_P99_US_WARN) return { name, verdict: "ok", detail, cure: "", figures: { ...figures } };
    const cure = "every opening order waits so long: use a local SSD, and no network or encrypted folder";
    return { name, verdict: "warn", detail, cure, figures: { ...figures } };
  } catch (error) {
    return failed(name, `the disk refused to sync: ${(error as Error).message}`, Code.SyncFailed);
  }
}

async function checkPort({ host, port }: Patient, running: GatewayFile | undefined): Promise<Check> {
  const name = "port";
  const at = `${host}:${port}`;
  try {
    const server = Bun.listen({ hostname: host, port, socket: { data: () => undefined } });
    server.stop(true);
    return { name, verdict: "ok", detail: port === 0 ? `${host}: any free port` : `${at} is free`, cure: "" };
  } catch (error) {
    if (running !== undefined && Number(new URL(running.url).port) === port) {
      return { name, verdict: "ok", detail: `${at} is our own gateway's (process ${running.pid})`, cure: "" };
    }
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") return failed(name, `${at} is in use by another program`, Code.PortTaken);
    return failed(name, `${at} cannot be listened on: ${message}`, Code.PortTaken);
  }
}

function checkKillFile(dataDir: string): Check {
  const name = "KILL file";
  const kills = readKillFile(dataDir);
  if (kills.length === 0) return { name, verdict: "ok", detail: "is not there", cure: "" };
  const detail = kills.map(({ scope, key, why }) => `${scope}${key === "" ? "" : ` ${key}`}: ${why}`).join("; ");
  const { hint } = CODE_TEXTS[Code.KillFilePresent];
  return { name, verdict: "warn", detail, cure: hint, code: codeName(Code.KillFilePresent) };
}

/** A gateway that runs on the directory is no fault; it is only that a second one would be refused. */
function checkLock(dataDir: string, running: GatewayFile | undefined): Check {
  const name = "gateway";
  if (running !== undefined) {
    const detail = `process ${running.pid} runs on this data directory at ${running.url}`;
    return { name, verdict: "ok", detail, cure: "" };
  }
  const stale = existsSync(join(dataDir, "gateway.json"));
  const detail = stale
    ? "none is running; the last one did not stop in order and will be recovered"
    : "none is running";
  return { name, verdict: "ok", detail, cure: "" };
}

function gatewayOf(dataDir: string): GatewayFile | undefined {
  try {
    return findGateway(dataDir);
  } catch {
    return undefined; // Not running: that is an answer, not an error.
  }
}

function failed(name: string, detail: string, code: Code): Check {
  return { name, verdict: "fail", detail, cure: CODE_TEXTS[code].hint, code: codeName(code) };
}
