/** Whatever bytes, frames, requests and queries come in: the simulator answers others as before. */

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createConnection } from "node:net";
import fc from "fast-check";
import { Prng } from "../core/prng.ts";
import { smallCapture } from "./capture.testing.ts";
import { type Simulator, startSimulator } from "./simulator.ts";
import { rawSocket } from "./socket_client.testing.ts";

setDefaultTimeout(120_000);

let simulator: Simulator;

beforeAll(async () => {
  const feed = [smallCapture().file, smallCapture({ usdm: true, symbol: "XYZUSDT" }).file];
  simulator = await startSimulator({
    venues: ["binance-spot", "binance-usdm"],
    feed,
    speed: 100,
    start: "now",
    loop: true,
    weightMax: 1e9,
  });
});

afterAll(() => simulator.stop());

async function isWell(): Promise<boolean> {
  const answer = await fetch(`${simulator.url}/api/v3/depth?symbol=ABCUSDT`);
  const body = (await answer.json()) as { bids: unknown[] };
  return answer.status === 200 && body.bids.length > 0;
}

test("bytes that are no HTTP", async () => {
  const prng = new Prng(11);
  for (let n = 0; n < 30; n++) {
    const socket = createConnection(simulator.port, simulator.host);
    socket.on("error", () => undefined);
    const bytes = Buffer.from(Array.from({ length: 1 + prng.nextBelow(300) }, () => prng.nextBelow(256)));
    const head =
      n % 3 === 0
        ? "GET /stream HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        : n % 3 === 1
          ? "POST /simulate/faults HTTP/1.1\r\n"
          : "";
    socket.write(Buffer.concat([Buffer.from(head), bytes]));
    await Bun.sleep(1);
    socket.destroy();
  }
  expect(await isWell()).toBe(true);
});

test("bytes that are no WebSocket frames", async () => {
  const prng = new Prng(12);
  for (let n = 0; n < 30; n++) {
    const { socket } = await rawSocket(
      simulator.host,
      simulator.port,
      n % 2 === 0 ? "/ws" : "/stream?streams=abcusdt@trade/%/%00",
    );
    const length = 1 + prng.nextBelow(400);
    const bytes = Buffer.from(Array.from({ length }, () => prng.nextBelow(256)));
    // Every other one begins as a frame should.
    if (n % 4 < 2) bytes.set([0x81, 0x80 | (prng.nextBelow(126) & 0x7f)].slice(0, length));
    socket.write(bytes);
    await Bun.sleep(1);
    socket.destroy();
  }
  expect(await isWell()).toBe(true);
});

test("queries of any kind get an answer in JSON, and never a fault of ours", async () => {
  const value = fc.oneof(
    fc.constantFrom(
      "ABCUSDT",
      "XYZUSDT",
      "",
      "0",
      "5",
      "1000",
      "-1",
      "1e9",
      "99999999999999999999",
      "1m",
      "__proto__",
      '["ABCUSDT"]',
      "[1]",
      "%",
    ),
    fc.string({ maxLength: 12 }),
  );
  const name = fc.constantFrom("symbol", "symbols", "limit", "interval", "startTime", "endTime", "fromId", "x", "");
  const path = fc.constantFrom(
    "depth",
    "klines",
    "trades",
    "aggTrades",
    "exchangeInfo",
    "ticker/bookTicker",
    "ticker/price",
    "premiumIndex",
    "constructor",
    "..",
  );
  const base = fc.constantFrom("/api/v3/", "/fapi/v1/", "/usdm/fapi/v1/", "/spot/api/v3/");
  await fc.assert(
    fc.asyncProperty(base, path, fc.array(fc.tuple(name, value), { maxLength: 4 }), async (root, end, pairs) => {
      const query = pairs.map(([key, text]) => `${key}=${encodeURIComponent(text)}`).join("&");
      const answer = await fetch(`${simulator.url}${root}${end}?${query}`);
      expect([200, 400, 404]).toContain(answer.status);
      const body = (await answer.json()) as { code?: number };
      if (answer.status !== 200) expect(typeof body.code).toBe("number");
    }),
    { numRuns: 150, seed: 5 },
  );
  expect(await isWell()).toBe(true);
});
