/** The gateway as users start it: it trades within seconds, and is the same after kill -9 as it was before. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rebuild, speedConfig } from "./gateway_journal.testing.ts";
import { GatewayProcess, type Json, SOURCE_COMMAND, type StartOptions } from "./gateway_process.testing.ts";

setDefaultTimeout(120_000);

const FIRST_TRADES_MS = 20_000;
const STRATEGIES = ["ema", "maker"];
/** The one that trades all the time: enough where it matters only that somebody does. */
const BUSY = ["maker"];

const running: GatewayProcess[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const gateway of running.splice(0)) if (gateway.isAlive) await gateway.kill();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newDataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "meltica-gateway-"));
  folders.push(folder);
  return join(folder, "data");
}

async function start(dataDir: string, options: StartOptions = {}): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.start(dataDir, options);
  running.push(gateway);
  await gateway.untilReady();
  return gateway;
}

const namesIn = (rows: readonly Json[]) => new Set(rows.map((row) => row.instance));

/** Until these strategies have placed orders and had fills since `record`. */
function trade(gateway: GatewayProcess, names: readonly string[], record: number): Promise<void> {
  return gateway.until(
    `orders and fills of ${names.join(" and ")} after record ${record}`,
    async () => {
      const fills = namesIn((await gateway.all("/api/v1/executions")).filter((row) => row.record > record));
      const orders = namesIn(await gateway.all("/api/v1/orders"));
      return names.every((name) => fills.has(name) && orders.has(name));
    },
    FIRST_TRADES_MS,
  );
}

/** What the API says of all that must survive, with the record that it is at least of. */
async function picture(gateway: GatewayProcess) {
  const { record, hash } = await gateway.get("/api/v1/status");
  const orders = new Map<number, Json>((await gateway.all("/api/v1/orders")).map((row) => [row.id, row]));
  const executions = new Map<number, Json>((await gateway.all("/api/v1/executions")).map((row) => [row.record, row]));
  // Marks are of the market, not of ours.
  const positions = (await gateway.all("/api/v1/positions")).map(
    ({ markPrice: _mark, unrealizedPnl: _pnl, ...rest }) => rest,
  );
  return { record, hash, orders, executions, positions, balances: await gateway.all("/api/v1/balances") };
}

type Picture = Awaited<ReturnType<typeof picture>>;

/** Nothing that was told is missing, and what had ended has not changed. */
function expectKept(before: Picture, after: Picture): void {
  for (const [id, order] of before.orders) {
    const now = after.orders.get(id);
    if (order.terminal) expect(now).toEqual(order);
    else {
      const { clientOrderId, account, instrument, instance, side, type } = order;
      expect(now).toMatchObject({ id, clientOrderId, account, instrument, instance, side, type });
      expect(Number(now.filledQty)).toBeGreaterThanOrEqual(Number(order.filledQty));
    }
  }
  for (const [record, execution] of before.executions) expect(after.executions.get(record)).toEqual(execution);
}

