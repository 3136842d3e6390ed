/** Prometheus text (exposition format 0.0.4) of samples: one HELP and TYPE for each name, names and labels made legal. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { Histogram } from "../core/histogram.ts";
import type { MetricSample } from "./metric.ts";

export const PROMETHEUS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Samples of one name come out together, in the order of their first appearance. Total: an odd value is NaN. */
export function prometheusText(samples: readonly MetricSample[]): string {
  const families = new Map<string, MetricSample[]>();
  for (const sample of samples) {
    const name = legalName(sample.name);
    const family = families.get(name);
    if (family === undefined) families.set(name, [sample]);
    else family.push(sample);
  }
  let text = "";
  for (const [name, family] of families) text += familyText(name, family);
  return text;
}

/** The sample of a histogram as it stands. */
export function histogramSample(
  name: string,
  help: string,
  histogram: Histogram,
  labels: Readonly<Record<string, string>> = {},
): MetricSample {
  const buckets: (readonly [number, number])[] = [];
  histogram.bounds.forEach((bound, index) => {
    buckets.push([bound, histogram.cumulative(index)]);
  });
  assert(buckets.length === histogram.bounds.length, Code.InvariantBroken);
  return { name, help, type: "histogram", labels, buckets, sum: histogram.sum, count: histogram.count };
}

function familyText(name: string, family: readonly MetricSample[]): string {
  const first = family[0];
  assert(first !== undefined, Code.InvariantBroken);
  let text = `# HELP ${name} ${escapeHelp(first.help)}\n# TYPE ${name} ${first.type}\n`;
  for (const sample of family) {
    // A name has one type: what claims another is left out rather than making the whole page unreadable.
    if (sample.type !== first.type) continue;
    text += sample.type === "histogram" ? histogramText(name, sample) : line(name, sample.labels, sample.value);
  }
  return text;
}

function histogramText(name: string, sample: MetricSample): string {
  let text = "";
  for (const [bound, count] of sample.buckets ?? []) {
    text += line(`${name}_bucket`, { ...sample.labels, le: numberText(bound) }, count);
  }
  text += line(`${name}_bucket`, { ...sample.labels, le: "+Inf" }, sample.count ?? 0);
  text += line(`${name}_sum`, sample.labels, sample.sum ?? 0);
  return text + line(`${name}_count`, sample.labels, sample.count ?? 0);
}

function line(name: string, labels: Readonly<Record<string, string>> | undefined, value: number | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, text]) => `${legalName(key)}="${escapeLabel(text)}"`);
  const inner = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
  return `${name}${inner} ${numberText(value ?? Number.NaN)}\n`;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

function legalName(name: string): string {
  const legal = name.replace(/[^a-zA-Z0-9_:]/g, "_");
  return /^[0-9]/.test(legal) || legal === "" ? `_${legal}` : legal;
}

function escapeHelp(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replace(/"/g, '\\"');
}
