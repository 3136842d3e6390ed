/** Live accounts as the API and /metrics show them. */

import type { LiveAccountView } from "../control/live_account_view.ts";
import { timeOf } from "../control/time.ts";
import { mantissaTextShort } from "../core/decimal.ts";
import type { MetricSample } from "../telemetry/metric.ts";
import { FEE_RATE_SCALE } from "../venue/wire/fee_desk.ts";
import type { LiveStatus } from "./live_account.ts";

export function liveView({ checks, unfitWhy, figures, guarded, unguarded, fees }: LiveStatus): LiveAccountView {
  return {
    fit: unfitWhy === "",
    unfitWhy: unfitWhy === "" ? null : unfitWhy,
    checks: checks.map((check) => ({ ...check })),
    streamUp: figures.isUp,
    clockOffsetUs: figures.clockOffsetUs,
    clockUncertaintyUs: Number.isFinite(figures.clockUncertaintyUs) ? figures.clockUncertaintyUs : null,
    weightUsed: figures.weightUsed,
    ordersUsed: figures.ordersUsed,
    freezes: figures.freezes,
    reconnects: figures.reconnects,
    handovers: figures.handovers,
    requestsOpen: figures.requestsOpen,
    questionsOpen: figures.questionsOpen,
    reports: figures.reportsTold,
    reportsWaiting: figures.reportsWaiting,
    reportsLost: figures.reportsLost,
    deadManSwitches: guarded,
    deadManMissing: unguarded.map(({ instrument, code, isArmed }) => {
      return { instrument, code: code === "" ? null : code, stillArmed: isArmed };
    }),
    fees: fees.map(({ instrument, maker, taker, discountAsset, atUs }) => ({
      instrument,
      maker: mantissaTextShort(maker, FEE_RATE_SCALE),
      taker: mantissaTextShort(taker, FEE_RATE_SCALE),
      discountIn: discountAsset === "" ? null : discountAsset,
      asOf: timeOf(atUs),
    })),
    feesMissing: figures.feesMissing,
  };
}

/** `isArmed`: somebody has armed the account for this build. */
export function liveMetrics(live: readonly LiveStatus[], isArmed: (of: LiveStatus) => boolean): MetricSample[] {
  return live.flatMap((status) => {
    const { name, unfitWhy, figures, guarded, unguarded, fees } = status;
    const sample = (type: MetricSample["type"]) => (metric: string, help: string, value: number) => {
      return { name: `meltica_live_${metric}`, help, type, value, labels: { account: name } };
    };
    const [gauge, counter] = [sample("gauge"), sample("counter")];
    const uncertaintyUs = Number.isFinite(figures.clockUncertaintyUs) ? figures.clockUncertaintyUs : 0;
    return [
      gauge("fit", "1 = all checks of the account are passed.", unfitWhy === "" ? 1 : 0),
      gauge("armed", "1 = somebody has armed the account for this build.", isArmed(status) ? 1 : 0),
      gauge("stream_up", "1 = the private stream is up.", figures.isUp ? 1 : 0),
      gauge("clock_offset_seconds", "The venue's clock less ours.", figures.clockOffsetUs / 1e6),
      gauge("clock_uncertainty_seconds", "How far that may be off.", uncertaintyUs / 1e6),
      gauge("weight_used", "Request weight of the last window, that of others included.", figures.weightUsed),
      gauge("orders_used", "Orders of the last window, as the venue counts them.", figures.ordersUsed),
      counter("freezes_total", "Times that the venue told us to stop asking.", figures.freezes),
      counter("reconnects_total", "Private streams that were made anew.", figures.reconnects),
      counter("handovers_total", "Private streams that were handed over without a gap.", figures.handovers),
      gauge("requests_open", "Orders and cancels without an answer.", figures.requestsOpen),
      gauge("questions_open", "Questions of reconciliation without an answer.", figures.questionsOpen),
      counter("reports_total", "Reports that the venue has told.", figures.reportsTold),
      counter("reports_lost_total", "Reports that found no room.", figures.reportsLost),
      gauge(
        "dead_man_switches",
        "Instruments whose orders the venue ends when we fall silent: it has said so.",
        guarded,
      ),
      gauge(
        "dead_man_missing",
        "Instruments whose dead-man switch it has not taken, or not renewed.",
        unguarded.length,
      ),
      gauge("fees_missing", "Instruments whose fee rates the venue has not told.", figures.feesMissing),
      ...fees.flatMap(({ instrument, maker, taker }) => {
        const rate = (liquidity: string, mantissa: number): MetricSample => {
          const help = "What the venue charges of a trade's value; below zero: a rebate.";
          const labels = { account: name, instrument, liquidity };
          return { name: "meltica_live_fee_rate", help, type: "gauge", value: mantissa / 10 ** FEE_RATE_SCALE, labels };
        };
        return [rate("maker", maker), rate("taker", taker)];
      }),
    ];
  });
}
