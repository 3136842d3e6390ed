/** Listen keys: one an account, prolonged, ended, expired; subscribed to. */

import { expect, test } from "bun:test";
import { until } from "../book_client.testing.ts";
import { LISTEN_KEY_MS, ListenKeys } from "./listen_keys.ts";
import { ApiClient, SignedClient, tradingSimulator } from "./signed_client.testing.ts";

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

test("keys are subscribed to like streams, and left again", async () => {
  const simulator = await tradingSimulator();
  const ann = new SignedClient(simulator);
  const { listenKey } = (await ann.call("POST", "/fapi/v1/listenKey")).body;
  const stream = await new ApiClient(simulator, "/private/stream").opened();
  const ask = (method: string, params?: unknown) => stream.ask(method, params as Record<string, unknown>);
  const order = { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.01" };
  const told = () => stream.events.filter(({ data }) => data?.e === "ORDER_TRADE_UPDATE").length;
  expect(await ask("SUBSCRIBE", [listenKey])).toEqual({ id: 1, result: null });
  expect((await ask("LIST_SUBSCRIPTIONS")).result).toEqual([listenKey]);
  await ann.call("POST", "/fapi/v1/order", order);
  expect(await until(() => told() === 2, 2_000)).toBe(true);
  expect(stream.events[0]).toMatchObject({ stream: listenKey });
  expect((await ask("UNSUBSCRIBE", [listenKey])).result).toBeNull();
  await ann.call("POST", "/fapi/v1/order", order);
  expect((await ask("LIST_SUBSCRIPTIONS")).result).toEqual([]);
  expect(told()).toBe(2);
  for (const wrong of [ask("SUBSCRIBE", [7]), ask("SUBSCRIBE", {}), ask("DANCE", [listenKey])]) {
    expect(await wrong).toMatchObject({ code: 2 });
  }
  stream.close();
  await simulator.stop();
});
