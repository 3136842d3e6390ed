/** Connection, line and socket with a dialect of their own: text heartbeats, hand-over, and a real server. json beside. */

import { afterEach, describe, expect, test } from "bun:test";
import { Code } from "../../core/code.ts";
import { Connection, type ConnectionHost, type ConnectionLimits } from "./connection.ts";
import type { Control, LineDialect } from "./dialect.ts";
import { eventName, objectOf, parseJson } from "./json.ts";
import { openWebSocket, type Socket, type SocketEvents, TEXT_UNITS_MAX } from "./socket.ts";

const SECOND_US = 1_000_000;
const LIMITS: ConnectionLimits = {
  namesPerMessageMax: 10,
  messageGapUsMin: 0,
  answerUsMax: 10 * SECOND_US,
  connectUsMax: 10 * SECOND_US,
  pingAfterUs: 5 * SECOND_US,
  heartbeatLostUsMax: 12 * SECOND_US,
  streamsPerConnectionMax: 4,
  reconnect: { waitUsMin: 1_000, firstUsMax: 10_000, waitUsMax: SECOND_US },
  healthyUs: 30 * SECOND_US,
  rolloverUs: 3_600 * SECOND_US,
  handoverUs: SECOND_US,
  lineSilentUsMax: 60 * SECOND_US,
  silentUsMax: 600 * SECOND_US,
};

/** A venue that speaks in words: `sub a,b`, `ok <stream>`, `beat`/`beaten`, `bye`; data begin with `d `. */
const WORDS: LineDialect = {
  request: (subscribe, streams) => `${subscribe ? "sub" : "leave"} ${streams.join(",")}`,
  isData: (text) => text.startsWith("d "),
  readControl(text): Control {
    if (text === "beaten") return { kind: "alive" };
    if (text === "bye") return { kind: "shutdown" };
    const [word, stream] = text.split(" ");
    if ((word !== "ok" && word !== "no") || stream === undefined) return { kind: "other" };
    return { kind: "answer", id: undefined, refused: word === "no", detail: word, stream };
  },
  ping: "beat",
};

class Rig {
  nowUs = SECOND_US;
  readonly said: string[] = [];
  readonly heard: string[] = [];
  readonly sockets: SocketEvents[] = [];
  readonly host: ConnectionHost = {
    nowUs: () => this.nowUs,
    random: () => 0.5,
    dialect: WORDS,
    openSocket: (_, events): Socket => {
      this.sockets.push(events);
      const number = this.sockets.length;
      return {
        send: (text) => this.said.push(`${number}: ${text}`) > 0,
        ping: () => this.said.push(`${number}: (ping)`),
        close: () => this.heard.push(`${number} closed`),
      };
    },
    nextEpoch: () => this.sockets.length + 1,
    mayConnect: () => true,
    frame: (_, text) => this.heard.push(text),
    stray: (text) => this.heard.push(`stray ${text}`),
    refused: (stream) => this.heard.push(`refused ${stream}`),
    lost: (_, code, __, broken) => this.heard.push(`${Code[code]}${broken ? " broken" : ""}`),
  };
  readonly connection: Connection;

  constructor(limits: Partial<ConnectionLimits> = {}) {
    this.connection = new Connection("ws://x", "/", { ...LIMITS, ...limits }, this.host);
  }

  after(us: number): void {
    this.nowUs += us;
    this.connection.tick(this.nowUs);
  }

  get last(): SocketEvents {
    return this.sockets.at(-1) as SocketEvents;
  }
}

describe("a connection whose venue answers stream by stream and beats in text", () => {
  test("subscribes, beats after silence, and is lost when the beat is not answered", () => {
    const rig = new Rig();
    for (const stream of ["a", "b"]) rig.connection.want(stream);
    rig.connection.start(rig.nowUs);
    rig.last.opened();
    rig.after(1);
    expect(rig.said).toEqual(["1: sub a,b"]);
    rig.last.text("ok a");
    rig.last.text("no b");
    rig.after(1);
    expect([rig.connection.settled, rig.connection.holds("a"), rig.connection.holds("b")]).toEqual([true, true, false]);
    rig.last.text("d a 1");
    rig.last.text("what?");
    rig.after(5 * SECOND_US);
    expect(rig.said.at(-1)).toBe("1: beat");
    rig.last.text("beaten");
    rig.after(5 * SECOND_US);
    rig.after(7 * SECOND_US);
    expect(rig.heard).toEqual(["refused b", "d a 1", "stray what?", "1 closed", "HeartbeatLost broken"]);
    rig.after(SECOND_US);
    expect(rig.sockets).toHaveLength(2);
  });

  test("hands over to a second line when the venue says goodbye, and nothing is lost", () => {
    const rig = new Rig();
    rig.connection.want("a");
    rig.connection.start(rig.nowUs);
    const first = rig.last;
    first.opened();
    first.text("ok a");
    rig.after(1);
    first.text("bye");
    rig.after(1);
    expect(rig.sockets).toHaveLength(2);
    rig.last.opened();
    rig.last.text("ok a");
    rig.after(1);
    first.text("d a 1");
    rig.last.text("d a 1");
    rig.after(2 * SECOND_US);
    expect(rig.heard).toEqual(["d a 1", "d a 1", "1 closed"]);
    expect([rig.connection.handovers, rig.connection.reconnects]).toEqual([1, 0]);
  });
});

