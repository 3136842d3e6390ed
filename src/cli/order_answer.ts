/** What the gateway answers to requests about one order, and how an order is named on the command line. */

import type { OrderView } from "../control/views.ts";
import { type Arguments, usage } from "./arguments.ts";
import type { Call } from "./verb.ts";

export interface OrderAnswer {
  /** The read model holds this record when the request's effect is to be seen. */
  readonly record: number;
  readonly id: number;
  /** Null: ended long ago and forgotten. */
  readonly order: OrderView | null;
}

/** Prints one order as the list does. */
export type ShowOrder = (call: Call, order: OrderView) => void;

/** The digits as they were written, or a usage error: nothing else may get into a path. */
export function orderNumber(text: string): string {
  if (/^\d{1,10}$/.test(text)) return text;
  throw usage(`"${text}" is no order number`, "see `meltica orders list`");
}

/** A plain decimal as it was written, undefined when it was not given, or a usage error: no float in between. */
export function decimalOption(given: Arguments, name: string): string | undefined {
  const text = given.text(name);
  if (text === undefined || /^\d{1,18}(\.\d{1,18})?$/.test(text)) return text;
  throw usage(`--${name} cannot be "${text}"`, "a plain decimal, e.g. 0.25");
}
