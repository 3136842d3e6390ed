/** Accounts as JSON (accounts_file): all that can be given, and each mistake by its place. */

import { describe, expect, test } from "bun:test";
import { defaultAccount, parseAccounts } from "./accounts_file.ts";

const ann = { name: "ann", keys: [{ key: "k", secret: "s" }], balances: { USDT: "10" } };

describe("parseAccounts", () => {
  test("everything", () => {
    const bob = {
      name: "bob",
      keys: [{ key: "k2", publicKeyPem: "-----BEGIN PUBLIC KEY-----", permissions: [], passphrase: "p" }],
      balances: {},
      makerRate: "-0.0001",
      feeAsset: "BNB",
      tradeGroup: 3,
    };
    expect(parseAccounts(JSON.stringify([ann, bob]), "f")).toEqual([
      { ...ann, keys: [{ key: "k", secret: "s", mayTrade: true, mayWithdraw: false }] },
      {
        ...bob,
        keys: [
          {
            key: "k2",
            secret: "",
            publicKeyPem: "-----BEGIN PUBLIC KEY-----",
            passphrase: "p",
            mayTrade: false,
            mayWithdraw: false,
          },
        ],
      },
    ]);
  });

  test.each([
    ["{", "no JSON"],
    ["[]", "a list of accounts is expected"],
    ["[1]", "account 1: an object"],
    [JSON.stringify([ann, { ...ann, keys: [{ key: "z", secret: "s" }] }]), 'the name "ann" is there twice'],
    [JSON.stringify([ann, { ...ann, name: "b" }]), 'the key "k" is there twice'],
    [JSON.stringify([{ ...ann, balance: {} }]), '"balance" is no field'],
    [JSON.stringify([{ ...ann, balances: { USDT: 10 } }]), "balances.USDT"],
    [JSON.stringify([{ ...ann, balances: { USDT: "-1" } }]), "balances.USDT"],
    [JSON.stringify([{ ...ann, keys: [{ key: "k" }] }]), "either secret or publicKeyPem"],
    [JSON.stringify([{ ...ann, keys: [{ key: "k", secret: "s", permissions: ["fly"] }] }]), "permissions"],
    [JSON.stringify([{ ...ann, takerRate: "0.2" }]), "takerRate"],
    [JSON.stringify([{ ...ann, name: "a b" }]), "name:"],
  ])("%s", (text, detail) => {
    expect(() => parseAccounts(text, "f")).toThrow(detail);
  });
});

test("the default account is the same for a seed", () => {
  const account = defaultAccount(7, ["USDT", "BTC"]);
  expect(account).toEqual(defaultAccount(7, ["USDT", "BTC"]));
  expect(account.keys[0]?.key).not.toBe(defaultAccount(8, []).keys[0]?.key as string);
  expect(account.balances).toEqual({ USDT: "100000", BTC: "10" });
});
