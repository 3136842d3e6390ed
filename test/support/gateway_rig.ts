/** A gateway's threads without its HTTP interface, in a temporary data directory; faults at hand. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultTrading } from "../../src/app/config_default.ts";
import type { Config } from "../../src/app/config_schema.ts";
import { GatewayCommander } from "../../src/app/gateway_commander.ts";
import { readKillFile } from "../../src/app/kill_file.ts";
import { liveClock } from "../../src/app/live_clock.ts";
import { Supervisor, type SupervisorOptions } from "../../src/app/supervisor.ts";
import { DEFAULT_LIMITS } from "../../src/core/limits.ts";
import type { Problem } from "../../src/core/problem.ts";
import { TradingRecord } from "../../src/model/record.ts";
import { patient } from "./patience.ts";

export type Trading = ReturnType<typeof defaultTrading>;

export function configOf(dataDir: string, change: (trading: Trading) => Trading = (trading) => trading): Config {
  return {
    database: {
      schema: "meltica",
      connections: 4,
      connectTimeoutMs: 5_000,
      statementTimeoutMs: 10_000,
      lockTimeoutMs: 2_000,
    },
    outbox: {},
    dataDir,
    live: false,
    node: 1,
    server: { host: "127.0.0.1", port: 0 },
    log: { level: "info", format: "json" },
    engine: { seed: 1, intentAgeMs: 250, currency: "USDT", dayStart: "00:00" },
    journal: {
      snapshots: { everyRecords: 100_000, everyMinutes: 15 },
      retention: { archiveDays: 0, archiveMiB: 0 },
    },
    secrets: {},
    ...change(defaultTrading()),
  };
}

export class GatewayRig {
  readonly clock = liveClock();
  /** Copies of all records since this rig began, recovery included. */
  readonly records: TradingRecord[] = [];
  readonly problems: Problem[] = [];
  readonly fatal: Problem[] = [];
  readonly supervisor: Supervisor;
  readonly commander: GatewayCommander;

  constructor(
    readonly dataDir = mkdtempSync(join(tmpdir(), "meltica-rig-")),
    change?: (trading: Trading) => Trading,
    more: Partial<SupervisorOptions> = {},
  ) {
    const config = configOf(dataDir, change);
    const nowUs = () => this.clock.nowUs();
    this.supervisor = new Supervisor(
      {
        config,
        limits: DEFAULT_LIMITS,
        limitsHash: "rig",
        dataDir,
        journalDir: join(dataDir, "journal"),
        version: "test",
        nowUs,
        ...more,
      },
      {
        onRecord: (record) => this.records.push(new TradingRecord().copyFrom(record)),
        onBars: () => {},
        onProblem: (found) => this.problems.push(found),
        onFatal: (found) => this.fatal.push(found),
      },
    );
    this.commander = new GatewayCommander(this.supervisor, dataDir, nowUs);
  }

  async start(): Promise<this> {
    await this.supervisor.start(readKillFile(this.dataDir).length > 0);
    await this.until(() => this.supervisor.running, "the engine runs");
    return this;
  }

  get state() {
    return this.supervisor.replica.state;
  }

  /** Waits until it holds. Throws with the problems seen when it does not within the time. */
  async until(holds: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
    const endMs = performance.now() + patient(timeoutMs);
    while (!holds()) {
      if (performance.now() > endMs)
        throw new Error(`not in ${timeoutMs} ms: ${what}; ${JSON.stringify(this.problems)}`);
      await Bun.sleep(1);
    }
  }

  stop(): Promise<boolean> {
    return this.supervisor.stop();
  }

  remove(): void {
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
