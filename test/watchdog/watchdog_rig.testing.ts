/** A gateway of paper accounts with a watchdog for accounts of a file: real processes, real signals. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isThere, removeDataDir } from "../../src/app/heartbeat_page.testing.ts";
import { HEARTBEAT_FILE, HeartbeatPage } from "../../src/app/heartbeat_page.ts";
import { GatewayProcess } from "../e2e/gateway_process.testing.ts";
import { PERP, SPOT, type VenuesProcess } from "./venues_process.testing.ts";

const GUARDED: readonly string[] = [process.execPath, join(import.meta.dir, "guarded_gateway.ts")];
const POLL_MS = 10;

export class GuardedGateway {
  readonly page: HeartbeatPage;

  private constructor(
    readonly gateway: GatewayProcess,
    readonly dataDir: string,
  ) {
    this.page = HeartbeatPage.map(join(dataDir, HEARTBEAT_FILE));
  }

  /** Until both beat. */
  static async start(venue: VenuesProcess, dataDir = mkdtempSync(join(tmpdir(), "meltica-guard-"))) {
    const file = accountsFile(venue, dataDir);
    const gateway = await GatewayProcess.start(dataDir, { command: [...GUARDED, file] });
    const guarded = new GuardedGateway(gateway, dataDir);
    await gateway.until("both beat", async () => guarded.isWatched, 20_000);
    return guarded;
  }

  get isWatched(): boolean {
    return this.page.guards === this.page.epoch && this.page.watchdogBeats > 2 && this.page.engineBeats > 2;
  }

  get watchdogPid(): number {
    return this.page.watchdogPid;
  }

  /** Whether the watchdog has ended by itself within the time. */
  async watchdogEnds(pid: number, mostMs: number): Promise<boolean> {
    const endMs = performance.now() + mostMs;
    while (isThere(pid)) {
      if (performance.now() > endMs) return false;
      await Bun.sleep(POLL_MS);
    }
    return true;
  }

  async remove(): Promise<void> {
    if (this.gateway.isAlive) {
      process.kill(this.gateway.child.pid, "SIGCONT");
      await this.gateway.kill();
    }
    if (isThere(this.watchdogPid)) process.kill(this.watchdogPid, "SIGKILL");
    removeDataDir(this.dataDir);
  }
}

/** One account at each venue: five adapters. */
function accountsFile(venues: VenuesProcess, dir: string): string {
  const { url, key, secret, passphrase } = venues;
  const secretFile = join(dir, "venue.secret");
  writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 });
  const common = { restUrl: url, apiKey: key, scheme: "hmac-sha256", secretFile };
  const file = join(dir, "accounts.json");
  const accounts = [
    { name: "spot", adapter: "binance-spot", symbols: [...SPOT], ...common },
    { name: "perp", adapter: "binance-usdm", symbols: [PERP], ...common },
    { name: "okx", adapter: "okx", symbols: [], ...common, passphrase },
    { name: "bybit-spot", adapter: "bybit-spot", symbols: [], ...common },
    { name: "bybit-perp", adapter: "bybit-linear", symbols: [], ...common },
  ];
  writeFileSync(file, JSON.stringify(accounts));
  return file;
}
