/** Takes secrets out of what is logged: fields by their name at any depth, and known secret texts wherever they stand. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

export const REDACTED = "[redacted]";

const DEPTH_MAX = 8;
const SECRET_NAME =
  /token|secret|passw|passphrase|authorization|cookie|signature|credential|api[-_]?key|private[-_]?key/i;
/** A shorter text would be found by chance inside of honest ones. */
const SECRET_LENGTH_MIN = 8;

/** A copy of any value without the fields whose name says that they are secret. Total: cycles end at a depth. */
export function redactFields(value: unknown, depth = 0): unknown {
  assert(depth <= DEPTH_MAX + 1, Code.InvariantBroken);
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEPTH_MAX) return "[deep]";
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  if (Array.isArray(value)) return value.map((item) => redactFields(item, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    copy[name] = SECRET_NAME.test(name) ? REDACTED : redactFields(field, depth + 1);
  }
  return copy;
}

/** Of a text that must not come out only its length and two hashes are kept: a core file or a heap snapshot does not tell it. */
interface Mark {
  readonly length: number;
  /** Polynomial, of the bytes: quick to move along a line. */
  readonly rolling: number;
  readonly digest: string;
}

const BASE = 0x01000193;

/** Secret texts that no line may contain, in plain or JSON-escaped form; looked for by their hashes. */
export class SecretTexts {
  readonly #marks: Mark[] = [];
  /** Nobody can look a digest up elsewhere. */
  readonly #salt = crypto.getRandomValues(new Uint8Array(32)); // det-ok: a secret

  /** As UTF-8. Short texts are not taken: they would hide honest ones. Answers whether it was taken. */
  add(secret: string | Uint8Array): boolean {
    const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
    if (bytes.length < SECRET_LENGTH_MIN) return false;
    this.#mark(bytes);
    const escaped = escapedBytes(bytes);
    assert(escaped.length >= bytes.length, Code.InvariantBroken);
    if (escaped.length > bytes.length) this.#mark(escaped);
    escaped.fill(0);
    return true;
  }

  hide(line: string): string {
    if (this.#marks.length === 0) return line;
    const bytes = Buffer.from(line, "utf8");
    const found: { readonly at: number; readonly end: number }[] = [];
    for (const mark of this.#marks) {
      for (let at = this.#find(bytes, mark, 0); at >= 0; at = this.#find(bytes, mark, at + mark.length)) {
        found.push({ at, end: at + mark.length });
      }
    }
    if (found.length === 0) return line;
    found.sort((a, b) => a.at - b.at);
    let hidden = "";
    let from = 0;
    for (const { at, end } of found) {
      if (at >= from) hidden += bytes.toString("utf8", from, at) + REDACTED;
      from = Math.max(from, end);
    }
    return hidden + bytes.toString("utf8", from);
  }

  #mark(bytes: Uint8Array): void {
    const mark = { length: bytes.length, rolling: rollingOf(bytes), digest: this.#digest(bytes) };
    if (!this.#marks.some(({ digest }) => digest === mark.digest)) this.#marks.push(mark);
  }

  #find(bytes: Uint8Array, { length, rolling, digest }: Mark, from: number): number {
    if (from + length > bytes.length) return -1;
    let first = 1; // Weight of the byte that leaves.
    for (let n = 1; n < length; n++) first = Math.imul(first, BASE);
    let hash = rollingOf(bytes.subarray(from, from + length));
    for (let at = from; ; at++) {
      if (hash === rolling && this.#digest(bytes.subarray(at, at + length)) === digest) return at;
      if (at + length >= bytes.length) return -1;
      const left = (hash - Math.imul(bytes[at] as number, first)) | 0;
      hash = (Math.imul(left, BASE) + (bytes[at + length] as number)) | 0;
    }
  }

  #digest(bytes: Uint8Array): string {
    return new Bun.CryptoHasher("sha256").update(this.#salt).update(bytes).digest("hex");
  }
}

function rollingOf(bytes: Uint8Array): number {
  let hash = 0;
  for (const byte of bytes) hash = (Math.imul(hash, BASE) + byte) | 0;
  return hash;
}

/** As JSON writes it inside of quotes. */
function escapedBytes(bytes: Uint8Array): Uint8Array {
  const longest = 6; // \u00XX
  const escaped = new Uint8Array(longest * bytes.length);
  let length = 0;
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte !== 0x22 && byte !== 0x5c;
    const word = isPlain ? "" : JSON.stringify(String.fromCharCode(byte)).slice(1, -1);
    if (isPlain) escaped[length++] = byte;
    for (let n = 0; n < word.length; n++) escaped[length++] = word.charCodeAt(n);
  }
  const exact = escaped.slice(0, length);
  escaped.fill(0);
  return exact;
}
