/** Resolves a strategy by name or file, with its parameters, and starts it as an instance of a session. */

import { Code } from "../core/code.ts";
import { type Problem, ProblemError, problem } from "../core/problem.ts";
import type { Engine } from "../engine/engine.ts";
import type { Instrument } from "../model/instrument.ts";
import { RecordKind, TradingRecord } from "../model/record.ts";
import type { StrategyModule } from "../strategy/api.ts";
import { intervalUs, type ParamValues, resolveParams } from "../strategy/params.ts";
import { loadStrategy } from "./strategy_checked.ts";

/** `tf` is no parameter of a strategy: it overrides the timeframe of its markets at deployment. */
const TF = "tf";

export interface ResolvedStrategy {
  readonly name: string;
  readonly module: StrategyModule;
  readonly params: ParamValues;
  readonly tf: string | undefined;
}

/** Throws ProblemError with the first thing that is wrong. */
export async function resolveStrategy(nameOrPath: string, raw: ParamValues): Promise<ResolvedStrategy> {
  const module = await loadStrategy(nameOrPath);
  const { definition } = module;
  const own = Object.hasOwn(definition.params ?? {}, TF);
  const { [TF]: tf, ...rest } = raw;
  const resolved = resolveParams(definition, own ? raw : rest);
  if (!resolved.ok) throw new ProblemError(resolved.problems[0] as Problem);
  if (!own && tf !== undefined && intervalUs(String(tf)) === undefined) {
    const hint = "for example 1s, 5m, 1h, 1d";
    throw new ProblemError(problem(Code.StrategyParam, `tf=${String(tf)} is no timeframe`, {}, hint));
  }
  return {
    name: definition.name,
    module,
    params: own || tf === undefined ? resolved.params : { ...resolved.params, [TF]: tf },
    tf: own || tf === undefined ? undefined : String(tf),
  };
}

/** Starts instance 1 on account 0, all its markets bound to `main`. Answers what setup failed of. */
export function startStrategy(
  engine: Engine,
  resolved: ResolvedStrategy,
  main: Instrument,
  startUs: number,
): Problem[] {
  const names = Object.keys(resolved.module.definition.markets);
  const binding = { instrument: main.id, account: 0, tf: resolved.tf };
  const { tf: _, ...params } = resolved.params;
  const record = new TradingRecord().reset(RecordKind.InstanceStarted);
  record.instance = 1;
  record.instrument = main.id;
  record.text = JSON.stringify({ strategy: resolved.name, params: resolved.params, markets: names });
  engine.define(record, startUs);
  const bindings = Object.fromEntries(names.map((name) => [name, binding]));
  const own = Object.hasOwn(resolved.module.definition.params ?? {}, TF);
  const spec = { id: 1, module: resolved.module, params: own ? resolved.params : params, bindings };
  const fault = engine.host.add(spec);
  if (fault !== undefined) return [fault];
  engine.start(1, startUs);
  return [];
}
