/** The trading sides of all venues that are served at one port, as one: the first that knows a request or a path has it. */

import type { Duplex } from "node:stream";
import { assert } from "../core/assert.ts";
import { Code } from "../core/code.ts";
import type { FaultNow } from "./faults.ts";
import type { FeedFrame } from "./feed.ts";
import type { RestAnswer, RestRequest } from "./rest_message.ts";
import type { SymbolMarket, Taken } from "./symbol_market.ts";
import type { TradingSide } from "./trading_side.ts";

export class TradingSides implements TradingSide {
  constructor(readonly sides: readonly TradingSide[]) {
    assert(sides.length > 0, Code.ValueOutOfRange);
  }

  get privateOpen(): number {
    return this.sides.reduce((sum, side) => sum + side.privateOpen, 0);
  }

  answer(request: RestRequest): RestAnswer | undefined {
    for (const side of this.sides) {
      const answer = side.answer(request);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  isOwnPath(path: string): boolean {
    return this.sides.some((side) => side.isOwnPath(path));
  }

  accept(socket: Duplex, path: string, head: Buffer): void {
    const side = this.sides.find((each) => each.isOwnPath(path));
    assert(side !== undefined, Code.InvariantBroken);
    side.accept(socket, path, head);
  }

  onFrame(frame: FeedFrame, taken: Taken, market: SymbolMarket): void {
    for (const side of this.sides) side.onFrame(frame, taken, market);
  }

  advance(): void {
    for (const side of this.sides) side.advance();
  }

  beat(): void {
    for (const side of this.sides) side.beat();
  }

  befall(now: FaultNow): void {
    for (const side of this.sides) side.befall(now);
  }

  accountNames(): readonly string[] {
    return [...new Set(this.sides.flatMap((side) => side.accountNames()))];
  }

  truth(account: string): Readonly<Record<string, unknown>> | undefined {
    const known = this.sides.map((side) => side.truth(account)).filter((truth) => truth !== undefined);
    return known.length === 0 ? undefined : Object.assign({}, ...known);
  }

  /** The side that has the venue answers; without one, the first says what there is. */
  deposit(account: string, venue: string, asset: string, amount: string): string | undefined {
    const side = this.sides.find((each) => each.venueNames().includes(venue)) ?? this.sides[0];
    return side?.deposit(account, venue, asset, amount);
  }

  venueNames(): readonly string[] {
    return this.sides.flatMap((side) => side.venueNames());
  }

  close(): void {
    for (const side of this.sides) side.close();
  }
}
