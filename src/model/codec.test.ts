/** Records to bytes and back; layouts drawn; client order ids. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Code } from "../core/code.ts";
import { type ClientOrderParts, clientOrderId, parseClientOrderId } from "./client_order_id.ts";
import { decodeRecord, encodeRecord, RECORD_FIXED_BYTES } from "./codec.ts";
import { layoutOffsets, layoutPicture } from "./layout_picture.ts";
import { MARKET_SLOT_COLUMNS, SLOT_BYTES } from "./market_slot.ts";
import { RECORD_COLUMNS, RECORD_TEXTS, TradingRecord } from "./record.ts";

type Fields = Record<string, number | string>;
const bytes = new Uint8Array(8_192);
const view = new DataView(bytes.buffer);

function maxOf(type: string): number {
  return type === "u8" ? 0xff : type === "u16" ? 0xffff : type === "u32" ? 0xffff_ffff : Number.MAX_SAFE_INTEGER;
}

const written = RECORD_COLUMNS.filter((c) => c.name !== "length" && c.name !== "version");
const record = fc
  .tuple(
    ...written.map((c) => (c.type === "f64" ? fc.double({ noNaN: true }) : fc.nat(maxOf(c.type)))),
    fc.array(fc.string({ unit: "binary", maxLength: 200 }), { minLength: 3, maxLength: 3 }),
  )
  .map((values) => {
    const out = new TradingRecord();
    const fields = out as unknown as Fields;
    written.forEach((c, i) => {
      fields[c.name] = values[i] as number;
    });
    RECORD_TEXTS.forEach((name, i) => {
      fields[name] = (values[values.length - 1] as string[])[i]?.toWellFormed() ?? "";
    });
    return out;
  });

describe("record codec", () => {
  test("every column and text comes back; length is a multiple of 8", () => {
    fc.assert(
      fc.property(record, (was) => {
        const length = encodeRecord(was, bytes, view, 8);
        expect(length % 8).toBe(0);
        const is = new TradingRecord();
        expect(decodeRecord(is, bytes, view, 8, length)).toBe(Code.Ok);
        expect(is).toEqual(was);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a column's place in the code is its place in the table, naturally aligned", () => {
    const { offsets, bytes: fixed } = layoutOffsets(RECORD_COLUMNS);
    expect(fixed).toBe(RECORD_FIXED_BYTES);
    for (const column of RECORD_COLUMNS) {
      const offset = offsets.get(column.name) as number;
      expect(offset % (column.type === "f64" ? 8 : Number.parseInt(column.type.slice(1), 10) / 8)).toBe(0);
      if (!written.includes(column as never)) continue;
      const one = new TradingRecord();
      one.cumQty = 0;
      (one as unknown as Fields)[column.name] = maxOf(column.type);
      encodeRecord(one, bytes, view, 0);
      const read = { u8: view.getUint8(offset), u16: 0, u32: 0, f64: 0 };
      if (column.type === "u16") read.u16 = view.getUint16(offset, true);
      if (column.type === "u32") read.u32 = view.getUint32(offset, true);
      if (column.type === "f64") read.f64 = view.getFloat64(offset, true);
      expect(read[column.type], column.name).toBe(maxOf(column.type));
    }
  });

  test("arbitrary and damaged bytes: a code, never a throw; a cut record is never Ok", () => {
    const out = new TradingRecord();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        bytes.fill(0);
        bytes.set(noise);
        expect([Code.Ok, Code.FileCorrupt]).toContain(decodeRecord(out, bytes, view, 0, noise.length));
      }),
      { numRuns: 20_000 },
    );
    const whole = new TradingRecord();
    whole.text = "a reason";
    const length = encodeRecord(whole, bytes, view, 0);
    for (let cut = 0; cut < length; cut++) expect(decodeRecord(out, bytes, view, 0, cut)).toBe(Code.FileCorrupt);
  });

  test("over 4 KiB stops before it writes into a neighbour", () => {
    const big = new TradingRecord();
    big.text = "x".repeat(4_000);
    expect(() => encodeRecord(big, bytes, view, 0)).toThrow(/RecordTooLarge/);
    big.text = "é".repeat(2_000);
    expect(() => encodeRecord(big, bytes, view, 0)).toThrow(/RecordTooLarge/);
  });
});

describe("layouts", () => {
  test("the pictures in the README are the tables", () => {
    const readme = readFileSync(join(import.meta.dir, "README.md"), "utf8");
    expect(readme).toContain(layoutPicture("Market slot", MARKET_SLOT_COLUMNS));
    expect(readme).toContain(layoutPicture("Trading record", RECORD_COLUMNS));
    expect(layoutOffsets(MARKET_SLOT_COLUMNS).bytes).toBe(SLOT_BYTES);
    expect(layoutPicture("Market slot", MARKET_SLOT_COLUMNS)).toMatchSnapshot();
    expect(layoutPicture("Trading record", RECORD_COLUMNS)).toMatchSnapshot();
  });
});

describe("client order ids", () => {
  const parts = fc.record({
    node: fc.nat(0xff),
    epoch: fc.nat(0xffffff),
    instance: fc.nat(0xffffff),
    order: fc.nat({ max: 0xffffffff }),
  });

  test("round trip; 32 lowercase hex digits; one changed digit is not ours", () => {
    fc.assert(
      fc.property(parts, fc.nat(31), fc.integer({ min: 1, max: 15 }), (p, at, by) => {
        const id = clientOrderId(p.node, p.epoch, p.instance, p.order);
        expect(id).toMatch(/^[0-9a-f]{32}$/);
        const out: ClientOrderParts = { node: 0, epoch: 0, instance: 0, order: 0 };
        expect(parseClientOrderId(id, out)).toBe(true);
        expect(out).toEqual(p);
        const digit = ((Number.parseInt(id[at] as string, 16) + by) & 15).toString(16);
        expect(parseClientOrderId(id.slice(0, at) + digit + id.slice(at + 1), out)).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });

  test("foreign ids are not ours; the largest order fits", () => {
    const out: ClientOrderParts = { node: 0, epoch: 0, instance: 0, order: 0 };
    for (const id of ["", "x-HNA2TXFJ", "7e1c", "7e1c".repeat(8), "web_0123456789abcdef0123456789abcd"]) {
      expect(parseClientOrderId(id, out)).toBe(false);
    }
    expect(parseClientOrderId(clientOrderId(255, 0xffffff, 0xffffff, 0xff_ffff_ffff), out)).toBe(true);
    expect(out.order).toBe(0xff_ffff_ffff);
    expect(() => clientOrderId(256, 0, 0, 0)).toThrow();
  });
});
