/** Finds the gateway of a data directory: `gateway.json` names its URL, its process and its token file. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";

export interface GatewayFile {
  readonly url: string;
  readonly pid: number;
  readonly tokenFile: string;
}

/** Throws ProblemError NotRunning when no living process is named there. */
export function findGateway(dataDir: string): GatewayFile {
  const file = join(dataDir, "gateway.json");
  if (!existsSync(dataDir)) throw notRunning(`there is no data directory ${dataDir}`);
  if (!existsSync(file)) throw notRunning(`no gateway is running on ${dataDir}`);
  const read = readGatewayFile(file, dataDir);
  if (read === undefined) throw notRunning(`${file} is damaged: no gateway can be found by it`);
  if (!isAlive(read.pid)) throw notRunning(`the gateway of ${dataDir} (process ${read.pid}) has ended`);
  return read;
}

/** Throws ProblemError when the token cannot be read. */
export function readToken(gateway: GatewayFile): string {
  try {
    const token = readFileSync(gateway.tokenFile, "utf8").trim();
    if (token !== "") return token;
    throw new Error("it is empty");
  } catch (error) {
    const detail = `the token file ${gateway.tokenFile} cannot be read: ${(error as Error).message}`;
    throw new ProblemError(problem(Code.FileUnreadable, detail, {}, "run as the user who started the gateway"));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // Another user's process.
  }
}

export function notRunning(detail: string): ProblemError {
  return new ProblemError(problem(Code.NotRunning, detail));
}

function readGatewayFile(file: string, dataDir: string): GatewayFile | undefined {
  try {
    const { url, pid, tokenFile } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    if (typeof url !== "string" || !URL.canParse(url) || !/^https?:/.test(url)) return undefined;
    if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid < 1) return undefined;
    return { url, pid, tokenFile: resolve(dataDir, typeof tokenFile === "string" ? tokenFile : "token") };
  } catch {
    return undefined; // Cut or written by something else: the same as none.
  }
}
