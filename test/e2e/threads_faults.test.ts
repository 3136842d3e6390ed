/** What must hold when threads, disk and clock misbehave: one writer, no loop of restarts, kills that stay, limits that stay. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { KILL_FILE } from "../../src/app/kill_file.ts";
import type { SupervisorOptions } from "../../src/app/supervisor.ts";
import { RecordKind, Scope } from "../../src/model/record.ts";
import { GatewayRig, type Trading } from "../support/gateway_rig.ts";

setDefaultTimeout(60_000);

const rigs: GatewayRig[] = [];
afterEach(async () => {
  for (const rig of rigs) await rig.stop();
  for (const rig of rigs.splice(0)) rig.remove();
});

function rigOf(
  change?: (trading: Trading) => Trading,
  dataDir?: string,
  more?: Partial<SupervisorOptions>,
): GatewayRig {
  const rig = new GatewayRig(dataDir, change, more);
  rigs.push(rig);
  return rig;
}

describe("the kill word", () => {
  test("of the firm is not lifted by the resume of something else, nor by a start", async () => {
    const rig = rigOf();
    const refused = (error: unknown) => error;
    await rig.commander.kill(Scope.Firm, 0, "test").catch(refused);
    rmSync(join(rig.dataDir, KILL_FILE)); // As if the disk had been full.
    await rig.commander.resume(Scope.Account, 0, "test").catch(refused);
    await rig.start();
    await rig.until(() => rig.state.risk.isKilled(0, 0, 0), "the kill is recorded", 2_000);
    expect(rig.records.filter((record) => record.kind === RecordKind.OrderSent)).toEqual([]);
  });
});

describe("an engine that dies again and again", () => {
  test("is given up: somebody must look", async () => {
    const rig = await rigOf(undefined, undefined, { restartsMax: 1 }).start();
    rig.supervisor.stallEngine();
    await rig.until(() => rig.supervisor.restarts === 1 && rig.supervisor.epoch === 2, "the first is replaced");
    await rig.until(() => rig.supervisor.running, "a new engine");
    expect(rig.fatal).toEqual([]);
    rig.supervisor.stallEngine();
    await rig.until(() => rig.fatal.length > 0, "the second is not");
    expect(rig.fatal.map(({ code }) => code)).toEqual(["EngineStalled"]);
    expect(rig.supervisor.restarts).toBe(1);
  });
});

describe("a disk that does not answer while the engine dies", () => {
  test("is waited for: the next engine's journal begins when the old thread can write no more", async () => {
    const rig = await rigOf().start();
    const startMs = performance.now();
    rig.supervisor.journal?.words.requestFreeze(3_500);
    rig.supervisor.stallEngine();
    await rig.until(() => rig.supervisor.epoch === 2, "a new journal thread");
    expect(performance.now() - startMs).toBeGreaterThan(3_400);
    await rig.until(() => rig.supervisor.running, "a new engine");
    expect(rig.fatal).toEqual([]);
  });
});
