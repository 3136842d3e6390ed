/** Keys of accounts: from files, variables and the store; what cannot be used is named, and never shown. */

import { describe, expect, test } from "bun:test";
import { createHmac, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProblemError } from "../core/problem.ts";
import type { Config } from "./config_schema.ts";
import type { KeyRefs } from "./config_secrets.ts";
import { eachSecret, openKey } from "./live_keys.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-keys-"));
const SECRET = "the-secret-itself";
const { privateKey } = generateKeyPairSync("ed25519");
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }) as string;

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function places(keys: KeyRefs & { watchdog?: KeyRefs }): Pick<Config, "accounts" | "secrets" | "dataDir"> {
  return { accounts: { desk: { provider: "b", mode: "live", ...keys } as never }, secrets: {}, dataDir: folder };
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemError);
    const { code, detail, hint } = (error as ProblemError).problem;
    expect(`${detail} ${hint}`).not.toContain(SECRET);
    expect(detail).toStartWith("account desk");
    return code;
  }
  throw new Error("it was opened");
}

describe("a key", () => {
  test("by HMAC from a file and a variable signs as the venue expects", () => {
    const refs = { apiKey: { env: "NAME" }, secret: { file: file("secret", `${SECRET}\n`) } };
    const { apiKey, signer, passphrase } = openKey(places(refs), "desk", "trade", { NAME: "public" });
    expect([apiKey, passphrase, signer.scheme]).toEqual(["public", "", "hmac-sha256"]);
    expect(signer.sign("a=1", "hex")).toBe(createHmac("sha256", SECRET).update("a=1").digest("hex"));
  });

  test("by Ed25519 from a PEM; the watchdog's own is another one", () => {
    const pem = { file: file("key.pem", PEM) };
    const refs = {
      apiKey: { env: "NAME" },
      privateKey: pem,
      watchdog: { apiKey: { env: "OTHER" }, secret: { env: "S" } },
    };
    const env = { NAME: "public", OTHER: "guard", S: SECRET };
    const { signer } = openKey(places(refs), "desk", "trade", env);
    const signature = Buffer.from(signer.sign("a=1", "base64"), "base64");
    expect(verify(null, Buffer.from("a=1"), createPublicKey(privateKey), signature)).toBe(true);
    expect(openKey(places(refs), "desk", "watchdog", env)).toMatchObject({ apiKey: "guard" });
  });

  test("that others may read, that is missing, damaged or of several lines: a problem with the account's name", () => {
    const name = { env: "NAME" };
    const open = (keys: KeyRefs, env = { NAME: "public" }) => codeOf(() => openKey(places(keys), "desk", "trade", env));
    expect(open({ apiKey: name, secret: { file: file("open", SECRET, 0o644) } })).toBe("SecretExposed");
    expect(open({ apiKey: name, secret: { file: join(folder, "none") } })).toBe("SecretMissing");
    expect(open({ apiKey: name, secret: { env: "NONE" } })).toBe("SecretMissing");
    expect(open({ apiKey: name })).toBe("SecretMissing");
    expect(open({ apiKey: name, secret: { store: "none" } })).toBe("SecretMissing");
    expect(open({ apiKey: name, privateKey: { file: file("bad.pem", SECRET) } })).toBe("SecretMalformed");
    const secret = { file: file("secret2", SECRET) };
    expect(open({ apiKey: name, secret }, { NAME: "two\nlines" })).toBe("SecretMalformed");
  });
});

test("for the log: every text of every role that can be read, lines of a PEM as well, and nothing of what cannot", () => {
  const watchdog = { apiKey: { env: "OTHER" }, secret: { env: "S" } };
  const refs = { apiKey: { env: "NAME" }, privateKey: { file: file("log.pem", PEM) }, watchdog };
  const texts: string[] = [];
  const take = (secret: Uint8Array) => texts.push(new TextDecoder().decode(secret));
  eachSecret(places(refs), "desk", take, { NAME: "public", S: SECRET });
  expect(texts).toEqual(["public", PEM.split("\n")[1] as string, SECRET]);
});
