/** Private connections in virtual time: silence, death, refusal, backoff, handover. */

import { describe, expect, test } from "bun:test";
import { Heard, type LinkLimits, PrivateLink } from "./private_link.ts";
import type { SocketEvents } from "./socket.ts";

const SECOND_US = 1_000_000;
const LIMITS: LinkLimits = {
  connectUsMax: 10 * SECOND_US,
  pingAfterUs: 5 * SECOND_US,
  silentUsMax: 12 * SECOND_US,
  deadUsMax: 20 * SECOND_US,
  reconnect: { waitUsMin: 50_000, firstUsMax: SECOND_US, waitUsMax: 30 * SECOND_US },
  healthyUs: 30 * SECOND_US,
  rolloverUs: (23 * 60 + 40) * 60 * SECOND_US,
  handoverUs: 8 * SECOND_US,
};

/** A venue whose sockets the test holds in its hands. */
class Rig {
  nowUs = 0;
  readonly told: string[] = [];
  readonly sockets: {
    readonly url: string;
    readonly events: SocketEvents;
    readonly said: string[];
    pings: number;
    isClosed: boolean;
  }[] = [];
  url: string | undefined = "ws://venue";
  greeting: string | undefined = "hello";
  readonly link = new PrivateLink(LIMITS, {
    nowUs: () => this.nowUs,
    random: () => 0,
    openSocket: (url, events) => {
      const socket = { url, events, said: [] as string[], pings: 0, isClosed: false };
      this.sockets.push(socket);
      return {
        send: (text) => socket.said.push(text) > 0,
        ping: () => {
          socket.pings++;
        },
        close: () => {
          socket.isClosed = true;
        },
      };
    },
    address: (done) => done(this.url),
    greeting: () => this.greeting,
    text: (text) => Heard[text as keyof typeof Heard] as Heard,
    up: () => this.told.push("up"),
    silent: () => this.told.push("silent"),
    down: (why) => this.told.push(`down: ${why}`),
  });

  run(us: number, alive?: number): void {
    for (let end = this.nowUs + us; this.nowUs < end; ) {
      this.nowUs += 100_000;
      if (alive !== undefined) this.sockets[alive]?.events.alive();
      this.link.tick(this.nowUs);
    }
  }

  up(at = 0): void {
    this.sockets[at]?.events.opened();
    this.sockets[at]?.events.text("Greeted");
  }
}

describe("a line", () => {
  test("is up when the venue has taken the greeting, and carries nothing before", () => {
    const rig = new Rig();
    rig.link.start();
    expect([rig.sockets.length, rig.link.isUp, rig.link.send("x")]).toEqual([1, false, false]);
    rig.up();
    expect(rig.sockets[0]?.said).toEqual(["hello"]);
    expect([rig.link.isUp, rig.told, rig.link.send("x")]).toEqual([true, ["up"], true]);
  });

  test("without a greeting it is up when it is open", () => {
    const rig = new Rig();
    rig.greeting = undefined;
    rig.link.start();
    rig.sockets[0]?.events.opened();
    expect(rig.told).toEqual(["up"]);
  });

  test("that is quiet is pinged; silent, it is told; dead, it is replaced", () => {
    const rig = new Rig();
    rig.link.start();
    rig.up();
    rig.run(6 * SECOND_US);
    expect([rig.sockets[0]?.pings, rig.told]).toEqual([1, ["up"]]);
    rig.run(7 * SECOND_US);
    expect(rig.told).toEqual(["up", "silent"]);
    rig.run(8 * SECOND_US);
    expect(rig.told).toEqual(["up", "silent", "down: no sign of life"]);
    expect([rig.sockets.length, rig.sockets[0]?.isClosed, rig.link.reconnects]).toEqual([2, true, 1]);
    rig.up(1);
    expect(rig.told.at(-1)).toBe("up");
  });

  test("that is heard again after silence is up again", () => {
    const rig = new Rig();
    rig.link.start();
    rig.up();
    rig.run(13 * SECOND_US);
    rig.run(SECOND_US, 0);
    expect(rig.told).toEqual(["up", "silent", "up"]);
  });

  test("whose greeting is refused, that nobody answers, or without an address: tried again, later and later, and never up", () => {
    const rig = new Rig();
    rig.link.start();
    rig.sockets[0]?.events.opened();
    rig.sockets[0]?.events.text("Refused");
    rig.run(200_000);
    expect([rig.sockets.length, rig.sockets[0]?.isClosed]).toEqual([2, true]);
    rig.run(11 * SECOND_US);
    expect(rig.sockets.length).toBe(3);
    rig.url = undefined;
    rig.sockets[2]?.events.closed("gone");
    rig.run(5 * SECOND_US);
    expect([rig.sockets.length, rig.told]).toEqual([3, []]);
    rig.url = "ws://venue";
    rig.run(SECOND_US);
    expect(rig.sockets.length).toBe(4);
  });

  test("that will hear nothing more is replaced at once", () => {
    const rig = new Rig();
    rig.link.start();
    rig.up();
    rig.sockets[0]?.events.text("Deaf");
    expect(rig.told).toEqual(["up", "down: the venue ended the stream"]);
    rig.run(200_000);
    expect(rig.sockets.length).toBe(2);
  });
});

describe("handover", () => {
  test("a line that the venue will end is read until the next one has been up for a while; requests go to the new one", () => {
    const rig = new Rig();
    rig.link.start();
    rig.up();
    rig.sockets[0]?.events.text("Leaving");
    rig.run(200_000);
    expect(rig.sockets.length).toBe(2);
    rig.link.send("on the old one");
    rig.up(1);
    rig.link.send("on the new one");
    expect([rig.sockets[0]?.said.at(-1), rig.sockets[1]?.said.at(-1)]).toEqual(["on the old one", "on the new one"]);
    rig.run(9 * SECOND_US, 0);
    expect([rig.sockets[0]?.isClosed, rig.link.isUp, rig.link.handovers]).toEqual([true, true, 1]);
    expect(rig.told).toEqual(["up"]);
  });

  test("an old line that ends before: down and up, so that what was missed is asked for", () => {
    const rig = new Rig();
    rig.link.start();
    rig.up();
    rig.sockets[0]?.events.text("Leaving");
    rig.run(200_000);
    rig.up(1);
    rig.sockets[0]?.events.closed("bye");
    expect(rig.told).toEqual(["up", "down: bye", "up"]);
    expect(rig.link.isUp).toBe(true);
  });

  test("a next line that fails leaves the old one alone", () => {
    const rig = new Rig();
    rig.link.start();
    rig.up();
    rig.sockets[0]?.events.text("Leaving");
    rig.run(200_000);
    rig.sockets[1]?.events.closed("no");
    rig.run(300_000, 0);
    expect([rig.told, rig.link.isUp, rig.sockets.length]).toEqual([["up"], true, 3]);
  });

  test("stop ends all, and nothing is told", () => {
    const rig = new Rig();
    rig.link.start();
    rig.up();
    rig.link.stop();
    rig.run(SECOND_US);
    expect([rig.sockets.length, rig.sockets[0]?.isClosed, rig.told]).toEqual([1, true, ["up"]]);
  });
});
