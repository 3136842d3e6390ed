/** Binance signatures, checked as the venue's documents word them: HMAC-SHA256 in hex, or Ed25519 in base64. */

import { createHmac, createPublicKey, verify } from "node:crypto";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { ApiKey } from "../trading/account.ts";

/** True when the key has signed the payload. HMAC signatures are taken in either case. */
export function isSignedBy(key: ApiKey, payload: string, signature: string): boolean {
  assert(signature.length > 0, Code.ValueOutOfRange);
  if (key.publicKeyPem === undefined) {
    return createHmac("sha256", key.secret).update(payload).digest("hex") === signature.toLowerCase();
  }
  const bytes = Buffer.from(signature, "base64");
  return bytes.length === 64 && verify(null, Buffer.from(payload), createPublicKey(key.publicKeyPem), bytes);
}

/** What is signed of a REST request: query and body as they were sent, without the signature itself. */
export function restPayload(query: string, body: string): string {
  return withoutSignature(query) + withoutSignature(body);
}

/** What is signed of a WebSocket request: parameters in alphabetical order, raw, without the signature. */
export function socketPayload(params: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(params)
    .filter((name) => name !== "signature")
    .sort();
  return names.map((name) => `${name}=${String(params[name])}`).join("&");
}

function withoutSignature(text: string): string {
  return text
    .split("&")
    .filter((part) => !part.startsWith("signature="))
    .join("&");
}
