/** For tests: frames that are damaged or dressed up at random, by a seed. */

import fc from "fast-check";

/** Xorshift: small, seeded, the same everywhere. */
export class Chance {
  #x: number;
  constructor(seed: number) {
    this.#x = seed | 1;
  }
  below(n: number): number {
    this.#x ^= this.#x << 13;
    this.#x ^= this.#x >>> 17;
    this.#x ^= this.#x << 5;
    return (this.#x >>> 0) % n;
  }
}

const ODD_UNITS = '"\\{}[],:.-+0123456789eEnulltruefalse \t\n\0é\ufffd\ud800/abutTmM';

/** One random damage: a bit, a unit, a cut, a splice, a repeat, a number. */
export function mutated(text: string, other: string, chance: Chance): string {
  const at = chance.below(text.length + 1);
  const odd = ODD_UNITS.charAt(chance.below(ODD_UNITS.length));
  switch (chance.below(8)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << chance.below(8))) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + odd + text.slice(at + 1);
    case 2:
      return text.slice(0, at) + text.slice(at + 1 + chance.below(6));
    case 3:
      return text.slice(0, at) + odd + text.slice(at);
    case 4:
      return text.slice(0, at);
    case 5:
      return text.slice(0, at) + other.slice(chance.below(other.length));
    case 6: {
      const to = Math.min(text.length, at + 1 + chance.below(20));
      return text.slice(0, to) + text.slice(at);
    }
    default:
      return text.slice(0, at) + String(chance.below(2 ** 31)) + text.slice(at);
  }
}

/** The same message with its fields in another order, spaces between, extra fields, escapes: never another meaning. */
export const disguises = fc.record({
  seed: fc.integer(),
  spaces: fc.boolean(),
  extra: fc.boolean(),
  escape: fc.boolean(),
});

export function disguised(
  text: string,
  how: { seed: number; spaces: boolean; extra: boolean; escape: boolean },
): string {
  const chance = new Chance(how.seed);
  const write = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
    if (typeof value === "string" && how.escape && chance.below(4) === 0) {
      return `"${value.replace(/^./, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)}"`;
    }
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    const fields = Object.entries(value).map(([key, field]) => `"${key}":${write(field)}`);
    if (how.extra) fields.push('"zz":{"deep":[1,"}",null]}', '"y":"\\"x\\""', '"st":1');
    for (let n = fields.length - 1; n > 0; n--) {
      const other = chance.below(n + 1);
      [fields[n], fields[other]] = [fields[other] as string, fields[n] as string];
    }
    return `{${fields.join(how.spaces ? " ,\n" : ",")}}`;
  };
  return write(JSON.parse(text));
}
