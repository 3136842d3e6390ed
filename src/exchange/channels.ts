/** Who gets what: names that clients ask for, joined with the streams that the feed carries or that are made of them. */

import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { SimVenue } from "./feed.ts";
import { familyOf, isServedOn, parseStreamName, type Route } from "./stream_name.ts";

/** One client of one stream. */
export interface Subscriber {
  readonly venue: SimVenue;
  readonly route: Route;
  /** `isCarried`: the name is the one of the feed, so that a captured envelope can go out as it is. */
  deliver(name: string, data: string, envelope: string | undefined): void;
}

export class Channels {
  /** `venue stream` as carried → subscribers, each with the name that it asked for. */
  readonly #members = new Map<string, Map<Subscriber, Set<string>>>();
  /** `venue symbol family` → the streams that the feed carries. */
  readonly #carried = new Map<string, string[]>();

  constructor(
    streams: readonly { readonly venue: SimVenue; readonly stream: string }[],
    readonly symbols: ReadonlySet<string>,
  ) {
    for (const { venue, stream } of streams) {
      const name = splitName(stream);
      assert(name.kind !== "", Code.ValueOutOfRange);
      const key = `${venue} ${name.symbol} ${familyOf(name.kind)}`;
      this.#carried.set(key, [...(this.#carried.get(key) ?? []), stream]);
    }
  }

  /** Why a name cannot be subscribed to, or undefined. */
  refusal(venue: SimVenue, name: string): string | undefined {
    const parsed = parseStreamName(name);
    if (parsed === undefined) return `unknown stream ${JSON.stringify(name)}`;
    if (parsed.symbol === "" || this.symbols.has(`${venue} ${parsed.symbol.toUpperCase()}`)) return undefined;
    return `unknown symbol of stream ${JSON.stringify(name)}`;
  }

  /** False: a name that exists, but on another path: accepted, and nothing will ever come. */
  join(subscriber: Subscriber, name: string): boolean {
    assert(name.length > 0, Code.ValueOutOfRange);
    const parsed = parseStreamName(name);
    if (parsed === undefined || !isServedOn(subscriber.route, subscriber.venue, parsed.kind)) return false;
    const key = this.#keyOf(subscriber.venue, name);
    const members = this.#members.get(key) ?? new Map<Subscriber, Set<string>>();
    this.#members.set(key, members);
    members.set(subscriber, (members.get(subscriber) ?? new Set()).add(name));
    return true;
  }

  leave(subscriber: Subscriber, name: string): void {
    const key = this.#keyOf(subscriber.venue, name);
    const members = this.#members.get(key);
    const names = members?.get(subscriber);
    if (members === undefined || names === undefined) return;
    assert(names.size > 0 && members.size > 0, Code.InvariantBroken);
    names.delete(name);
    if (names.size === 0) members.delete(subscriber);
    if (members.size === 0) this.#members.delete(key);
  }

  /** True when anybody listens to the stream as the feed names it, or to one that is made of it. */
  isWanted(venue: SimVenue, stream: string): boolean {
    return this.#members.has(`${venue} ${stream}`);
  }

  /** True when anybody listens to any stream of the family. */
  isFamilyWanted(venue: SimVenue, symbol: string, family: string): boolean {
    const carried = this.#carried.get(`${venue} ${symbol.toLowerCase()} ${family}`) ?? [];
    return carried.some((stream) => this.isWanted(venue, stream));
  }

  /** True when the feed itself carries a stream of this family. */
  isCarried(venue: SimVenue, symbol: string, family: string): boolean {
    return this.#carried.has(`${venue} ${symbol.toLowerCase()} ${family}`);
  }

  publish(venue: SimVenue, stream: string, data: string, envelope: string | undefined): void {
    assert(stream.length > 0, Code.ValueOutOfRange);
    const members = this.#members.get(`${venue} ${stream}`);
    if (members === undefined) return;
    for (const [subscriber, names] of members) {
      for (const name of names) subscriber.deliver(name, data, name === stream ? envelope : undefined);
    }
  }

  /** The carried stream of the same name, else the first of its family, else the name of what is made here. */
  #keyOf(venue: SimVenue, name: string): string {
    const { symbol, kind } = splitName(name);
    const family = familyOf(kind);
    const carried = this.#carried.get(`${venue} ${symbol} ${family}`) ?? [];
    const stream = carried.includes(name) ? name : (carried[0] ?? `${symbol}@${family}`);
    return `${venue} ${stream}`;
  }
}

function splitName(stream: string): { readonly symbol: string; readonly kind: string } {
  const at = stream.indexOf("@");
  return { symbol: stream.slice(0, Math.max(0, at)), kind: stream.slice(at + 1) };
}
