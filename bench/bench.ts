/** What a benchmark is: two functions over the same work, ours and a stated baseline, timed in the same process. */

export interface LazyBench {
  readonly name: string;
  /** Not run unless named: canaries of the harness itself. */
  readonly hidden?: true;
  load(): Promise<{ readonly default: Bench | MeasuredBench }>;
}

export interface PreparedBench {
  /** Does `ops` operations of ours. */
  run(): void;
  readonly ops: number;
  /** Does `baselineOps` operations the plain way. */
  baselineRun(): void;
  readonly baselineOps: number;
  /** Does one operation of ours: where it is given, single latencies are measured (`p50`, `p99`), timer included. */
  single?(): void;
  /** How many single operations are enough, where they are slow. */
  readonly singles?: number;
  /** What must happen between two single operations and is not timed. */
  betweenSingles?(): void;
  /** Frees workers and files. */
  dispose?(): void;
}

export interface Bench {
  /** `room.what`, e.g. `ring.publish_consume`. */
  readonly name: string;
  /** `events/s`, `ns`, `requests/s`: `/s` units are better when larger, `ns` and `us` when smaller. */
  readonly unit: "events/s" | "frames/s" | "requests/s" | "rows/s" | "ns" | "us";
  /** What the baseline is, in words: `array of objects`, `JSON.parse`. */
  readonly baseline: string;
  /** True when the path promises no garbage: collections are then counted over 20 M operations and must be 0. */
  readonly allocationFree: boolean;
  prepare(): PreparedBench | Promise<PreparedBench>;
}

/** What a whole path gave that cannot be called in a loop: threads, sockets, disks. In the bench's own unit. */
export interface Measured {
  readonly value: number;
  readonly p50?: number;
  readonly p99?: number;
  readonly p999?: number;
  readonly baselineValue: number;
  /** More that belongs to it, by name with its unit. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** A benchmark that takes its own samples, ours and baseline in turns. */
export interface MeasuredBench extends Pick<Bench, "name" | "unit" | "baseline"> {
  measure(quick: boolean): Promise<Measured>;
}
