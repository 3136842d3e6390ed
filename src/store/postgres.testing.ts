/** A real PostgreSQL for tests: the one of DATABASE_URL, else one of our own in a temporary folder; else none, said loudly. */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import postgres from "postgres";
import { type PostgresPlace, postgresPlace } from "./postgres_place.ts";

const BINARIES = "/usr/lib/postgresql";
const USER = "meltica";
const READY_MS_MAX = 30_000;

export interface TestPostgres {
  /** True where it is ours alone: it may be killed. */
  readonly own: boolean;
  readonly password: string | undefined;
  /** PEM of its certificate, good for 127.0.0.1 alone; undefined: it has none, or none that we know. */
  readonly ca: string | undefined;
  /** A schema that nobody else uses; made by the migrations. */
  place(options?: Partial<PostgresPlace>): PostgresPlace;
  /** `kill -9` of the postmaster and of all it started: what a crash leaves. */
  kill(): void;
  /** As if its host were gone without a word: connections stay open, nobody answers. */
  freeze(): void;
  thaw(): void;
  /** After a kill, on the same port and with the same data. */
  restart(): Promise<void>;
  /** Drops all schemas that were given out; ends what was started. */
  stop(): Promise<void>;
  /** Of its processes; none where it is not ours. */
  pids(): number[];
}

/** Why there is none, or undefined: for the names of tests that skip. `{}`: one of our own, that may be killed. */
export function postgresAbsent(env = process.env): string | undefined {
  if ((env["DATABASE_URL"] ?? "") !== "" || binaries() !== undefined) return undefined;
  return `NO POSTGRESQL: neither DATABASE_URL nor ${BINARIES}/*/bin: half of the store is not tested`;
}

export async function startPostgres(env = process.env): Promise<TestPostgres> {
  const url = env["DATABASE_URL"] ?? "";
  if (url !== "") return new GivenPostgres(url);
  const own = new OwnPostgres(binaries() as string, await freePort());
  await own.init();
  return own;
}

const DEFAULTS = {
  tls: undefined,
  ca: undefined,
  connectionsMax: 2,
  connectTimeoutMs: 5_000,
  statementTimeoutMs: 20_000,
  lockTimeoutMs: 5_000,
} as const;

class Schemas {
  readonly names: string[] = [];

  place(url: string, options: Partial<PostgresPlace>): PostgresPlace {
    const schema = options.schema ?? `t_${crypto.randomUUID().replaceAll("-", "")}`;
    this.names.push(schema);
    return { ...postgresPlace(url, { ...DEFAULTS, schema }), ...options, schema };
  }

  async drop(url: string, password: string | undefined): Promise<void> {
    const sql = postgres(url, { max: 1, onnotice: () => {}, ...(password === undefined ? {} : { password }) });
    for (const name of this.names) await sql.unsafe(`drop schema if exists "${name}" cascade`);
    await sql.end();
  }
}

class GivenPostgres implements TestPostgres {
  readonly own = false;
  readonly ca = undefined;
  readonly password: string | undefined;
  readonly #url: string;
  readonly #schemas = new Schemas();

  constructor(url: string) {
    const parsed = new URL(url);
    this.password = parsed.password === "" ? undefined : decodeURIComponent(parsed.password);
    parsed.password = "";
    parsed.search = "";
    this.#url = parsed.href;
  }

  place(options: Partial<PostgresPlace> = {}): PostgresPlace {
    return this.#schemas.place(this.#url, options);
  }

  kill(): void {
    throw new Error("not ours to kill");
  }

  freeze(): void {
    throw new Error("not ours to freeze");
  }

  thaw(): void {
    throw new Error("not ours to thaw");
  }

  async restart(): Promise<void> {
    throw new Error("not ours to restart");
  }

  stop(): Promise<void> {
    return this.#schemas.drop(this.#url, this.password);
  }

  pids(): number[] {
    return [];
  }
}

class OwnPostgres implements TestPostgres {
  readonly own = true;
  ca: string | undefined;
  readonly password = "a pass'word \\ of tests";
  readonly #folder = mkdtempSync(join(tmpdir(), "meltica-pg-"));
  #server: Subprocess | undefined;
  readonly #data = join(this.#folder, "data");
  readonly #schemas = new Schemas();
  readonly #as = process.getuid?.() === 0 ? ["runuser", "-u", unprivileged(), "--"] : [];

  constructor(
    readonly bin: string,
    readonly port: number,
  ) {}

