/** A venue's message as parsed JSON: fields are unknown until they are checked. */

export type Message = Readonly<Record<string, unknown>>;

/** The object that a text holds, or undefined for anything else. */
export function objectOf(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMessage(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A whole number of a field, or undefined. */
export function wholeOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}
