/** D saved and loaded is the same D: same hash, same bytes, and the same after every further record. */

import { describe, expect, test } from "bun:test";
import { RowHash } from "../core/hash.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { StateReader, StateWriter } from "../core/state_bytes.ts";
import { InstrumentTable } from "../model/instrument.ts";
import { Side } from "../model/order.ts";
import { RecordKind as K, Scope, TradingRecord } from "../model/record.ts";
import { apply } from "./apply.ts";
import { DurableState } from "./durable.ts";
import { Desk, ETH } from "./engine.testing.ts";
import { instrumentRow, loadInstruments, parseInstrument, saveInstruments } from "./instrument_bytes.ts";

function bytesOf(state: DurableState): Uint8Array {
  const out = new StateWriter();
  state.save(out);
  return out.bytes();
}

function loaded(bytes: Uint8Array): DurableState {
  const state = new DurableState(DEFAULT_LIMITS);
  const reader = new StateReader(bytes);
  state.load(reader);
  expect(reader.isAtEnd).toBe(true);
  return state;
}

/** A little of everything that D holds. */
function session(): TradingRecord[] {
  const desk = new Desk();
  const say = (kind: K, fields: Partial<TradingRecord>) =>
    desk.engine.define(Object.assign(new TradingRecord().reset(kind), fields), desk.nowUs);
  const instance = { instance: 1, text: '{"strategy":"noop","name":"one"}' };
  desk.quote(30_000_000, 30_000_100);
  for (let n = 0; n < 12; n++) {
    desk.nowUs += 1_000;
    const order = desk.place(29_000_000 + n * 100, 1_000, Side.Buy);
    if (n % 4 !== 3) desk.report(K.OrderAccepted, order);
    const fee = { feeLo: 5_000, feeAsset: n % 2 };
    if (n % 3 === 0) desk.report(K.OrderFilled, order, { fillId: `f${n}`, qty: 500 + (n % 2) * 500, ...fee });
    if (n === 3) desk.report(K.FillBusted, order, { fillId: `f${n}`, qty: 500 });
    if (n % 5 === 4) desk.command(K.CommandCancel, { order });
    if (n === 2) say(K.InstanceStarted, instance);
    if (n === 4) say(K.StateCell, { instance: 1, text: '{"a":1}' });
    if (n === 9) say(K.InstrumentDefined, revision());
    if (n === 7) say(K.Killed, { scope: Scope.Venue, text: "elsewhere" });
    if (n === 8) say(K.Killed, { scope: Scope.Instance, instance: 5, text: "why" });
    if (n === 11) say(K.LimitsSet, { text: "no limits" });
    if (n === 10) say(K.InstanceStopped, { instance: 1, flags: 1 });
  }
  return desk.records();
}

function revision(): Partial<TradingRecord> {
  const newer = { ...ETH, revision: 2, qtyScale: 7, lot: 1_000 };
  return { instrument: 0, instrumentRevision: 2, text: JSON.stringify(newer) };
}

describe("D, saved and loaded", () => {
  test("after each record of a session: the same hash and bytes, and the same end of the session", () => {
    const records = session();
    const kinds = new Set(records.map(({ kind }) => kind));
    for (const kind of [K.OrderAccepted, K.OrderFilled, K.FillBusted, K.CancelIntent, K.StateCell, K.Killed]) {
      expect(kinds).toContain(kind);
    }
    const whole = new DurableState(DEFAULT_LIMITS);
    const hashes = records.map((record) => {
      apply(whole, record);
      return whole.hash();
    });
    const end = bytesOf(whole);
    const running = new DurableState(DEFAULT_LIMITS);
    records.forEach((record, n) => {
      apply(running, record);
      if (n % 3 !== 0) return;
      const bytes = bytesOf(running);
      const copy = loaded(bytes);
      expect(copy.hash()).toBe(hashes[n] as string);
      expect(Buffer.compare(bytesOf(copy), bytes)).toBe(0);
      for (let next = n + 1; next < records.length; next++) {
        apply(copy, records[next] as TradingRecord);
        if (copy.hash() !== hashes[next]) throw new Error(`cut at ${n + 1}: differs from record ${next + 1} on`);
      }
      expect(Buffer.compare(bytesOf(copy), end)).toBe(0);
    });
  });

  test("a D that is not empty, or bytes that go on or end too early, are refused", () => {
    const state = new DurableState(DEFAULT_LIMITS);
    for (const record of session()) apply(state, record);
    const bytes = bytesOf(state);
    expect(() => state.load(new StateReader(bytes))).toThrow();
    for (let length = 0; length < bytes.length; length += 40_003) {
      const cut = bytes.slice(0, length);
      expect(() => new DurableState(DEFAULT_LIMITS).load(new StateReader(cut))).toThrow();
    }
  });

  test("instruments come back as they were, with their rows of the hash", () => {
    const [one, other] = [new InstrumentTable(), new InstrumentTable()];
    const [hash, again] = [new RowHash(), new RowHash()];
    one.define(ETH);
    instrumentRow(hash, ETH).putIn();
    const out = new StateWriter();
    saveInstruments(out, one);
    loadInstruments(new StateReader(out.bytes()), other, again);
    expect(other.all()).toEqual(one.all());
    expect(again.text()).toBe(hash.text());
    expect(parseInstrument(JSON.stringify(ETH))).toEqual(ETH);
  });
});
