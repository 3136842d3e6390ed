/** Hub and peers over sockets in memory: who is counted, who is dropped as slow or silent, when full speed waits. */

import { describe, expect, test } from "bun:test";
import { Duplex } from "node:stream";
import { smallCapture } from "./capture.testing.ts";
import { CapturedFeed } from "./captured_feed.ts";
import { Faults } from "./faults.ts";
import { Hub } from "./hub.ts";
import { Peer } from "./peer.ts";
import { encodeText } from "./wire.ts";

/** Keeps what is written; takes it only while it is `open`. */
class MemorySocket extends Duplex {
  bytes = Buffer.alloc(0);
  open = true;
  #waiting: (() => void)[] = [];

  override _read(): void {}

  override _write(part: Buffer, _: string, done: () => void): void {
    this.bytes = Buffer.concat([this.bytes, part]);
    if (this.open) done();
    else this.#waiting.push(done);
  }
}

function rig() {
  const feed = new CapturedFeed([smallCapture().file], ["binance-spot"]);
  const clock = { ms: 1_000 };
  const gone: number[] = [];
  let first = 0;
  const faults = new Faults();
  const hub = new Hub({
    feed,
    faults,
    seed: 1,
    pingMs: 100,
    pongMs: 300,
    nowMs: () => clock.ms,
    onFirstSubscriber: () => first++,
    onGone: (sent) => gone.push(sent),
  });
  const join = (path: string) => {
    const socket = new MemorySocket();
    return { socket, peer: hub.accept(socket, "binance-spot", "all", path) };
  };
  return { hub, feed, faults, clock, gone, join, firsts: () => first };
}

const DEPTH = "/stream?streams=abcusdt@depth@100ms";

describe("Hub", () => {
  test("subscriptions in paths count, unknown names do not", async () => {
    const { hub, join, firsts, gone } = rig();
    join("/ws/nope@trade");
    expect([hub.subscribers, firsts(), hub.peers.size]).toEqual([0, 0, 1]);
    const { peer, socket } = join(DEPTH);
    expect(peer).toBeInstanceOf(Peer);
    expect([hub.subscribers, firsts(), peer.combined]).toEqual([1, 1, true]);
    socket.destroy();
    await Bun.sleep(1);
    expect([hub.subscribers, hub.peers.size, gone]).toEqual([0, 1, [0]]);
  });

  test("full speed needs a subscriber, waits at the capture's book for the request, and for who is behind", () => {
    const { hub, feed, clock, join } = rig();
    expect(hub.mayGoOn()).toBe(false);
    const { peer, socket } = join(DEPTH);
    expect(hub.mayGoOn()).toBe(true);
    let frame = feed.take();
    for (; frame.stream !== ""; frame = feed.take()) hub.publish(frame, true);
    hub.publish(frame, true);
    expect(hub.mayGoOn()).toBe(false);
    hub.noteBookAsked("binance-spot", "ABCUSDT");
    expect(hub.mayGoOn()).toBe(true);
    // Frames of one turn wait in the peer until the turn ends.
    expect(peer.waitingBytes).toBeGreaterThan(0);
    socket.open = false;
    for (let n = 0; n < 3; n++) peer.say("x".repeat(500_000));
    expect(hub.mayGoOn()).toBe(false);
    clock.ms += 10_000;
    expect(hub.mayGoOn()).toBe(false);
  });

  test("nobody asks for the book: full speed goes on after a second", () => {
    const { hub, feed, clock, join } = rig();
    join(DEPTH);
    let frame = feed.take();
    for (; frame.stream !== ""; frame = feed.take()) hub.publish(frame, true);
    hub.publish(frame, true);
    expect(hub.mayGoOn()).toBe(false);
    clock.ms += 1_001;
    expect(hub.mayGoOn()).toBe(true);
  });

  test("who does not read is dropped, and counted", () => {
    const { hub, join } = rig();
    const { peer, socket } = join(DEPTH);
    socket.open = false;
    for (let n = 0; n < 40 && !peer.isClosed; n++) peer.say("x".repeat(500_000));
    expect([hub.slowClosed, peer.isClosed, hub.peers.size]).toEqual([1, true, 0]);
  });

  test("who is not heard of is hung up on; the others are pinged", async () => {
    const { hub, clock, join } = rig();
    const silent = join(DEPTH);
    clock.ms += 200;
    const fresh = join(DEPTH);
    hub.beat();
    await Bun.sleep(1);
    expect(fresh.socket.bytes[0]).toBe(0x89);
    clock.ms += 150;
    hub.beat();
    await Bun.sleep(1);
    expect([hub.silentClosed, silent.peer.isClosed, fresh.peer.isClosed]).toEqual([1, true, false]);
    expect(silent.socket.bytes.subarray(-16).toString()).toContain("Pong timeout");
  });

  test("a private connection that falls silent stays open, says nothing and answers no ping, until that is over", async () => {
    const { clock, faults, join } = rig();
    const { peer, socket } = join(DEPTH);
    peer.say("before");
    await Bun.sleep(1);
    expect(socket.bytes.toString()).toContain("before");
    faults.change({ "silence-ms": 500 });
    peer.befall("private-silence");
    const bytes = socket.bytes.length;
    peer.say("lost");
    peer.ping();
    peer.receive(Buffer.from([0x89, 0x80, 1, 2, 3, 4]));
    await Bun.sleep(1);
    expect([socket.bytes.length, peer.isClosed]).toEqual([bytes, false]);
    clock.ms += 501;
    peer.receive(Buffer.from([0x89, 0x80, 1, 2, 3, 4]));
    await Bun.sleep(1);
    expect(socket.bytes.subarray(bytes)).toEqual(Buffer.from([0x8a, 0]));
  });

  test("a frame is sent as it was captured, in one write with others of its turn", async () => {
    const { hub, feed, join } = rig();
    const { socket, peer } = join(DEPTH);
    const frame = feed.take();
    hub.publish(frame, false);
    hub.publish(feed.take(), false);
    await Bun.sleep(1);
    expect(socket.bytes.equals(encodeText(frame.envelope as string))).toBe(true);
    expect([peer.sent, hub.framesSent]).toEqual([1, 2]);
    expect(hub.clockUs).toBe(JSON.parse(frame.data).E * 1_000);
    hub.restart();
    expect(peer.isClosed).toBe(true);
    expect(hub.market("binance-spot", "ABCUSDT")?.book.isEmpty).toBe(true);
    expect(hub.markets("binance-usdm")).toEqual([]);
  });
});
