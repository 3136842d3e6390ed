/** What an arming is bound to: every change of venue, environment, address or key is another place, and the key is not in it. */

import { expect, test } from "bun:test";
import { livePlace } from "./live_place.ts";

const PROVIDER = {
  adapter: "binance-spot",
  environment: "testnet",
  restUrl: "https://rest",
  wsUrl: "wss://market",
  privateUrl: "wss://private",
} as Parameters<typeof livePlace>[0];

test("the same is the same; any other part is another place; symbols are none of it", () => {
  const place = livePlace(PROVIDER, "key");
  expect(place).toMatch(/^[0-9a-f]{16}$/);
  expect(livePlace({ ...PROVIDER, symbols: ["X"] } as typeof PROVIDER, "key")).toBe(place);
  const changes = {
    adapter: "okx",
    environment: "production",
    restUrl: "https://b",
    wsUrl: "wss://b",
    privateUrl: "wss://c",
    walletUrl: "https://w",
  };
  const others = Object.entries(changes).map(([name, value]) =>
    livePlace({ ...PROVIDER, [name]: value } as typeof PROVIDER, "key"),
  );
  expect(new Set([place, ...others, livePlace(PROVIDER, "other key")]).size).toBe(8);
});
