/** The simulator as a program that others trade at: over TLS with its own certificate, with the account that it tells of. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { present } from "../../src/core/assert.ts";

setDefaultTimeout(120_000);

const MAIN = join(import.meta.dir, "../../src/main.ts");
const folders: string[] = [];
const children: ReturnType<typeof spawn>[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGTERM");
    await child.exited;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "simulate-"));
  folders.push(made);
  return made;
}

function spawn(args: string[]) {
  const common = ["simulate", "--feed", "synthetic", "--venue", "binance-spot,binance-usdm", "--port", "0", "--json"];
  return Bun.spawn(["bun", MAIN, ...common, ...args], { stdout: "pipe", stderr: "pipe" });
}

interface Ready {
  readonly url: string;
  readonly wsUrl: string;
  readonly certFile?: string;
  readonly accounts?: readonly { readonly keys: readonly { readonly key: string; readonly secret: string }[] }[];
}

async function start(args: string[]): Promise<Ready> {
  const child = spawn(args);
  children.push(child);
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(await new Response(child.stderr).text());
    text += new TextDecoder().decode(value);
  }
  return JSON.parse(text.split("\n")[0] as string);
}

function signed(secret: string, params: Record<string, string>): string {
  const text = new URLSearchParams({ ...params, timestamp: String(Date.now()) }).toString();
  return `${text}&signature=${createHmac("sha256", secret).update(text).digest("hex")}`;
}

describe("meltica simulate", () => {
  test("--tls: https and wss with a certificate that a client can trust, and orders over both", async () => {
    const ready = await start(["--tls", "--tls-dir", folder()]);
    expect([ready.url.slice(0, 8), ready.wsUrl.slice(0, 6)]).toEqual(["https://", "wss://"]);
    const ca = readFileSync(ready.certFile as string, "utf8");
    const { key, secret } = present(ready.accounts?.[0]?.keys[0]);
    const order = {
      symbol: "BTCUSDT",
      side: "BUY",
      type: "LIMIT",
      timeInForce: "GTC",
      quantity: "0.001",
      price: "30000",
    };
    const headers = { "X-MBX-APIKEY": key };
    const url = `${ready.url}/api/v3/order?${signed(secret, order)}`;
    const answer = await fetch(url, { method: "POST", headers, tls: { ca } });
    expect(await answer.json()).toMatchObject({ status: "NEW" });
    await expect(fetch(`${ready.url}/api/v3/ping`)).rejects.toThrow();
    const socket = new WebSocket(`${ready.wsUrl}/ws-api/v3`, { tls: { ca } } as never);
    const reply = await new Promise((resolve, reject) => {
      socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: "ping" }));
      socket.onmessage = ({ data }) => resolve(JSON.parse(String(data)));
      socket.onerror = reject;
    });
    expect(reply).toMatchObject({ id: 1, status: 200, result: {} });
    socket.close();
  });

  test("--accounts: the file's accounts alone; a wrong file is refused with its place", async () => {
    const file = join(folder(), "accounts.json");
    writeFileSync(
      file,
      JSON.stringify([{ name: "ann", keys: [{ key: "k", secret: "s" }], balances: { USDT: "500" } }]),
    );
    const ready = await start(["--accounts", file]);
    expect(ready.accounts).toBeUndefined();
    const truth = await (await fetch(`${ready.url}/_sim/accounts/ann`)).json();
    expect(truth).toMatchObject({
      "binance-spot": { balances: { USDT: { free: "500" } } },
      "binance-usdm": { open: 0 },
    });
    writeFileSync(file, "[{}]");
    const child = spawn(["--accounts", file]);
    expect(await child.exited).not.toBe(0);
    expect(await new Response(child.stderr).text()).toContain("account 1");
  });
});
