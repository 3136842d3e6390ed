/** How a card judges: what must hold, and what makes it fail or not apply. No test runner stands behind it. */

/** The adapter broke a promise; the message says which, and what was seen. */
export class CardFailed extends Error {}

/** The card has no meaning here; the message is the reason. */
export class CardSkipped extends Error {}

const SHOWN_MAX = 600;

export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CardFailed(what);
}

/** Equal as values, whatever their depth. */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (Bun.deepEquals(actual, expected)) return;
  throw new CardFailed(`${what}: ${shown(actual)}, and ${shown(expected)} was expected`);
}

export function skip(reason: string): never {
  throw new CardSkipped(reason);
}

/** Waits until it is so, looking again and again; false when the time is over. */
export async function within(msMax: number, isSo: () => boolean): Promise<boolean> {
  for (const untilMs = performance.now() + msMax; performance.now() < untilMs; await Bun.sleep(5)) {
    if (isSo()) return true;
  }
  return isSo();
}

function shown(value: unknown): string {
  const text = Bun.inspect(value, { depth: 3, compact: true }).replaceAll(/\s+/g, " ");
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
