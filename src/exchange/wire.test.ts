/** WebSocket frames: what is written is read again in pieces of any size, and breaches are named. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Prng } from "../core/prng.ts";
import { corruptFrame } from "./corrupt.ts";
import { encodeClose, encodeFrame, encodeText, FrameReader, Opcode, upgradeAnswer } from "./wire.ts";

/** A client's frame: masked. */
function masked(opcode: number, payload: Buffer, isLast = true): Buffer {
  const mask = Buffer.from([1, 2, 3, 4]);
  const body = Buffer.from(payload.map((byte, i) => byte ^ (mask[i & 3] as number)));
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([(isLast ? 0x80 : 0) | opcode, ...length]), mask, body]);
}

describe("FrameReader", () => {
  test("reads messages however the bytes are cut", () => {
    const message = fc.record({ text: fc.string({ maxLength: 300 }), parts: fc.integer({ min: 1, max: 3 }) });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.integer({ min: 1, max: 64 }), (messages, step) => {
        const stream = messages.flatMap(({ text, parts }) => {
          const bytes = Buffer.from(text);
          const size = Math.max(1, Math.ceil(bytes.length / parts));
          const pieces = Array.from({ length: Math.max(1, Math.ceil(bytes.length / size)) }, (_, i) =>
            bytes.subarray(i * size, (i + 1) * size),
          );
          return pieces.map((piece, i) => masked(i === 0 ? 1 : 0, piece, i === pieces.length - 1));
        });
        const bytes = Buffer.concat(stream);
        const reader = new FrameReader(1_000);
        const found: string[] = [];
        for (let at = 0; at < bytes.length; at += step) {
          for (const { payload } of reader.push(bytes.subarray(at, at + step))) found.push(payload.toString());
        }
        expect(found).toEqual(messages.map(({ text }) => Buffer.from(text).toString()));
        expect(reader.fault).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ["no mask", encodeText("a"), 1_002],
    ["too long", masked(1, Buffer.alloc(2_000)), 1_009],
    ["64-bit length", Buffer.from([0x81, 0xff]), 1_009],
    ["a continuation of nothing", masked(0, Buffer.from("a")), 1_002],
    [
      "a new message within a message",
      Buffer.concat([masked(1, Buffer.from("a"), false), masked(1, Buffer.from("b"))]),
      1_002,
    ],
    ["a fragmented ping", masked(9, Buffer.from("a"), false), 1_002],
  ] as const)("refuses %s", (_, bytes, fault) => {
    const reader = new FrameReader(1_000);
    expect(reader.push(bytes)).toEqual([]);
    expect(reader.fault).toBe(fault);
  });

  test("control frames may stand between fragments", () => {
    const reader = new FrameReader(1_000);
    const bytes = [masked(1, Buffer.from("a"), false), masked(9, Buffer.from("p")), masked(0, Buffer.from("b"))];
    expect(reader.push(Buffer.concat(bytes)).map(({ opcode, payload }) => [opcode, payload.toString()])).toEqual([
      [Opcode.Ping, "p"],
      [Opcode.Text, "ab"],
    ]);
  });
});

describe("frames out", () => {
  test("have the length in the form that fits, and the handshake of the standard's example", () => {
    expect([125, 126, 65_535, 65_536].map((n) => encodeFrame(Opcode.Text, Buffer.alloc(n)).length - n)).toEqual([
      2, 4, 4, 10,
    ]);
    expect(encodeFrame(Opcode.Text, Buffer.alloc(70_000)).readUInt32BE(6)).toBe(70_000);
    expect(encodeClose(1_001, "x")).toEqual(Buffer.from([0x88, 3, 0x03, 0xe9, 120]));
    expect(upgradeAnswer("dGhlIHNhbXBsZSBub25jZQ==")).toContain("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  });

  test("can be spoilt in four ways, and never pass for the message", () => {
    const text = '{"e":"trade","E":1,"s":"ABCUSDT","t":1}';
    const prng = new Prng(3);
    const kinds = new Set<string>();
    let same = 0;
    for (let n = 0; n < 400; n++) {
      const frame = corruptFrame(text, prng);
      const body = frame.subarray(2).toString();
      if (body === text) same++;
      kinds.add(
        (frame[0] as number) === 0x82
          ? "binary"
          : body.startsWith("<")
            ? "foreign"
            : body.length < text.length
              ? "cut"
              : "flipped",
      );
    }
    expect([...kinds].sort()).toEqual(["binary", "cut", "flipped", "foreign"]);
    expect(same).toBe(0);
  });
});
