/** The interface's own figures: requests by route and status, how long they took, what was turned away. */

import { Histogram } from "../core/histogram.ts";
import type { MetricSample } from "../telemetry/metric.ts";
import { histogramSample } from "../telemetry/prometheus.ts";
import type { Door } from "./door.ts";
import type { Sessions } from "./sessions.ts";

const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

export interface StreamFigures {
  readonly readers: number;
  readonly closedSlow: number;
  readonly badMessages: number;
  readonly sent: number;
}

export class HttpMetrics {
  readonly #requests = new Map<string, number>();
  readonly latency = new Histogram(SECONDS);
  /** Answers of 500: each is a mistake of ours. */
  faults = 0;

  /** `route`: a pattern, never a path, so that the number of series is bounded. */
  count(method: string, route: string, status: number, seconds: number): void {
    const key = `${method} ${route} ${status}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    this.latency.record(seconds);
    if (status >= 500 && status !== 503) this.faults++;
  }

  samples(door: Door, sessions: Sessions, stream: StreamFigures): MetricSample[] {
    const samples: MetricSample[] = [];
    for (const [key, value] of this.#requests) {
      const [method = "", route = "", status = ""] = key.split(" ");
      const labels = { method, route, status };
      samples.push({ name: "meltica_http_requests_total", help: "Requests answered", type: "counter", labels, value });
    }
    samples.push(histogramSample("meltica_http_seconds", "Time from request to answer", this.latency));
    for (const [reason, value] of Object.entries(door.refused)) {
      samples.push({
        name: "meltica_http_refused_total",
        help: "Turned away",
        type: "counter",
        labels: { reason },
        value,
      });
    }
    const counter = (name: string, help: string, value: number) => samples.push({ name, help, type: "counter", value });
    counter("meltica_logins_failed_total", "Logins with a wrong code or token", sessions.loginsFailed);
    counter("meltica_logins_refused_total", "Logins refused by the throttle", sessions.loginsRefused);
    counter("meltica_stream_slow_readers_total", "Streams closed as too slow", stream.closedSlow);
    counter("meltica_stream_bad_messages_total", "Stream requests that were none", stream.badMessages);
    counter("meltica_stream_messages_total", "Messages handed to readers", stream.sent);
    const help = "Streams open now";
    samples.push({ name: "meltica_stream_readers", help, type: "gauge", value: stream.readers });
    return samples;
  }
}
