/** The profit-and-loss curve: points of each account, joined to one line for each asset, bounded by thinning. */

import type { PnlView } from "../../control/views.ts";
import { BOUNDS } from "./bounds.ts";
import { addDecimals, plotNumber, subtractDecimals } from "./decimal_text.ts";

/** Seconds and change of equity since the first point: two columns, as uplot takes them. */
export type CurveColumns = [seconds: number[], change: number[]];

/** Exact sums over the accounts of one asset. */
export interface PnlTotal {
  readonly asset: string;
  readonly equity: string;
  readonly realized: string;
  readonly unrealized: string;
  readonly fees: string;
  /** Change of equity since the first point that is held. */
  readonly change: string;
  /** Epoch µs of that first point. */
  readonly sinceUs: number;
}

interface Line {
  readonly asset: string;
  readonly first: PnlView;
  last: PnlView;
  /** µs and change of equity since `first`. */
  times: number[];
  changes: number[];
}

export class PnlCurve {
  #lines = new Map<string, Line>();

  /** Points in any order; those that are there already are not taken twice. */
  add(points: readonly PnlView[]): void {
    for (const point of points) {
      const key = `${point.account} ${point.asset}`;
      const line = this.#lines.get(key);
      if (line === undefined) this.#lines.set(key, newLine(point));
      else if (point.time.us > line.last.time.us) append(line, point);
    }
  }

  /** History from the server: takes the place of what is held, and keeps live points that are newer. */
  load(history: readonly PnlView[]): void {
    const sorted = history.toSorted((a, b) => a.time.us - b.time.us);
    const old = this.#lines;
    this.#lines = new Map();
    this.add(sorted);
    for (const [key, line] of old) {
      const held = this.#lines.get(key);
      if (held === undefined) this.#lines.set(key, line);
      else if (line.last.time.us > held.last.time.us) append(held, line.last);
    }
  }

  /** Epoch µs of the earliest point; infinite when there is none. */
  get firstUs(): number {
    return Math.min(...[...this.#lines.values()].map((line) => line.first.time.us));
  }

  /** Assets in the order they came. */
  assets(): string[] {
    return [...new Set([...this.#lines.values()].map((line) => line.asset))];
  }

  total(asset: string): PnlTotal | undefined {
    const lines = this.#of(asset);
    if (lines.length === 0) return undefined;
    const sum = (pick: (line: Line) => string) => addDecimals(...lines.map(pick));
    return {
      asset,
      equity: sum((line) => line.last.equity),
      realized: sum((line) => line.last.realizedPnl),
      unrealized: sum((line) => line.last.unrealizedPnl),
      fees: sum((line) => line.last.fees),
      change: sum((line) => subtractDecimals(line.last.equity, line.first.equity)),
      sinceUs: Math.min(...lines.map((line) => line.first.time.us)),
    };
  }

  /** One line for an asset: the changes of its accounts added up, each account at its last known value. */
  columns(asset: string): CurveColumns {
    const lines = this.#of(asset);
    const seconds: number[] = [];
    const changes: number[] = [];
    const at = lines.map(() => 0);
    for (;;) {
      let time = Number.POSITIVE_INFINITY;
      for (let i = 0; i < lines.length; i++) time = Math.min(time, lines[i]?.times[at[i] as number] ?? time);
      if (time === Number.POSITIVE_INFINITY) return [seconds, changes];
      let change = 0;
      for (let i = 0; i < lines.length; i++) {
        const line = lines[i] as Line;
        if (line.times[at[i] as number] === time) at[i] = (at[i] as number) + 1;
        if ((at[i] as number) > 0) change += line.changes[(at[i] as number) - 1] as number;
      }
      seconds.push(time / 1e6);
      changes.push(change);
    }
  }

  #of(asset: string): Line[] {
    return [...this.#lines.values()].filter((line) => line.asset === asset);
  }
}

function newLine(point: PnlView): Line {
  return { asset: point.asset, first: point, last: point, times: [point.time.us], changes: [0] };
}

function append(line: Line, point: PnlView): void {
  line.last = point;
  line.times.push(point.time.us);
  line.changes.push(plotNumber(subtractDecimals(point.equity, line.first.equity)));
  if (line.times.length <= BOUNDS.curvePointsMax) return;
  const half = line.times.length >> 1;
  const keep = (_: number, i: number) => i === 0 || i >= half || i % 2 === 0;
  line.times = line.times.filter(keep);
  line.changes = line.changes.filter(keep);
}
