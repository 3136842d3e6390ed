/** Venue order ids → order: a replace keeps one order and makes a chain of ids, and any of them may name it. */

import { assert, present } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { RowHash } from "../core/hash.ts";
import type { StateReader, StateWriter } from "../core/state_bytes.ts";

/** Earlier ids that are remembered of one order: a chasing order must not grow for ever. */
const CHAIN_MAX = 64;

/** Derived from the rows' chains; texts are the one thing here that lives on the heap. */
export class VenueIds {
  readonly #byAccount: Map<string, number>[] = [];
  /** Row → current id, "" = none yet. */
  readonly #current: string[];
  /** Row → earlier ids of a replaced order, oldest first. */
  readonly #earlier: (string[] | undefined)[];

  constructor(
    rowsMax: number,
    readonly accountsMax: number,
  ) {
    assert(rowsMax > 0, Code.LimitRelationBroken);
    this.#current = new Array<string>(rowsMax).fill("");
    this.#earlier = new Array<string[] | undefined>(rowsMax).fill(undefined);
    for (let i = 0; i < accountsMax; i++) this.#byAccount.push(new Map());
  }

  current(row: number): string {
    return this.#current[row] as string;
  }

  /** Order that a venue id of this account names; 0 = none. */
  order(account: number, venueOrderId: string): number {
    if (venueOrderId === "" || account >= this.accountsMax) return 0;
    return this.#byAccount[account]?.get(venueOrderId) ?? 0;
  }

  /** True when the id is one of this row's, current or earlier. */
  knows(row: number, venueOrderId: string): boolean {
    return this.#current[row] === venueOrderId || this.#earlier[row]?.includes(venueOrderId) === true;
  }

  /** True when the id was this row's, and a replace has put another in its place. */
  isSuperseded(row: number, venueOrderId: string): boolean {
    return this.#current[row] !== venueOrderId && this.#earlier[row]?.includes(venueOrderId) === true;
  }

  /** Makes an id that is new the row's current one; the one before joins the earlier ones. */
  learn(row: number, account: number, order: number, venueOrderId: string): void {
    if (venueOrderId === "" || this.knows(row, venueOrderId)) return;
    const current = this.#current[row] as string;
    if (current !== "") this.#file(row, account, order, current);
    this.#current[row] = venueOrderId;
    this.#byAccount[account]?.set(venueOrderId, order);
  }

  /** Forgets all ids of a row that is evicted. */
  forget(row: number, account: number, order: number): void {
    if (this.#current[row] === "") return;
    const ids = this.#byAccount[account];
    assert(ids !== undefined, Code.ValueOutOfRange);
    forgetOne(ids, this.#current[row] as string, order);
    for (const id of this.#earlier[row] ?? []) forgetOne(ids, id, order);
    this.#current[row] = "";
    this.#earlier[row] = undefined;
  }

  /** The ids of one row, and which of them still name its order: a venue that used one twice gave it to a younger one. */
  saveRow(out: StateWriter, row: number, account: number, order: number): void {
    const earlier = this.#earlier[row] ?? [];
    out.u32(earlier.length);
    for (const id of earlier) out.text(id).bool(this.order(account, id) === order);
    const current = this.#current[row] as string;
    out.text(current).bool(this.order(account, current) === order);
  }

  loadRow(from: StateReader, row: number, account: number, order: number): void {
    assert(this.#current[row] === "", Code.InvariantBroken);
    const ids = present(this.#byAccount[account]);
    const next = () => {
      const id = from.text();
      if (from.bool()) ids.set(id, order);
      return id;
    };
    const count = from.u32();
    if (count > 0) this.#earlier[row] = Array.from({ length: count }, next);
    this.#current[row] = next();
  }

  addTo(hash: RowHash, row: number): void {
    hash.addText(this.#current[row] as string);
    const earlier = this.#earlier[row];
    if (earlier !== undefined) for (const id of earlier) hash.addText(id);
  }

  #file(row: number, account: number, order: number, id: string): void {
    const earlier = this.#earlier[row];
    if (earlier === undefined) {
      this.#earlier[row] = [id];
      return;
    }
    earlier.push(id);
    if (earlier.length <= CHAIN_MAX) return;
    const oldest = present(earlier.shift());
    forgetOne(present(this.#byAccount[account]), oldest, order);
  }
}

/** A venue that used an id twice must not make us forget the younger order. */
function forgetOne(ids: Map<string, number>, id: string, order: number): void {
  if (ids.get(id) === order) ids.delete(id);
}
