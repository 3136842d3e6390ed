/** The data directory: made when missing, locked, with the token that local tools read and the address they find us by. */

import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";

/** What a running gateway tells the tools on its host; in `<dataDir>/gateway.json`. */
export interface GatewayAddress {
  readonly url: string;
  readonly tokenFile: string;
  readonly dataDir: string;
  readonly pid: number;
}

const TOKEN_BYTES = 32;
const OTHERS_WRITE = 0o022;

export class DataDir {
  readonly path: string;
  readonly journal: string;
  readonly tokenFile: string;
  readonly #addressFile: string;

  constructor(path: string) {
    this.path = resolve(path);
    this.journal = join(this.path, "journal");
    this.tokenFile = join(this.path, "token");
    this.#addressFile = join(this.path, "gateway.json");
  }

  /** Makes the directory and proves that it can be written. Throws ProblemError DataDirUnwritable. */
  open(): void {
    try {
      mkdirSync(this.journal, { recursive: true, mode: 0o700 });
      const probe = join(this.path, `.probe-${process.pid}`);
      closeSync(openSync(probe, "w"));
      rmSync(probe);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new ProblemError(problem(Code.DataDirUnwritable, `${this.path}: ${detail}`));
    }
  }

  /**
   * Real money: whoever may write here may put another token, another store of secrets or another journal in place of ours.
   * Throws ProblemError DataDirExposed.
   */
  refuseShared(): void {
    const { mode, uid } = statSync(this.path);
    const own = process.getuid?.() ?? uid;
    if ((mode & OTHERS_WRITE) === 0 && (uid === own || uid === 0)) return;
    const who = (mode & OTHERS_WRITE) === 0 ? `belongs to user ${uid}` : `has mode ${(mode & 0o7777).toString(8)}`;
    throw new ProblemError(problem(Code.DataDirExposed, `${this.path} ${who}`, {}, `chmod 700 ${this.path}`));
  }

  /** The bearer token; made at the first start, readable by its owner alone. */
  token(): string {
    if (existsSync(this.tokenFile)) {
      chmodSync(this.tokenFile, 0o600);
      const known = readFileSync(this.tokenFile, "utf8").trim();
      if (known.length >= TOKEN_BYTES) return known;
    }
    const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)); // det-ok: a secret
    const token = Buffer.from(bytes).toString("base64url");
    writeWhole(this.tokenFile, `${token}\n`);
    return token;
  }

  writeAddress(address: GatewayAddress): void {
    writeWhole(this.#addressFile, `${JSON.stringify(address)}\n`);
  }

  removeAddress(): void {
    rmSync(this.#addressFile, { force: true });
  }
}

/** The whole text or nothing, durable, mode 0600. */
function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, "w", 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, path);
}
