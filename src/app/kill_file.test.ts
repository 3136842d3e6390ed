/** The KILL file: what is written is read, what cannot be read kills everything, scopes come and go on their own. */

import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clearKillFile, KILL_FILE, type KillEntry, readKillFile, writeKillFile } from "./kill_file.ts";

const dir = () => mkdtempSync(join(tmpdir(), "meltica-kill-"));
const FIRM: KillEntry = { scope: "firm", key: "", why: "test", time: "2026-11-21T10:00:00.000Z" };
const BTC: KillEntry = { ...FIRM, scope: "instrument", key: "sim:BTC-USDT" };
const ETH: KillEntry = { ...BTC, key: "sim:ETH-USDT" };

describe("KILL file", () => {
  test("kills add up and leave one by one; nothing else stays in the directory", () => {
    const folder = dir();
    expect(readKillFile(folder)).toEqual([]);
    for (const entry of [BTC, FIRM, ETH]) writeKillFile(folder, entry);
    writeKillFile(folder, { ...FIRM, why: "again" });
    expect(readKillFile(folder)).toEqual([BTC, FIRM, ETH]);
    expect(statSync(join(folder, KILL_FILE)).mode & 0o777).toBe(0o600);
    clearKillFile(folder, "instrument", "sim:BTC-USDT");
    expect(readKillFile(folder)).toEqual([FIRM, ETH]);
    clearKillFile(folder, "firm", "");
    expect(readKillFile(folder)).toEqual([ETH]);
    clearKillFile(folder, "instance", "sim:ETH-USDT");
    expect(readKillFile(folder)).toEqual([ETH]);
    clearKillFile(folder, "instrument", "sim:ETH-USDT");
    expect(readdirSync(folder)).toEqual([]);
    clearKillFile(folder, "firm", "");
  });

  test("a kill that comes while another one is resumed is not lost", () => {
    const folder = dir();
    writeKillFile(folder, BTC);
    let late: KillEntry | undefined = FIRM;
    const kill = () => {
      if (late !== undefined) writeKillFile(folder, late);
      late = undefined;
    };
    clearKillFile(folder, "instrument", "sim:BTC-USDT", kill);
    expect(readKillFile(folder)).toEqual([FIRM]);
    late = ETH;
    clearKillFile(folder, "firm", "", kill);
    expect(readKillFile(folder)).toEqual([ETH]);
  });

  test("why with line ends and quotes stays one line", () => {
    const folder = dir();
    writeKillFile(folder, { ...FIRM, why: 'a\n"b"\u2028' });
    expect(readFileSync(join(folder, KILL_FILE), "utf8").split("\n")).toHaveLength(2);
    expect(readKillFile(folder)[0]?.why).toBe('a\n"b"\u2028');
  });

  test.each([
    ["empty, as `touch KILL` makes it", ""],
    ["cut", '{"scope":"instrument","key":"sim:B'],
    ["no scope", "{}"],
    ["unknown scope", '{"scope":"galaxy","key":"x"}'],
    ["a scope without key", '{"scope":"account","key":""}'],
    ["no object", "stop\n"],
    ["null", "null"],
    ["binary", "\0\0\0"],
  ])("%s: a kill of the firm, and resuming the firm clears it", (_, text) => {
    const folder = dir();
    writeFileSync(join(folder, KILL_FILE), text);
    expect(readKillFile(folder)).toMatchObject([{ scope: "firm", key: "" }]);
    clearKillFile(folder, "instrument", "x");
    expect(readKillFile(folder)).toMatchObject([{ scope: "firm", key: "" }]);
    clearKillFile(folder, "firm", "");
    expect(existsSync(join(folder, KILL_FILE))).toBe(false);
  });

  test("a torn line does not hide the sound ones", () => {
    const folder = dir();
    writeKillFile(folder, BTC);
    writeFileSync(join(folder, KILL_FILE), '{"scope":', { flag: "a" });
    expect(readKillFile(folder)).toMatchObject([BTC, { scope: "firm" }]);
    writeKillFile(folder, FIRM); // It joins the torn line; together they are still a kill of the firm.
    expect(readKillFile(folder)).toMatchObject([BTC, { scope: "firm" }]);
  });

  test("what cannot be read kills: a folder of that name", () => {
    const folder = dir();
    mkdirSync(join(folder, KILL_FILE));
    expect(readKillFile(folder)).toMatchObject([{ scope: "firm" }]);
    expect(() => writeKillFile(folder, FIRM)).toThrow();
  });

  test.skipIf(process.getuid?.() === 0)(
    "a directory without write permission: an error, no silence (not as root)",
    () => {
      const folder = dir();
      chmodSync(folder, 0o500);
      expect(() => writeKillFile(folder, FIRM)).toThrow();
    },
  );
});
