/** The cards of `src/certify` as tests of a gateway that is made here: run by the venues of our own. */

import { afterAll, describe, expect, test } from "bun:test";
import type { VenueUnderTest } from "../../src/certify/subject.ts";
import { CARDS, type CardResult, runCard } from "../../src/certify/suite.ts";

export type { VenueUnderTest } from "../../src/certify/subject.ts";

/** Runs every card about orders against a fresh venue each; what is skipped is told with its reason. */
export function conformance(name: string, make: () => VenueUnderTest | Promise<VenueUnderTest>): void {
  describe(`conformance: ${name}`, () => {
    const skipped: CardResult[] = [];
    for (const card of CARDS.filter((each) => "run" in each)) {
      test(`${card.number} ${card.title}`, async () => {
        const result = await runCard(card, { venue: name, orders: make });
        if (result.verdict === "skip") skipped.push(result);
        expect([result.verdict === "fail", result.reason]).toEqual([
          false,
          result.verdict === "skip" ? result.reason : "",
        ]);
      });
    }
    afterAll(() => {
      const reasons = Map.groupBy(skipped, ({ reason }) => reason);
      for (const [reason, cards] of reasons) {
        process.stdout.write(`  ${name} skips ${cards.map(({ number }) => number).join(" ")}: ${reason}\n`);
      }
    });
  });
}
