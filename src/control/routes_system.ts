/** Routes of the process: health, metrics, status, accounts, providers, logs. */

import { Type as t } from "@sinclair/typebox";
import type { Elysia } from "elysia";
import type { MetricSample } from "../telemetry/metric.ts";
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from "../telemetry/prometheus.ts";
import { LogLineView } from "./answers.ts";
import type { ControlContext } from "./context.ts";
import { readLimit } from "./cursor.ts";
import { LogsQuery, NoQuery, SinceQuery } from "./queries.ts";
import { providerView } from "./system_view.ts";
import { AccountView, Page, ProviderView, StatusView } from "./views.ts";

const Health = t.Object({ status: t.Literal("ok") }, { additionalProperties: false });
const Ready = t.Object({ ready: t.Boolean(), notReady: t.Array(t.String()) }, { additionalProperties: false });

export function addSystemRoutes(app: Elysia, ctx: ControlContext, ownMetrics: () => readonly MetricSample[]): void {
  const { ports } = ctx;
  const detail = (summary: string) => ({ tags: ["system"], summary });

  app.get("/healthz", () => ({ status: "ok" as const }), {
    query: NoQuery,
    response: { 200: Health },
    detail: detail("The process answers"),
  });
  app.get(
    "/readyz",
    ({ set }) => {
      const { ready, notReady } = ports.health();
      if (!ready) set.status = 503;
      return { ready, notReady: [...notReady] };
    },
    { query: NoQuery, response: { 200: Ready, 503: Ready }, detail: detail("Ready to trade, or what is missing") },
  );
  app.get(
    "/metrics",
    () => {
      const text = prometheusText([...ports.metrics(), ...ownMetrics()]);
      return new Response(text, { headers: { "content-type": PROMETHEUS_CONTENT_TYPE } });
    },
    { query: NoQuery, detail: detail("Prometheus text") },
  );
  app.get(
    "/api/v1/status",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      return ctx.system.status();
    },
    { query: SinceQuery, response: { 200: StatusView }, detail: detail("Everything at a glance") },
  );
  app.get(
    "/api/v1/accounts",
    async ({ query }) => {
      await ctx.waitFor(query.since);
      return { items: ctx.system.accounts(), next: null, record: ports.state.record };
    },
    { query: SinceQuery, response: { 200: Page(AccountView) }, detail: detail("Accounts") },
  );
  app.get(
    "/api/v1/providers",
    () => {
      const items = ports.health().providers.map(providerView);
      return { items, next: null, record: ports.state.record };
    },
    { query: NoQuery, response: { 200: Page(ProviderView) }, detail: detail("Connections to venues' market data") },
  );
  app.get(
    "/api/v1/logs",
    ({ query }) => {
      const lines = ports.logs(readLimit(query.limit, ctx.limits.pageRowsMax, 100));
      return { items: lines.map((line) => ({ ...line })), next: null, record: ports.state.record };
    },
    { query: LogsQuery, response: { 200: Page(LogLineView) }, detail: detail("Last lines of the log, newest last") },
  );
}
