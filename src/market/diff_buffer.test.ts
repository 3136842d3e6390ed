/** The buffer of waiting diffs: in order, bounded, oldest out first. */

import { expect, test } from "bun:test";
import { DiffBuffer } from "./diff_buffer.ts";

function put(buffer: DiffBuffer, last: number, levels: number): boolean {
  if (!buffer.begin(last - 1, -1, last, levels, last * 10)) return false;
  for (let n = 0; n < levels; n++) buffer.level(n % 2 === 0 ? 100 + n : -200 - n, last);
  buffer.end();
  return true;
}

test("diffs come out as they went in, through growth and wrap to the front", () => {
  const buffer = new DiffBuffer(100_000);
  let next = 1;
  for (let last = 1; last <= 3_000; last++) {
    expect(put(buffer, last, last % 7)).toBe(true);
    if (last % 3 === 0) continue;
    expect([buffer.first, buffer.prev, buffer.last, buffer.levels, buffer.timeUs]).toEqual([
      next - 1,
      -1,
      next,
      next % 7,
      next * 10,
    ]);
    for (let n = 0; n < buffer.levels; n++) {
      expect(buffer.signedPrice(n)).toBe(n % 2 === 0 ? 100 + n : -200 - n);
      expect(buffer.qty(n)).toBe(next);
    }
    buffer.drop();
    next++;
  }
  expect(buffer.count).toBe(3_000 - next + 1);
});

test("a full buffer drops the oldest and counts them; one that can never fit empties it", () => {
  const buffer = new DiffBuffer(50);
  for (let last = 1; last <= 10; last++) put(buffer, last, 5);
  expect([buffer.count, buffer.last, buffer.overflowed]).toEqual([6, 5, 4]);
  expect(put(buffer, 11, 60)).toBe(false);
  expect([buffer.count, buffer.overflowed]).toEqual([0, 5]);
});

test("an abandoned diff was never there", () => {
  const buffer = new DiffBuffer(50);
  put(buffer, 1, 1);
  buffer.begin(2, -1, 2, 3, 0);
  buffer.level(5, 5);
  buffer.abandon();
  expect([buffer.count, buffer.writing]).toEqual([1, false]);
  put(buffer, 3, 1);
  buffer.drop();
  expect(buffer.last).toBe(3);
});
