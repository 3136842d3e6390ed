/** Decimals as text: exact sums and comparisons for what the page adds up, and shortened forms for narrow cells. */

/** Exact sum of decimal texts; "0" for none. */
export function addDecimals(...texts: readonly string[]): string {
  const scale = Math.max(0, ...texts.map(decimalsOf));
  const sum = texts.reduce((total, text) => total + scaled(text, scale), 0n);
  return unscaled(sum, scale);
}

/** Exact a − b. */
export function subtractDecimals(a: string, b: string): string {
  return addDecimals(a, b.startsWith("-") ? b.slice(1) : `-${b}`);
}

/** −1, 0 or 1: the sign of a decimal text. */
export function signOf(text: string): -1 | 0 | 1 {
  if (!/[1-9]/.test(text)) return 0;
  return text.startsWith("-") ? -1 : 1;
}

/** The text with at most `decimals` decimals, cut toward zero: the exact one belongs into the cell's title. */
export function cutDecimal(text: string, decimals: number): string {
  const point = text.indexOf(".");
  if (point < 0) return text;
  const cut = decimals === 0 ? text.slice(0, point) : text.slice(0, point + 1 + decimals);
  return cut.startsWith("-") && !/[1-9]/.test(cut) ? cut.slice(1) : cut;
}

/** Without the zeros that say nothing: 64123.500000 → 64123.5. The value is the same. */
export function trimDecimal(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Exactly `decimals` decimals, cut or filled with zeros: columns of money stay in line. */
export function fixDecimal(text: string, decimals: number): string {
  const cut = cutDecimal(text, decimals);
  const missing = decimals - decimalsOf(cut);
  return missing <= 0 ? cut : `${cut}${cut.includes(".") ? "" : "."}${"0".repeat(missing)}`;
}

/** Thousands apart: 1234567.891 → 1,234,567.891. */
export function groupDecimal(text: string): string {
  const [whole, fraction] = text.split(".") as [string, string | undefined];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** With a plus where it is above zero: for changes of money. */
export function signedDecimal(text: string): string {
  const sign = signOf(text);
  if (sign === 0) return text.replace("-", "");
  return sign > 0 ? `+${text}` : text;
}

/** A number for a pixel, never for money. */
export function plotNumber(text: string): number {
  return Number(text); // number-ok: the height of a point on the screen
}

function decimalsOf(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

function scaled(text: string, scale: number): bigint {
  const negative = text.startsWith("-");
  const digits = text.replace("-", "").replace(".", "") + "0".repeat(scale - decimalsOf(text));
  const value = BigInt(digits);
  return negative ? -value : value;
}

function unscaled(value: bigint, scale: number): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale === 0 ? "" : `.${digits.slice(-scale)}`;
  return `${negative ? "-" : ""}${whole}${fraction}`;
}
