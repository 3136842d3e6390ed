/** Parameters of orders as Binance reads them: decimals, words, client ids, and what must not be sent. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { type RestQuery, VenueError } from "../rest_query.ts";
import { type Amount, amountOf, decimalsOf, ZERO } from "../trading/amount.ts";
import type { Prevention, Side } from "../trading/order.ts";
import type { OrderRef } from "../trading/order_store.ts";

const PLACES_MAX = 8;
const CLIENT_ID = /^[.A-Z:/a-z0-9_-]{1,36}$/;

export class OrderParams {
  constructor(readonly query: RestQuery) {}

  /** Undefined when it was not sent. Throws -1100 and -1111. */
  decimal(name: string): Amount | undefined {
    const text = this.query.text(name);
    if (text === undefined) return undefined;
    const found = /^\d{1,20}(\.\d{1,20})?$/.test(text) ? amountOf(text) : undefined;
    if (found === undefined) {
      const range = "^([0-9]{1,20})(\\.[0-9]{1,20})?$";
      throw new VenueError(400, -1_100, `Illegal characters found in parameter '${name}'; legal range is '${range}'.`);
    }
    assert(found >= ZERO, Code.InvariantBroken);
    if (decimalsOf(found) <= PLACES_MAX) return found;
    throw new VenueError(400, -1_111, `Parameter '${name}' has too much precision.`);
  }

  requiredDecimal(name: string): Amount {
    const found = this.decimal(name);
    if (found !== undefined) return found;
    throw new VenueError(400, -1_102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
  }

  /** One of the words, or `usual`; another throws the code. */
  word<T extends string>(name: string, words: readonly T[], usual: T | undefined, code: number, msg: string): T {
    const text = usual === undefined ? this.query.required(name) : (this.query.text(name) ?? usual);
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new VenueError(400, code, msg);
  }

  side(): Side {
    return this.word("side", ["BUY", "SELL"], undefined, -1_117, "Invalid side.") === "BUY" ? "buy" : "sell";
  }

  flag(name: string): boolean {
    const text = this.query.text(name);
    if (text === undefined) return false;
    if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
    throw new VenueError(400, -1_100, `Illegal characters found in parameter '${name}'; legal range is 'true|false'.`);
  }

  clientId(name: string): string | undefined {
    const text = this.query.text(name);
    if (text === undefined || CLIENT_ID.test(text)) return text;
    const range = "^[\\.A-Z\\:/a-z0-9_-]{1,36}$";
    throw new VenueError(400, -1_100, `Illegal characters found in parameter '${name}'; legal range is '${range}'.`);
  }

  /** Throws -1106 for what was sent and has no place here. */
  forbid(...names: readonly string[]): void {
    for (const name of names) {
      if (this.query.text(name) === undefined) continue;
      throw new VenueError(400, -1_106, `Parameter '${name}' sent when not required.`);
    }
  }

  /** How the request names an order; throws -1102 when it does not. */
  ref(idName: string, clientIdName: string): OrderRef {
    const id = this.query.optionalWhole(idName);
    const clientId = this.query.text(clientIdName);
    if (id !== undefined || clientId !== undefined) return { id, clientId };
    const msg = `Param '${clientIdName}' or '${idName}' must be sent, but both were empty/null!`;
    throw new VenueError(400, -1_102, msg);
  }

  prevention(allowed: readonly Prevention[], usual: Prevention): Prevention {
    const text = this.query.text("selfTradePreventionMode");
    if (text === undefined) return usual;
    const found = allowed.find((mode) => preventionWord(mode) === text);
    if (found !== undefined) return found;
    const msg = "This symbol does not allow the specified self-trade prevention mode.";
    throw new VenueError(400, -2_010, msg);
  }
}

export function preventionWord(prevention: Prevention): string {
  return prevention.toUpperCase().replace("-", "_");
}
