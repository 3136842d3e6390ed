/** Signatures and keys (signature, key_ring): the documents' vectors, all requests that clients were seen to send, and what is refused. */

import { describe, expect, test } from "bun:test";
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import type { VenueError } from "../rest_query.ts";
import type { ApiKey } from "../trading/account.ts";
import { KeyRing } from "./key_ring.ts";
import { isSignedBy, restPayload, socketPayload } from "./signature.ts";
import type { Loose } from "./signed_client.testing.ts";

const NOW = 1_700_000_000_000;
const hmac = (secret: string): ApiKey => ({ key: "TESTKEY", secret, mayTrade: true, mayWithdraw: false });
const refusal = (run: () => unknown): number => {
  try {
    run();
  } catch (error) {
    return (error as VenueError).code;
  }
  return 0;
};

describe.skipIf(!fixturesPresent)(`vectors and recorded requests (${FIXTURES_REASON})`, () => {
  const read = (path: string) => JSON.parse(readFileSync(fixture(path), "utf8"));

  test("vectors of the documents", () => {
    const vectors = read("binance-spot/signing-vectors.json");
    for (const { secret, ed25519SeedHex, payload, signature } of vectors) {
      let key = hmac(secret);
      if (ed25519SeedHex !== undefined) {
        const der = Buffer.concat([
          Buffer.from("302e020100300506032b657004220420", "hex"),
          Buffer.from(ed25519SeedHex, "hex"),
        ]);
        const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
        expect(sign(null, Buffer.from(payload), privateKey).toString("base64")).toBe(signature);
        const publicKeyPem = createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
        key = { ...key, publicKeyPem };
      }
      expect(isSignedBy(key, payload, signature)).toBe(true);
      expect(isSignedBy(key, `${payload}0`, signature)).toBe(false);
    }
    expect(vectors.length).toBe(6);
  });

  test.each(["binance-spot/requests.ccxt-4.5.84.binance.json", "binance-usdm/requests.ccxt-4.5.84.binanceusdm.json"])(
    "every signed request of %s is accepted at its time",
    (path) => {
      const { apiKey, secret, rest, ws } = read(path);
      const ring = new KeyRing();
      ring.add("ann", { ...hmac(secret), key: apiKey });
      let accepted = 0;
      const requests = [...rest.flatMap((each: Loose) => each.requests), ...ws.flatMap((each: Loose) => each.traffic)];
      for (const request of requests) {
        if (typeof request.msg === "string" && request.msg.includes('"signature"')) {
          const { params } = JSON.parse(request.msg);
          expect(ring.openSocket("trade", params, NOW).account).toBe("ann");
          expect(refusal(() => ring.openSocket("trade", { ...params, timestamp: NOW - 1 }, NOW))).toBe(-1_022);
          accepted++;
        }
        if (request.method === undefined || request.headers["x-mbx-apikey"] === undefined) continue;
        const [, query = ""] = request.url.split("?");
        const { body = "" } = request;
        const values = new URLSearchParams([query, body].filter(Boolean).join("&"));
        if (!values.has("signature")) continue;
        expect(ring.openRest("trade", apiKey, query, body, values, NOW).account).toBe("ann");
        expect(refusal(() => ring.openRest("trade", apiKey, `${query}&x=1`, body, values, NOW))).toBe(-1_022);
        expect(refusal(() => ring.openRest("trade", apiKey, query, body, values, NOW + 10_001))).toBe(-1_021);
        accepted++;
      }
      process.stdout.write(`  ${accepted} signed requests accepted\n`);
      expect(accepted).toBeGreaterThan(20);
    },
  );
});

describe("key ring", () => {
  const ring = new KeyRing();
  ring.add("ann", hmac("S"));
  ring.add("reader", { ...hmac("R"), key: "READ", mayTrade: false });
  const open = (params: Record<string, unknown>, security: "read" | "trade" = "trade") =>
    ring.openSocket(security, params, NOW);
  const signed = (params: Record<string, unknown>, secret = "S") => {
    const all: Record<string, unknown> = { apiKey: "TESTKEY", timestamp: NOW, ...params };
    return { ...all, signature: new Bun.CryptoHasher("sha256", secret).update(socketPayload(all)).digest("hex") };
  };

  test.each([
    ["no key", { apiKey: undefined }, -2_014],
    ["another's key", { apiKey: "X" }, -2_015],
    ["no time", { timestamp: undefined }, -1_102],
    ["a time that is no number", { timestamp: "soon" }, -1_100],
    ["too far ahead", signed({ timestamp: NOW + 1_000 }), -1_021],
    ["too old", signed({ timestamp: NOW - 5_001 }), -1_021],
    ["too long a window", signed({ recvWindow: 60_001 }), -1_131],
    ["no signature", { signature: undefined }, -1_102],
    ["a wrong signature", { signature: "00" }, -1_022],
  ] as const)("%s", (_, change, code) => {
    expect(refusal(() => open({ ...signed({}), ...change }))).toBe(code);
  });

  test("the edges of the window, microseconds, upper case, permissions", () => {
    expect(open(signed({ timestamp: NOW + 999 })).account).toBe("ann");
    expect(open(signed({ timestamp: NOW - 5_000 })).account).toBe("ann");
    expect(open(signed({ timestamp: NOW * 1_000 })).account).toBe("ann");
    const params = signed({});
    expect(open({ ...params, signature: params.signature.toUpperCase() }).account).toBe("ann");
    expect(refusal(() => open(signed({ apiKey: "READ" }, "R")))).toBe(-2_015);
    expect(open(signed({ apiKey: "READ" }, "R"), "read").account).toBe("reader");
    expect(restPayload("a=1&signature=x", "b=2&signature=y")).toBe("a=1b=2");
  });
});
