/** Messages that are still JSON and wrong in what they say: missing and extra fields, other types, unknown words, long lists. */

import type { Chance } from "../../src/venue/wire/mutate.testing.ts";

type Holder = Record<string, unknown> | unknown[];

interface Place {
  readonly holder: Holder;
  readonly key: string | number;
}

/** A list that is repeated gets no longer than this: more than the decoders' limits in the rigs. */
const REPEATED_MAX = 1_500;
const LONG_EVERY = 64;
const EXTRA_NAMES = ["zz", "data", "s", "e", "E", "__proto__", "constructor", "toString", "length", ""];
/** Numbers as nobody should write them. */
const ODD_NUMBERS = [
  "0",
  "-0",
  "00",
  "-1",
  "+1",
  ".5",
  "5.",
  "1e3",
  "1E-7",
  "NaN",
  "Infinity",
  "0x10",
  "1_000",
  "1,5",
  " 1",
  "1 ",
  "١٢",
  "9007199254740991",
  "9007199254740993",
  "123456789012345678901234567890",
  "0.000000001",
  "0.1234567890123456789",
  "1".repeat(400),
];
const ODD_VALUES = [null, true, false, 0, -1, 1.5, 1e21, 1e-7, 9_007_199_254_740_992, "", "x", [], {}, [[]], [null]];

/** One to three changes of what the message says. */
export function mangled(text: string, chance: Chance): string {
  const root: unknown = JSON.parse(text);
  for (let times = 1 + chance.below(3); times > 0; times--) {
    const places: Place[] = [];
    collect(root, places);
    const place = places[chance.below(places.length)];
    if (place === undefined) break;
    change(place, places, chance);
  }
  return JSON.stringify(root);
}

function collect(node: unknown, out: Place[]): void {
  if (typeof node !== "object" || node === null) return;
  const keys = Array.isArray(node) ? node.keys() : Object.keys(node);
  for (const key of keys) {
    out.push({ holder: node as Holder, key });
    collect(valueAt({ holder: node as Holder, key }), out);
  }
}

function change(place: Place, places: readonly Place[], chance: Chance): void {
  const { holder, key } = place;
  const value = valueAt(place);
  switch (chance.below(9)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(key as number, 1);
      else delete holder[key];
      return;
    case 1:
      if (Array.isArray(holder)) holder.push(pick(ODD_VALUES, chance));
      else define(holder, pick(EXTRA_NAMES, chance), pick(ODD_VALUES, chance));
      return;
    case 2:
      return put(place, pick(ODD_VALUES, chance));
    case 3:
      return put(place, pick(ODD_NUMBERS, chance));
    case 4:
      // A word that the venue added yesterday.
      return put(place, typeof value === "string" && /^[a-z_]+$/i.test(value) ? `${value}_V2` : "SLEEPING");
    case 5:
      return put(place, otherType(value));
    case 6:
      return put(place, structuredClone(valueAt(places[chance.below(places.length)] as Place)));
    case 7:
      return put(place, repeated(value, chance));
    default:
      return put(place, chance.below(2) === 0 ? [value] : { value });
  }
}

/** A number as text, a text as number, a list as object. */
function otherType(value: unknown): unknown {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return Number.isNaN(Number(value)) ? 0 : Number(value); // number-ok: a wrong type is meant
  if (Array.isArray(value)) return { ...value };
  return typeof value === "boolean" ? String(value) : [value];
}

function repeated(value: unknown, chance: Chance): unknown {
  if (!Array.isArray(value)) return [value, value];
  const times = chance.below(LONG_EVERY) === 0 ? REPEATED_MAX : 1 + chance.below(4);
  return Array.from({ length: Math.min(REPEATED_MAX, times * value.length) }, (_, n) => value[n % value.length]);
}

function valueAt({ holder, key }: Place): unknown {
  return (holder as Record<string, unknown>)[key];
}

function put({ holder, key }: Place, value: unknown): void {
  define(holder, key, value);
}

/** As JSON.parse does it: `__proto__` is a name like others. */
function define(holder: Holder, key: string | number, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function pick<T>(list: readonly T[], chance: Chance): T {
  // Later changes may go into it.
  return structuredClone(list[chance.below(list.length)] as T);
}
