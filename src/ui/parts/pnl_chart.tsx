/** The curve, drawn by uplot: fits its box, takes the page's colours, is drawn again when they or the data change. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clockTime } from "../state/format.ts";
import type { CurveColumns } from "../state/pnl_curve.ts";

/** A gateway that has just begun shows a minute, not a second as wide as the screen. */
const SPAN_SECONDS_MIN = 60;
const INCREMENTS_SECONDS = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400];

export interface PnlChartProps {
  readonly columns: CurveColumns;
  readonly asset: string;
}

export function PnlChart({ columns, asset }: PnlChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element, asset), columnsOf(element), element);
    };
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const sizes = new ResizeObserver(() => plot.current?.setSize(sizeOf(element)));
    draw();
    dark.addEventListener("change", draw);
    sizes.observe(element);
    return () => {
      dark.removeEventListener("change", draw);
      sizes.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [asset]);
  const latest = useRef(columns);
  latest.current = columns;
  const columnsOf = (_: Element) => latest.current;
  useEffect(() => plot.current?.setData(columns), [columns]);
  const last = columns[1].at(-1);
  const label = last === undefined ? "no points yet" : `now ${last.toFixed(2)} ${asset}`;
  return (
    <div class="chart" ref={box} role="img" aria-label={`Profit and loss: ${label}`}>
      <span class="readout" />
    </div>
  );
}

function sizeOf(element: Element): { width: number; height: number } {
  return { width: element.clientWidth, height: element.clientHeight };
}

function options(element: Element, asset: string): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--faint"),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    ...sizeOf(element),
    padding: [8, 18, 0, 0],
    cursor: { y: false, points: { size: 6 } },
    legend: { show: false },
    scales: {
      x: { range: (_plot, from, to) => [Math.min(from ?? 0, (to ?? 0) - SPAN_SECONDS_MIN), to ?? 0] },
      y: { range: (_plot, low, high) => padded(low, high) },
    },
    axes: [
      { ...axis, size: 24, space: 80, incrs: INCREMENTS_SECONDS, values: (_plot, marks) => marks.map(timeLabel) },
      { ...axis, size: 58, space: 32 },
    ],
    series: [
      {},
      { label: asset, stroke: colour("--accent"), width: 1.5, fill: colour("--accent-wash"), points: { show: false } },
    ],
    hooks: {
      draw: [(plot) => drawZero(plot, colour("--faint"))],
      setCursor: [(plot) => read(plot, element.querySelector(".readout"), asset)],
    },
  };
}

/** A little air above and below, zero always in sight, never a range of nothing. */
function padded(low: number | null, high: number | null): [number, number] {
  const from = Math.min(0, low ?? 0);
  const to = Math.max(0, high ?? 0);
  const air = Math.max((to - from) * 0.08, 0.05);
  return [from === 0 ? -air / 2 : from - air, to === 0 ? air / 2 : to + air];
}

function timeLabel(seconds: number): string {
  return clockTime(seconds * 1e6).replace(/:00$/, "");
}

/** Time and value under the pointer. */
function read(plot: uPlot, out: Element | null, asset: string): void {
  const at = plot.cursor.idx;
  const seconds = at === null || at === undefined ? undefined : plot.data[0][at];
  const change = at === null || at === undefined ? undefined : plot.data[1]?.[at];
  const known = seconds !== undefined && change !== undefined && change !== null;
  if (out !== null) out.textContent = known ? `${clockTime(seconds * 1e6)}  ${change.toFixed(2)} ${asset}` : "";
}

function drawZero(plot: uPlot, colour: string): void {
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(0, "y", true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.setLineDash([4, 4]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
