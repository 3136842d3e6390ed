/** What the projector and the outbox tell /metrics. */

import type { MetricSample } from "../control/ports.ts";
import type { ProjectorHandle } from "./projector_thread.ts";

export function historyMetrics({ figures, outbox, ended, restarts }: ProjectorHandle): MetricSample[] {
  const lag = Math.max(0, figures.durableRecord - figures.record);
  return [
    gauge("history_record", "Last record in the store.", figures.record),
    gauge("history_lag_records", "Durable records that the store does not have yet.", lag),
    gauge("history_away", "1 = the store does not answer.", figures.awaySinceMs > 0 ? 1 : 0),
    gauge("history_stopped", "1 = nothing is projected until a new start or a rebuild.", ended === undefined ? 0 : 1),
    counter("history_batches_total", "Batches committed.", figures.batches),
    counter("history_rows_total", "Rows written.", figures.rows),
    counter("history_failures_total", "Times that the store refused or did not answer.", figures.failures),
    counter("history_restarts_total", "Threads of the projector that were started anew.", restarts),
    ...outbox.map(({ name, record }) => gauge("outbox_record", "Last record that the sink has.", record, name)),
    ...outbox.map(({ name, delivered }) => counter("outbox_delivered_total", "Records handed over.", delivered, name)),
    ...outbox.map(({ name, failures }) => counter("outbox_failures_total", "Times that it failed.", failures, name)),
  ];
}

function gauge(name: string, help: string, value: number, outbox?: string): MetricSample {
  return { name: `meltica_${name}`, help, type: "gauge", value, ...labels(outbox) };
}

function counter(name: string, help: string, value: number, outbox?: string): MetricSample {
  return { name: `meltica_${name}`, help, type: "counter", value, ...labels(outbox) };
}

function labels(outbox: string | undefined): { readonly labels?: Readonly<Record<string, string>> } {
  return outbox === undefined ? {} : { labels: { outbox } };
}
