/** Envelope encryption: each secret has a data key of its own, and the data key is sealed by the key-encryption key. */

import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import { KeyMaterial, SECRET_BYTES_MAX } from "./key_material.ts";

/*
 *   envelope = AES-256-GCM(data key, secret)  beside  AES-256-GCM(key-encryption key, data key)
 *   both with a fresh 96-bit nonce and the same additional data: version | name | key id
 */
export const ENVELOPE_VERSION = 1;
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

/** As it stands in the file: bytes as base64 (nonce, ciphertext, tag joined). */
export interface Envelope {
  readonly version: number;
  readonly keyId: string;
  readonly dataKey: string;
  readonly secret: string;
}

/** Which key-encryption key it is: the front of its hash, so that a wrong one is told apart from damage. */
export function keyIdOf(key: KeyMaterial): string {
  return createHash("sha256").update("meltica key id").update(key.bytes()).digest("hex").slice(0, 16);
}

/** Seals one secret under a name; `random` is for tests. */
export function sealSecret(
  key: KeyMaterial,
  name: string,
  secret: KeyMaterial,
  random: (bytes: number) => Uint8Array = randomBytes,
): Envelope {
  assert(key.bytes().length === KEY_BYTES, Code.ValueOutOfRange);
  assert(name !== "", Code.ValueOutOfRange);
  const dataKey = new KeyMaterial(random(KEY_BYTES));
  const keyId = keyIdOf(key);
  const about = additionalData(name, keyId);
  const sealed = {
    version: ENVELOPE_VERSION,
    keyId,
    dataKey: encrypt(key, about, dataKey, random),
    secret: encrypt(dataKey, about, secret, random),
  };
  dataKey.wipe();
  return sealed;
}

/** Throws ProblemError: SecretKeyWrong for another key, SecretDamaged for anything that was changed. */
export function openSecret(key: KeyMaterial, name: string, envelope: Envelope): KeyMaterial {
  if (envelope.version !== ENVELOPE_VERSION) {
    throw new ProblemError(problem(Code.SecretDamaged, `${name} has version ${envelope.version}`));
  }
  const keyId = keyIdOf(key);
  if (envelope.keyId !== keyId) {
    throw new ProblemError(
      problem(Code.SecretKeyWrong, `${name} was sealed by key ${envelope.keyId}, this is ${keyId}`),
    );
  }
  const about = additionalData(name, keyId);
  const dataKey = decrypt(key, about, envelope.dataKey, name);
  const secret = decrypt(dataKey, about, envelope.secret, name);
  dataKey.wipe();
  return secret;
}

/** A secret that is moved to another name or key cannot be opened there. */
function additionalData(name: string, keyId: string): Uint8Array {
  return new TextEncoder().encode(`meltica|${ENVELOPE_VERSION}|${name}|${keyId}`);
}

function encrypt(
  key: KeyMaterial,
  about: Uint8Array,
  plain: KeyMaterial,
  random: (bytes: number) => Uint8Array,
): string {
  const nonce = random(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.bytes(), nonce);
  cipher.setAAD(about);
  const body = Buffer.concat([cipher.update(plain.bytes()), cipher.final()]);
  return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString("base64");
}

function decrypt(key: KeyMaterial, about: Uint8Array, text: string, name: string): KeyMaterial {
  const bytes = Buffer.from(text, "base64");
  const length = bytes.length - NONCE_BYTES - TAG_BYTES;
  try {
    assert(length > 0 && length <= SECRET_BYTES_MAX, Code.ValueOutOfRange);
    const decipher = createDecipheriv(CIPHER, key.bytes(), bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(about);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)); // GCM gives all of it at once.
    try {
      assert(decipher.final().length === 0 && plain.length === length, Code.InvariantBroken);
      return new KeyMaterial(plain);
    } finally {
      plain.fill(0);
    }
  } catch {
    throw new ProblemError(problem(Code.SecretDamaged, `${name} cannot be opened: it was changed`));
  }
}
