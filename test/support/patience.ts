/** How long a test waits for what must happen: generous, since waiting costs nothing where it happens. */

/** A busy machine may be this much slower than the one on which a wait was chosen. */
const SLOWER = 4;

/** The longest wait in milliseconds for what takes at most `ms` on a quiet machine. */
export function patient(ms: number): number {
  return ms * SLOWER;
}
