/** Mutants planted in each adapter: a suite that lets one live would certify anything. All of them: `npm run test:conformance`. */

import { describe, expect, test } from "bun:test";
import { ADAPTERS } from "../../src/certify/adapters.ts";
import { hunt, mutantsOf } from "./mutants.ts";

describe.each(ADAPTERS)("$venue", (adapter) => {
  test.each(mutantsOf(adapter).filter(({ isShort }) => isShort === true))("$name", async (mutant) => {
    expect(await hunt(adapter, mutant)).toBeUndefined();
  });
});
