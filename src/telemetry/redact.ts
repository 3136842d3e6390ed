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

/** Secret texts that no line may contain, in plain or JSON-escaped form. */
export class SecretTexts {
  readonly #texts = new Set<string>();

  /** Short texts are not taken: they would hide honest ones. Answers whether it was taken. */
  add(secret: string): boolean {
    if (secret.length < SECRET_LENGTH_MIN) return false;
    this.#texts.add(secret);
    const escaped = JSON.stringify(secret).slice(1, -1);
    assert(escaped.length >= secret.length, Code.InvariantBroken);
    if (escaped !== secret) this.#texts.add(escaped);
    return true;
  }

  hide(line: string): string {
    let hidden = line;
    for (const secret of this.#texts) {
      if (hidden.includes(secret)) hidden = hidden.replaceAll(secret, REDACTED);
    }
    return hidden;
  }
}