  get #url(): string {
    return `postgres://${USER}@127.0.0.1:${this.port}/postgres`;
  }

  async init(): Promise<void> {
    // PostgreSQL refuses to run as root; its folder must then be another user's.
    if (this.#as.length > 0) {
      run(["chown", unprivileged(), this.#folder]);
      reachable(this.#folder);
    }
    const passwordFile = join(this.#folder, "password");
    writeFileSync(passwordFile, this.password, { mode: 0o644 });
    const auth = ["-A", "scram-sha-256", "--pwfile", passwordFile, "-U", USER];
    run([...this.#as, join(this.bin, "initdb"), "-D", this.#data, ...auth, "-E", "UTF8", "--locale=C", "-N"]);
    this.#certify();
    await this.restart();
  }

  place(options: Partial<PostgresPlace> = {}): PostgresPlace {
    return this.#schemas.place(this.#url, options);
  }

  kill(): void {
    for (const pid of this.pids()) signal(pid, "SIGKILL");
  }

  freeze(): void {
    for (const pid of this.pids()) signal(pid, "SIGSTOP");
  }

  thaw(): void {
    for (const pid of this.pids()) signal(pid, "SIGCONT");
  }

  async restart(): Promise<void> {
    const options = ["-h", "127.0.0.1", "-p", String(this.port), "-k", this.#folder, "-c", "max_connections=40"];
    // Processes are killed here, never a host: what was written is the system's, and survives.
    options.push("-c", "fsync=off");
    if (this.ca !== undefined) options.push("-c", "ssl=on");
    const log = Bun.file(join(this.#folder, "log"));
    this.#endWrapper();
    const untilMs = performance.now() + READY_MS_MAX;
    while (performance.now() < untilMs) {
      const server = Bun.spawn([...this.#as, join(this.bin, "postgres"), "-D", this.#data, ...options], {
        stdout: log,
        stderr: log,
        stdin: "ignore",
      });
      server.unref();
      this.#server = server;
      while (server.exitCode === null && performance.now() < untilMs) {
        if (await this.#answers()) return;
        await Bun.sleep(20);
      }
      // Shared memory of what was killed is held until its last process is gone.
      await Bun.sleep(100);
    }
    throw new Error(`PostgreSQL did not start: ${readFileSync(join(this.#folder, "log"), "utf8").slice(-2_000)}`);
  }

  async stop(): Promise<void> {
    this.thaw();
    this.kill();
    this.#endWrapper();
    for (let n = 0; n < 100 && this.pids().length > 0; n++) await Bun.sleep(20);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Self-signed; `server.crt` and `server.key` in the data folder are where PostgreSQL looks for them. */
  #certify(): void {
    const openssl = Bun.which("openssl");
    if (openssl === null) return;
    const [cert, key] = [join(this.#data, "server.crt"), join(this.#data, "server.key")];
    const request = [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
    ];
    const name = ["-subj", "/CN=meltica test", "-addext", "subjectAltName=IP:127.0.0.1"];
    run([...this.#as, openssl, ...request, ...name, "-keyout", key, "-out", cert]);
    this.ca = readFileSync(cert, "utf8");
  }

  /** `runuser` stops itself when what it runs is stopped, and would stay so when that is gone. */
  #endWrapper(): void {
    this.#server?.kill("SIGKILL");
    this.#server = undefined;
  }

  async #answers(): Promise<boolean> {
    const options = { max: 1, connect_timeout: 2, password: this.password, onnotice: () => {} };
    const sql = postgres(this.#url, options);
    try {
      await sql`select 1`;
      return true;
    } catch {
      return false;
    } finally {
      await sql.end({ timeout: 0 });
    }
  }

  /** The postmaster, and its children while it lives. */
  pids(): number[] {
    const file = join(this.#data, "postmaster.pid");
    if (!existsSync(file)) return [];
    const first = Number.parseInt(readFileSync(file, "utf8"), 10);
    if (!isPostgres(first)) return [];
    return [first, ...childrenOf(first)];
  }
}

function binaries(): string | undefined {
  if (!existsSync(BINARIES)) return undefined;
  const versions = readdirSync(BINARIES).sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
  return versions.map((name) => join(BINARIES, name, "bin")).find((bin) => existsSync(join(bin, "initdb")));
}

/** The package makes a user `postgres`; `nobody` is everywhere. */
function unprivileged(): string {
  return readFileSync("/etc/passwd", "utf8").includes("\npostgres:") ? "postgres" : "nobody";
}

/** The other user must pass through the folders above; only ours under the temporary folder are opened. */
function reachable(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const above = tmpdir();
  if (above !== "/tmp") chmodSync(above, 0o711);
}

function run(command: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...command], { stdout: "ignore", stderr: "pipe", cwd: "/" });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString().slice(-2_000)}`);
}

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return readFileSync(file, "utf8")
    .trim()
    .split(/\s+/)
    .filter((text) => text !== "")
    .map((text) => Number.parseInt(text, 10));
}

function isPostgres(pid: number): boolean {
  try {
    // A dead one is called so as long as nobody has asked for its end: "123 (postgres) Z …".
    return /\(postgres\) [^ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function signal(pid: number, name: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as { code?: string }).code !== "ESRCH") throw error;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
