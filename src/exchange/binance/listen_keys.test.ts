/** Listen keys: one an account, prolonged, ended, expired. */

import { expect, test } from "bun:test";
import { LISTEN_KEY_MS, ListenKeys } from "./listen_keys.ts";

test("life of a key", () => {
  const keys = new ListenKeys();
  let made = 0;
  const make = () => `key-${++made}`;
  expect(() => keys.prolong("ann", 0)).toThrow("This listenKey does not exist.");
  expect(keys.start("ann", 0, make)).toBe("key-1");
  expect(keys.start("ann", 1_000, make)).toBe("key-1");
  expect(keys.accountOf("key-1", LISTEN_KEY_MS)).toBe("ann");
  expect(keys.prolong("ann", LISTEN_KEY_MS)).toBe("key-1");
  expect(keys.expire(2 * LISTEN_KEY_MS - 1, false)).toEqual([]);
  expect(keys.expire(2 * LISTEN_KEY_MS, false)).toEqual(["key-1"]);
  expect(keys.start("ann", 0, make)).toBe("key-2");
  expect([keys.end("ann"), keys.end("ann")]).toEqual(["key-2", undefined]);
  keys.start("bob", 0, make);
  expect(keys.expire(0, true)).toEqual(["key-3"]);
});
