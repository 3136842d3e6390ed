/** What an instance is made of: the JSON text of InstanceStarted and of the command that asks for it. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import { type Problem, problem } from "../core/problem.ts";
import type { StateValue, StrategyModule } from "../strategy/api.ts";
import type { Binding, InstanceSpec } from "../strategy/instance.ts";
import { type ParamValues, resolveParams } from "../strategy/params.ts";
import type { DurableState } from "./durable.ts";

/** Instruments and accounts by name: a definition is read by people, and survives a renumbering of nothing. */
export interface InstanceDefinition {
  readonly name: string;
  readonly strategy: string;
  readonly params: ParamValues;
  readonly markets: Readonly<
    Record<string, { readonly instrument: string; readonly account: string; readonly tf?: string }>
  >;
}

/** A strategy by name, loaded before it is asked for. */
export type StrategyOf = (name: string) => StrategyModule | undefined;

/** Reads a definition that `apply` or a command carries; undefined when it is none. */
export function readDefinition(text: string): InstanceDefinition | undefined {
  try {
    const value = JSON.parse(text) as Partial<InstanceDefinition> | null;
    const isWhole =
      typeof value?.name === "string" &&
      typeof value.strategy === "string" &&
      isObject(value.params) &&
      isObject(value.markets) &&
      Object.values(value.markets as Record<string, unknown>).every(isObject);
    return isWhole ? (value as InstanceDefinition) : undefined;
  } catch {
    return undefined;
  }
}

/** What the host needs to build it, or the first thing that is wrong. */
export function instanceSpec(
  id: number,
  definition: InstanceDefinition,
  state: DurableState,
  strategyOf: StrategyOf,
): InstanceSpec | Problem {
  assert(id >= 1, Code.ValueOutOfRange);
  const module = strategyOf(definition.strategy);
  if (module === undefined) return problem(Code.StrategyNotFound, `no strategy ${definition.strategy}`);
  const resolved = resolveParams(module.definition, definition.params);
  if (!resolved.ok) return resolved.problems[0] as Problem;
  const bindings: Record<string, Binding> = {};
  for (const [market, { instrument, account, tf }] of Object.entries(definition.markets)) {
    if (!Object.hasOwn(module.definition.markets, market)) {
      const hint = `it has ${Object.keys(module.definition.markets).join(", ")}`;
      return problem(Code.StrategyShape, `${definition.strategy} has no market ${market}`, {}, hint);
    }
    const listing = state.instruments.byName(instrument);
    if (listing === undefined) return problem(Code.NotFound, `no instrument ${instrument}`);
    const accountId = state.accounts.idOf(account);
    if (accountId === undefined) return problem(Code.NotFound, `no account ${account}`);
    bindings[market] = { instrument: listing.id, account: accountId, tf };
  }
  const cells = state.instances.get(id)?.cells ?? "";
  const restored = cells === "" ? undefined : (JSON.parse(cells) as Record<string, StateValue>);
  return { id, module, params: resolved.params, bindings, restored };
}

export function isProblem(value: object): value is Problem {
  return "code" in value && "hint" in value;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
