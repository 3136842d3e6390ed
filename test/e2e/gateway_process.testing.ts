/** A gateway as a program of its own, as users start it: real process, real files, real sockets, real signals. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { patient } from "../support/patience.ts";

export const SOURCE_COMMAND: readonly string[] = [process.execPath, join(import.meta.dir, "../../src/main.ts")];

/** Whatever came back: tests look into it. */
export type Json = ReturnType<typeof JSON.parse>;

export interface ApiAnswer {
  readonly status: number;
  readonly json: Json;
  readonly text: string;
  readonly headers: Headers;
}

export interface StartOptions {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly port?: number;
  readonly startMsMax?: number;
}

/** What a gateway that could not start left behind. */
export class StartFailed extends Error {
  constructor(
    readonly code: number,
    readonly out: string,
    readonly err: string,
  ) {
    super(`the gateway ended with ${code}: ${err}`);
  }
}

export class GatewayProcess {
  readonly url: string;
  readonly token: string;
  /** From the start of the process to its line. */
  readonly startMs: number;

  private constructor(
    readonly child: Bun.Subprocess<"ignore", "pipe", Bun.BunFile>,
    /** The line that `--json` prints. */
    readonly line: { readonly url: string; readonly tokenFile: string; readonly dataDir: string; readonly pid: number },
    readonly logFile: string,
    startMs: number,
  ) {
    this.url = line.url;
    this.token = readFileSync(line.tokenFile, "utf8").trim();
    this.startMs = startMs;
  }

  /** Until it has printed its line. Throws StartFailed when it ends before. */
  static async start(dataDir: string, options: StartOptions = {}): Promise<GatewayProcess> {
    const { command = SOURCE_COMMAND, args = [], port = 0, startMsMax = 30_000 } = options;
    const logDir = mkdtempSync(join(tmpdir(), "meltica-log-"));
    const logFile = join(logDir, "log");
    const begunMs = performance.now();
    const words = [...command, "up", "--json", "--port", String(port), "--data-dir", dataDir, ...args];
    const child = Bun.spawn(words, { cwd: logDir, stdin: "ignore", stdout: "pipe", stderr: Bun.file(logFile) });
    const timer = setTimeout(() => child.kill("SIGKILL"), startMsMax);
    const line = await firstLine(child.stdout);
    clearTimeout(timer);
    if (line.endsWith("\n")) {
      return new GatewayProcess(child, JSON.parse(line), logFile, performance.now() - begunMs);
    }
    const code = await child.exited;
    const err = readFileSync(logFile, "utf8");
    rmSync(logDir, { recursive: true, force: true });
    throw new StartFailed(code, line, err);
  }

  /** The log so far. */
  get log(): string {
    return readFileSync(this.logFile, "utf8");
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    const init: RequestInit = { method, headers: { authorization: `Bearer ${this.token}`, ...headers } };
    if (body !== undefined) {
      init.headers = { "content-type": "application/json", ...init.headers };
      init.body = JSON.stringify(body);
    }
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, json: isJson ? JSON.parse(text) : undefined, text, headers: response.headers };
  }

  /** The body of a 200; everything else throws. */
  async get(path: string): Promise<Json> {
    const answer = await this.ask("GET", path);
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  /** All rows of a listing, over all pages. */
  async all(path: string): Promise<Json[]> {
    const rows: Json[] = [];
    let cursor = "";
    for (;;) {
      const page = await this.get(`${path}${path.includes("?") ? "&" : "?"}limit=500${cursor}`);
      rows.push(...page.items);
      if (page.next === null) return rows;
      cursor = `&cursor=${encodeURIComponent(page.next)}`;
    }
  }

  /** The value of a metric without labels; NaN when it is not there. */
  async metric(name: string): Promise<number> {
    const { text } = await this.ask("GET", "/metrics");
    const value = new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
    return value === undefined ? Number.NaN : Number(value);
  }

  /** Waits until it holds; throws with the end of the log when it does not in time, or when the process ends. */
  async until(what: string, holds: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
    const endMs = performance.now() + patient(timeoutMs);
    while (!(await holds())) {
      if (!this.isAlive) throw new Error(`the gateway ended while waiting for ${what}\n${this.log.slice(-2_000)}`);
      if (performance.now() > endMs) throw new Error(`not in ${timeoutMs} ms: ${what}\n${this.log.slice(-2_000)}`);
      await Bun.sleep(20);
    }
  }

  untilReady(): Promise<void> {
    return this.until("ready", async () => (await this.ask("GET", "/readyz")).status === 200);
  }

  /** As a power cut for the process: nothing is said, nothing is finished. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }

  /** Asks it to stop, and gives the exit code. */
  async terminate(): Promise<number> {
    this.child.kill("SIGTERM");
    return this.child.exited;
  }
}

/** The exit code and the words of a start that must fail. */
export async function failedStart(dataDir: string, options: StartOptions = {}): Promise<StartFailed> {
  try {
    const gateway = await GatewayProcess.start(dataDir, options);
    await gateway.kill();
  } catch (error) {
    if (error instanceof StartFailed) return error;
    throw error;
  }
  throw new Error("it started");
}

/** A configuration file of `sections`, YAML or JSON, in a folder of its own. */
export function configFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "meltica-config-")), "meltica.yaml");
  writeFileSync(file, text);
  return file;
}

/** The first line with its end; without it, all there was before the end. */
async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text.slice(0, text.indexOf("\n") + 1);
}
