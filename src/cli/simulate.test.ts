/** The verb `simulate`: its options, and the program as a process that serves until it is stopped. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { simulate } from "../app/simulate.ts";
import { smallCapture } from "../exchange/capture.testing.ts";
import { readArguments } from "./arguments.ts";
import { simulateOptions, verb } from "./simulate.ts";

const MAIN = join(import.meta.dir, "../main.ts");
const options = (...raw: string[]) => simulateOptions(readArguments(raw, verb.definitions), () => undefined);

describe("options", () => {
  test("usual values, and all that can be given", () => {
    expect(options("--feed", "synthetic")).toMatchObject({
      venues: ["binance-spot"],
      feed: "synthetic",
      speed: 1,
      host: "127.0.0.1",
      port: 9_100,
      seed: 1,
      loop: false,
      start: undefined,
    });
    const all =
      "--venue binance-spot,binance-usdm --feed a.gz --feed b.gz --speed 0.5 --port 0 --seed 7 --loop --start now";
    expect(options(...all.split(" "), "--faults", "drop=0.1,delay-ms=5")).toMatchObject({
      venues: ["binance-spot", "binance-usdm"],
      feed: ["a.gz", "b.gz"],
      speed: 0.5,
      faults: { drop: 0.1, "delay-ms": 5 },
      start: "now",
      loop: true,
    });
  });

  test.each([
    [[], "--feed is missing"],
    [["--feed", "synthetic", "--feed", "a.gz"], "either synthetic or files"],
    [["--feed", "a", "--venue", "kraken"], '--venue cannot be "kraken"'],
    [["--feed", "a", "--speed", "fast"], '--speed cannot be "fast"'],
    [["--feed", "a", "--port", "70000"], '--port cannot be "70000"'],
    [["--feed", "a", "--faults", "drop"], "has no such form"],
    [["--feed", "a", "--start", "later"], "--start cannot be"],
  ])("%j is refused", (raw, detail) => {
    expect(() => options(...raw)).toThrow(detail);
  });
});

describe("the synthetic market", () => {
  test("OKX alone: spot and swaps of the synthetic market, nothing of Binance", async () => {
    const alone = options("--feed", "synthetic", "--venue", "okx", "--port", "0", "--speed", "20");
    const { simulator } = await simulate(alone);
    const ask = async (path: string) => (await fetch(simulator.url + path)).json();
    const spot = await ask("/api/v5/public/instruments?instType=SPOT");
    const swaps = await ask("/api/v5/public/instruments?instType=SWAP");
    expect([spot, swaps]).toMatchObject([{ code: "0" }, { code: "0" }]);
    expect(spot.data.length + swaps.data.length).toBe(simulator.status().symbols.length);
    expect(swaps.data.length).toBeGreaterThan(0);
    expect((await fetch(`${simulator.url}/api/v3/exchangeInfo`)).status).toBe(404);
    await simulator.stop();
  });

  test("speaks Bybit over the markets of both", async () => {
    const { simulator } = await simulate(options("--feed", "synthetic", "--venue", "bybit", "--port", "0"));
    for (const category of ["spot", "linear"]) {
      const answer = await fetch(`${simulator.url}/v5/market/instruments-info?category=${category}`);
      const { result } = (await answer.json()) as { result: { list: { symbol: string }[] } };
      expect(result.list.map(({ symbol }) => symbol)).toContain("BTCUSDT");
    }
    await simulator.stop();
  });

  test("serves both venues at once, and has no end to begin again at", async () => {
    const both = options("--feed", "synthetic", "--venue", "binance-spot,binance-usdm", "--port", "0", "--speed", "20");
    const { simulator, account } = await simulate(both);
    expect(account?.keys).toHaveLength(1);
    for (const path of ["/api/v3/exchangeInfo", "/fapi/v1/exchangeInfo"]) {
      const answer = (await (await fetch(simulator.url + path)).json()) as { symbols: { symbol: string }[] };
      expect(answer.symbols.map(({ symbol }) => symbol)).toContain("BTCUSDT");
    }
    await simulator.stop();
    expect(() => simulate({ ...both, loop: true })).toThrow("--loop");
  });
});

describe("the program", () => {
  test("says where it serves, tells of the end of the feed, and stops when it is asked to", async () => {
    const { file } = smallCapture();
    const child = Bun.spawn(
      ["bun", MAIN, "simulate", "--feed", file, "--port", "0", "--speed", "1000", "--start", "now", "--json"],
      {
        stdout: "pipe",
        stderr: "pipe",
      },
    );
    const lines: Record<string, unknown>[] = [];
    const reader = child.stdout.getReader();
    let text = "";
    while (lines.length < 2) {
      const { value, done } = await reader.read();
      if (done) break;
      text += new TextDecoder().decode(value);
      const parts = text.split("\n");
      text = parts.pop() as string;
      for (const part of parts) lines.push(JSON.parse(part));
    }
    expect(lines[0]).toMatchObject({ event: "ready", host: "127.0.0.1", symbols: ["binance-spot ABCUSDT"] });
    expect(lines[1]).toMatchObject({ event: "end", done: true });
    const answer = await fetch(`${lines[0]?.["url"]}/api/v3/ping`);
    expect(await answer.json()).toEqual({});
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
  }, 10_000);

  test("a capture of another venue is refused with what to add", async () => {
    const { file } = smallCapture({ usdm: true });
    const child = Bun.spawn(["bun", MAIN, "simulate", "--feed", file], { stdout: "pipe", stderr: "pipe" });
    expect(await child.exited).toBe(2);
    expect(await new Response(child.stderr).text()).toContain("add --venue binance-usdm");
  });
});
