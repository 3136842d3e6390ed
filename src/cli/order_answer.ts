/** What the gateway answers to requests about one order, and how an order is named on the command line. */

import type { OrderView } from "../control/views.ts";
import { usage } from "./arguments.ts";

export interface OrderAnswer {
  /** The read model holds this record when the request's effect is to be seen. */
  readonly record: number;
  readonly id: number;
  /** Null: ended long ago and forgotten. */
  readonly order: OrderView | null;
}

/** The digits as they were written, or a usage error: nothing else may get into a path. */
export function orderNumber(text: string): string {
  if (/^\d{1,10}$/.test(text)) return text;
  throw usage(`"${text}" is no order number`, "see `meltica orders list`");
}
