/** Signatures of requests, made at the moment of sending: HMAC-SHA256 and Ed25519, as venues want them. */

import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { ProblemError, problem } from "../core/problem.ts";
import type { KeyMaterial } from "./key_material.ts";

export type SignatureEncoding = "hex" | "base64";

/** Signs text as UTF-8. Holds the key; callers never see it. */
export interface RequestSigner {
  readonly scheme: "hmac-sha256" | "ed25519";
  sign(payload: string, encoding: SignatureEncoding): string;
}

/** HMAC-SHA256 (Binance and Bybit: hex; OKX: base64). The keyed hasher is made once and copied for each signature. */
export class HmacSigner implements RequestSigner {
  readonly scheme = "hmac-sha256";
  readonly #keyed: Bun.CryptoHasher;

  constructor(secret: KeyMaterial) {
    assert(!secret.isWiped, Code.ValueOutOfRange);
    this.#keyed = new Bun.CryptoHasher("sha256", secret.bytes());
  }

  sign(payload: string, encoding: SignatureEncoding): string {
    const hasher = this.#keyed.copy();
    hasher.update(payload);
    return hasher.digest(encoding);
  }
}

/** PKCS #8 before the 32 bytes of a raw Ed25519 seed (RFC 8410). */
const PKCS8_ED25519 = "302e020100300506032b657004220420";
const SEED_BYTES = 32;
const SIGNATURE_BYTES = 64;
const FRAME_BEGIN = Buffer.from("-----BEGIN PRIVATE KEY-----");
const FRAME_END = Buffer.from("-----END PRIVATE KEY-----");
const BASE64 = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PADDING = 61;
const SPACE = 32;

/** Ed25519 from a PEM (PKCS #8) or a raw seed of 32 bytes. The venue holds only the public half. */
export class Ed25519Signer implements RequestSigner {
  readonly scheme = "ed25519";
  readonly #key: KeyObject;

  /** Throws ProblemError SecretMalformed when the bytes are no Ed25519 private key. */
  constructor(secret: KeyMaterial) {
    this.#key = readKey(secret.bytes());
  }

  sign(payload: string, encoding: SignatureEncoding): string {
    const signature = sign(null, Buffer.from(payload, "utf8"), this.#key);
    assert(signature.length === SIGNATURE_BYTES, Code.InvariantBroken);
    return signature.toString(encoding);
  }
}

function readKey(bytes: Uint8Array): KeyObject {
  const hint = "give a PEM file with an Ed25519 private key (PKCS #8), as the venue's instructions make it";
  const refused = new ProblemError(problem(Code.SecretMalformed, "the secret is no Ed25519 private key", {}, hint));
  const der =
    bytes.length === SEED_BYTES ? new Uint8Array([...Buffer.from(PKCS8_ED25519, "hex"), ...bytes]) : derOf(bytes);
  try {
    const key = createPrivateKey({ key: der as Buffer, format: "der", type: "pkcs8" });
    if (key.asymmetricKeyType === "ed25519") return key;
    throw refused;
  } catch {
    throw refused; // What the library says may quote the key.
  } finally {
    der.fill(0);
  }
}

/** What stands between the two frames of a PEM, byte by byte: a text of it could not be overwritten. Empty: it is none. */
function derOf(pem: Uint8Array): Uint8Array {
  const from = endOf(pem, FRAME_BEGIN);
  const to = from < 0 ? -1 : Buffer.from(pem.buffer, pem.byteOffset, pem.length).indexOf(FRAME_END, from);
  if (to < 0) return new Uint8Array(0);
  const der = new Uint8Array(new ArrayBuffer(Math.ceil(((to - from) * 3) / 4)));
  let [length, bits, held] = [0, 0, 0];
  for (const byte of pem.subarray(from, to)) {
    if (byte <= SPACE || byte === PADDING) continue;
    const value = BASE64.indexOf(byte);
    if (value < 0) return new Uint8Array(0);
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    der[length++] = (held >> bits) & 0xff;
  }
  return der.subarray(0, length);
}

function endOf(bytes: Uint8Array, word: Buffer): number {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(word);
  return at < 0 ? -1 : at + word.length;
}
