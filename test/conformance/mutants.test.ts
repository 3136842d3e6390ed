/** Mutants planted in each adapter: a suite that lets one live would certify anything. All of them: `npm run test:conformance`. */

import { describe, expect, test } from "bun:test";
import { ADAPTERS } from "../../src/certify/adapters.ts";
import { hunt, MARKET_MUTANTS, ORDER_MUTANTS } from "./mutants.ts";

describe.each(ADAPTERS)("$venue", (adapter) => {
  const mutants = [...ORDER_MUTANTS, ...(adapter.market === undefined ? [] : MARKET_MUTANTS)];
  test.each(mutants.filter(({ isShort }) => isShort === true))("$name", async (mutant) => {
    expect(await hunt(adapter, mutant)).toBeUndefined();
  });
});
