/** Captures as they lie on disk: both line forms, gzip, damage, and what cannot be read. */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ProblemError } from "../core/problem.ts";
import { nanosToMicros, readCapture } from "./capture_reader.ts";

const folder = mkdtempSync(join(tmpdir(), "meltica-capture-"));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("captures", () => {
  test("plain lines: time in microseconds, text as it stands, empty lines ignored", () => {
    const capture = readCapture([file("a.txt", '1723161254024619568 {"u":1}\n\n1723161254024619999 {"u":2}')]);
    expect([...capture.receiveTimesUs]).toEqual([1723161254024619, 1723161254024619]);
    expect(capture.texts).toEqual(['{"u":1}', '{"u":2}']);
    expect(capture.setAsideCount).toBe(0);
  });

  test("JSON lines: the message is cut out untouched, a REST answer keeps its symbol, own frames are left out", () => {
    const lines = [
      '{"recvNs":1723161253937085768,"msg":{"stream":"btcusdt@trade","data":{"p":"0.10"}}}',
      '{"recvNs":1723161253937086768,"rest":"depth snapshot btcusdt","msg":{"lastUpdateId":7,"bids":[],"asks":[]}}',
      '{"recvNs":1723161253937086768,"sent":true,"msg":{"method":"SUBSCRIBE"}}',
    ];
    const capture = readCapture([file("b.jsonl", lines.join("\n"))]);
    expect(capture.texts).toEqual([
      '{"stream":"btcusdt@trade","data":{"p":"0.10"}}',
      '{"lastUpdateId":7,"bids":[],"asks":[]}',
    ]);
    expect([...capture.snapshotSymbols]).toEqual([[1, "BTCUSDT"]]);
    expect(capture.setAsideCount).toBe(0);
  });

  test("bad lines are set aside with file and line, the rest is read", () => {
    const path = file("c.txt", "nonsense\n1723161254024619568\n1723161254024619568 {}\n-5 {}\n");
    const capture = readCapture([path]);
    expect(capture.texts).toEqual(["{}"]);
    expect(capture.setAsideCount).toBe(3);
    expect(capture.problems.map((p) => [p.code, p.line])).toEqual([
      ["LineMalformed", 1],
      ["LineMalformed", 2],
      ["LineMalformed", 4],
    ]);
  });

  test("bytes that are not UTF-8 become U+FFFD, so that the decoder can refuse them by name", () => {
    const bytes = Buffer.concat([Buffer.from("1723161254024619568 {"), Buffer.from([0xff, 0xfe]), Buffer.from("}\n")]);
    expect(readCapture([file("d.txt", bytes)]).texts[0]).toContain("\uFFFD");
  });

  test("a truncated gzip gives its whole lines and one problem; a damaged one is refused", () => {
    const body = Array.from({ length: 5_000 }, (_, i) => `${1723161254024619568n + BigInt(i)} {"u":${i * 7919}}`);
    const packed = gzipSync(body.join("\n"));
    const cut = readCapture([file("e.gz", packed.subarray(0, packed.length >> 1))]);
    expect(cut.texts.length).toBeGreaterThan(1_000);
    expect(cut.texts.length).toBeLessThan(5_000);
    expect(cut.texts.every((t) => t.startsWith("{") && t.endsWith("}"))).toBe(true);
    expect(cut.problems[0]?.code).toBe("FileCorrupt");
    const broken = Buffer.from(packed);
    broken.fill(0x55, 20, 200);
    expect(() => readCapture([file("f.gz", broken)])).toThrow(ProblemError);
  });

  test("a missing file is a coded problem", () => {
    expect(() => readCapture([join(folder, "absent.gz")])).toThrow(/FileNotFound/);
  });

  test("times of 13 to 19 digits only", () => {
    expect(nanosToMicros("1723161254024619568")).toBe(1723161254024619);
    expect(nanosToMicros("1723161254024")).toBe(1723161254024000);
    expect(nanosToMicros("17231612540246195689")).toBeNaN();
    expect(nanosToMicros("-1723161254024619")).toBeNaN();
  });
});
