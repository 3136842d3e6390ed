/** Opaque secrets that we gave out: kept as SHA-256 only, each with an end; login codes, sessions, stream tickets. */

import { timingSafeEqual } from "node:crypto";

/** 256 bits, in base64url. */
export function newSecret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}

/** Compares in a time that does not depend on where the texts differ, nor on their lengths. */
export function sameSecret(given: string, known: string): boolean {
  return timingSafeEqual(digest(given), digest(known));
}

interface Row {
  idleEndUs: number;
  readonly endUs: number;
  readonly subject: string;
}

/** Bounded: when it is full, the one that was given out first ends. */
export class SecretTable {
  readonly #rows = new Map<string, Row>();

  constructor(
    readonly capacity: number,
    readonly idleUs: number,
    readonly absoluteUs: number,
  ) {}

  /** A new secret, the only time that it can be read; `subject` comes back when it is spent. */
  give(nowUs: number, subject = ""): string {
    this.#sweep(nowUs);
    if (this.#rows.size >= this.capacity) {
      const oldest = this.#rows.keys().next().value;
      if (oldest !== undefined) this.#rows.delete(oldest);
    }
    const secret = newSecret();
    this.#rows.set(keyOf(secret), { idleEndUs: nowUs + this.idleUs, endUs: nowUs + this.absoluteUs, subject });
    return secret;
  }

  /** The stored form of a secret that is in force, and its idle time starts again; undefined otherwise. */
  touch(secret: string, nowUs: number): string | undefined {
    const key = keyOf(secret);
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    if (nowUs >= row.idleEndUs || nowUs >= row.endUs) {
      this.#rows.delete(key);
      return undefined;
    }
    row.idleEndUs = nowUs + this.idleUs;
    return key;
  }

  /** The subject, once: the secret is used up. */
  spend(secret: string, nowUs: number): string | undefined {
    const key = this.touch(secret, nowUs);
    if (key === undefined) return undefined;
    const subject = this.#rows.get(key)?.subject ?? "";
    this.#rows.delete(key);
    return subject;
  }

  /** As `touch`, for the stored form. False: it is in force no more. */
  renew(key: string, nowUs: number): boolean {
    const row = this.#rows.get(key);
    if (row === undefined || nowUs >= row.idleEndUs || nowUs >= row.endUs) return false;
    row.idleEndUs = nowUs + this.idleUs;
    return true;
  }

  get size(): number {
    return this.#rows.size;
  }

  #sweep(nowUs: number): void {
    for (const [key, row] of this.#rows) if (nowUs >= row.idleEndUs || nowUs >= row.endUs) this.#rows.delete(key);
  }
}

function keyOf(secret: string): string {
  return digest(secret).toString("hex");
}

function digest(text: string): Buffer {
  return new Bun.CryptoHasher("sha256").update(text).digest();
}
