/** Exact amounts of a venue's own books: decimals of 18 places as big integers, apart from all arithmetic of the gateway. */

/** Units of 10^-18. Plain `+`, `-`, `<` and `===` apply; products and quotients go through `times` and `over`. */
export type Amount = bigint;

const DECIMALS = 18;
/** Digits of a whole part that are taken: more is an attack, not a number. */
const WHOLE_DIGITS_MAX = 20;

// bigint-ok: the simulator's books are apart from the gateway's wide integers on purpose, and no hot path
export const ZERO: Amount = BigInt(0);
// bigint-ok: one unit of the scale, as above
export const ONE: Amount = BigInt("1000000000000000000");
// bigint-ok: halves for rounding, as above
const TWO: Amount = BigInt(2);

/** Undefined for anything that is no decimal of at most 18 places. A sign is taken. */
export function amountOf(text: unknown): Amount | undefined {
  if (typeof text !== "string") return undefined;
  const found = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (found === null) return undefined;
  const [, sign, whole = "", fraction = ""] = found;
  if (whole.length > WHOLE_DIGITS_MAX || fraction.replace(/0+$/, "").length > DECIMALS) return undefined;
  // bigint-ok: text to units, as above
  const units = BigInt(whole + fraction.slice(0, DECIMALS).padEnd(DECIMALS, "0"));
  return sign === "-" ? -units : units;
}

/** For texts that are known to be decimals; throws RangeError otherwise. */
export function amount(text: string): Amount {
  const found = amountOf(text);
  if (found === undefined) throw new RangeError(`"${text}" is no decimal`);
  return found;
}

/** So many whole units; `count` is a safe integer. */
export function whole(count: number): Amount {
  // bigint-ok: a count to units, as above
  return BigInt(count) * ONE;
}

/** Cut toward zero at 18 places: exact while the factors have 18 places together. */
export function times(a: Amount, b: Amount): Amount {
  return (a * b) / ONE;
}

/** Cut toward zero at 18 places. `b` is not zero. */
export function over(a: Amount, b: Amount): Amount {
  return (a * ONE) / b;
}

export function magnitude(a: Amount): Amount {
  return a < ZERO ? -a : a;
}

export function least(a: Amount, b: Amount): Amount {
  return a < b ? a : b;
}

export function most(a: Amount, b: Amount): Amount {
  return a > b ? a : b;
}

/** True when `a` is a whole number of steps; a step of zero allows all. */
export function isMultiple(a: Amount, step: Amount): boolean {
  return step === ZERO || a % step === ZERO;
}

/** The largest whole number of steps that is not above `a`; `a` is not negative. */
export function floorTo(a: Amount, step: Amount): Amount {
  return step === ZERO ? a : a - (a % step);
}

/** Half away from zero, at so many places. */
export function rounded(a: Amount, decimals: number): Amount {
  // bigint-ok: a power of ten, as above
  const step = BigInt(`1${"0".repeat(DECIMALS - decimals)}`);
  const size = ((magnitude(a) + step / TWO) / step) * step;
  return a < ZERO ? -size : size;
}

/** With exactly so many places, cut toward zero. */
export function textOf(a: Amount, decimals: number): string {
  const digits = magnitude(a)
    .toString()
    .padStart(DECIMALS + 1, "0");
  const wholePart = digits.slice(0, -DECIMALS);
  const body = decimals === 0 ? wholePart : `${wholePart}.${digits.slice(-DECIMALS).slice(0, decimals)}`;
  return a < ZERO && /[1-9]/.test(body) ? `-${body}` : body;
}

/** With no more places than it takes: `0.5`, `12`. */
export function plain(a: Amount): string {
  const text = textOf(a, DECIMALS);
  return text.replace(/\.?0+$/, "");
}

/** Places that carry value. */
export function decimalsOf(a: Amount): number {
  const text = plain(a);
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}
