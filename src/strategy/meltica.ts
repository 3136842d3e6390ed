/** The module `meltica`: what strategy files import. */

import { Type } from "@sinclair/typebox";
import type {
  Definition,
  Markets,
  NoParams,
  NumberOptions,
  Schema,
  SchemaMaker,
  Schemas,
  Setup,
  StrategyModule,
  TextOptions,
} from "./api.ts";

export type * from "./api.ts";

/** Makes parameter schemas: TypeBox schemas underneath, so that forms, flags and checks read the same object. */
export const t: SchemaMaker = Object.freeze({
  Integer: (options: NumberOptions) => Type.Integer({ ...options }) as unknown as Schema<number>,
  Number: (options: NumberOptions) => Type.Number({ ...options }) as unknown as Schema<number>,
  String: (options: TextOptions<string>) => Type.String({ ...options }) as unknown as Schema<string>,
  Boolean: (options: TextOptions<boolean>) => Type.Boolean({ ...options }) as unknown as Schema<boolean>,
  // A union of literals is what TypeBox checks; `type` and `enum` beside it are what forms and flags read.
  Enum: <const T extends readonly string[]>(values: T, options: TextOptions<T[number]>) => {
    const literals = values.map((value) => Type.Literal(value));
    return Type.Union(literals, { type: "string", enum: [...values], ...options }) as unknown as Schema<T[number]>;
  },
});

/** Declares a strategy: a definition (name, parameters, markets) and a setup that runs once per instance. */
export function strategy<const P extends Schemas = NoParams, const M extends Markets = Markets>(
  definition: Definition<P, M>,
  setup: Setup<P, M>,
): StrategyModule {
  return {
    kind: "meltica.strategy",
    definition: definition as unknown as Definition<Schemas, Markets>,
    setup: setup as unknown as StrategyModule["setup"],
  };
}
