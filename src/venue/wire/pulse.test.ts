/** StreamPulse: silence is told, less and less often. */

import { expect, test } from "bun:test";
import { StreamPulse } from "./pulse.ts";

test("silence is told once, doubles, and starts with the subscription", () => {
  const pulse = new StreamPulse(100, 300);
  const told = (fromUs: number, toUs: number) => {
    const at: number[] = [];
    for (let nowUs = fromUs; nowUs < toUs; nowUs += 10) if (pulse.silent(nowUs)) at.push(nowUs);
    return at;
  };
  expect(told(5_000, 6_000)).toEqual([5_100, 5_300, 5_600, 5_900]);
  pulse.heard(6_000);
  expect(told(6_000, 6_310)).toEqual([6_300]);
  pulse.forget();
  expect(told(9_000, 9_310)).toEqual([9_300]);
  const trades = new StreamPulse(1_000, 300);
  expect([trades.silent(0), trades.silent(999), trades.silent(1_000)]).toEqual([false, false, true]);
});
