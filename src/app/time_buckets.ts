/** Times in fixed buckets, as Prometheus reads them: no allocation when one is noted. */

import type { MetricSample } from "../control/ports.ts";

export class TimeBuckets {
  readonly #counts: Float64Array;
  #sumUs = 0;
  #count = 0;

  /** Upper bounds, ascending. */
  constructor(readonly boundsUs: readonly number[]) {
    this.#counts = new Float64Array(boundsUs.length + 1);
  }

  note(us: number): void {
    const { boundsUs } = this;
    let at = 0;
    while (at < boundsUs.length && us > (boundsUs[at] as number)) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sumUs += us;
    this.#count++;
  }

  /** In seconds; counts are cumulative. */
  sample(name: string, help: string): MetricSample {
    let below = 0;
    const buckets = this.boundsUs.map((us, at): readonly [number, number] => {
      below += this.#counts[at] as number;
      return [us / 1e6, below];
    });
    return { name, help, type: "histogram", buckets, sum: this.#sumUs / 1e6, count: this.#count };
  }
}
