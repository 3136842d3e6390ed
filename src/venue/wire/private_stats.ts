/** What private messages were decoded and set aside, by name, with the first sample of each reason kept. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";

const SAMPLE_UNITS_MAX = 2_000;
/** Names come from outside: so many are told apart. */
const NAMES_MAX = 256;
const REST = "others";

export interface Aside {
  count: number;
  /** The first one. */
  readonly sample: string;
}

export class PrivateStats {
  readonly #decoded = new Map<string, number>();
  readonly #aside = new Map<string, Aside>();
  decodedTotal = 0;
  asideTotal = 0;

  decoded(name: string): void {
    const key = keyOf(this.#decoded, name);
    this.#decoded.set(key, (this.#decoded.get(key) ?? 0) + 1);
    this.decodedTotal++;
  }

  /** `why`: a name that a person can look up. True the first time. */
  setAside(why: string, message: unknown): boolean {
    assert(why !== "", Code.ValueOutOfRange);
    const key = keyOf(this.#aside, why);
    this.asideTotal++;
    const known = this.#aside.get(key);
    if (known !== undefined) {
      known.count++;
      return false;
    }
    const text = typeof message === "string" ? message : (JSON.stringify(message) ?? "");
    this.#aside.set(key, { count: 1, sample: text.slice(0, SAMPLE_UNITS_MAX) });
    return true;
  }

  byName(): ReadonlyMap<string, number> {
    return this.#decoded;
  }

  aside(): ReadonlyMap<string, Readonly<Aside>> {
    return this.#aside;
  }
}

function keyOf(map: ReadonlyMap<string, unknown>, name: string): string {
  return map.has(name) || map.size < NAMES_MAX ? name : REST;
}
