/** Equity points over time, one for each account and second: the curve. Bounded, oldest forgotten. */

import type { Limits } from "../core/limits.ts";
import { RowRing } from "./row_ring.ts";
import type { PnlView } from "./views.ts";

export class PnlHistory {
  readonly #points: RowRing<PnlView>;

  constructor(limits: Limits) {
    this.#points = new RowRing(limits.historyRowsMax);
  }

  add(points: readonly PnlView[]): void {
    for (const point of points) this.#points.push(point);
  }

  /** Points from position `at` on whose time is at least `sinceUs`, oldest first, and where the next page starts. */
  page(sinceUs: number, at: number, limit: number): { readonly items: PnlView[]; readonly next: number | undefined } {
    const items: PnlView[] = [];
    let position = Math.max(at, this.#points.first);
    for (; position < this.#points.count && items.length < limit; position++) {
      const point = this.#points.at(position);
      if (point !== undefined && point.time.us >= sinceUs) items.push(point);
    }
    return { items, next: position < this.#points.count ? position : undefined };
  }
}
