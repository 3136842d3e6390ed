/** Real captures at full speed: the documented bootstrap ends in the book that an independent replay computed. */

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../test/support/fixtures.ts";
import { BookClient, until } from "./book_client.testing.ts";
import type { SimVenue } from "./feed.ts";
import { startSimulator } from "./simulator.ts";

setDefaultTimeout(120_000);

interface Expected {
  readonly files: readonly string[];
  readonly messages: number;
  readonly final: {
    readonly updateId: number;
    readonly bestBid: [string, string];
    readonly bestAsk: [string, string];
    readonly bidLevels: number;
    readonly askLevels: number;
  };
}

interface CaptureExpected {
  readonly finalUpdateId: number;
  readonly top5Bids: [string, string][];
  readonly top5Asks: [string, string][];
  readonly bidLevels: number;
  readonly askLevels: number;
}

async function follow(venue: SimVenue, files: readonly string[], stream: string, lastId: number) {
  const isUsdm = venue === "binance-usdm";
  const simulator = await startSimulator({ venues: [venue], feed: files, speed: 0 });
  const socket = simulator.wsUrl + (isUsdm ? "/public/stream" : "/stream");
  const rest = simulator.url + (isUsdm ? "/fapi/v1/depth" : "/api/v3/depth");
  const client = new BookClient(socket, rest, stream, isUsdm, isUsdm ? 1_000 : 5_000);
  await client.open();
  await until(() => client.lastUpdateId === lastId, 8_000);
  client.close();
  const status = simulator.status();
  await simulator.stop();
  return { client, status };
}

describe("captured markets", () => {
  test.skipIf(!fixturesPresent).each([
    [0, "binance-spot", "ethusdt@depth@100ms"],
    [1, "binance-usdm", "ethusdt@depth@0ms"],
  ] as const)(`marketdata %i, %s, %s (${FIXTURES_REASON})`, async (at, venue, stream) => {
    const expected = (JSON.parse(readFileSync(fixture("marketdata/expected.json"), "utf8")) as Expected[])[
      at
    ] as Expected;
    const files = expected.files.map((name) => fixture(`marketdata/${name}`));
    const { client, status } = await follow(venue, files, stream, expected.final.updateId);
    expect(status).toMatchObject({ done: true, position: expected.messages, linesSetAside: 0 });
    expect({
      updateId: client.lastUpdateId,
      bestBid: client.best(client.bids, true) as [string, string],
      bestAsk: client.best(client.asks, false) as [string, string],
      bidLevels: client.bids.size,
      askLevels: client.asks.size,
    }).toEqual(expected.final);
    expect({ gaps: client.gaps, snapshots: client.snapshots }).toEqual({ gaps: 0, snapshots: 1 });
  });

  test.skipIf(!fixturesPresent).each([
    ["binance-spot", "btcusdt@depth@100ms"],
    ["binance-usdm", "btcusdt@depth@0ms"],
    ["binance-usdm", "btcusdt@depth"],
  ] as const)(`JSON lines, %s, %s (${FIXTURES_REASON})`, async (venue, stream) => {
    const name = `${venue}/capture.btcusdt.20240808`;
    const expected = JSON.parse(readFileSync(fixture(`${name}.expected.json`), "utf8")) as CaptureExpected;
    const { client } = await follow(venue, [fixture(`${name}.jsonl`)], stream, expected.finalUpdateId);
    expect(client.best(client.bids, true)).toEqual(expected.top5Bids[0] as [string, string]);
    expect(client.best(client.asks, false)).toEqual(expected.top5Asks[0] as [string, string]);
    expect([client.bids.size, client.asks.size]).toEqual([expected.bidLevels, expected.askLevels]);
    expect(client.gaps).toBe(0);
  });
});
