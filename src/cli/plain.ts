/** Text of others for a terminal: what a venue or a strategy wrote must not move the cursor or colour the screen. */

/** The same value with the control characters of every text in it made visible: `\x1b` becomes `\u001b` as letters. */
export function plain<T>(value: T): T {
  if (typeof value === "string") return plainText(value) as T;
  if (Array.isArray(value)) return value.map(plain) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [plainText(key), plain(inner)])) as T;
}

/** Control characters, and those that turn the direction of writing or end a line unseen. */
const HIDDEN = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function plainText(text: string): string {
  return text.replace(HIDDEN, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
