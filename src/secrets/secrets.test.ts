/** Key material, signers, envelopes, secret files and the encrypted store: vectors of venues, and every way to go wrong. */

import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../test/support/fixtures.ts";
import { ProblemError } from "../core/problem.ts";
import { keyIdOf, openSecret, sealSecret } from "./envelope.ts";
import { KeyMaterial } from "./key_material.ts";
import { Ed25519Signer, HmacSigner } from "./request_signer.ts";
import { readSecretFile } from "./secret_file.ts";
import { makeKeyFile, readKeyFile, SecretStore } from "./secret_store.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-secrets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
  return "none";
}

const text = (value: string) => KeyMaterial.ofText(value);
const plain = (value: KeyMaterial) => Buffer.from(value.bytes()).toString();

describe("KeyMaterial", () => {
  test("is never printed, whatever prints it, and is gone once wiped", () => {
    const key = text("canary-1");
    for (const shown of [String(key), JSON.stringify({ key }), inspect({ key }), `${key}`]) {
      expect(shown).not.toContain("canary");
    }
    const bytes = key.bytes();
    key.wipe();
    expect([...bytes].every((byte) => byte === 0)).toBe(true);
    expect(() => key.bytes()).toThrow();
  });

  test("owns its bytes", () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const key = new KeyMaterial(bytes);
    bytes.fill(9);
    expect([...key.bytes()]).toEqual([1, 2, 3]);
    expect(() => new KeyMaterial(new Uint8Array(0))).toThrow();
  });
});

describe("signers", () => {
  test("HMAC-SHA256 as RFC 4231 case 2, again and again by the same signer", () => {
    const signer = new HmacSigner(text("Jefe"));
    const expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    for (let i = 0; i < 3; i++) expect(signer.sign("what do ya want for nothing?", "hex")).toBe(expected);
    expect(signer.sign("what do ya want for nothing?", "base64")).toBe(Buffer.from(expected, "hex").toString("base64"));
  });

  test("Ed25519 as RFC 8032 test 1, from the seed and from PEM alike", () => {
    const seed = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex");
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]).toString("base64");
    const pem = `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
    const expected =
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
    for (const key of [new KeyMaterial(seed), text(pem)]) expect(new Ed25519Signer(key).sign("", "hex")).toBe(expected);
  });

  test("what is no Ed25519 key is refused without showing it", () => {
    for (const bad of ["canary", "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----"]) {
      expect(codeOf(() => new Ed25519Signer(text(bad)))).toBe("SecretMalformed");
    }
  });

  test.skipIf(!fixturesPresent)(`every vector of the venues' own documentation (${FIXTURES_REASON})`, () => {
    let checked = 0;
    for (const venue of ["binance-spot", "okx", "bybit"]) {
      const file = fixture(`${venue}/signing-vectors.json`);
      for (const vector of JSON.parse(readFileSync(file, "utf8")) as Record<string, string>[]) {
        const { secret, ed25519SeedHex, signature, scheme = "" } = vector;
        const payload = vector["payload"] === undefined ? payloadOf(vector) : fullPayload(vector);
        const signer =
          secret === undefined
            ? new Ed25519Signer(new KeyMaterial(Buffer.from(ed25519SeedHex as string, "hex")))
            : new HmacSigner(text(secret));
        const encoding = /base64/i.test(scheme) ? "base64" : "hex";
        expect(`${scheme} ${signer.sign(payload, encoding)}`).toBe(`${scheme} ${signature}`);
        checked++;
      }
    }
    expect(checked).toBeGreaterThanOrEqual(10);
  });
});

/** OKX and the WebSocket logins: the vector gives the parts, the scheme says how they are joined. */
function payloadOf(vector: Record<string, string>): string {
  const { timestamp = "", method = "", path = "", body = "", expires = "" } = vector;
  if (expires !== "") return `GET/realtime${expires}`;
  return method === "" ? `${timestamp}GET/users/self/verify` : `${timestamp}${method}${path}${body}`;
}

function fullPayload({ payload = "", apiKey = "", timestamp = "", recvWindow = "" }: Record<string, string>): string {
  return recvWindow === "" ? payload : `${timestamp}${apiKey}${recvWindow}${payload}`;
}

