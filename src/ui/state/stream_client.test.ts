/** The client of the stream against a world whose time, sockets and losses the test makes. */

import { describe, expect, test } from "bun:test";
import type { Channel, StreamRequest } from "../../control/views.ts";
import { BOUNDS } from "./bounds.ts";
import { readMessage, type SocketEvents, StreamClient, type StreamWorld } from "./stream_client.ts";

class World implements StreamWorld {
  ms = 1_000;
  readonly sockets: { events: SocketEvents; sent: StreamRequest[]; closed: boolean }[] = [];
  #timers: { at: number; call: () => void }[] = [];

  connect(events: SocketEvents) {
    const socket = { events, sent: [] as StreamRequest[], closed: false };
    this.sockets.push(socket);
    return {
      send: (text: string) => void socket.sent.push(JSON.parse(text) as StreamRequest),
      close: () => {
        socket.closed = true;
      },
    };
  }

  after(ms: number, call: () => void) {
    const timer = { at: this.ms + ms, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  nowMs() {
    return this.ms;
  }

  chance() {
    return 0.5;
  }

  /** Lets time pass, timer by timer. */
  pass(ms: number) {
    const end = this.ms + ms;
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.ms = Math.max(this.ms, next.at);
      next.call();
    }
    this.ms = end;
  }
}

function start() {
  const world = new World();
  const log: string[] = [];
  const client = new StreamClient(["quotes", "orders"], world, {
    snapshot: (channel, rows) => log.push(`snapshot ${channel} ${rows.length}`),
    update: (channel, rows) => log.push(`update ${channel} ${rows[0]}`),
    connection: (state) => log.push(state),
    refused: (rows) => log.push(`refused ${rows.length}`),
    failed: () => log.push("failed"),
  });
  client.start();
  const socket = () => world.sockets.at(-1) as World["sockets"][number];
  const say = (channel: Channel, type: string, seq: number, ...data: unknown[]) =>
    socket().events.message(JSON.stringify({ channel, type, seq, record: 0, data }));
  const open = () => {
    socket().events.open();
    say("quotes", "snapshot", 10, 1, 2);
    say("orders", "snapshot", 5, 1);
  };
  return { world, log, client, socket, say, open };
}

describe("a good connection", () => {
  test("subscribes, takes the snapshots, then updates in order", () => {
    const { log, socket, say, open } = start();
    open();
    say("orders", "update", 6, "a");
    say("orders", "update", 7, "b");
    say("quotes", "update", 11, "q");
    expect(socket().sent).toEqual([{ op: "subscribe", channels: ["quotes", "orders"] }]);
    expect(log).toEqual([
      "connecting",
      "live",
      "snapshot quotes 2",
      "snapshot orders 1",
      "update orders a",
      "update orders b",
      "update quotes q",
    ]);
  });

  test("pings while it is silent, says so when data grow old, and replaces a dead connection", () => {
    const { world, log, socket, open } = start();
    open();
    log.length = 0;
    world.pass(BOUNDS.pingMs + 600);
    expect(log).toEqual(["stale"]);
    expect(socket().sent.at(-1)).toEqual({ op: "ping" });
    socket().events.message('{"type":"pong"}');
    expect(log).toEqual(["stale", "live"]);
    const dead = socket();
    world.pass(BOUNDS.silentMs + 1_000);
    expect(log).toEqual(["stale", "live", "stale", "lost", "connecting"]);
    expect(dead.closed).toBe(true);
    dead.events.message('{"channel":"orders","type":"update","seq":6,"record":0,"data":["late"]}');
    expect(log.at(-1)).toBe("connecting"); // An old socket is not heard any more.
  });
});

describe("losses", () => {
  test("after a drop it resumes from the last sequences, and takes what it missed once", () => {
    const { world, log, client, socket, say, open } = start();
    open();
    say("orders", "update", 6, "a");
    socket().events.closed();
    world.pass(BOUNDS.backoffMsMin);
    expect(client.counts.connects).toBe(2);
    socket().events.open();
    const resume = { quotes: 10, orders: 6 };
    expect(socket().sent).toEqual([{ op: "subscribe", channels: ["quotes", "orders"], resume }]);
    log.length = 0;
    say("orders", "update", 6, "a");
    say("orders", "update", 7, "b");
    expect(log).toEqual(["live", "update orders b"]);
    expect(client.counts).toMatchObject({ duplicates: 1, gaps: 0 });
  });

  test("a gap asks for the channel anew and believes nothing until its snapshot is there", () => {
    const { log, client, socket, say, open } = start();
    open();
    log.length = 0;
    say("orders", "update", 8, "late");
    say("orders", "update", 9, "later");
    say("quotes", "update", 11, "q");
    expect(log).toEqual(["update quotes q"]);
    expect(client.counts.gaps).toBe(1);
    expect(socket().sent.slice(1)).toEqual([
      { op: "unsubscribe", channels: ["orders"] },
      { op: "subscribe", channels: ["orders"] },
    ]);
    say("orders", "snapshot", 9, 1, 2, 3);
    say("orders", "update", 10, "next");
    expect(log.slice(1)).toEqual(["snapshot orders 3", "update orders next"]);
  });

  test("a server that began anew sends snapshots with lower sequences, and they count", () => {
    const { world, log, socket, say, open } = start();
    open();
    socket().events.closed();
    world.pass(BOUNDS.backoffMsMin);
    socket().events.open();
    log.length = 0;
    say("orders", "snapshot", 1, 1);
    say("orders", "update", 2, "new");
    expect(log).toEqual(["live", "snapshot orders 1", "update orders new"]);
  });

  test("refused connections wait longer each time, up to the bound, and are reported", () => {
    const { world, log, client, socket } = start();
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      const before = client.counts.connects;
      const from = world.ms;
      socket().events.closed();
      while (client.counts.connects === before) world.pass(10);
      waits.push(world.ms - from);
    }
    expect(waits.every((ms, i) => i === 0 || ms >= (waits[i - 1] as number))).toBe(true);
    expect(waits[0]).toBeLessThanOrEqual(BOUNDS.backoffMsMin);
    expect(waits.at(-1)).toBe(BOUNDS.backoffMsMax * 0.75); // Half, and half of the other half by chance 0.5.
    expect(log.filter((line) => line === "failed")).toHaveLength(9);
  });

  test("one that never opens is given up after its time", () => {
    const { world, client } = start();
    world.pass(BOUNDS.connectMs + BOUNDS.backoffMsMin + 1_000);
    expect(client.counts.connects).toBe(2);
  });

  test("stop is final until start, and retryNow does not wait", () => {
    const { world, client, socket, open } = start();
    open();
    socket().events.closed();
    client.retryNow();
    expect(client.counts.connects).toBe(2);
    client.stop();
    client.retryNow();
    world.pass(60_000);
    expect(client.counts.connects).toBe(2);
    expect(client.state).toBe("lost");
    client.start();
    expect(client.counts.connects).toBe(3);
  });
});

describe("bad input", () => {
  test("what is no message is counted and disturbs nothing", () => {
    const { log, client, socket, say, open } = start();
    open();
    log.length = 0;
    for (const text of ["", "{", "null", "[]", '{"type":"update"}', '{"channel":"orders","type":"update","seq":"7"}']) {
      socket().events.message(text);
    }
    say("orders", "update", 6, "a");
    expect(client.counts.unreadable).toBe(6);
    expect(log).toEqual(["update orders a"]);
  });

  test("an error of the server is passed on", () => {
    const { log, socket, open } = start();
    open();
    socket().events.message('{"type":"error","data":[{"code":"BodyInvalid"}]}');
    expect(log.at(-1)).toBe("refused 1");
    expect(readMessage('{"type":"pong"}')?.data).toEqual([]);
  });
});
