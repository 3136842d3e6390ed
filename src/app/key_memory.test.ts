/** Once a key is opened its secret stands nowhere in the process: a core file or a heap snapshot would not tell it. */

import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countsIn } from "../../test/support/process_memory.ts";
import { KeyMaterial } from "../secrets/key_material.ts";
import { makeKeyFile, SecretStore } from "../secrets/secret_store.ts";

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
