/** The bench harness: its output as other programs read it, judged with two canaries whose answers are known. */

import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { collectionsInLog } from "./collections.ts";
import { DECODED_KINDS, DECODED_VENUES } from "./decode_venues.ts";
import { ENCODED_VENUES } from "./encode_orders.ts";
import { BENCHES } from "./index.ts";

const MAIN = join(import.meta.dir, "../src/main.ts");
describe("bench harness", () => {
  test("prints nothing but one JSON line a bench, with true collections", () => {
    const command = [process.execPath, MAIN, "bench", "--only", "harness", "--json", "--quick", "--no-history"];
    const { exitCode, stdout, stderr } = Bun.spawnSync(command);
    expect(stderr.toString()).toBe("");
    expect(exitCode).toBe(0);
    const lines = stdout
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.name)).toEqual(["harness.nothing", "harness.garbage"]);
    const [nothing, garbage] = lines;
    expect(Object.keys(nothing)).toEqual([
      "name",
      "unit",
      "value",
      "baseline",
      "baselineValue",
      "ratio",
      "collections",
      "collectionsOps",
    ]);
    expect(nothing).toMatchObject({ unit: "events/s", baseline: "the same again", collections: 0 });
    expect(nothing.ratio).toBeWithin(0.2, 5);
    expect(nothing.collectionsOps).toBeGreaterThanOrEqual(2_000_000);
    expect(garbage.collections).toBeGreaterThan(0); // The canary: a counter that never counts would be believed.
    expect(garbage.ratio).toBeLessThan(0.5);
    expect(garbage.p99).toBeGreaterThanOrEqual(garbage.p50);
  }, 30_000);

  test("counts cycles between the marks only", () => {
    const log =
      "a END]\nmeltica-bench: measured loop starts\nb END]\nc END]\nmeltica-bench: measured loop ended after 7\nd END]";
    expect(collectionsInLog(log)).toEqual({ cycles: 2, ops: 7 });
    expect(() => collectionsInLog("no marks")).toThrow("no marks");
  });

  test("every bench file is listed, under the name that it gives itself", async () => {
    const sources = readdirSync(import.meta.dir).filter((name) => /^\w+\.ts$/.test(name));
    const texts = await Promise.all(sources.map((name) => Bun.file(join(import.meta.dir, name)).text()));
    const files = texts.filter((text) => /^export (default|const bench\b)/m.test(text));
    const TRADED_VENUES = 4;
    // Some files hold a bench for each venue: decode, encode, frame to order.
    const ofVenues = DECODED_VENUES.length * DECODED_KINDS.length + ENCODED_VENUES.length + TRADED_VENUES;
    expect(BENCHES.length).toBe(files.length + ofVenues);
    for (const lazy of BENCHES) expect((await lazy.load()).default.name).toBe(lazy.name);
  });
});
