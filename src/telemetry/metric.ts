/** A metric as it is at one moment: what the process counts, before any format. */

export interface MetricSample {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels?: Readonly<Record<string, string>>;
  readonly value?: number;
  /** Upper bounds and cumulative counts. */
  readonly buckets?: readonly (readonly [number, number])[];
  readonly sum?: number;
  readonly count?: number;
}
