/** Client order ids of ours: which one an order has, and which order an id names. */

import { type ClientOrderParts, clientOrderId, parseClientOrderId } from "../../model/client_order_id.ts";

export interface OrderIds {
  /** The id that an order was or will be sent with. */
  idOf(order: number, instance: number): string;
  /** The order that carries this id; 0 when it is none of ours. */
  orderOf(clientOrderId: string): number;
}

/** `epochOf`: session in which an order number was given out, by the epoch table of D; absent: all in this one. */
export class OwnIds implements OrderIds {
  readonly #parts: ClientOrderParts = { node: 0, epoch: 0, instance: 0, order: 0 };

  constructor(
    readonly node: number,
    readonly epoch: number,
    readonly epochOf: (order: number) => number | undefined = () => undefined,
  ) {}

  idOf(order: number, instance: number): string {
    return clientOrderId(this.node, this.#epochOf(order), instance, order);
  }

  orderOf(text: string): number {
    const parts = this.#parts;
    if (!parseClientOrderId(text, parts) || parts.node !== this.node) return 0;
    // Numbers of a session whose journal is lost may be given out again: such an order is nobody's until it is adopted.
    return this.#epochOf(parts.order) === parts.epoch && parts.order <= 0xffff_ffff ? parts.order : 0;
  }

  #epochOf(order: number): number {
    return this.epochOf(order) ?? this.epoch;
  }
}
