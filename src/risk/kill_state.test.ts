/** Kill flags: idempotent, safe when unreadable, hashed exactly. */

import { expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { RecordKind, Scope, TradingRecord } from "../model/record.ts";
import { KillState } from "./kill_state.ts";
import { TEST_LIMITS } from "./test_kit.ts";

function record(scope: number, key = 0, text = ""): TradingRecord {
  const out = new TradingRecord().reset(RecordKind.Killed);
  out.scope = scope;
  out.instance = key;
  out.instrument = key;
  out.account = key;
  out.text = text;
  return out;
}

test("twice is once; a resume gives the hash back; other keys are not covered", () => {
  const hash = new RowHash();
  const empty = hash.text();
  const kills = new KillState(TEST_LIMITS, hash, 1);
  for (const scope of [Scope.Instance, Scope.Instrument, Scope.Account, Scope.Venue, Scope.Firm]) {
    kills.kill(record(scope, 3, "here"));
    const once = hash.text();
    kills.kill(record(scope, 3, "here"));
    expect([hash.text(), kills.count]).toEqual([once, 1]);
    expect(once).not.toBe(empty);
    expect(kills.covers(3, 3, 3, "here")).toBe(true);
    expect(kills.covers(4, 4, 4, "there")).toBe(scope === Scope.Firm);
    expect(kills.resume(record(scope, 3, "here"))).toBe(true);
    expect([hash.text(), kills.count]).toEqual([empty, 0]);
    expect(kills.covers(3, 3, 3, "here")).toBe(false);
  }
});

test("a kill that cannot be read kills the firm; a resume that cannot be read resumes nothing", () => {
  for (const odd of [
    record(0),
    record(77),
    record(Scope.Account, 64),
    record(Scope.Instance, -1),
    record(Scope.Venue),
  ]) {
    const kills = new KillState(TEST_LIMITS, new RowHash(), 1);
    kills.kill(odd);
    expect(kills.covers(9, 9, 9, "")).toBe(true);
    kills.resume(odd);
    expect(kills.covers(9, 9, 9, "")).toBe(true);
    kills.resume(record(Scope.Firm));
    expect(kills.covers(9, 9, 9, "")).toBe(false);
  }
});
