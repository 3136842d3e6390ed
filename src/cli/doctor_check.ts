/** One check of `meltica doctor`: what was looked at, how it stands, and what to do. */

export interface Check {
  readonly name: string;
  readonly verdict: "ok" | "warn" | "fail";
  /** What was seen. */
  readonly detail: string;
  /** What to do; "" when there is nothing to do. */
  readonly cure: string;
  /** Name of a code, where one fits. */
  readonly code?: string;
  /** Figures for programs. */
  readonly figures?: Readonly<Record<string, number>>;
}
