/** Parameters of a Bybit request, out of a query or a JSON body; what is wrong is thrown as 10001. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { isMessage, type Message } from "../message.ts";
import { type Amount, amountOf, decimalsOf, ZERO } from "../trading/amount.ts";
import type { OrderRef } from "../trading/order_store.ts";
import { paramError } from "./bybit_error.ts";
import type { Ids } from "./ids.ts";
import type { Category } from "./listing.ts";

const PLACES_MAX = 18;
const LINK_ID = /^[A-Za-z0-9_-]{1,36}$/;

export class Params {
  constructor(readonly values: Message) {}

  static ofQuery(text: string): Params {
    return new Params(Object.fromEntries(new URLSearchParams(text)));
  }

  /** Throws 10001 for what is no JSON object. */
  static ofBody(text: string): Params {
    let value: unknown;
    try {
      value = JSON.parse(text === "" ? "{}" : text);
    } catch {
      value = undefined;
    }
    if (isMessage(value)) return new Params(value);
    throw paramError("params error: body is no JSON object");
  }

  /** Undefined when it was not sent or is empty: the venue makes no difference. */
  text(name: string): string | undefined {
    assert(name.length > 0, Code.ValueOutOfRange);
    const value = this.values[name];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "string") return value;
    throw paramError(`params error: ${name} must be a string`);
  }

  required(name: string): string {
    const value = this.text(name);
    if (value !== undefined) return value;
    throw paramError(`params error: ${name} is required`);
  }

  /** A whole number, as a number or as text. */
  whole(name: string): number | undefined {
    const value = this.values[name];
    if (value === undefined || value === null || value === "") return undefined;
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text === "string" && /^\d{1,15}$/.test(text)) return Number.parseInt(text, 10);
    throw paramError(`params error: ${name} is invalid`);
  }

  limit(usual: number, most: number): number {
    const value = this.whole("limit") ?? usual;
    if (value < 1) throw paramError("params error: limit is invalid");
    return Math.min(value, most);
  }

  flag(name: string): boolean {
    const value = this.values[name];
    if (value === undefined || value === null || value === "") return false;
    if (value === true || value === "true") return true;
    if (value === false || value === "false") return false;
    throw paramError(`params error: ${name} is invalid`);
  }

  decimal(name: string, msg = `params error: ${name} is invalid`): Amount | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = /^\d{1,20}(\.\d{1,20})?$/.test(text) ? amountOf(text) : undefined;
    if (found === undefined || decimalsOf(found) > PLACES_MAX) throw paramError(msg);
    assert(found >= ZERO, Code.InvariantBroken);
    return found;
  }

  word<T extends string>(name: string, words: readonly T[], usual?: T): T {
    const text = this.text(name) ?? usual;
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw paramError(`params error: ${name} invalid`);
  }

  category(): Category {
    const text = this.required("category");
    if (text === "spot" || text === "linear") return text;
    throw paramError("Illegal category");
  }

  /** Categories of the venue of which nothing is listed here: lists of theirs are empty. */
  get isElsewhere(): boolean {
    const text = this.text("category");
    return text === "inverse" || text === "option";
  }

  linkId(): string {
    const text = this.text("orderLinkId");
    if (text === undefined) return "";
    if (LINK_ID.test(text)) return text;
    throw paramError("params error: OrderLinkId must be at most 36 letters, digits, dashes and underscores");
  }

  /** The venue's id wins over the client's. Throws 10001 when neither was sent. */
  ref(ids: Ids, category: Category): OrderRef {
    const orderId = this.text("orderId");
    if (orderId !== undefined) return { id: ids.orderOf(category, orderId) };
    const clientId = this.text("orderLinkId");
    if (clientId !== undefined) return { clientId };
    throw paramError("params error: orderId or orderLinkId is required");
  }

  /** Members of a batch. */
  list(name: string, most: number): Params[] {
    const value = this.values[name];
    if (!Array.isArray(value) || value.length === 0 || value.length > most || !value.every(isMessage)) {
      throw paramError(`params error: ${name} must have 1 to ${most} members`);
    }
    return value.map((item) => new Params(item));
  }
}
