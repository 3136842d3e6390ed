/** Snapshots of a running gateway: taken on a thread of their own, and what the next start and a new engine begin with. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { restoreImage } from "../../src/app/journal_image.ts";
import { Code } from "../../src/core/code.ts";
import { DEFAULT_LIMITS } from "../../src/core/limits.ts";
import { listSnapshots } from "../../src/journal/snapshot.ts";
import { verifyJournal } from "../../src/journal/verify.ts";
import { configOf, GatewayRig } from "../support/gateway_rig.ts";

setDefaultTimeout(120_000);

const rigs: GatewayRig[] = [];
afterEach(async () => {
  for (const rig of rigs) await rig.stop();
  for (const rig of rigs.splice(0)) rig.remove();
});

const busy = (trading: ReturnType<typeof configOf>) => {
  for (const provider of Object.values(trading.providers)) if (provider.adapter === "sim") provider.speed = 20;
  return trading;
};

async function gateway(dataDir?: string): Promise<GatewayRig> {
  const journalDir = dataDir === undefined ? "" : join(dataDir, "journal");
  const config = busy({ ...configOf(dataDir ?? ""), journal: JOURNAL });
  const image = dataDir === undefined ? undefined : restoreImage(journalDir, DEFAULT_LIMITS);
  const rig = new GatewayRig(dataDir, undefined, { config, ...(image === undefined ? {} : { image }) });
  rigs.push(rig);
  return rig.start();
}

const JOURNAL = {
  snapshots: { everyRecords: 300, everyMinutes: 1 },
  retention: { archiveDays: 0, archiveMiB: 0 },
};

describe("a running gateway", () => {
  test("takes snapshots while it trades; the next start reads the rest only, and so does a new engine", async () => {
    const first = await gateway();
    const journalDir = join(first.dataDir, "journal");
    await first.until(() => listSnapshots(journalDir).length === 2, "two snapshots");
    await first.until(() => first.supervisor.replica.sealsVerified > 2, "seals");
    await first.stop();
    const { record } = first.state;
    expect(first.fatal).toEqual([]);
    expect(first.problems.filter(({ code }) => code === Code[Code.SnapshotFailed])).toEqual([]);

    const second = await gateway(first.dataDir);
    const begun = second.records[0]?.record ?? 0;
    expect(begun).toBeGreaterThan(300);
    expect(begun).toBeLessThanOrEqual(record + 1);
    await second.until(() => second.state.record > record + 50, "it goes on");
    const newest = listSnapshots(journalDir)[0];
    second.supervisor.stallEngine();
    await second.until(() => second.supervisor.restarts === 1 && second.supervisor.running, "a new engine");
    await second.until(() => listSnapshots(journalDir)[0] !== newest, "snapshots go on");
    const seals = second.supervisor.replica.sealsVerified;
    await second.until(() => second.supervisor.replica.sealsVerified > seals, "the hashes agree");
    await second.stop();
    expect(second.fatal).toEqual([]);
    expect(verifyJournal(journalDir)).toMatchObject({ problemCount: 0, lastRecord: second.state.record });
  });
});
