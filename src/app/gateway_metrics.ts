/** What a gateway tells /metrics: its threads, its journal, its orders and its feeds, beside what the engine counts. */

import type { MetricSample } from "../control/ports.ts";
import { Denial } from "../model/denial.ts";
import { OrderState } from "../model/order.ts";
import type { LiveStatus } from "./live_account.ts";
import { liveMetrics } from "./live_view.ts";
import type { Supervisor } from "./supervisor.ts";

type Labels = Readonly<Record<string, string>>;

export function gatewayMetrics(supervisor: Supervisor): MetricSample[] {
  return [
    ...supervisor.status.metrics,
    ...threads(supervisor),
    ...journal(supervisor),
    ...snapshots(supervisor),
    ...orders(supervisor),
    ...watchdog(supervisor),
    ...feeds(supervisor),
    ...live(supervisor),
  ];
}

function threads(supervisor: Supervisor): MetricSample[] {
  const { rss, heapUsed } = process.memoryUsage();
  return [
    gauge("engine_restarts", "Engines that were replaced since the process started.", supervisor.restarts),
    gauge("epoch", "Epoch of the journal.", supervisor.epoch),
    gauge("commands_waiting", "Commands that wait for the engine or for the disk.", supervisor.line?.waiting ?? 0),
    gauge("resident_bytes", "Memory of the process.", rss),
    gauge("control_heap_bytes", "Heap in use on the control thread.", heapUsed),
  ];
}

function journal(supervisor: Supervisor): MetricSample[] {
  const { replica } = supervisor;
  const figures = supervisor.journal?.words.figures();
  const durable = supervisor.durableRecord();
  const written = supervisor.status.lastRecord;
  return [
    gauge("record_durable", "Last durable record.", durable),
    gauge("record_replica", "Last record of the read model.", replica.state.record),
    gauge("journal_lag_records", "Records of the engine that are not durable yet.", Math.max(0, written - durable)),
    gauge("journal_ring_occupancy", "Share of the trading ring that waits for the disk.", supervisor.ringOccupancy()),
    gauge("journal_state", "0 starting, 1 running, 2 disk full, 3 failed, 4 stopped.", figures?.state ?? 0),
    gauge("journal_segment", "Segment that is written.", figures?.segment ?? 0),
    counter("journal_commits_total", "Batches made durable by this thread.", figures?.commits ?? 0),
    gauge("journal_sync_seconds", "Write and sync of the last batch.", (figures?.syncUs ?? 0) / 1e6),
    gauge("journal_sync_seconds_max", "The longest of them since the thread started.", (figures?.syncUsMax ?? 0) / 1e6),
    gauge("replica_lapped", "Times that the read model had to read the files.", replica.lapped),
    gauge("seals_verified", "State hashes that were compared and were equal.", replica.sealsVerified),
  ];
}

function snapshots({ snapshotter }: Supervisor): MetricSample[] {
  return [
    gauge(
      "snapshot_record",
      "Record of the newest snapshot; a start reads the journal from there.",
      snapshotter.record,
    ),
    counter("snapshots_total", "Snapshots that this process has taken.", snapshotter.taken),
    counter("snapshots_failed_total", "Snapshots that could not be taken.", snapshotter.failed),
    gauge("snapshot_seconds", "How long the last one took, beside the engine.", (snapshotter.last?.ms ?? 0) / 1e3),
    gauge("snapshot_bytes", "Size of the newest one.", snapshotter.last?.bytes ?? 0),
  ];
}

function orders(supervisor: Supervisor): MetricSample[] {
  const { orders: table, risk } = supervisor.replica.state;
  let unknown = 0;
  for (let order = table.firstOpenAll(); order !== 0; order = table.nextOpenAll(order)) {
    if (table.state(order) === OrderState.Unknown) unknown++;
  }
  return [
    counter("orders_total", "Orders since the journal began.", table.nextOrder - 1),
    gauge("orders_open", "Orders that may still trade.", table.openCountAll()),
    gauge("orders_held", "Orders that wait here for a price or a parent.", table.held.count),
    gauge("orders_unknown", "Orders of which nobody knows what became.", unknown),
    gauge("kills", "Scopes that are killed.", risk.kills.count),
  ];
}

function watchdog({ options }: Supervisor): MetricSample[] {
  const health = options.watchdog?.health();
  if (health === undefined) return [];
  return [
    gauge(
      "watchdog_silent",
      "1 = the watchdog process is silent: live accounts open nothing.",
      health.isSilent ? 1 : 0,
    ),
    gauge("watchdog_blind_accounts", "Accounts at which it could not cancel now.", health.blindAccounts),
    counter("watchdog_restarts_total", "Watchdog processes that were started anew.", health.restarts),
    counter("watchdog_alarms_total", "Times that it took the engine for dead.", health.alarms),
    counter("watchdog_canceled_total", "Orders whose cancel it had the venue take.", health.canceled),
    counter(
      "watchdog_failed_passes_total",
      "Passes in which a venue did not do what it was asked.",
      health.failedPasses,
    ),
  ];
}

function feeds(supervisor: Supervisor): MetricSample[] {
  const { status } = supervisor;
  const samples: MetricSample[] = [];
  for (const { name, adapter, connected, reconnects, frames, setAside } of status.feeds) {
    const labels = { provider: name, adapter };
    samples.push(
      gauge("provider_connected", "1 = connected.", connected ? 1 : 0, labels),
      counter("provider_reconnects_total", "Connections that were made anew.", reconnects, labels),
      counter("provider_frames_total", "Frames.", frames, labels),
      counter("provider_set_aside_total", "Frames that nothing came of.", setAside, labels),
    );
  }
  for (const { instrument, bookValid, bookGaps, tradeIdGaps, liquidations } of status.markets) {
    samples.push(
      gauge("book_valid", "1 = the order book may be trusted.", bookValid ? 1 : 0, { instrument }),
      counter("book_gaps_total", "Depth updates that were missing.", bookGaps, { instrument }),
      counter("trade_id_gaps_total", "Trade ids that were missing.", tradeIdGaps, { instrument }),
      counter("liquidations_total", "Forced orders of others that the venue told of.", liquidations, { instrument }),
    );
  }
  return byFamily(samples);
}

function live({ status, replica }: Supervisor): MetricSample[] {
  const { arming } = replica.state.risk;
  const isArmed = ({ account, approval }: LiveStatus) => arming.whyNot(account, approval) === Denial.None;
  return byFamily(liveMetrics(status.live, isArmed));
}

/** One family after the other. */
function byFamily(samples: MetricSample[]): MetricSample[] {
  return samples.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function gauge(name: string, help: string, value: number, labels?: Labels): MetricSample {
  return { name: `meltica_${name}`, help, type: "gauge", value, ...(labels === undefined ? {} : { labels }) };
}

function counter(name: string, help: string, value: number, labels?: Labels): MetricSample {
  return { name: `meltica_${name}`, help, type: "counter", value, ...(labels === undefined ? {} : { labels }) };
}
