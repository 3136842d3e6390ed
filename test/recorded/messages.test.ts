/** Every message of the venues' fixtures: decoded, or set aside by name; none is passed over, nothing is thrown. */

import { describe, expect, test } from "bun:test";
import { Code, codeName } from "../../src/core/code.ts";
import { DEFAULT_LIMITS } from "../../src/core/limits.ts";
import { SLOT_BYTES, SlotKind, U8_KIND } from "../../src/model/market_slot.ts";
import { RecordKind } from "../../src/model/record.ts";
import { MarketLane } from "../../src/ring/market_lane.ts";
import { PrivateRig } from "../../src/venue/binance/private_rig.testing.ts";
import { FIXTURES_REASON, fixturesPresent } from "../support/fixtures.ts";
import { messagesOf, type RecordedMessage, symbolsIn } from "./messages.ts";
import { decoderOf, type Venue } from "./world.ts";

const RECEIVED_US = 1_700_000_000_000_000;
const LEAST: Readonly<Record<Venue, number>> = { "binance-spot": 2_600, "binance-usdm": 2_600, okx: 300, bybit: 150 };

function marketTable(venue: Venue, messages: readonly RecordedMessage[]) {
  const lane = MarketLane.create(DEFAULT_LIMITS);
  const decoder = decoderOf(venue, lane);
  for (const [instrument, symbol] of symbolsIn(messages).entries())
    decoder.define({ symbol, instrument, revision: 1, priceScale: 8, qtyScale: 8 });
  const table = new Map<string, number>();
  for (const { text } of messages) {
    const code = decoder.decode(text, RECEIVED_US);
    const first = lane.u8[lane.peek(0) * SLOT_BYTES + U8_KIND] as SlotKind;
    expect([lane.pending() > 0, (first === SlotKind.SetAside) === (code !== Code.Ok)]).toEqual([true, true]);
    count(table, code === Code.Ok ? `Ok ${SlotKind[first]}` : codeName(code));
    lane.release(lane.pending());
  }
  expect(decoder.stats.frames).toBe(messages.length);
  return { table, unknown: Object.entries(decoder.stats.unknown()).map(([name, seen]) => `${name} ${seen.count}`) };
}

/** Binance's private messages; the other venues join with their readers. */
function privateTable(venue: Venue, messages: readonly RecordedMessage[]) {
  const rig = new PrivateRig(venue === "binance-spot" ? "spot" : "usdm", true);
  const { stats } = rig.builder;
  const table = new Map<string, number>();
  for (const { text } of messages) {
    const before = stats.decodedTotal + stats.asideTotal;
    rig.reader.text(text, 9);
    const told = rig.told.splice(0);
    const answered = rig.answers.splice(0).length > 0;
    expect(answered || stats.decodedTotal + stats.asideTotal > before).toBe(true);
    const kinds = [...new Set(told.map(({ kind }) => RecordKind[kind]))].join(" ");
    count(table, kinds !== "" ? kinds : answered ? "answer" : "set aside");
  }
  return { table, aside: [...stats.aside()].map(([why, seen]) => `${why} ${seen.count}`) };
}

function count(table: Map<string, number>, name: string): void {
  table.set(name, (table.get(name) ?? 0) + 1);
}

const listed = (table: ReadonlyMap<string, number>) => [...table].map(([name, times]) => `${name}: ${times}`).sort();

describe.skipIf(!fixturesPresent)(`messages (${FIXTURES_REASON})`, () => {
  test.each(["binance-spot", "binance-usdm", "okx", "bybit"] as const)("%s: market", (venue) => {
    const messages = messagesOf(venue);
    expect(messages.length).toBeGreaterThan(LEAST[venue]);
    const { table, unknown } = marketTable(venue, messages);
    expect([...table.values()].reduce((sum, times) => sum + times, 0)).toBe(messages.length);
    expect({ outcomes: listed(table), unknown: unknown.sort() }).toMatchSnapshot();
  });

  test.each(["binance-spot", "binance-usdm"] as const)("%s: private", (venue) => {
    const messages = messagesOf(venue);
    const { table, aside } = privateTable(venue, messages);
    expect({ outcomes: listed(table), aside: aside.sort() }).toMatchSnapshot();
  });
});
