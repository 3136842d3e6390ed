/** Once a key is opened its secret stands nowhere in the process: a core file or a heap snapshot would not tell it. */

import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyMaterial } from "../secrets/key_material.ts";
import { makeKeyFile, SecretStore } from "../secrets/secret_store.ts";

const PIECE_BYTES = 1 << 22;
const OVERLAP = 256;

/** How often each text stands in what the process may write to, as bytes or as UTF-16. */
function countsIn(pid: number, texts: readonly string[]): number[] {
  const needles = texts.map((text) => [Buffer.from(text), Buffer.from(text, "utf16le")]);
  const counts = texts.map(() => 0);
  const piece = Buffer.alloc(PIECE_BYTES);
  const memory = openSync(`/proc/${pid}/mem`, "r");
  for (const [from, to] of mappings(pid)) {
    for (let at = from; at < to; at += PIECE_BYTES - OVERLAP) {
      const got = piece.subarray(0, readPiece(memory, piece, Math.min(PIECE_BYTES, to - at), at));
      needles.forEach((forms, n) => {
        for (const needle of forms) {
          for (let i = got.indexOf(needle); i >= 0; i = got.indexOf(needle, i + 1))
            counts[n] = (counts[n] as number) + 1;
        }
      });
      if (got.length < PIECE_BYTES) break;
    }
  }
  closeSync(memory);
  return counts;
}

/** Begin and end of what may be written to, and has been. */
function mappings(pid: number): [number, number][] {
  const rows = readFileSync(`/proc/${pid}/smaps`, "utf8").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const written = rows.filter((row) => / rw/.test(row.slice(0, 64)) && !/^Rss: +0 kB/m.test(row));
  return written.map((row) => row.split(/[- ]/, 2).map((text) => Number.parseInt(text, 16)) as [number, number]);
}

/** 0 for what cannot be read: devices are mapped, too. */
function readPiece(file: number, into: Buffer, length: number, at: number): number {
  try {
    return readSync(file, into, 0, length, at);
  } catch {
    return 0;
  }
}

test.if(process.platform === "linux")(
  "files, the store and a PEM: opened, hidden from the log, used, and gone",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "meltica-memory-"));
    const [inFile, inStore] = ["a", "b"].map((name) => `${name}${crypto.randomUUID()}`) as [string, string];
    writeFileSync(join(folder, "secret"), `${inFile}\n`, { mode: 0o600 });
    const store = new SecretStore(join(folder, "secrets.json"), makeKeyFile(join(folder, "kek")));
    store.put("canary", KeyMaterial.ofText(inStore));
    const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    writeFileSync(join(folder, "key.pem"), pem, { mode: 0o600 });
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "key_memory.testing.ts"), folder], {
      stdin: "ignore",
      stdout: "pipe",
    });
    try {
      const { value } = await child.stdout.getReader().read();
      expect(new TextDecoder().decode(value)).toBe("ready\n");
      const kek = readFileSync(join(folder, "kek"), "utf8").trim();
      const body = (pem.split("\n")[1] as string).slice(22); // What goes before is the same in all of them.
      const [kept, ...counts] = countsIn(child.pid, ["public-name", inFile, inStore, body, kek]);
      expect(kept).toBeGreaterThan(0); // Otherwise the others would be missed as well.
      expect(counts).toEqual([0, 0, 0, 0]);
    } finally {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
