/** The stream over real sockets: snapshots, dense sequences, resume, slow readers, hostile messages, who may listen. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { patient } from "../../test/support/patience.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { ETH } from "../engine/engine.testing.ts";
import { RecordKind, type TradingRecord } from "../model/record.ts";
import { Client, ORDER, Rig, TOKEN } from "./rig.testing.ts";
import { StreamChannel } from "./stream_channel.ts";
import type { StreamMessage } from "./views.ts";

const rig = new Rig();
const client = new Client(rig);
beforeAll(() => {
  rig.start();
  rig.quote(19_999_900, 20_000_100);
});
afterAll(() => rig.control.stop());

type Message = StreamMessage & { readonly data: readonly Record<string, unknown>[] };

class Listener {
  readonly messages: Message[] = [];
  readonly socket: WebSocket;
  closed: { code: number; reason: string } | undefined;

  constructor(query = "", headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }) {
    const url = `${rig.control.url.replace("http", "ws")}/api/v1/stream${query}`;
    this.socket = openSocket(url, headers);
    this.socket.onmessage = ({ data }) => void this.messages.push(JSON.parse(String(data)));
    this.socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason };
    };
  }

  async open(): Promise<this> {
    await until(() => this.socket.readyState !== WebSocket.CONNECTING);
    expect(this.socket.readyState).toBe(WebSocket.OPEN);
    return this;
  }

  subscribe(channels: string[], resume?: Record<string, number>): void {
    this.socket.send(JSON.stringify({ op: "subscribe", channels, ...(resume === undefined ? {} : { resume }) }));
  }

  of(channel: string, type?: string): Message[] {
    return this.messages.filter((one) => one.channel === channel && (type === undefined || one.type === type));
  }

  rows(channel: string): Record<string, unknown>[] {
    return this.of(channel).flatMap((one) => [...one.data]);
  }
}

async function until(condition: () => boolean, ms = 3_000): Promise<void> {
  const end = performance.now() + patient(ms);
  while (!condition()) {
    if (performance.now() > end) throw new Error("it did not come");
    await Bun.sleep(2);
  }
}

const place = async (price: number) =>
  (await client.post("/api/v1/orders", { ...ORDER, price: String(price) })).json.id as number;

describe("channels", () => {
  test("a snapshot of each, then updates with dense sequences; rows say what happened", async () => {
    const listener = await new Listener().open();
    listener.socket.send(JSON.stringify({ op: "subscribe" }));
    await until(() => new Set(listener.messages.map((one) => one.channel)).size === 7);
    for (const one of listener.messages.slice(0, 7)) expect(one.type).toBe("snapshot");
    expect(listener.of("quotes")[0]?.data[0]).toMatchObject({ instrument: ETH.name, bidPrice: "1999.99" });
    expect(listener.of("status")[0]?.data[0]).toMatchObject({ ready: true, killed: false });
    const id = await place(1990);
    await until(() => listener.rows("orders").some((row) => row["id"] === id));
    rig.fill(id, "S1");
    await until(() => listener.rows("fills").some((row) => row["fillId"] === "S1"));
    await until(() => listener.rows("positions").some((row) => row["qty"] === "0.5"));
    const filled = listener.rows("orders").filter((row) => row["id"] === id);
    expect(filled.at(-1)).toMatchObject({ state: "filled", filledQty: "0.5", terminal: true });
    rig.quote(20_000_000, 20_000_200);
    await until(() => listener.rows("quotes").some((row) => row["bidPrice"] === "2000"));
    await until(() => listener.of("pnl", "update").length >= 1 && listener.of("status", "update").length >= 1);
    const bar = {
      instrument: 0,
      intervalUs: 1e6,
      startUs: 2e6,
      open: 1,
      high: 1,
      low: 1,
      close: 1,
      volume: 1,
      count: 1,
    };
    rig.control.listener.onBar(bar);
    await until(() => listener.rows("bars").some((row) => row["tf"] === "1s"));
    for (const channel of ["quotes", "orders", "fills", "positions", "pnl", "status", "bars"]) {
      const seqs = listener.of(channel).map((one) => one.seq);
      expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] as number) + index));
    }
    const [curve] = (await client.get("/api/v1/pnl?since=0")).json.items;
    expect(curve).toMatchObject({ account: "desk", asset: "USDT" });
    rig.desk.report(RecordKind.FillBusted, id, { fillId: "S1" });
    rig.pump();
    await until(() => listener.rows("fills").some((row) => row["fillId"] === "S1" && row["busted"] === true));
    expect((await client.get("/api/v1/executions")).json.items[0]).toMatchObject({ fillId: "S1", busted: true });
    listener.socket.close();
  });

  test("unsubscribe ends a channel; quotes that did not change are not told", async () => {
    const listener = await new Listener().open();
    listener.subscribe(["quotes", "orders"]);
    await until(() => listener.messages.length === 2);
    listener.socket.send(JSON.stringify({ op: "unsubscribe", channels: ["orders"] }));
    listener.socket.send(JSON.stringify({ op: "ping" }));
    await until(() => listener.messages.some((one) => one.type === "pong"));
    await place(1980);
    await Bun.sleep(250);
    expect(listener.of("orders").length).toBe(1);
    expect(listener.of("quotes").length).toBe(1);
    listener.socket.close();
  });
});

describe("resume", () => {
  test("after a break: every update once, in order, no gap, no snapshot", async () => {
    const seen: number[] = [];
    const rowsSeen: unknown[] = [];
    let seq: number | undefined;
    let stop = false;
    const traffic = (async () => {
      for (let n = 0; !stop; n++) {
        await place(1910 + (n % 50));
        await Bun.sleep(3);
        if (n % 40 === 39) {
          await endAll(client);
        }
      }
    })();
    for (let connection = 0; connection < 8; connection++) {
      const listener = await new Listener().open();
      listener.subscribe(["orders"], seq === undefined ? undefined : { orders: seq });
      await until(() => listener.messages.length > 6);
      listener.socket.close();
      for (const one of listener.messages) {
        if (one.type === "snapshot") expect(connection).toBe(0);
        seen.push(one.seq);
        rowsSeen.push(...one.data);
        seq = one.seq;
      }
      await Bun.sleep(40);
    }
    stop = true;
    await traffic;
    expect(seen).toEqual(seen.map((_, index) => (seen[0] as number) + index));
    expect(rowsSeen.length).toBeGreaterThan(40);
  }, 15_000);

  test("a sequence that is too old, or from another process, gives a snapshot; the newest gives nothing", async () => {
    const listener = await new Listener().open();
    listener.subscribe(["orders"], { orders: 1 });
    await until(() => listener.messages.length === 1);
    expect(listener.messages[0]?.type).toBe("snapshot");
    const { seq } = listener.messages[0] as Message;
    listener.subscribe(["orders"], { orders: seq });
    listener.subscribe(["orders"], { orders: seq + 5 });
    await until(() => listener.messages.length === 2);
    expect(listener.messages[1]?.type).toBe("snapshot");
    listener.socket.close();
  });

  test("a channel keeps a bounded number of updates and bytes", () => {
    const channel = new StreamChannel(
      "orders",
      { ...DEFAULT_LIMITS, streamReplayMax: 3, streamBufferBytesMax: 1_000 },
      10,
    );
    expect(channel.since(10)).toEqual([]);
    for (let n = 0; n < 4; n++) channel.update([n], 1);
    expect(channel.since(11)?.length).toBe(3);
    expect(channel.since(10)).toBeUndefined();
    expect(channel.since(15)).toBeUndefined();
    channel.update(["x".repeat(400)], 1);
    channel.update(["x".repeat(300)], 1);
    expect(channel.since(14)).toBeUndefined();
    channel.skip();
    expect([channel.since(16), channel.since(17)]).toEqual([undefined, []]);
  });
});

describe("readers", () => {
  test("slow readers are closed and counted; a quick one misses nothing", async () => {
    const quick = await new Listener().open();
    quick.subscribe(["orders"]);
    const { hostname, port } = new URL(rig.control.url);
    const slow = [];
    for (let n = 0; n < 5; n++) {
      let ended = false;
      const socket = await Bun.connect({
        hostname,
        port: Number.parseInt(port, 10),
        socket: {
          data() {
            return;
          },
          close() {
            ended = true;
          },
        },
      });
      const head = `GET /api/v1/stream HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`;
      const rest = `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
      socket.write(head + rest);
      await Bun.sleep(20);
      socket.write(maskedFrame(JSON.stringify({ op: "subscribe", channels: ["orders"] })));
      await Bun.sleep(20);
      socket.pause();
      slow.push({ socket, isEnded: () => ended });
    }
    const slowCount = async () => Number(/slow_readers_total (\d+)/.exec((await client.get("/metrics")).text)?.[1]);
    const readers = async () => Number(/meltica_stream_readers (\d+)/.exec((await client.get("/metrics")).text)?.[1]);
    expect(await slowCount()).toBe(0);
    const inside = new Client(rig, true);
    await endAll(inside);
    const made: number[] = [];
    for (let n = 0; n < 40; n++) {
      const placed = await inside.post("/api/v1/orders", { ...ORDER, price: "1910", why: "w".repeat(480) });
      expect([placed.status, placed.json.denial]).toEqual([201, undefined]);
      made.push(placed.json.id);
    }
    // Orders are told again and again: the same few records make many updates.
    const newest = made.map((id) => rig.records.findLast((record) => record.order === id) as TradingRecord);
    const end = performance.now() + 20_000;
    while ((await slowCount()) < 5 && performance.now() < end) {
      for (const record of newest) rig.control.listener.onRecord(record);
      await Bun.sleep(21);
    }
    expect(await slowCount()).toBe(5);
    expect(await readers()).toBeGreaterThanOrEqual(1);
    const seqs = quick.of("orders").map((one) => one.seq);
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] as number) + index));
    expect(quick.closed).toBeUndefined();
    quick.socket.close();
    for (const { socket } of slow) socket.terminate();
  }, 30_000);

  test("bad messages are answered by an error and counted; a flood of them ends the connection", async () => {
    const listener = await new Listener().open();
    const bad = [
      "",
      "{",
      "null",
      "[]",
      '{"op":"buy"}',
      '{"op":"subscribe","x":1}',
      '{"op":"subscribe","channels":["qoutes"]}',
    ];
    for (const message of bad) listener.socket.send(message);
    listener.socket.send(new Uint8Array([1, 2, 3]));
    await until(() => listener.of("status", "error").length === bad.length + 1);
    expect(JSON.stringify(listener.messages)).toContain("did you mean quotes?");
    for (let n = 0; n < 200; n++) listener.socket.send("{");
    await until(() => listener.closed !== undefined);
    expect(listener.closed?.code).toBe(1008);
    const large = await new Listener().open();
    large.socket.send("x".repeat(DEFAULT_LIMITS.bodyBytesMax + 1));
    await until(() => large.closed !== undefined);
    expect((await client.get("/metrics")).text).toMatch(/meltica_stream_bad_messages_total \d{2,}/);
  });

  test("who may listen: token, cookie from our own page, ticket once; all others are refused", async () => {
    const refused = async (query: string, headers: Record<string, string>) => {
      const listener = new Listener(query, headers);
      await until(() => listener.closed !== undefined || listener.socket.readyState === WebSocket.OPEN);
      return listener.socket.readyState !== WebSocket.OPEN;
    };
    const { ticket } = (await client.post("/api/v1/stream/ticket")).json;
    expect(await refused(`?ticket=${ticket}`, {})).toBe(false);
    expect(await refused(`?ticket=${ticket}`, {})).toBe(true);
    expect(await refused("", {})).toBe(true);
    expect(await refused("", { authorization: "Bearer none" })).toBe(true);
    expect(await refused("", { authorization: `Bearer ${TOKEN}`, origin: "http://evil.example" })).toBe(true);
    const login = await fetch(`${rig.control.url}/api/v1/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: TOKEN }),
    });
    const cookie = (login.headers.get("set-cookie") ?? "").split(";")[0] as string;
    expect(await refused("", { cookie })).toBe(true);
    expect(await refused("", { cookie, origin: "http://evil.example" })).toBe(true);
    expect(await refused("", { cookie, origin: rig.control.url })).toBe(false);
    const page = await new Listener("", { cookie, origin: rig.control.url }).open();
    const headers = { cookie, origin: rig.control.url, "x-meltica": "1" };
    expect((await fetch(`${rig.control.url}/api/v1/logout`, { method: "POST", headers })).status).toBe(200);
    await until(() => page.closed !== undefined);
    expect(page.closed?.code).toBe(4001);
  });

  test("no more streams than the limit", async () => {
    const small = new Rig();
    const limits = { ...DEFAULT_LIMITS, streamsMax: 3 };
    Object.defineProperty(small.replica, "limits", { value: limits });
    small.start();
    const url = `${small.control.url.replace("http", "ws")}/api/v1/stream`;
    const sockets = [];
    for (let n = 0; n < 4; n++) {
      const socket = openSocket(url, { authorization: `Bearer ${TOKEN}` });
      await until(() => socket.readyState !== WebSocket.CONNECTING);
      sockets.push(socket);
    }
    expect(sockets.map((socket) => socket.readyState === WebSocket.OPEN)).toEqual([true, true, true, false]);
    await small.control.stop();
  });
});

test("nothing of this was a fault of ours", () => {
  expect(rig.faults).toEqual([]);
});

/** Cancels what is open, and the venue says so. */
async function endAll(inside: Client): Promise<void> {
  const open = (await inside.get("/api/v1/orders?state=open&limit=500")).json.items as { id: number }[];
  await inside.post("/api/v1/orders/cancel-all");
  for (const { id } of open) rig.desk.report(RecordKind.OrderCanceled, id);
  rig.pump();
}

/** A text frame as a client sends it, with a mask of zeros. */
function maskedFrame(text: string): Uint8Array {
  const payload = new TextEncoder().encode(text);
  return new Uint8Array([0x81, 0x80 | payload.length, 0, 0, 0, 0, ...payload]);
}

/** Bun's client takes headers; the browser's type, which the page needs, does not know them. */
function openSocket(url: string, headers: Record<string, string>): WebSocket {
  return new WebSocket(url, { headers } as unknown as string[]);
}
