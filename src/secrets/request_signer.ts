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
  try {
    const key =
      bytes.length === SEED_BYTES
        ? createPrivateKey({
            key: Buffer.concat([Buffer.from(PKCS8_ED25519, "hex"), bytes]),
            format: "der",
            type: "pkcs8",
          })
        : createPrivateKey({ key: Buffer.from(bytes), format: "pem" });
    if (key.asymmetricKeyType === "ed25519") return key;
    throw refused;
  } catch {
    throw refused; // What the library says may quote the key.
  }
}
