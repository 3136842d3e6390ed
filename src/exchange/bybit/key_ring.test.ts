/** Signatures and times (key_ring): vectors, all requests that clients were seen to send, and what is refused. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import type { ApiKey } from "../trading/account.ts";
import type { Loose } from "./bybit_client.testing.ts";
import type { BybitError } from "./bybit_error.ts";
import { checkTime, KeyRing } from "./key_ring.ts";

const NOW = 1_700_000_000_000;

function ring(key: string, secret: string): KeyRing {
  const made = new KeyRing();
  const apiKey: ApiKey = { key, secret, mayTrade: true, mayWithdraw: false };
  made.add("ann", apiKey);
  made.add("eve", { ...apiKey, key: "READONLY", mayTrade: false });
  return made;
}

function refusal(run: () => unknown): number {
  try {
    run();
  } catch (error) {
    return (error as BybitError).retCode;
  }
  return 0;
}

test("a request may be as old as its window, and a second ahead", () => {
  const at = (sentMs: number, window = "5000") => refusal(() => checkTime(String(sentMs), window, NOW));
  expect([at(NOW), at(NOW - 5_000), at(NOW + 999)]).toEqual([0, 0, 0]);
  expect([at(NOW - 5_001), at(NOW + 1_000), at(NOW - 6_000, "6000"), at(NOW - 6_000, "x")]).toEqual([
    10_002, 10_002, 0, 10_002,
  ]);
});

describe.skipIf(!fixturesPresent)(`vectors and recorded requests (${FIXTURES_REASON})`, () => {
  const read = (path: string) => JSON.parse(readFileSync(fixture(path), "utf8"));

  test("vectors of the documents", () => {
    const [socket, rest] = read("bybit/signing-vectors.json");
    const keys = ring("TESTKEY", socket.secret);
    expect(keys.openSocket(["TESTKEY", socket.expires, socket.signature], NOW).account).toBe("ann");
    expect(keys.openSocket(["TESTKEY", Number(socket.expires), socket.signature], NOW).account).toBe("ann");
    expect(refusal(() => keys.openSocket(["TESTKEY", socket.expires, socket.signature], NOW + 20_000))).toBe(10_001);
    expect(refusal(() => keys.openSocket(["OTHER", socket.expires, socket.signature], NOW))).toBe(10_003);
    expect(refusal(() => keys.openSocket(["TESTKEY", "1700000010001", socket.signature], NOW))).toBe(10_004);
    const headers = {
      "x-bapi-api-key": rest.apiKey,
      "x-bapi-timestamp": rest.timestamp,
      "x-bapi-recv-window": rest.recvWindow,
      "x-bapi-sign": rest.signature,
    };
    expect(keys.openRest(headers, rest.payload, true, NOW).account).toBe("ann");
    expect(refusal(() => keys.openRest(headers, `${rest.payload}&`, true, NOW))).toBe(10_004);
    expect(refusal(() => keys.openRest(headers, rest.payload, true, NOW + 6_000))).toBe(10_002);
  });

  test.each(["bybit/requests.ccxt-4.5.84.bybit.json", "bybit/requests.ccxt-4.5.84.bybit-linear.json"])(
    "every signed request of %s is accepted at its time",
    (path) => {
      const { apiKey, secret, rest, ws } = read(path);
      const keys = ring(apiKey, secret);
      let accepted = 0;
      for (const request of rest.flatMap((each: Loose) => each.requests)) {
        if (request.headers["x-bapi-sign"] === undefined) continue;
        const query = request.url.includes("?") ? request.url.slice(request.url.indexOf("?") + 1) : "";
        const payload = request.method === "GET" ? query : request.body;
        expect(keys.openRest(request.headers, payload, true, NOW).account).toBe("ann");
        expect(refusal(() => keys.openRest(request.headers, `${payload} `, true, NOW))).toBe(10_004);
        accepted++;
      }
      for (const { msg } of ws.flatMap((each: Loose) => each.traffic)) {
        if (typeof msg !== "string" || !msg.includes('"auth"')) continue;
        expect(keys.openSocket(JSON.parse(msg).args, NOW).account).toBe("ann");
        accepted++;
      }
      expect(accepted).toBeGreaterThan(20);
    },
  );
});
