/** What must hold when threads, disk and clock misbehave: one writer, no loop of restarts, kills that stay, limits that stay. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { LimitsConfig } from "../../src/app/config_schema.ts";
import { KILL_FILE, readKillFile } from "../../src/app/kill_file.ts";
import type { SupervisorOptions } from "../../src/app/supervisor.ts";
import { DEFAULT_LIMITS } from "../../src/core/limits.ts";
import { BATCH_HEADER_BYTES } from "../../src/journal/format.ts";
import { recoverJournal } from "../../src/journal/recover.ts";
import { JournalWriter } from "../../src/journal/writer.ts";
import { encodeRecord } from "../../src/model/codec.ts";
import { RecordKind, Scope, TradingRecord } from "../../src/model/record.ts";
import { limitsRecord } from "../../src/risk/limit_reader.ts";
import { GatewayRig, type Trading } from "../support/gateway_rig.ts";

setDefaultTimeout(120_000);

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
    await rig.commander.resume(Scope.Firm, 0, "test").catch(refused); // Nobody is there to record it.
    expect(readKillFile(rig.dataDir)).toMatchObject([{ scope: "firm" }]);
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

describe("limits of the configuration", () => {
  const maker: LimitsConfig = { scope: "instance", key: "maker", maxOpenOrders: 3 };

  test("of an instance are in force before its first order; what was changed by hand outlives a restart", async () => {
    const change = (trading: Trading) => ({ ...trading, limits: [...trading.limits, maker] });
    const rig = await rigOf(change).start();
    const id = 2;
    const versionOf = (r: GatewayRig) => r.state.risk.limitsVersion(Scope.Instance, id);
    await rig.until(() => versionOf(rig) === 1, "the limits of the maker", 5_000);
    const kinds = rig.records.filter((r) => r.instance === id).map((r) => RecordKind[r.kind]);
    expect(kinds.slice(0, 2)).toEqual(["InstanceStarted", "LimitsSet"]);
    const command = new TradingRecord();
    limitsRecord(command, { scope: "instance", key: id, version: 2, maxOpenOrders: 1 }, DEFAULT_LIMITS);
    command.kind = RecordKind.CommandSetLimits;
    expect(await rig.commander.send(command)).toMatchObject({ ok: true });
    await rig.stop();
    const again = await rigOf(change, rig.dataDir).start();
    expect(versionOf(again)).toBe(2);
    expect(again.state.risk.limitsVersion(Scope.Firm, 0)).toBe(1);
    expect([...rig.problems, ...again.problems]).toEqual([]);
  });
});

describe("a command to an engine that recovers", () => {
  test("is refused at once, and nothing is recorded of it: its key may be used again", async () => {
    const rig = rigOf();
    await rig.supervisor.start(false);
    expect(rig.supervisor.running).toBe(false);
    const refusal = await rig.commander
      .send(new TradingRecord().reset(RecordKind.CommandPlace))
      .catch((e) => e.problem);
    expect(refusal).toMatchObject({ code: "NotReady" });
    await rig.until(() => rig.supervisor.running, "the engine runs");
    await rig.until(() => rig.state.record > 20, "records");
    expect(rig.records.filter((r) => r.kind === RecordKind.OrderDenied)).toEqual([]);
  });
});

describe("a host's clock that was set back by an hour", () => {
  test("stops nothing: time goes on from the journal's, orders are answered, and it is said", async () => {
    const rig = await rigOf().start();
    await rig.stop();
    const dir = join(rig.dataDir, "journal");
    const writer = new JournalWriter(dir, DEFAULT_LIMITS, recoverJournal(dir));
    const record = new TradingRecord().reset(RecordKind.ProblemNoted);
    record.record = writer.lastRecord + 1;
    record.input = 1_000_000;
    record.timeUs = rig.clock.nowUs() + 3_600_000_000;
    const view = new DataView(writer.buffer.buffer);
    const length = encodeRecord(record, writer.buffer, view, BATCH_HEADER_BYTES);
    expect(writer.commit(BATCH_HEADER_BYTES + length)).toBe(true);
    writer.close();
    const again = await rigOf(undefined, rig.dataDir).start();
    const from = again.state.record;
    const accepted = () => again.records.some((r) => r.record > from && r.kind === RecordKind.OrderAccepted);
    await again.until(accepted, "an order is answered", 10_000);
    expect(again.problems.map(({ code }) => code)).toEqual(["ClockWrong"]);
    expect(again.fatal).toEqual([]);
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
