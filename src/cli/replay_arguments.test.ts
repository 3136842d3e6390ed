/** Options of `replay`: the defaults, every option read, and each malformed one named. */

import { describe, expect, test } from "bun:test";
import { readArguments } from "./arguments.ts";
import { verb } from "./replay.ts";
import { replayOptions } from "./replay_arguments.ts";

const read = (...raw: string[]) => replayOptions(readArguments(raw, verb.definitions));

describe("replayOptions", () => {
  test("defaults", () => {
    expect(read("a.gz")).toEqual({
      files: ["a.gz"],
      strategy: "noop",
      params: {},
      instrumentFile: undefined,
      venue: undefined,
      symbol: undefined,
      balances: {},
      limits: {},
      entryLatencyUs: 5_000,
      ackLatencyUs: 5_000,
      makerFee: undefined,
      takerFee: undefined,
      seed: 1,
      verify: true,
    });
  });

  test("every option", () => {
    const options = read(
      ...["a.gz", "b.gz", "--strategy", "./my.ts", "--param", "tf=1s", "--param=why=a=b", "--instrument", "info.json"],
      ...["--venue", "binance-usdm", "--symbol", "ETHUSDT", "--balance", "USDT=10000.50", "--balance", "1INCH=3"],
      ...["--limit", "maxOrderQty=5", "--entry-latency-us", "0", "--ack-latency-us", "250", "--maker-fee=-0.0001"],
      ...["--taker-fee", "0.001", "--seed", "42", "--no-verify"],
    );
    expect(options).toMatchObject({
      files: ["a.gz", "b.gz"],
      strategy: "./my.ts",
      params: { tf: "1s", why: "a=b" },
      instrumentFile: "info.json",
      venue: "binance-usdm",
      symbol: "ETHUSDT",
      balances: { USDT: "10000.50", "1INCH": "3" },
      limits: { maxOrderQty: "5" },
      entryLatencyUs: 0,
      ackLatencyUs: 250,
      makerFee: "-0.0001",
      takerFee: "0.001",
      seed: 42,
      verify: false,
    });
  });

  test.each([
    [["--param", "fast"], '--param "fast" has no such form'],
    [["--param", "=3"], '--param "=3" has no such form'],
    [["--param", "a=1", "--param", "a=2"], "--param a is given twice"],
    [["--balance", "usdt=5"], '--balance "usdt=5" has no such form'],
    [["--balance", "USDT=1e5"], '--balance USDT: "1e5" is not a plain number'],
    [["--balance", "USDT=-5"], '--balance USDT: "-5" is not a plain number'],
    [["--limit", "maxOrderQty=NaN"], '--limit maxOrderQty: "NaN" is not a plain number'],
    [["--maker-fee", "1.5"], '--maker-fee cannot be "1.5"'],
    [["--taker-fee", "0,1"], '--taker-fee cannot be "0,1"'],
    [["--entry-latency-us", "-1"], '--entry-latency-us cannot be "-1"'],
    [["--ack-latency-us", "60000001"], '--ack-latency-us cannot be "60000001"'],
    [["--seed", "4294967296"], '--seed cannot be "4294967296"'],
    [["--seed", "1.5"], '--seed cannot be "1.5"'],
  ])("refuses %p", (raw, detail) => {
    expect(() => read("a.gz", ...raw)).toThrow(detail);
  });
});