describe("a redundant connection", () => {
  /** Two lines that both have stream a. */
  function pair(limits: Partial<ConnectionLimits> = {}): Rig & { readonly lines: readonly SocketEvents[] } {
    const rig = new Rig({ redundant: true, ...limits });
    rig.connection.want("a");
    rig.connection.start(rig.nowUs);
    for (let line = 0; line < 2; line++) {
      rig.last.opened();
      rig.last.text("ok a");
      rig.after(1);
    }
    rig.after(1);
    expect([rig.sockets.length, rig.connection.lines]).toEqual([2, 2]);
    return Object.assign(rig, { lines: rig.sockets.slice() });
  }

  test("has two lines all the time; the loss of either breaks nothing, and a second one is made again", () => {
    for (const dying of [0, 1]) {
      const rig = pair();
      rig.lines[1 - dying]?.text("d a 1");
      rig.lines[dying]?.closed("gone");
      expect(rig.heard).toEqual(["d a 1", `${dying + 1} closed`, "SocketLost"]);
      expect([rig.connection.settled, rig.connection.lines]).toEqual([true, 1]);
      rig.after(SECOND_US);
      expect(rig.sockets).toHaveLength(3);
      rig.last.opened();
      rig.last.text("ok a");
      rig.after(1);
      expect([rig.connection.lines, rig.connection.handovers]).toEqual([2, 1 - dying]); // The second took over.
    }
  });

  test("both lost at once: data may be missing", () => {
    const rig = pair();
    rig.lines[1]?.closed("gone");
    rig.lines[0]?.closed("gone");
    expect(rig.heard.filter((text) => text.startsWith("SocketLost"))).toEqual(["SocketLost", "SocketLost broken"]);
  });

  test("a line that is mute while the other speaks is replaced; a quiet market replaces none early", () => {
    for (const mute of [0, 1]) {
      const rig = pair({ pingAfterUs: 600 * SECOND_US, heartbeatLostUsMax: 900 * SECOND_US });
      rig.after(59 * SECOND_US);
      rig.lines[1 - mute]?.text("d a 1");
      rig.after(SECOND_US - 3);
      expect(rig.connection.lines).toBe(2);
      rig.after(3 * SECOND_US);
      rig.lines[1 - mute]?.text("d a 2");
      rig.after(1);
      expect(rig.heard).toEqual(["d a 1", "d a 2", `${mute + 1} closed`, "StreamSilent"]);
    }
  });

  test("is replaced line by line before the venue ends them", () => {
    const rig = pair({ rolloverUs: 30 * SECOND_US, pingAfterUs: 600 * SECOND_US, heartbeatLostUsMax: 900 * SECOND_US });
    rig.after(30 * SECOND_US);
    expect([rig.heard, rig.connection.handovers]).toEqual([["1 closed"], 1]);
    rig.after(1);
    expect(rig.sockets).toHaveLength(3);
    rig.last.opened();
    rig.last.text("ok a");
    rig.after(1);
    rig.after(SECOND_US);
    expect([rig.heard, rig.connection.handovers]).toEqual([["1 closed", "2 closed"], 2]);
  });
});

describe("a real socket", () => {
  const servers: { stop(force: boolean): void }[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.stop(true);
  });

  test("opens, echoes, tells its end once; an address without a listener is told as an end", async () => {
    const server = Bun.serve({
      port: 0,
      fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("no", { status: 400 })),
      websocket: {
        message(socket, message) {
          if (message === "end") socket.close(4_001, "over");
          else if (message === "flood") socket.send("x".repeat(TEXT_UNITS_MAX + 1));
          else socket.send(`echo ${String(message)}`);
        },
      },
    });
    servers.push(server);
    const heard: string[] = [];
    const ended = Promise.withResolvers<void>();
    const events = (): SocketEvents => ({
      opened: () => heard.push("opened"),
      text: (text) => heard.push(text),
      binary: (size) => heard.push(`binary ${size}`),
      alive: () => {},
      closed: (detail) => {
        heard.push(detail);
        ended.resolve();
      },
    });
    const socket = openWebSocket(`ws://localhost:${server.port}`, events());
    expect(socket.send("early")).toBe(false);
    while (!heard.includes("opened")) await Bun.sleep(1);
    expect(socket.send("hello")).toBe(true);
    while (heard.length < 2) await Bun.sleep(1);
    socket.send("end");
    await ended.promise;
    expect(heard).toEqual(["opened", "echo hello", "code 4001, over"]);
    expect(socket.send("late")).toBe(false);
    const flooded = Promise.withResolvers<string>();
    const texts: number[] = [];
    const flood = openWebSocket(`ws://localhost:${server.port}`, {
      ...events(),
      opened: () => flood.send("flood"),
      text: (text) => texts.push(text.length),
      closed: (detail) => flooded.resolve(detail),
    });
    expect([await flooded.promise, texts]).toEqual([`a message of ${TEXT_UNITS_MAX + 1} characters`, []]);
    expect(flood.send("late")).toBe(false);
    const refused = Promise.withResolvers<string>();
    openWebSocket("ws://localhost:1", { ...events(), closed: (detail) => refused.resolve(detail) });
    expect(await refused.promise).toContain("code 1006");
    const bad = Promise.withResolvers<string>();
    openWebSocket("no address", { ...events(), closed: (detail) => bad.resolve(detail) });
    expect(await bad.promise).not.toBe("");
  });
});

test("JSON of a frame: objects are told from all else, and garbage is a code", () => {
  const parsed = parseJson('{"e":"trade","x":1}');
  expect(typeof parsed === "number" ? undefined : eventName(parsed.value)).toBe("trade");
  expect(objectOf([1])).toBeUndefined();
  expect(objectOf(null)).toBeUndefined();
  expect([parseJson("{"), parseJson("x")]).toEqual([Code.FrameTruncated, Code.FrameNotJson]);
});
