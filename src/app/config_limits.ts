/** Limits of a configuration as a whole: their canonical text, and which of them an instance would miss. */

import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import { type ConfigNode, positionAt } from "./config_node.ts";
import type { Config } from "./config_schema.ts";

const CONTROLS = [
  ...["maxOrderValue", "maxOrderQty", "maxLongPosition", "maxShortPosition", "collarBps", "referenceAgeUsMax"],
  ...["newOrders", "cancels", "maxOpenOrders"],
] as const;

/** What real money needs on top (risk/control.ts). */
const LIVE_ONLY = [
  ...["band", "slippageBps", "duplicateUs", "selfMatch", "maxGrossValue", "minFreeBalance", "maxDailyLoss"],
  ...["executions", "refusals", "instruments"],
] as const;

/** JSON with sorted keys and no space: the same limits give the same text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const texts = entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`);
  return `{${texts.join(",")}}`;
}

/** One problem for each instance market whose orders would all be denied, since a limit is stated at no level. */
export function missingLimits(config: Config, root: ConfigNode): Problem[] {
  return config.instances.flatMap((instance, index) =>
    Object.entries(instance.markets).flatMap(([name, market]) => {
      const stated = new Set(
        config.limits
          .filter(({ scope, key }) => scope === "firm" || key === keyOf(scope, instance.name, market))
          .flatMap((limits) => Object.keys(limits)),
      );
      const isLive = config.accounts[market.account]?.mode === "live";
      const missing = [...CONTROLS, ...(isLive ? LIVE_ONLY : [])].filter((control) => !stated.has(control));
      if (missing.length === 0) return [];
      const detail = `instance "${instance.name}" on ${market.instrument}: no ${missing.join(", ")} at any level`;
      const at = positionAt(root, ["instances", index, "markets", name], {});
      return [problem(Code.ConfigMissing, detail, at, "missing means deny: state it under limits")];
    }),
  );
}

function keyOf(scope: string, instance: string, market: { instrument: string; account: string }): string {
  if (scope === "instance") return instance;
  return scope === "account" ? market.account : market.instrument;
}
