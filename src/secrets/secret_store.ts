/** The encrypted store: named secrets in one file, each in an envelope, replaced as a whole or not at all. */

import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { type Envelope, KEY_BYTES, keyIdOf, openSecret, sealSecret } from "./envelope.ts";
import { KeyMaterial } from "./key_material.ts";
import { readSecretFile } from "./secret_file.ts";

const FORMAT = "meltica-secrets";
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
export const SECRETS_MAX = 256;
const HEX = Buffer.from("0123456789abcdef");
const LOWER_CASE = 0x20;
/** What `indexOf` answers for other bytes, as a byte. */
const NO_DIGIT = 0xff;

interface StoreFile {
  readonly format: string;
  readonly secrets: Readonly<Record<string, Envelope>>;
}

export class SecretStore {
  constructor(
    readonly path: string,
    readonly key: KeyMaterial,
  ) {
    assert(key.bytes().length === KEY_BYTES, Code.ValueOutOfRange);
  }

  names(): string[] {
    return Object.keys(this.#read().secrets).sort();
  }

  /** Throws ProblemError SecretMissing, SecretKeyWrong or SecretDamaged. */
  get(name: string): KeyMaterial {
    const envelope = Object.hasOwn(this.#read().secrets, name) ? this.#read().secrets[name] : undefined;
    if (envelope === undefined)
      throw new ProblemError(problem(Code.SecretMissing, `no secret ${name} in ${this.path}`));
    return openSecret(this.key, name, envelope);
  }

  /** Puts a secret under a name; one of that name is replaced. */
  put(name: string, secret: KeyMaterial): void {
    if (!NAME.test(name)) {
      const hint = "lower-case letters, digits, dot, dash, underscore; at most 64";
      throw new ProblemError(problem(Code.SecretMalformed, `${JSON.stringify(name)} is no name`, {}, hint));
    }
    const { secrets } = this.#read();
    if (!Object.hasOwn(secrets, name) && Object.keys(secrets).length >= SECRETS_MAX) {
      throw new ProblemError(problem(Code.TableFull, `${this.path} holds ${SECRETS_MAX} secrets`));
    }
    this.#write({ format: FORMAT, secrets: { ...secrets, [name]: sealSecret(this.key, name, secret) } });
  }

  /** False when there was none. */
  remove(name: string): boolean {
    const { [name]: gone, ...secrets } = this.#read().secrets;
    if (gone !== undefined) this.#write({ format: FORMAT, secrets });
    return gone !== undefined;
  }

  /** Seals everything anew by another key; the file holds the old or the new, never a mixture. */
  rekey(to: KeyMaterial): SecretStore {
    const secrets: Record<string, Envelope> = {};
    for (const name of this.names()) {
      const secret = this.get(name);
      secrets[name] = sealSecret(to, name, secret);
      secret.wipe();
    }
    this.#write({ format: FORMAT, secrets });
    return new SecretStore(this.path, to);
  }

  #read(): StoreFile {
    if (!existsSync(this.path)) return { format: FORMAT, secrets: {} };
    let file: unknown;
    try {
      file = JSON.parse(readFileSync(this.path, "utf8"));
    } catch {
      throw new ProblemError(problem(Code.SecretDamaged, `${this.path} does not parse`, { file: this.path }));
    }
    if (isStoreFile(file)) return file;
    throw new ProblemError(problem(Code.SecretDamaged, `${this.path} is no store of secrets`, { file: this.path }));
  }

  #write(file: StoreFile): void {
    writeWhole(this.path, `${JSON.stringify(file, null, 2)}\n`);
  }
}

/** The key-encryption key: 32 bytes as hex or raw, from a file of its owner alone; systemd's credentials are such files. */
export function readKeyFile(path: string): KeyMaterial {
  const read = readSecretFile(path);
  const bytes = read.bytes();
  if (bytes.length === KEY_BYTES) return read;
  const key = ofHex(bytes);
  read.wipe();
  if (key !== undefined) return key;
  const hint = "make one: `openssl rand -hex 32 > key; chmod 600 key`";
  throw new ProblemError(
    problem(Code.SecretMalformed, `${path} is no key of ${KEY_BYTES} bytes`, { file: path }, hint),
  );
}

/** Digit by digit: a string of it could not be overwritten. */
function ofHex(digits: Uint8Array): KeyMaterial | undefined {
  if (digits.length !== 2 * KEY_BYTES) return undefined;
  const values = digits.map((digit) => HEX.indexOf(digit | LOWER_CASE));
  const key = new Uint8Array(KEY_BYTES).map(
    (_, at) => (values[2 * at] as number) * 16 + (values[2 * at + 1] as number),
  );
  const isHex = !values.includes(NO_DIGIT);
  values.fill(0);
  try {
    return isHex ? new KeyMaterial(key) : undefined;
  } finally {
    key.fill(0);
  }
}

/** A new random key in a file that must not exist yet. */
export function makeKeyFile(path: string): KeyMaterial {
  const key = new KeyMaterial(randomBytes(KEY_BYTES));
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, `${key.bytes().toHex()}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  assert(keyIdOf(readKeyFile(path)) === keyIdOf(key), Code.InvariantBroken);
  return key;
}

/** Temporary file, sync, rename, sync of the folder: after a crash it is the old file or the new one. */
function writeWhole(path: string, text: string): void {
  const temporary = join(dirname(path), `.${randomBytes(6).toString("hex")}.tmp`);
  const file = openSync(temporary, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function isStoreFile(file: unknown): file is StoreFile {
  if (typeof file !== "object" || file === null) return false;
  const { format, secrets } = file as Record<string, unknown>;
  if (format !== FORMAT || typeof secrets !== "object" || secrets === null) return false;
  return Object.values(secrets).every(isEnvelope);
}

function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== "object" || value === null) return false;
  const { version, keyId, dataKey, secret } = value as Record<string, unknown>;
  return typeof version === "number" && [keyId, dataKey, secret].every((text) => typeof text === "string");
}
