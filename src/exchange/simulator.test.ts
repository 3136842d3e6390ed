/** The simulator over real sockets: bootstrap, verbatim frames, pacing, pressure, heartbeats, paths, faults. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { BookClient, until } from "./book_client.testing.ts";
import { type SmallCapture, smallCapture } from "./capture.testing.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "./simulator.ts";
import { rawSocket, SocketClient } from "./socket_client.testing.ts";

setDefaultTimeout(120_000);

const running: Simulator[] = [];
const clients: { close(): void }[] = [];

async function start(capture: SmallCapture, options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ venues: ["binance-spot"], feed: [capture.file], speed: 0, ...options });
  running.push(simulator);
  return simulator;
}

async function open(url: string): Promise<SocketClient> {
  const client = await SocketClient.open(url);
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(running.splice(0).map((simulator) => simulator.stop()));
});

const ALL = ["abcusdt@depth@100ms", "abcusdt@bookTicker", "abcusdt@trade"];

describe("a captured feed", () => {
  test.each([
    ["spot", "binance-spot", "/stream", "/api/v3/depth"],
    ["USD-M", "binance-usdm", "/public/stream", "/fapi/v1/depth"],
    ["USD-M below its prefix", "binance-usdm", "/usdm/stream", "/usdm/fapi/v1/depth"],
  ] as const)("%s: the documented bootstrap ends in the same book", async (_, venue, path, rest) => {
    const capture = smallCapture({ usdm: venue === "binance-usdm" });
    const simulator = await start(capture, { venues: [venue] });
    const { wsUrl, url } = simulator;
    const client = new BookClient(wsUrl + path, url + rest, "abcusdt@depth@100ms", venue === "binance-usdm", 1_000);
    clients.push(client);
    await client.open();
    expect(await until(() => client.lastUpdateId === capture.lastUpdateId, 3_000)).toBe(true);
    expect([...client.bids].sort()).toEqual([...capture.bids].sort());
    expect([...client.asks].sort()).toEqual([...capture.asks].sort());
    expect({ gaps: client.gaps, snapshots: client.snapshots }).toEqual({ gaps: 0, snapshots: 1 });
  });

  test("frames come byte for byte; at the end sockets stay open and the status says so", async () => {
    const capture = smallCapture({ jsonLines: true, gzip: true });
    const ended: number[] = [];
    const simulator = await start(capture, { onEnd: (status) => ended.push(status.position) });
    const client = await open(`${simulator.wsUrl}/stream`);
    expect(await client.ask("SUBSCRIBE", ALL)).toEqual({ result: null, id: 1 });
    // What the capturing client asked for at the full book: full speed waits for it a second at most.
    await (await fetch(`${simulator.url}/api/v3/depth?symbol=ABCUSDT`)).text();
    expect(await until(() => client.messages.length >= capture.envelopes.length, 4_000)).toBe(true);
    expect(client.messages).toEqual([...capture.envelopes]);
    await Bun.sleep(30);
    const status = (await (await fetch(`${simulator.url}/simulate/status`)).json()) as Record<string, unknown>;
    expect(status).toMatchObject({
      done: true,
      position: capture.envelopes.length + 1,
      subscribers: 1,
      open: 1,
      messagesSent: capture.envelopes.length,
    });
    expect(ended).toEqual([capture.envelopes.length + 1]);
    expect(client.closeCode).toBe(0);
  });

  test("nothing is taken before the first subscription, unless asked to", async () => {
    const simulator = await start(smallCapture());
    await open(`${simulator.wsUrl}/ws`);
    await Bun.sleep(40);
    expect(simulator.status()).toMatchObject({ position: 0, isRunning: false, open: 1, subscribers: 0 });
    const eager = await start(smallCapture(), { start: "now", speed: 1_000 });
    expect(await until(() => eager.status().done, 1_000)).toBe(true);
  });

  test("frames keep their spacing times the speed", async () => {
    const capture = smallCapture({ diffs: 30, stepUs: 20_000 });
    const simulator = await start(capture, { speed: 5 });
    const from = performance.now();
    const client = await open(`${simulator.wsUrl}/stream?streams=${ALL.join("/")}`);
    expect(await until(() => client.messages.length === capture.envelopes.length, 3_000)).toBe(true);
    const expectedMs = (capture.envelopes.length * 20) / 5;
    const tookMs = performance.now() - from;
    expect(tookMs).toBeGreaterThan(expectedMs * 0.9);
    expect(tookMs).toBeLessThan(expectedMs * 3 + 2_000);
  });

  test("two files are one feed; a loop is a restart of the venue", async () => {
    const one = smallCapture({ diffs: 10 });
    const two = smallCapture({ diffs: 10, firstId: 2_000 });
    const simulator = await start(one, { feed: [one.file, two.file], speed: 100, loop: true });
    const client = await open(`${simulator.wsUrl}/stream?streams=${ALL.join("/")}`);
    expect(await client.closed).toBe(1_012);
    expect(client.messages).toEqual([...one.envelopes, ...two.envelopes]);
    const again = await open(`${simulator.wsUrl}/stream?streams=${ALL.join("/")}`);
    expect(await until(() => again.messages.length > 0, 1_000)).toBe(true);
    expect(simulator.status().turns).toBeGreaterThan(0);
  });

  test("at full speed a client that does not read holds the feed, and nothing is lost", async () => {
    const capture = smallCapture({ diffs: 20_000 });
    const simulator = await start(capture);
    const { socket, bytes } = await rawSocket(simulator.host, simulator.port, `/stream?streams=${ALL.join("/")}`);
    socket.pause();
    // What the capturing client asked for at the full book.
    await (await fetch(`${simulator.url}/api/v3/depth?symbol=ABCUSDT`)).text();
    // It moves until the buffers of both ends are full, and then no more.
    let position = -1;
    let still = 0;
    while (still < 8) {
      await Bun.sleep(50);
      const now = simulator.status().position;
      still = now === position && now > 10 ? still + 1 : 0;
      position = now;
    }
    expect(position).toBeLessThan(capture.envelopes.length);
    socket.resume();
    const expected = capture.envelopes.reduce((sum, text) => sum + text.length + (text.length < 126 ? 2 : 4), 0);
    expect(await until(() => bytes() > expected, 5_000)).toBe(true);
    expect(simulator.status()).toMatchObject({ done: true, slowClosed: 0 });
    socket.destroy();
  });
});

describe("stream connections", () => {
  test("/ws gives bare messages, paths and requests subscribe, unknown names are refused", async () => {
    const capture = smallCapture();
    const simulator = await start(capture, { speed: 50 });
    const client = await open(`${simulator.wsUrl}/ws/abcusdt@trade`);
    expect(await client.ask("SUBSCRIBE", ["abcusdt@kline_1m"], 2)).toEqual({ result: null, id: 2 });
    expect(await client.ask("SUBSCRIBE", ["zzzusdt@trade"], 3)).toMatchObject({ code: 2, id: 3 });
    expect(await client.ask("LIST_SUBSCRIPTIONS", undefined, 4)).toEqual({
      result: ["abcusdt@trade", "abcusdt@kline_1m"],
      id: 4,
    });
    expect(await until(() => simulator.status().done, 2_000)).toBe(true);
    await Bun.sleep(30);
    const kinds = client.messages.map((text) => JSON.parse(text).e);
    expect(kinds.filter((kind) => kind === "trade").length).toBe(capture.trades);
    expect(kinds).toContain("kline");
    // ccxt numbers its connections in the path.
    const numbered = await open(`${simulator.wsUrl}/ws/0`);
    expect(await numbered.ask("LIST_SUBSCRIPTIONS", undefined, 5)).toEqual({ result: [], id: 5 });
  });

  test("a USD-M stream on the wrong path is silence", async () => {
    const capture = smallCapture({ usdm: true });
    const simulator = await start(capture, { venues: ["binance-usdm"], speed: 50 });
    const wrong = await open(`${simulator.wsUrl}/market/stream`);
    expect(await wrong.ask("SUBSCRIBE", ["abcusdt@depth@100ms", "abcusdt@trade"])).toEqual({ result: null, id: 1 });
    expect(await until(() => simulator.status().done, 2_000)).toBe(true);
    await Bun.sleep(30);
    const streams = new Set(wrong.messages.map((text) => JSON.parse(text).stream));
    expect([...streams]).toEqual(["abcusdt@trade"]);
  });

  test("other paths, and venues that are not served, are refused", async () => {
    const simulator = await start(smallCapture());
    for (const path of ["/nowhere", "/public/stream", "/usdm/ws"]) {
      expect(SocketClient.open(simulator.wsUrl + path)).rejects.toThrow("no connection");
    }
    const answer = await fetch(`${simulator.url}/stream`);
    expect(answer.status).toBe(404);
    await answer.text();
  });

  test("too many messages a second end the connection", async () => {
    const simulator = await start(smallCapture());
    const client = await open(`${simulator.wsUrl}/ws`);
    for (let n = 0; n < 8; n++) client.socket.send(JSON.stringify({ method: "LIST_SUBSCRIPTIONS", id: n }));
    expect(await client.closed).toBe(1_008);
    expect(client.texts.length).toBe(5);
  });

  test("the server pings; who does not answer is hung up on, who does stays", async () => {
    const simulator = await start(smallCapture(), { pingMs: 220, pongMs: 500 });
    const { socket } = await rawSocket(simulator.host, simulator.port, "/ws");
    const client = await open(`${simulator.wsUrl}/ws`);
    const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    await ended;
    expect(simulator.status()).toMatchObject({ silentClosed: 1, open: 1 });
    expect(client.closeCode).toBe(0);
  });

  test("a port that is taken is a problem with a name", async () => {
    const simulator = await start(smallCapture());
    expect(
      startSimulator({ venues: ["binance-spot"], feed: [smallCapture().file], port: simulator.port }),
    ).rejects.toThrow("PortTaken");
  });
});

describe("faults", () => {
  const STREAMS = `/stream?streams=${ALL.join("/")}`;

  async function withFaults(faults: Record<string, number>, seed = 1) {
    const capture = smallCapture();
    const simulator = await start(capture, { faults, seed, start: "on-subscribe", speed: 200 });
    const client = await open(simulator.wsUrl + STREAMS);
    await until(() => simulator.status().done || client.closeCode !== 0, 3_000);
    await Bun.sleep(60);
    return { capture, simulator, client, counts: simulator.faults() };
  }

  test("drop and duplicate, the same for the same seed", async () => {
    const first = await withFaults({ drop: 0.1, duplicate: 0.1 });
    const { drop, duplicate } = first.counts;
    expect(drop).toBeGreaterThan(0);
    expect(duplicate).toBeGreaterThan(0);
    expect(first.client.messages.length).toBe(first.capture.envelopes.length - drop + duplicate);
    const second = await withFaults({ drop: 0.1, duplicate: 0.1 });
    expect(second.client.messages).toEqual(first.client.messages);
    const other = await withFaults({ drop: 0.1, duplicate: 0.1 }, 2);
    expect(other.client.messages).not.toEqual(first.client.messages);
  });

  test("delay keeps the order", async () => {
    const { client, capture, counts } = await withFaults({ delay: 0.2, "delay-ms": 10 });
    expect(counts.delay).toBeGreaterThan(5);
    expect(await until(() => client.messages.length === capture.envelopes.length, 2_000)).toBe(true);
    expect(client.messages).toEqual([...capture.envelopes]);
  });

  test("corrupt frames are other bytes, and the rest is whole", async () => {
    const { client, capture, counts } = await withFaults({ corrupt: 0.2 });
    expect(counts.corrupt).toBeGreaterThan(5);
    const whole = new Set(capture.envelopes);
    const broken = client.texts.filter((text) => !whole.has(text)).length + client.binaries.length;
    expect(broken).toBe(counts.corrupt);
  });

  test("close says goodbye, cut does not", async () => {
    const closed = await withFaults({ close: 0.05 });
    expect(closed.client.closeCode).toBe(1_001);
    const cut = await withFaults({ cut: 0.05 });
    expect(cut.client.closeCode).toBe(1_006);
    expect(cut.counts.cut).toBe(1);
  });

  test("silence is a connection that stays open and says nothing", async () => {
    const { client, capture, counts } = await withFaults({ silence: 0.05, "silence-ms": 60_000 });
    expect(counts.silence).toBe(1);
    expect(client.closeCode).toBe(0);
    expect(client.messages.length).toBeLessThan(capture.envelopes.length);
  });

  test("are changed while running, and done at once", async () => {
    const simulator = await start(smallCapture());
    const client = await open(`${simulator.wsUrl}/ws`);
    const post = async (body: string) => {
      const answer = await fetch(`${simulator.url}/simulate/faults`, { method: "POST", body });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    expect(await post('{"drop":0.25}')).toMatchObject({ status: 200, body: { plan: { drop: 0.25 } } });
    expect(await post('{"dorp":0.25}')).toMatchObject({ status: 400, body: { hint: expect.stringContaining("drop") } });
    expect(await post("no")).toMatchObject({ status: 400 });
    expect(await post('{"now":"explode"}')).toMatchObject({ status: 400 });
    expect(await post('{"now":"cut","drop":0}')).toMatchObject({ status: 200 });
    expect(await client.closed).toBe(1_006);
    expect((await (await fetch(`${simulator.url}/simulate/faults`)).json()) as object).toMatchObject({
      plan: { drop: 0 },
    });
    expect(() => simulator.faults({ nope: 1 })).toThrow("nope");
  });

  test("the venue says that it will restart, and does", async () => {
    const simulator = await start(smallCapture());
    const combined = await open(`${simulator.wsUrl}/stream`);
    const bare = await open(`${simulator.wsUrl}/ws`);
    const answer = await fetch(`${simulator.url}/simulate/faults`, { method: "POST", body: '{"now":"shutdown"}' });
    await answer.text();
    expect([await combined.closed, await bare.closed]).toEqual([1_012, 1_012]);
    expect(JSON.parse(combined.texts[0] as string)).toMatchObject({
      stream: "!serverShutdown",
      data: { e: "serverShutdown" },
    });
    expect(JSON.parse(bare.texts[0] as string)).toMatchObject({ e: "serverShutdown" });
  });

  test("a client that follows the documentation finds back after drops, cuts of REST and stale books", async () => {
    const capture = smallCapture({ diffs: 400, stepUs: 5_000 });
    const simulator = await start(capture, {
      speed: 10,
      faults: { drop: 0.05, "stale-snapshot": 0.3, "http-5xx": 0.3 },
    });
    const client = new BookClient(
      `${simulator.wsUrl}/stream`,
      `${simulator.url}/api/v3/depth`,
      "abcusdt@depth@100ms",
      false,
      1_000,
    );
    clients.push(client);
    await client.open();
    expect(await until(() => simulator.status().position > 700, 4_000)).toBe(true);
    simulator.faults({ drop: 0, "stale-snapshot": 0, "http-5xx": 0 });
    expect(await until(() => client.lastUpdateId === capture.lastUpdateId, 4_000)).toBe(true);
    expect(client.gaps).toBeGreaterThan(0);
    const { drop } = simulator.faults();
    expect(drop).toBeGreaterThan(0);
    expect([...client.bids].sort()).toEqual([...capture.bids].sort());
    expect([...client.asks].sort()).toEqual([...capture.asks].sort());
  });
});
