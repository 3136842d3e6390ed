/** What an instance's journaled definition says: JSON with name, strategy, parameters and markets. */

import type { Instance } from "../engine/instances.ts";

export interface MarketBinding {
  /** Name, or dense id. */
  readonly instrument: string | number;
  readonly account: string | number;
  readonly tf?: string;
}

/** `text` of CommandInstanceStart and of InstanceStarted. */
export interface InstanceDefinition {
  readonly name: string;
  readonly strategy: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly markets: Readonly<Record<string, MarketBinding>>;
}

/** Total: what is missing or of another form is left out; an instance without a name is called by its number. */
export function definitionOf(instance: Instance): InstanceDefinition {
  let value: unknown;
  try {
    value = JSON.parse(instance.definition);
  } catch {
    value = undefined;
  }
  const fields = isObject(value) ? value : {};
  const { name, strategy, params, markets } = fields;
  return {
    name: typeof name === "string" && name !== "" ? name : `instance-${instance.id}`,
    strategy: typeof strategy === "string" ? strategy : "",
    params: isObject(params) ? params : {},
    markets: readMarkets(markets),
  };
}

function readMarkets(value: unknown): Record<string, MarketBinding> {
  const markets: Record<string, MarketBinding> = {};
  if (!isObject(value)) return markets;
  for (const [name, binding] of Object.entries(value)) {
    if (!isObject(binding)) continue;
    const { instrument, account, tf } = binding;
    markets[name] = {
      instrument: typeof instrument === "string" || typeof instrument === "number" ? instrument : "",
      account: typeof account === "string" || typeof account === "number" ? account : "",
      ...(typeof tf === "string" ? { tf } : {}),
    };
  }
  return markets;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