describe("envelopes", () => {
  const key = new KeyMaterial(new Uint8Array(32).fill(7));
  const other = new KeyMaterial(new Uint8Array(32).fill(8));

  test("what was sealed is opened by the same key and name alone", () => {
    const sealed = sealSecret(key, "binance", text("canary"));
    expect(JSON.stringify(sealed)).not.toContain("canary");
    expect(plain(openSecret(key, "binance", sealed))).toBe("canary");
    expect(codeOf(() => openSecret(other, "binance", sealed))).toBe("SecretKeyWrong");
    expect(codeOf(() => openSecret(key, "okx", sealed))).toBe("SecretDamaged");
    expect(codeOf(() => openSecret(other, "binance", { ...sealed, keyId: keyIdOf(other) }))).toBe("SecretDamaged");
    expect(codeOf(() => openSecret(key, "binance", { ...sealed, version: 2 }))).toBe("SecretDamaged");
  });

  test("the same secret is never sealed alike twice", () => {
    const all = new Set(Array.from({ length: 50 }, () => sealSecret(key, "a", text("x")).secret));
    expect(all.size).toBe(50);
  });

  test("each changed or missing byte is found", () => {
    const sealed = sealSecret(key, "a", text("secret"));
    for (const field of ["secret", "dataKey"] as const) {
      const bytes = Buffer.from(sealed[field], "base64");
      for (let i = 0; i < bytes.length; i++) {
        const changed = Buffer.from(bytes);
        changed[i] = (changed[i] as number) ^ 1;
        expect(codeOf(() => openSecret(key, "a", { ...sealed, [field]: changed.toString("base64") }))).toBe(
          "SecretDamaged",
        );
        const cut = { ...sealed, [field]: bytes.subarray(0, i).toString("base64") };
        expect(codeOf(() => openSecret(key, "a", cut))).toBe("SecretDamaged");
      }
    }
  });
});

describe("secret files", () => {
  test("read without the line end; missing, open to others, empty, a folder and too long are refused", () => {
    const path = join(folder, "s");
    const write = (content: string, mode = 0o600) => {
      rmSync(path, { force: true });
      writeFileSync(path, content, { mode });
      chmodSync(path, mode);
    };
    write("abc\r\n\n");
    expect(plain(readSecretFile(path))).toBe("abc");
    write("abc", 0o640);
    expect(codeOf(() => readSecretFile(path))).toBe("SecretExposed");
    write("\n");
    expect(codeOf(() => readSecretFile(path))).toBe("SecretMalformed");
    write("x".repeat(9_000));
    expect(codeOf(() => readSecretFile(path))).toBe("SecretMalformed");
    expect(codeOf(() => readSecretFile(join(folder, "none")))).toBe("SecretMissing");
    mkdirSync(join(folder, "d"), { mode: 0o700 });
    expect(codeOf(() => readSecretFile(join(folder, "d")))).toBe("SecretMalformed");
  });

  test("a key file is 32 bytes, raw or hex; a new one is made once", () => {
    const path = join(folder, "key");
    const key = makeKeyFile(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(keyIdOf(readKeyFile(path))).toBe(keyIdOf(key));
    expect(() => makeKeyFile(path)).toThrow();
    writeFileSync(join(folder, "short"), "abcd", { mode: 0o600 });
    expect(codeOf(() => readKeyFile(join(folder, "short")))).toBe("SecretMalformed");
  });
});

describe("SecretStore", () => {
  const key = new KeyMaterial(new Uint8Array(32).fill(1));
  const path = join(folder, "store.json");

  test("puts, gets, lists, removes; nothing but ciphertext in the file, which is its owner's alone", () => {
    const store = new SecretStore(path, key);
    expect(store.names()).toEqual([]);
    store.put("b", text("canary-b"));
    store.put("a", text("canary-a"));
    store.put("b", text("canary-c"));
    expect(store.names()).toEqual(["a", "b"]);
    expect(plain(new SecretStore(path, key).get("b"))).toBe("canary-c");
    expect(readFileSync(path, "utf8")).not.toContain("canary");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(store.remove("b")).toBe(true);
    expect(store.remove("b")).toBe(false);
    expect(codeOf(() => store.get("b"))).toBe("SecretMissing");
    expect(codeOf(() => store.get("toString"))).toBe("SecretMissing");
    expect(codeOf(() => store.put("A b", text("x")))).toBe("SecretMalformed");
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("another key opens it after rekey, and the old one does not", () => {
    const other = new KeyMaterial(new Uint8Array(32).fill(2));
    new SecretStore(path, key).rekey(other);
    expect(plain(new SecretStore(path, other).get("a"))).toBe("canary-a");
    expect(codeOf(() => new SecretStore(path, key).get("a"))).toBe("SecretKeyWrong");
  });

  test("a damaged file is refused and left as it is", () => {
    for (const content of ["", "{", "[]", '{"format":"meltica-secrets","secrets":{"a":{}}}']) {
      writeFileSync(path, content);
      expect(codeOf(() => new SecretStore(path, key).put("x", text("y")))).toBe("SecretDamaged");
      expect(readFileSync(path, "utf8")).toBe(content);
    }
  });
});
