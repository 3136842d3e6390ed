/** Parameters of a REST request, each checked as the venue checks it; what is wrong is thrown as the venue's own error. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";

/** An error as the venue words it: HTTP status and `{code,msg}`. */
export class VenueError extends Error {
  override readonly name = "VenueError";
  constructor(
    readonly status: number,
    readonly code: number,
    readonly msg: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(msg);
  }
}

export class RestQuery {
  readonly #values: URLSearchParams;
  readonly #read = new Set<string>();

  constructor(text: string) {
    this.#values = new URLSearchParams(text);
  }

  /** Undefined when it was not sent; an empty value is an error. */
  text(name: string): string | undefined {
    assert(name.length > 0, Code.ValueOutOfRange);
    this.#read.add(name);
    const value = this.#values.get(name);
    if (value === "") throw new VenueError(400, -1_105, `Parameter '${name}' was empty.`);
    return value ?? undefined;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value !== undefined) return value;
    throw new VenueError(400, -1_102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
  }

  /** A symbol by its form; whether it is listed is another question. */
  symbol(value: string): string {
    if (/^[\w\-.]{1,20}$/.test(value)) return value;
    const range = "^[\\w\\-._&&[^a-z]]{1,50}$";
    throw new VenueError(400, -1_100, `Illegal characters found in parameter 'symbol'; legal range is '${range}'.`);
  }

  whole(name: string, usual: number, max: number): number {
    assert(usual > 0 && max > 0, Code.ValueOutOfRange);
    const value = this.optionalWhole(name);
    if (value === undefined) return usual;
    if (value < 1) throw new VenueError(400, -1_130, `Data sent for parameter '${name}' is not valid.`);
    return Math.min(value, max);
  }

  optionalWhole(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (/^\d{1,15}$/.test(value)) return Number.parseInt(value, 10);
    const range = "^[0-9]{1,20}$";
    throw new VenueError(400, -1_100, `Illegal characters found in parameter '${name}'; legal range is '${range}'.`);
  }

  /** What every request may carry: read elsewhere. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** Spot refuses what it does not know. */
  refuseUnread(): void {
    const sent = new Set(this.#values.keys());
    const unread = [...sent].filter((name) => !this.#read.has(name));
    if (unread.length === 0) return;
    const read = sent.size - unread.length;
    const msg = `Not all sent parameters were read; read '${read}' parameter(s) but was sent '${sent.size}'.`;
    throw new VenueError(400, -1_104, msg);
  }
}
