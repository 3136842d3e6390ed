/** A log for clients that would write to the terminal. */

export const QUIET = {
  trace: (): void => undefined,
  info: (): void => undefined,
  error: (): void => undefined,
};
