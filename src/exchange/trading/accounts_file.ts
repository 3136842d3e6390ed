/** Accounts of the simulator: read from JSON text, or the one that is there without a file. */

import { createHash } from "node:crypto";
import { Code } from "../../core/code.ts";
import { ProblemError, problem } from "../../core/problem.ts";
import { isMessage, type Message } from "../message.ts";
import type { AccountSpec, ApiKey } from "./account.ts";
import { amountOf, ZERO } from "./amount.ts";

const FORM =
  '[{"name":"ann","keys":[{"key":"…","secret":"…","permissions":["trade"]}],"balances":{"USDT":"10000"}}]; ' +
  "a key may have publicKeyPem (Ed25519) instead of secret, and a passphrase";
const FIELDS = Object.freeze(["name", "keys", "balances", "makerRate", "takerRate", "feeAsset", "tradeGroup"]);
const PERMISSIONS = Object.freeze(["trade", "withdraw"]);
const RATE_MAX = Object.freeze({ text: "0.05" });

/** Throws ProblemError `AccountsInvalid`, which names the place. `file` is for the message only. */
export function parseAccounts(text: string, file: string): AccountSpec[] {
  const wrong = (detail: string) => new ProblemError(problem(Code.AccountsInvalid, detail, { file }, FORM));
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw wrong("no JSON");
  }
  if (!Array.isArray(list) || list.length === 0) throw wrong("a list of accounts is expected");
  const accounts = list.map((row: unknown, at) => readAccount(row, (detail) => wrong(`account ${at + 1}: ${detail}`)));
  const names = accounts.map(({ name }) => name);
  const keys = accounts.flatMap((account) => account.keys.map(({ key }) => key));
  for (const [what, words] of [
    ["name", names],
    ["key", keys],
  ] as const) {
    const twice = words.find((word, at) => words.indexOf(word) !== at);
    if (twice !== undefined) throw wrong(`the ${what} "${twice}" is there twice`);
  }
  return accounts;
}

/** One account with enough of everything; its keys follow from the seed, so that they are the same again. */
export function defaultAccount(seed: number, assets: readonly string[]): AccountSpec {
  const word = (what: string) => createHash("sha256").update(`meltica simulate ${seed} ${what}`).digest("hex");
  const balances = Object.fromEntries(assets.map((asset) => [asset, /USD/.test(asset) ? "100000" : "10"]));
  const key: ApiKey = { key: word("key"), secret: word("secret"), mayTrade: true, mayWithdraw: false };
  return { name: "default", keys: [{ ...key, passphrase: "simulate" }], balances };
}

type Wrong = (detail: string) => ProblemError;

function readAccount(row: unknown, wrong: Wrong): AccountSpec {
  if (!isMessage(row)) throw wrong("an object is expected");
  const unknown = Object.keys(row).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw wrong(`"${unknown}" is no field of an account`);
  const { name, keys, balances, feeAsset, tradeGroup } = row;
  if (typeof name !== "string" || !/^[\w.-]{1,40}$/.test(name))
    throw wrong("name: letters, digits, _ . - are expected");
  if (!Array.isArray(keys) || keys.length === 0) throw wrong("keys: a list with at least one key is expected");
  if (!isMessage(balances)) throw wrong("balances: an object of asset and decimal text is expected");
  for (const [asset, text] of Object.entries(balances)) {
    const value = amountOf(text);
    if (value === undefined || value < ZERO) throw wrong(`balances.${asset}: a decimal text is expected`);
  }
  if (feeAsset !== undefined && typeof feeAsset !== "string") throw wrong("feeAsset: an asset is expected");
  if (tradeGroup !== undefined && !Number.isSafeInteger(tradeGroup))
    throw wrong("tradeGroup: a whole number is expected");
  return {
    name,
    keys: keys.map((key: unknown) => readKey(key, wrong)),
    balances: balances as Readonly<Record<string, string>>,
    ...rateOf(row, "makerRate", wrong),
    ...rateOf(row, "takerRate", wrong),
    ...(feeAsset === undefined ? {} : { feeAsset }),
    ...(tradeGroup === undefined ? {} : { tradeGroup: tradeGroup as number }),
  };
}

function readKey(row: unknown, wrong: Wrong): ApiKey {
  if (!isMessage(row)) throw wrong("keys: objects are expected");
  const { key, secret, publicKeyPem, passphrase, permissions = ["trade"] } = row;
  if (typeof key !== "string" || key === "") throw wrong("keys.key: a text is expected");
  const hasSecret = typeof secret === "string" && secret !== "";
  const hasPublicKey = typeof publicKeyPem === "string" && publicKeyPem.includes("BEGIN PUBLIC KEY");
  if (hasSecret === hasPublicKey) throw wrong("keys: either secret or publicKeyPem is expected");
  if (passphrase !== undefined && typeof passphrase !== "string") throw wrong("keys.passphrase: a text is expected");
  if (!Array.isArray(permissions) || permissions.some((word) => !PERMISSIONS.includes(word as string))) {
    throw wrong(`keys.permissions: some of ${PERMISSIONS.join(", ")} are expected`);
  }
  return {
    key,
    secret: hasSecret ? secret : "",
    ...(hasPublicKey ? { publicKeyPem } : {}),
    ...(passphrase === undefined ? {} : { passphrase }),
    mayTrade: permissions.includes("trade"),
    mayWithdraw: permissions.includes("withdraw"),
  };
}

function rateOf(row: Message, name: "makerRate" | "takerRate", wrong: Wrong): Partial<Record<typeof name, string>> {
  const text = row[name];
  if (text === undefined) return {};
  const rate = amountOf(text);
  const most = amountOf(RATE_MAX.text) ?? ZERO;
  if (rate !== undefined && rate <= most && rate >= -most) return { [name]: text as string };
  throw wrong(`${name}: a share as decimal text is expected, e.g. "0.001"`);
}
