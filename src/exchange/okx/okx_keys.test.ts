/** Who may ask (okx_keys), ids (ids) and limits (windows); every request that an independent client signed is accepted. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { algoIdOf, algoIdText, orderIdOf, orderIdText } from "./ids.ts";
import type { Loose } from "./okx_client.testing.ts";
import { OkxError } from "./okx_error.ts";
import { OkxKeys, signature } from "./okx_keys.ts";
import { Windows } from "./windows.ts";

const NOW_MS = 1_700_000_000_000;

function keys(key: string, secret: string, passphrase: string): OkxKeys {
  const ring = new OkxKeys();
  ring.add("ann", { key, secret, passphrase, mayTrade: true, mayWithdraw: false });
  return ring;
}

function codeOf(run: () => unknown): string {
  try {
    run();
    return "0";
  } catch (error) {
    if (error instanceof OkxError) return error.code;
    throw error;
  }
}

describe.skipIf(!fixturesPresent)(`recorded requests (${FIXTURES_REASON})`, () => {
  test.each([
    ["okx", 24],
    ["okx-swap", 23],
  ])("%s: all %d signatures and the login hold", (name, count) => {
    const file = JSON.parse(readFileSync(fixture(`okx/requests.ccxt-4.5.84.${name}.json`), "utf8")) as Loose;
    const ring = keys(file.apiKey, file.secret, file.password);
    let signed = 0;
    for (const { requests } of file.rest) {
      for (const { method, url, headers, body = "" } of requests) {
        if (headers["ok-access-sign"] === undefined) continue;
        expect(ring.openRest(headers, method, url, body, NOW_MS).account).toBe("ann");
        expect(codeOf(() => ring.openRest(headers, method, `${url}x`, body, NOW_MS))).toBe("50113");
        expect(codeOf(() => ring.openRest(headers, method, url, `${body} `, NOW_MS))).toBe("50113");
        signed++;
      }
    }
    let logins = 0;
    for (const { msg } of file.ws.flatMap(({ traffic }: Loose) => traffic)) {
      const { op, args } = JSON.parse(msg ?? "{}");
      if (op !== "login") continue;
      expect(ring.openLogin(args[0], NOW_MS).account).toBe("ann");
      logins++;
    }
    expect([signed, logins]).toEqual([count, 1]);
  });

  test("signing vectors", () => {
    const [login, rest] = JSON.parse(readFileSync(fixture("okx/signing-vectors.json"), "utf8")) as Loose;
    expect(signature(login.secret, `${login.timestamp}GET/users/self/verify`)).toBe(login.signature);
    expect(signature(rest.secret, rest.timestamp + rest.method + rest.path + rest.body)).toBe(rest.signature);
  });
});

describe("what is refused", () => {
  const ring = keys("k", "s", "p");
  const sent = "2023-11-14T22:13:20.000Z";
  const good = {
    "ok-access-key": "k",
    "ok-access-passphrase": "p",
    "ok-access-timestamp": sent,
    "ok-access-sign": signature("s", `${sent}GET/x`),
  };
  const ask = (change: object, nowMs = NOW_MS) =>
    codeOf(() => ring.openRest({ ...good, ...change } as Record<string, string>, "GET", "/x", "", nowMs));

  test.each([
    [{}, "0"],
    [{ "ok-access-key": "" }, "50103"],
    [{ "ok-access-passphrase": undefined }, "50104"],
    [{ "ok-access-passphrase": "q" }, "50105"],
    [{ "ok-access-sign": "" }, "50106"],
    [{ "ok-access-timestamp": "" }, "50107"],
    [{ "ok-access-key": "z" }, "50111"],
    [{ "ok-access-timestamp": "yesterday" }, "50112"],
    [{ "ok-access-sign": "AAAA" }, "50113"],
  ])("REST %p: %s", (change, code) => expect(ask(change)).toBe(code));

  test("REST: thirty seconds, both ways", () => {
    expect([ask({}, NOW_MS + 30_000), ask({}, NOW_MS + 30_001), ask({}, NOW_MS - 30_001)]).toEqual([
      "0",
      "50102",
      "50102",
    ]);
  });

  test("login", () => {
    const arg = {
      apiKey: "k",
      passphrase: "p",
      timestamp: "1700000000",
      sign: signature("s", "1700000000GET/users/self/verify"),
    };
    const login = (change: object, nowMs = NOW_MS) => codeOf(() => ring.openLogin({ ...arg, ...change }, nowMs));
    expect([
      login({}),
      login({ apiKey: "z" }),
      login({ timestamp: "1700000000000" }),
      login({}, NOW_MS + 30_001),
      login({ sign: "x" }),
      login({ passphrase: "" }),
    ]).toEqual(["0", "60005", "60004", "60006", "60007", "60024"]);
  });
});

test("ids are longer than a float holds, and come back exactly", () => {
  const text = orderIdText(56_918_703_120_385);
  expect(text).toBe("2497956918703120385");
  expect(String(Number(text))).not.toBe(text); // number-ok: what must not be done
  expect([orderIdOf(text), orderIdOf("12345"), orderIdOf(12), algoIdOf(text)]).toEqual([
    56_918_703_120_385,
    undefined,
    undefined,
    undefined,
  ]);
  expect(algoIdOf(algoIdText(7))).toBe(7);
});

test("windows: so many in a span, then none, then again", () => {
  const windows = new Windows();
  const limit = { most: 2, spanMs: 1_000 };
  const take = (nowMs: number, count = 1) => windows.take("a", limit, nowMs, count);
  expect([take(0), take(1, 2), take(2), take(3), take(999), take(1_000, 2)]).toEqual([
    true,
    false,
    true,
    false,
    false,
    true,
  ]);
});
