/** Several venues' trading sides as one (trading_sides): each request, path and account finds its own. */

import { expect, test } from "bun:test";
import type { Duplex } from "node:stream";
import { json } from "./rest_desk.ts";
import type { TradingSide } from "./trading_side.ts";
import { TradingSides } from "./trading_sides.ts";

function side(name: string, log: string[]): TradingSide {
  return {
    privateOpen: 2,
    venueNames: () => [name],
    answer: ({ path }) => (path.startsWith(`/${name}`) ? json(200, name) : undefined),
    isOwnPath: (path) => path === `/ws/${name}`,
    accept: (_, path) => void log.push(`accept ${path}`),
    onFrame: () => void log.push(`frame ${name}`),
    advance: () => void log.push(`advance ${name}`),
    beat: () => void log.push(`beat ${name}`),
    befall: (now) => void log.push(`${now} ${name}`),
    accountNames: () => ["ann"],
    truth: (account) => (account === "ann" ? { [name]: 1 } : undefined),
    deposit: (_, venue) => (venue === name ? undefined : `venue: ${name}`),
    close: () => void log.push(`close ${name}`),
  };
}

test("the one that knows it has it, and all hear of what concerns all", () => {
  const log: string[] = [];
  const sides = new TradingSides([side("a", log), side("b", log)]);
  const ask = (path: string) => sides.answer({ method: "GET", path, body: "" })?.body;
  expect([ask("/a/x"), ask("/b/x"), ask("/c/x")]).toEqual(['"a"', '"b"', undefined]);
  expect([sides.isOwnPath("/ws/b"), sides.isOwnPath("/ws/c"), sides.privateOpen]).toEqual([true, false, 4]);
  sides.accept({} as Duplex, "/ws/b", Buffer.alloc(0));
  sides.advance();
  sides.beat();
  sides.befall("private-close");
  sides.close();
  expect(log).toEqual([
    "accept /ws/b",
    ...["advance", "beat", "private-close", "close"].flatMap((word) => [`${word} a`, `${word} b`]),
  ]);
  expect([sides.truth("ann"), sides.truth("bob"), sides.accountNames()]).toEqual([{ a: 1, b: 1 }, undefined, ["ann"]]);
  expect([sides.deposit("ann", "b", "X", "1"), sides.deposit("ann", "z", "X", "1")]).toEqual([undefined, "venue: a"]);
});
