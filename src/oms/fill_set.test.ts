/** Fill set against a plain list of keys: bounded, oldest out first, busts remembered, hash equal to the sum. */

import { expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { ANY_ORDER, FillSet } from "./fill_set.ts";
import { TestChance } from "./test_venue.ts";

test("agrees with a plain list while fills come and go", () => {
  for (let seed = 0; seed < 60; seed++) {
    const chance = new TestChance(seed);
    const hash = new RowHash();
    const set = new FillSet(11, hash);
    const reference: string[] = [];
    for (let i = 0; i < 300; i++) {
      const [account, instrument, order] = [chance.below(2), chance.below(2), 1 + chance.below(3)];
      const id = `t${chance.below(20)}`;
      const key = `${account}/${instrument}/${order}/${id}`;
      const entry = set.find(account, instrument, id, order);
      expect(entry >= 0).toBe(reference.includes(key));
      const any = reference.some((k) => k.startsWith(`${account}/${instrument}/`) && k.endsWith(`/${id}`));
      expect(set.find(account, instrument, id, ANY_ORDER) >= 0).toBe(any);
      if (entry < 0) {
        set.add(account, instrument, id, order, i + 1, 7);
        reference.push(key);
        if (reference.length > 11) reference.shift();
        const added = set.find(account, instrument, id, order);
        expect([set.qty(added), set.price(added), set.isBusted(added)]).toEqual([i + 1, 7, false]);
      } else if (!set.isBusted(entry)) set.bust(entry);
      expect(set.count).toBe(reference.length);
    }
    const scratch = new RowHash();
    set.addRowsTo(scratch);
    expect(hash.text()).toBe(scratch.text());
  }
});

test("a bust, a quantity and an order change the hash", () => {
  const texts = new Set<string>();
  for (const [order, qty, bust] of [
    [1, 5, false],
    [1, 5, true],
    [2, 5, false],
    [1, 6, false],
  ] as const) {
    const hash = new RowHash();
    const set = new FillSet(4, hash);
    set.add(0, 0, "f", order, qty, 1);
    if (bust) set.bust(0);
    texts.add(hash.text());
  }
  expect(texts.size).toBe(4);
});
