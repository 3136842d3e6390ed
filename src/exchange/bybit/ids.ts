/** Bybit's ids: of spot 19 digits, more than a float can hold; of derivatives UUIDs. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Category } from "./listing.ts";

const SPOT_ORDER = /^19523\d{14}$/;
/** What twelve hexadecimal and fourteen decimal digits both hold. */
const ID_MAX = 99_999_999_999_999;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-([0-9a-f]{12})$/;

export class Ids {
  readonly #salt: string;

  constructor(seed: number) {
    this.#salt = (seed >>> 0).toString(16).padStart(8, "0");
  }

  order(category: Category, id: number): string {
    return category === "spot" ? digits("19523", id) : this.#uuid("0000-4000-8000", id);
  }

  /** The core's number of an order; 0, which is none, for an id that was never given. */
  orderOf(category: Category, text: string): number {
    const hex = UUID.exec(text)?.[1];
    const id = SPOT_ORDER.test(text) ? Number.parseInt(text.slice(5), 10) : Number.parseInt(hex ?? "0", 16);
    return id <= ID_MAX && this.order(category, id) === text ? id : 0;
  }

  /** Each side of a trade has its own. */
  execution(category: Category, tradeId: number, isMaker: boolean): string {
    const id = 2 * tradeId + (isMaker ? 1 : 0);
    return category === "spot" ? digits("21000", id) : this.#uuid("0001-5000-9000", id);
  }

  /** Of a public trade. */
  trade(category: Category, id: number): string {
    return category === "spot" ? digits("22000", id) : this.#uuid("0002-5000-a000", id);
  }

  /** Of a message on a private stream. */
  message(id: number): string {
    return `${this.#salt}${id.toString(16).padStart(12, "0")}`;
  }

  #uuid(middle: string, id: number): string {
    assert(id >= 0 && id <= ID_MAX, Code.ValueOutOfRange);
    return `${this.#salt}-${middle}-${id.toString(16).padStart(12, "0")}`;
  }
}

function digits(head: string, id: number): string {
  assert(id >= 0 && id <= ID_MAX, Code.ValueOutOfRange);
  return `${head}${String(id).padStart(14, "0")}`;
}
