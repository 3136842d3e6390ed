/** Silence: what counts, and what the reader's own sleep does to it. */

import { describe, expect, test } from "bun:test";
import { Silence } from "./silence.ts";

describe("silence", () => {
  test("grows while the counter stands still, ends with a beat", () => {
    const silence = new Silence(5, 0);
    expect(silence.look(5, 50)).toBe(50);
    expect(silence.look(5, 100)).toBe(100);
    expect(silence.look(6, 150)).toBe(0);
    expect(silence.look(6, 200)).toBe(50);
    expect(silence.ms).toBe(50);
  });

  test("a reader that did not run for a minute has heard nothing for one look", () => {
    const silence = new Silence(1, 0);
    expect(silence.look(1, 60_000)).toBe(100);
    expect(silence.look(1, 60_050)).toBe(150);
  });

  test("a clock that goes back takes nothing away; what was silent before counts", () => {
    const silence = new Silence(1, 1_000, 900);
    expect(silence.look(1, 500)).toBe(900);
    expect(silence.look(1, 600)).toBe(1_000);
    expect(silence.look(0, 650)).toBe(0); // Another counter is a beat, whichever way it went.
  });
});