describe("a first start", () => {
  test("says one line, is ready, trades with both strategies, and is whole after kill -9", async () => {
    const dataDir = newDataDir();
    const gateway = await start(dataDir);
    expect(Object.keys(gateway.line)).toEqual(["url", "tokenFile", "dataDir", "pid"]);
    expect(gateway.line).toMatchObject({ dataDir, pid: gateway.child.pid, tokenFile: join(dataDir, "token") });
    expect(await (await fetch(`${gateway.url}/readyz`)).json()).toEqual({ ready: true, notReady: [] });
    expect(statSync(gateway.line.tokenFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, "journal")).mode & 0o077).toBe(0);
    for (const path of ["/api/v1/orders", "/api/v1/status", "/metrics", "/api/openapi.json"]) {
      const answer = await fetch(gateway.url + path);
      expect([path, answer.status]).toEqual([path, 401]);
      expect(await answer.json()).toMatchObject({ status: 401, code: "Unauthorized" });
    }
    const page = await fetch(`${gateway.url}/`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    for (const [, asset] of (await page.text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
      expect((await fetch(gateway.url + asset)).status).toBe(200);
    }
    await trade(gateway, STRATEGIES, 0);
    const before = await picture(gateway);
    await gateway.kill();

    expect(rebuild(dataDir, before.record).hash).toBe(before.hash);
    const durable = rebuild(dataDir);
    expect(durable.seals).toBeGreaterThan(0);

    const again = await start(dataDir);
    const after = await picture(again);
    expect(after.record).toBeGreaterThan(before.record);
    expectKept(before, after);
    expect(await again.metric("meltica_seals_verified")).toBeGreaterThanOrEqual(durable.seals);
    expect(rebuild(dataDir, after.record).hash).toBe(after.hash);
    expect((await again.get("/api/v1/status")).epoch).toBe(2);
    const orders = after.orders.size;
    await again.until("new orders", async () => (await again.all("/api/v1/orders")).length > orders + 5);
    expect(await again.terminate()).toBe(0);
    expect(existsSync(join(dataDir, "gateway.json"))).toBe(false);
  });
});

describe("a quiet gateway", () => {
  test("is after kill -9 exactly what it was; the kill in force stays, and the resume lets strategies go on", async () => {
    const dataDir = newDataDir();
    const args = ["--config", speedConfig(20)];
    const gateway = await start(dataDir, { args });
    await trade(gateway, BUSY, 0);
    await gateway.until("some history", async () => (await gateway.all("/api/v1/orders")).length > 20);
    expect((await gateway.ask("POST", "/api/v1/risk/kill", { why: "quiet please" })).status).toBe(200);
    await gateway.until("nothing is open", async () => (await gateway.get("/api/v1/risk/state")).openOrders === 0);
    await Bun.sleep(200);
    const before = await picture(gateway);
    await gateway.kill();
    expect(existsSync(join(dataDir, "KILL"))).toBe(true);

    const again = await start(dataDir, { args });
    const after = await picture(again);
    const kept = ({ orders, executions, positions, balances }: Picture) => ({
      orders: [...orders.values()].filter((order) => order.state !== "denied"),
      executions: [...executions.values()],
      positions,
      balances,
    });
    expect(kept(after)).toEqual(kept(before));
    expectKept(before, after);
    await Bun.sleep(500);
    expect(kept(await picture(again))).toEqual(kept(before));
    expect(await again.get("/api/v1/risk/state")).toMatchObject({ killed: true });
    expect((await again.ask("POST", "/api/v1/risk/resume", { scope: "firm", why: "go on" })).status).toBe(200);
    expect(existsSync(join(dataDir, "KILL"))).toBe(false);
    await trade(again, BUSY, after.record);
    expect(await again.terminate()).toBe(0);
  });
});

describe("a KILL file that lies there at the start", () => {
  test("lets nothing be sent, is told, and the resume removes it and lets trading go on", async () => {
    const dataDir = newDataDir();
    const args = ["--config", speedConfig(20)];
    const killed = Bun.spawnSync([...SOURCE_COMMAND, "kill", "--data-dir", dataDir, "--quiet"]);
    // There is no gateway yet, perhaps not even a directory: a plain file does it as well.
    if (killed.exitCode !== 0 || !existsSync(join(dataDir, "KILL"))) {
      const made = Bun.spawnSync(["mkdir", "-p", dataDir]);
      expect(made.exitCode).toBe(0);
      writeFileSync(join(dataDir, "KILL"), "");
    }
    const gateway = await start(dataDir, { args });
    await Bun.sleep(1_500);
    expect(await gateway.get("/api/v1/risk/state")).toMatchObject({ killed: true });
    expect((await gateway.get("/api/v1/status")).killed).toBe(true);
    const states = new Set((await gateway.all("/api/v1/orders")).map((order) => order.state));
    expect([...states].filter((state) => state !== "denied" && state !== "withdrawn")).toEqual([]);
    expect(await gateway.all("/api/v1/executions")).toEqual([]);
    expect((await gateway.ask("POST", "/api/v1/risk/resume", { scope: "firm", why: "go on" })).status).toBe(200);
    await trade(gateway, BUSY, 0);
    expect(await gateway.get("/api/v1/risk/state")).toMatchObject({ killed: false });
  });
});
