/** A full disk: told, new orders denied, cancels go on, nothing crashes; and on again when there is space. */

import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../../src/core/limits.ts";
import { SmallDisk } from "./gateway_disk.testing.ts";
import { rebuild, speedConfig } from "./gateway_journal.testing.ts";
import { failedStart, GatewayProcess, type Json } from "./gateway_process.testing.ts";

setDefaultTimeout(120_000);

const probe = SmallDisk.mount(1);
probe?.remove();
const cannotMount = probe === undefined;
if (cannotMount) process.stdout.write("  skipped: a small disk needs the right to mount a tmpfs\n");

const running: GatewayProcess[] = [];
const disks: SmallDisk[] = [];
afterEach(async () => {
  for (const gateway of running.splice(0)) if (gateway.isAlive) await gateway.kill();
});
afterAll(() => {
  for (const disk of disks) disk.remove();
});

function smallDisk(megabytes: number): SmallDisk {
  const disk = SmallDisk.mount(megabytes) as SmallDisk;
  disks.push(disk);
  return disk;
}

async function start(dataDir: string, speed: number): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.start(dataDir, { args: ["--config", speedConfig(speed)] });
  running.push(gateway);
  return gateway;
}

const SOL = "sim:SOL-USDT";

/** A buy by hand that rests: 2 % below the market. */
async function rest(gateway: GatewayProcess): Promise<Json> {
  let bid = 0;
  await gateway.until("a quote", async () => {
    const { items } = await gateway.get("/api/v1/quotes");
    bid = Number(items.find((row: Json) => row.instrument === SOL)?.bidPrice ?? 0);
    return bid > 0;
  });
  const price = (0.98 * bid).toFixed(2);
  return gateway.ask("POST", "/api/v1/orders", { account: "paper", instrument: SOL, side: "buy", qty: "1", price });
}

/** Until /readyz says that the disk is full. */
function untilFull(gateway: GatewayProcess): Promise<void> {
  return gateway.until("the disk is full", async () => {
    const { status, text } = await gateway.ask("GET", "/readyz");
    return status === 503 && /disk is full/.test(text);
  });
}

describe.skipIf(cannotMount)("a full disk", () => {
  test("is told; orders are denied, cancels go on; with space again orders go on", async () => {
    const disk = smallDisk(20);
    const dataDir = join(disk.path, "data");
    const first = await start(dataDir, 20);
    await first.untilReady();
    const placed = await rest(first);
    expect(placed.status).toBe(201);
    const spare = join(dataDir, "journal/spare.tmp");
    const hasSpare = () => existsSync(spare) && statSync(spare).size === DEFAULT_LIMITS.segmentBytes;
    await first.until("the spare segment", async () => hasSpare());
    await first.until("the venue's answer", async () => {
      const { order } = await first.get(`/api/v1/orders/${placed.json.id}`);
      return order.state === "open";
    });
    await first.kill();

    disk.fill();
    const gateway = await start(dataDir, 20);
    await untilFull(gateway);
    const { notReady, problems } = await gateway.get("/api/v1/status");
    expect(notReady.join()).toContain("disk is full");
    expect(problems.map((found: Json) => found.code)).toContain("DiskFull");
    expect(gateway.log).toContain("[DiskFull]");
    const denied = await rest(gateway);
    expect([denied.status, denied.json.code, denied.json.denial]).toEqual([422, "OrderDenied", "JournalBehind"]);
    const { id } = placed.json;
    expect((await gateway.ask("DELETE", `/api/v1/orders/${id}`)).status).toBe(200);
    await gateway.until("the cancel", async () => {
      const { order } = await gateway.get(`/api/v1/orders/${id}`);
      return order.state === "canceled";
    });
    disk.empty();
    await gateway.untilReady();
    expect((await rest(gateway)).status).toBe(201);
    expect(await gateway.terminate()).toBe(0);
    expect(rebuild(dataDir).seals).toBeGreaterThan(0);
  });

  test("until even the reserve is used up: alive, still told; with space again all goes on, and the journal is whole", async () => {
    const disk = smallDisk(10);
    const dataDir = join(disk.path, "data");
    const gateway = await start(dataDir, 1_000);
    await untilFull(gateway);
    const durable = async () => (await gateway.get("/api/v1/status")).durableRecord;
    let last = 0;
    await gateway.until("the reserve is used up", async () => {
      const before = last;
      last = await durable();
      await Bun.sleep(500);
      return last === before;
    });
    expect(gateway.isAlive).toBe(true);
    await untilFull(gateway);
    disk.resize(80);
    await gateway.untilReady();
    await gateway.until("records again", async () => (await durable()) > last + 100);
    await gateway.kill();
    expect(rebuild(dataDir).seals).toBeGreaterThan(0);
    disk.fill();
    const again = await start(dataDir, 20);
    expect((await again.get("/api/v1/status")).epoch).toBe(2);
    await again.kill();
  });

  test("at the first start: refused with what to do", async () => {
    const disk = smallDisk(2);
    const failed = await failedStart(join(disk.path, "data"));
    expect([failed.code, failed.out]).toEqual([1, ""]);
    expect(failed.err).toContain("DiskFull");
  });
});
