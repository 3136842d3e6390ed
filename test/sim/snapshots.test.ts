/** A recorded session replays to the same D, and does so from a snapshot and the rest, wherever it is cut. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Prng } from "../../src/core/prng.ts";
import { cutSession, recordMarket, runSession } from "./recorded_session.ts";

const SEED = Number(process.env["MELTICA_SEED"] ?? 1);
const CUTS = 12;

describe("a recorded session", () => {
  let dir = "";
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "meltica-session-"));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test(`of 60 s replays equal, also from a snapshot at ${CUTS} random records`, async () => {
    const file = join(dir, "market.jsonl");
    const frames = recordMarket(file, 60, SEED);
    const session = await runSession(file);
    expect(session.replaysEqual).toBe(true);
    expect(session.orders).toBeGreaterThan(20);
    const { breaks, ...figures } = cutSession(session.journal, CUTS, new Prng(SEED));
    expect(breaks).toEqual([]);
    const { records, orders, fills } = session;
    console.log(`  seed ${SEED}: ${JSON.stringify({ frames, records, orders, fills, ...figures })}`);
  });
});
