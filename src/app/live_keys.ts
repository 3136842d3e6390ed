/** Keys of live accounts: read where the configuration says they are, at the moment they are needed. */

import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { KeyMaterial } from "../secrets/key_material.ts";
import { Ed25519Signer, HmacSigner, type RequestSigner } from "../secrets/request_signer.ts";
import { readSecretFile } from "../secrets/secret_file.ts";
import type { Config } from "./config_schema.ts";
import { KEY_PART_NAMES, type KeyRefs, type SecretRef } from "./config_secrets.ts";
import { openStore, secretsPlace } from "./secrets_place.ts";

/** Of one account; the secret itself is wiped once its signer is made. */
export interface OpenedKey {
  readonly apiKey: string;
  readonly signer: RequestSigner;
  /** "" where the venue has none. */
  readonly passphrase: string;
}

export type KeyRole = "trade" | "watchdog";

type Places = Pick<Config, "accounts" | "secrets" | "dataDir">;
type Env = Readonly<Record<string, string | undefined>>;

const PRINTABLE = /^[\x21-\x7e]{1,512}$/;
/** Lines of a PEM that are the same in everybody's key are no secrets. */
const PEM_LINE_MIN = 16;
/** Dashes around the name of a PEM. */
const FRAME = 5;
const DASH = 45;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Throws ProblemError, which names the account and the part, never what was read. */
export function openKey(config: Places, name: string, role: KeyRole = "trade", env: Env = process.env): OpenedKey {
  const refs = refsOf(config, name, role);
  const secret = readPart(config, name, refs, refs.privateKey === undefined ? "secret" : "privateKey", env);
  try {
    const signer = refs.privateKey === undefined ? new HmacSigner(secret) : new Ed25519Signer(secret);
    const passphrase = refs.passphrase === undefined ? "" : readWord(config, name, refs, "passphrase", env);
    return { apiKey: readWord(config, name, refs, "apiKey", env), signer, passphrase };
  } catch (error) {
    throw named(error, name, "privateKey");
  } finally {
    secret.wipe();
  }
}

/**
 * Gives every text of an account's keys that must never come out to `take`, as bytes that it must not keep: for the log.
 * They never become strings, which nobody can overwrite. Nothing of what cannot be read.
 */
export function eachSecret(
  config: Places,
  name: string,
  take: (secret: Uint8Array) => void,
  env: Env = process.env,
): void {
  for (const role of ["trade", "watchdog"] as const) {
    const refs = role === "trade" ? config.accounts[name] : config.accounts[name]?.watchdog;
    for (const part of KEY_PART_NAMES) {
      if (refs?.[part] === undefined) continue;
      try {
        const material = readPart(config, name, refs, part, env);
        eachLine(material.bytes(), take);
        material.wipe();
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error; // The account's own checks say what is wrong with it.
      }
    }
  }
}

function eachLine(bytes: Uint8Array, take: (line: Uint8Array) => void): void {
  const isWhole = !bytes.includes(LINE_FEED);
  for (let from = 0; from <= bytes.length; ) {
    const feed = bytes.indexOf(LINE_FEED, from);
    const next = feed < 0 ? bytes.length : feed;
    const end = next > from && bytes[next - 1] === CARRIAGE_RETURN ? next - 1 : next;
    const line = bytes.subarray(from, end);
    const isFrame = line.length >= FRAME && line.subarray(0, FRAME).every((byte) => byte === DASH);
    if (!isFrame && (isWhole || line.length >= PEM_LINE_MIN)) take(line);
    from = next + 1;
  }
}

function refsOf(config: Places, name: string, role: KeyRole): KeyRefs {
  const account = config.accounts[name];
  return (role === "watchdog" ? account?.watchdog : undefined) ?? account ?? {};
}

function readWord(config: Places, name: string, refs: KeyRefs, part: "apiKey" | "passphrase", env: Env): string {
  const material = readPart(config, name, refs, part, env);
  const text = new TextDecoder().decode(material.bytes());
  material.wipe();
  if (PRINTABLE.test(text)) return text;
  const hint = "one line of printable characters";
  throw new ProblemError(problem(Code.SecretMalformed, `account ${name}, ${part}: it is no such text`, {}, hint));
}

function readPart(config: Places, name: string, refs: KeyRefs, part: keyof KeyRefs, env: Env): KeyMaterial {
  const ref = refs[part];
  if (ref === undefined)
    throw new ProblemError(problem(Code.SecretMissing, `account ${name}: no ${part} is configured`));
  try {
    return read(config, ref, env);
  } catch (error) {
    throw named(error, name, part);
  }
}

function read(config: Places, ref: SecretRef, env: Env): KeyMaterial {
  if (ref.file !== undefined) return readSecretFile(ref.file);
  if (ref.env !== undefined) {
    const text = env[ref.env] ?? "";
    if (text !== "") return KeyMaterial.ofText(text);
    throw new ProblemError(problem(Code.SecretMissing, `variable ${ref.env} is not set`));
  }
  return openStore(secretsPlace(config, env)).get(ref.store as string);
}

function named(error: unknown, name: string, part: string): unknown {
  if (!(error instanceof ProblemError)) return error;
  const found = error.problem;
  if (found.detail.startsWith("account ")) return error;
  return new ProblemError({ ...found, detail: `account ${name}, ${part}: ${found.detail}` });
}
