/** What the reconciler is made of, and what it counts. */

import type { Limits } from "../core/limits.ts";
import type { ReportHandler } from "../oms/reports.ts";
import type { Recorder } from "./recorder.ts";

/** What it counts since the start; no part of D. */
export class ReconcileCounters {
  queries = 0;
  failed = 0;
  /** Statements about what had changed since the question. */
  stale = 0;
  /** Answers to no question, or after its time-out. */
  unasked = 0;
  sweeps = 0;
}

export interface ReconcilerParts {
  readonly recorder: Recorder;
  readonly reports: ReportHandler;
  readonly limits: Limits;
  /** Number of this host in client order ids. */
  readonly node: number;
  /** Sends a cancel once more; idempotent at the venue. */
  readonly recancel: (order: number) => void;
  /** Price for a fill that is inferred without one; 0 = none. Becomes a column of the record. */
  readonly referencePrice: (instrument: number) => number;
}
