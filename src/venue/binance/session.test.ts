/** A market session in virtual time, case by case. (session_connection, session_line, bootstrap, session_limits) */

import { describe, expect, test } from "bun:test";
import { Code } from "../../core/code.ts";
import { BookFlag } from "../../market/book_sync.ts";
import { FakeTime } from "../wire/fake_time.testing.ts";
import { Line } from "../wire/line.ts";
import type { SocketEvents } from "../wire/socket.ts";
import { BINANCE_DIALECT } from "./session_control.ts";
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from "./session_limits.ts";
import { type RigWorld, SessionRig } from "./session_rig.testing.ts";
import { FakeNetwork, type FakeSocket } from "./session_time.testing.ts";
import { TestVenue } from "./session_venue.testing.ts";

const SECOND_US = 1_000_000;
const STEP_US = 100_000;
/** A diff without its levels. */
const UNREADABLE = '{"stream":"ethusdt@depth@100ms","data":{"e":"depthUpdate","E":1,"s":"ETHUSDT","U":1}}';

class Case {
  readonly time = new FakeTime();
  readonly venue: TestVenue;
  readonly network: FakeNetwork;
  readonly rig: SessionRig;
  /** False: the market stands still. */
  moving = true;
  /** Seconds in which some book was not valid. */
  invalidSteps = 0;

  constructor(
    session: Partial<SessionLimits> = {},
    world: Partial<RigWorld> = {},
    symbols: readonly string[] = ["ETHUSDT", "BTCUSDT"],
    market: "spot" | "usdm" = "spot",
  ) {
    this.venue = new TestVenue(market, symbols, 5);
    this.network = new FakeNetwork(this.time, this.venue);
    const { time, network } = this;
    const { setTimer, clearTimer } = time;
    this.rig = new SessionRig({
      venue: this.venue,
      time: { nowUs: () => time.nowUs, setTimer, clearTimer },
      rest: network.rest,
      openSocket: network.openSocket,
      session,
      ...world,
    });
  }

  get session() {
    return this.rig.session;
  }

  run(seconds: number, stepUs = STEP_US): this {
    for (let passedUs = 0; passedUs < seconds * SECOND_US; passedUs += stepUs) {
      if (this.moving) this.venue.step();
      this.time.run(stepUs);
      if (!this.rig.allValid) this.invalidSteps++;
    }
    expect(this.rig.wrong).toEqual([]);
    return this;
  }

  start(seconds = 3): this {
    this.session.start();
    this.run(seconds);
    expect(this.rig.allValid).toBe(true);
    this.invalidSteps = 0;
    return this;
  }
}

describe("from nothing to valid books", () => {
  test.each(["spot", "usdm"] as const)(
    "%s: subscribes, waits for the first diff, asks one snapshot a book",
    (market) => {
      const run = new Case({}, {}, ["ETHUSDT", "BTCUSDT"], market).start();
      expect(run.session.status()).toMatchObject({
        connected: true,
        connections: market === "spot" ? 1 : 2,
        streams: 6,
        reconnects: 0,
        setAside: 0,
        snapshotsAsked: 2,
        snapshotsServed: 2,
        snapshotsInFlight: 0,
        problem: undefined,
      });
      expect(run.rig.problems).toEqual([]);
      expect(run.rig.market.instrument(0)?.tradeCount).toBeGreaterThan(0);
      expect(run.rig.market.instrument(1)?.quoteCount).toBeGreaterThan(0);
      expect(run.session.status().lastFrameUs).toBeGreaterThan(run.time.nowUs - SECOND_US);
    },
  );

  test("a market that stands still is asked for its snapshot after a while", () => {
    const run = new Case();
    run.moving = false;
    run.session.start();
    run.run(2.5);
    expect(run.venue.requests).toBe(0);
    run.run(2);
    expect(run.venue.requests).toBe(2);
    expect(run.rig.allValid).toBe(true);
    run.moving = true;
    run.run(2);
    expect(run.rig.allValid).toBe(true);
  });

  test("no answer to a subscription: the connection is replaced", () => {
    const run = new Case();
    run.venue.mute = true;
    run.session.start();
    run.run(10.2);
    expect(run.rig.codes()).toEqual(["TimedOut"]);
    run.venue.mute = false;
    run.run(10);
    expect(run.rig.allValid).toBe(true);
    expect(run.session.status()).toMatchObject({ connected: true, reconnects: 1, epoch: 2, problem: undefined });
  });

  test("a refused stream is named, and the others work", () => {
    const run = new Case();
    run.venue.refuse.add("btcusdt@bookTicker");
    run.session.start();
    run.run(8);
    expect(run.rig.codes()).toEqual(["SubscribeRefused"]);
    expect(run.rig.problems[0]?.detail).toContain("btcusdt@bookTicker");
    expect(run.rig.allValid).toBe(true);
    expect(run.rig.market.instrument(1)?.quoteCount).toBe(0);
  });
});

describe("losing the connection", () => {
  test("books are invalid at once, and valid again with new snapshots", () => {
    const run = new Case().start();
    run.network.live[0]?.cut("code 1006");
    expect(run.rig.allValid).toBe(false);
    expect(run.rig.problems.map(({ code, detail }) => `${code} ${detail}`)).toEqual([
      "SocketLost ws://venue/stream: code 1006",
    ]);
    run.run(5);
    expect(run.rig.allValid).toBe(true);
    expect(run.session.status()).toMatchObject({ reconnects: 1, epoch: 2, snapshotsServed: 4, problem: undefined });
    expect(run.rig.reconnected).toBe(2);
  });

  test("a dead cable is noticed by the heartbeat, within the limit", () => {
    const run = new Case().start();
    run.network.dead = true;
    run.run(24);
    expect(run.network.live[0]?.pings).toBe(1);
    expect(run.rig.codes()).toEqual([]);
    run.run(2);
    expect(run.rig.codes()).toEqual(["HeartbeatLost"]);
    run.network.dead = false;
    run.run(15);
    expect(run.rig.allValid).toBe(true);
  });

  test("a quiet market with a living connection is pinged and kept", () => {
    const run = new Case().start();
    run.moving = false;
    run.run(55);
    expect(run.rig.codes()).toEqual([]);
    expect(run.network.live[0]?.pings).toBeGreaterThanOrEqual(4);
    expect(run.session.status().reconnects).toBe(0);
  });

  test("a refusing venue is tried with backoff, and never too often in five minutes", () => {
    const connects = { weightMax: 6, windowUs: 310 * SECOND_US, requestsMax: 6 };
    const run = new Case({ connects });
    run.network.refusing = true;
    run.session.start();
    run.run(300);
    expect(run.network.opened).toBe(6);
    expect(run.rig.codes()).toEqual(["SocketRefused"]);
    expect(run.session.status()).toMatchObject({ connected: false, problem: { code: "SocketRefused" } });
    run.network.refusing = false;
    run.run(120);
    expect(run.rig.allValid).toBe(true);
  });

  test("a connection that never opens is given up", () => {
    const run = new Case();
    run.network.hanging = true;
    run.session.start();
    run.run(11);
    expect(run.rig.problems[0]?.detail).toContain("not open in time");
  });

  test("waits grow while it flaps and start anew after a healthy time", () => {
    const run = new Case({ reconnect: { waitUsMin: 1_000, firstUsMax: 1_000_000, waitUsMax: 64_000_000 } });
    run.session.start();
    const waits: number[] = [];
    for (let n = 0; n < 7; n++) {
      run.run(2);
      run.network.live[0]?.cut("flap");
      let waited = 0;
      for (; run.network.live.length === 0; waited++) run.run(0.1);
      waits.push(waited);
    }
    expect(Math.max(...waits)).toBeGreaterThan(20);
    run.run(40);
    run.network.live[0]?.cut("once");
    run.run(1.2);
    expect(run.network.live.length).toBe(1);
  });
});

describe("silence", () => {
  test("one stream that went silent is subscribed anew; the book stays as it is", () => {
    const run = new Case().start();
    run.venue.silent.add("ethusdt@bookTicker");
    run.run(62);
    expect(run.rig.problems.map(({ code, detail }) => `${code} ${detail}`)).toEqual([
      "StreamSilent ethusdt@bookTicker is silent; it is subscribed anew",
    ]);
    expect(run.session.status()).toMatchObject({ silences: 1, reconnects: 0, connected: true });
    expect(run.invalidSteps).toBe(0);
    run.run(100);
    expect(run.session.status().silences).toBe(1); // The limit has doubled.
    run.run(30);
    expect(run.session.status().silences).toBe(2);
  });

  test("a connection that answers pings but sends no data is replaced", () => {
    const run = new Case({ streamSilentUsMax: 500 * SECOND_US }).start();
    for (const book of run.venue.books) {
      for (const kind of ["trade", "bookTicker", "depth@100ms"]) {
        run.venue.silent.add(`${book.symbol.toLowerCase()}@${kind}`);
      }
    }
    run.run(62);
    expect(run.rig.codes()).toEqual(["StreamSilent"]);
    expect(run.session.status().reconnects).toBe(1);
    run.venue.silent.clear();
    run.run(5);
    expect(run.rig.allValid).toBe(true);
  });
});

describe("handing over to a new connection", () => {
  test("before the venue ends the old one: no book is invalid for a moment", () => {
    const run = new Case({ rolloverUs: 60 * SECOND_US }).start();
    run.run(70);
    expect(run.session.status()).toMatchObject({ handovers: 1, reconnects: 0, connected: true, epoch: 2 });
    expect(run.invalidSteps).toBe(0);
    expect(run.rig.reconnected).toBe(0);
    expect(run.network.live.length).toBe(1);
    expect(run.rig.market.instrument(0)?.tradeIdGaps).toBe(0);
    expect(run.rig.problems).toEqual([]);
  });

  test("when the venue announces that it will close", () => {
    const run = new Case().start();
    run.network.live[0]?.events.text('{"e":"serverShutdown","E":1}');
    run.run(6);
    expect(run.session.status()).toMatchObject({ handovers: 1, reconnects: 0, epoch: 2 });
    expect(run.invalidSteps).toBe(0);
  });

  test("the old one ends first: the new one takes over, without a gap when it was complete", () => {
    const run = new Case({ handoverUs: 30 * SECOND_US }).start();
    run.network.live[0]?.events.text('{"stream":"!serverShutdown","data":{}}');
    run.run(5);
    expect(run.network.live.length).toBe(2);
    run.network.live[0]?.cut("code 1001");
    run.run(5);
    expect(run.session.status()).toMatchObject({ handovers: 1, reconnects: 1, connected: true });
    expect(run.invalidSteps).toBe(0);
    expect(run.rig.reconnected).toBe(0);
  });

  test("the old one ends before the new one has everything: the books begin anew", () => {
    const run = new Case({ messageGapUsMin: 5 * SECOND_US, namesPerMessageMax: 3 }).start(8);
    run.network.live[0]?.events.text('{"stream":"!serverShutdown","data":{}}');
    run.run(2);
    expect(run.network.live.length).toBe(2);
    run.network.live[0]?.cut("code 1001");
    expect(run.rig.allValid).toBe(false);
    run.run(12);
    expect(run.session.status()).toMatchObject({ handovers: 1, reconnects: 1, connected: true });
    expect(run.rig.allValid).toBe(true);
  });

  test("the new one fails: the old one stays, and it is tried again", () => {
    const run = new Case({ rolloverUs: 60 * SECOND_US }).start();
    run.network.refusing = true;
    run.run(65);
    expect(run.rig.codes()).toEqual(["SocketRefused"]);
    expect(run.session.status().connected).toBe(true);
    expect(run.invalidSteps).toBe(0);
    run.network.refusing = false;
    run.run(30);
    expect(run.session.status()).toMatchObject({ handovers: 1, reconnects: 0 });
  });
});

describe("a redundant connection", () => {
  test("one line of two is cut again and again: no book is invalid for a moment, no trade is counted twice or lost", () => {
    const run = new Case({ redundant: true }).start();
    run.run(10);
    expect(run.network.live.length).toBe(2);
    for (let round = 0; round < 7; round++) {
      run.network.live[round % 2]?.cut("code 1006");
      run.run(40); // Long enough to count as healthy, so that waits stay short.
      expect(run.network.live.length).toBe(2);
    }
    expect(run.session.status()).toMatchObject({ connected: true });
    expect([run.invalidSteps, run.rig.reconnected]).toEqual([0, 0]);
    expect(run.rig.market.instrument(0)?.tradeIdGaps).toBe(0);
    expect(run.rig.wrong).toEqual([]);
  });
});

describe("who wants what", () => {
  test("streams begin with the first and end with the last; the book is then not believed", () => {
    const run = new Case({}, { idle: [1] });
    run.session.start();
    run.run(3);
    expect([run.rig.book(0)?.valid, run.rig.book(1)]).toEqual([true, undefined]);
    expect(run.session.subscribe(1)).toBe(true);
    expect(run.session.subscribe(1)).toBe(true);
    run.run(3);
    expect(run.rig.allValid).toBe(true);
    run.session.unsubscribe(1);
    run.run(1);
    expect(run.rig.book(1)?.valid).toBe(true);
    run.session.unsubscribe(1);
    expect(run.rig.book(1)?.valid).toBe(false);
    run.run(3);
    expect([...(run.venue.peers.values().next().value?.streams ?? [])].sort()).toEqual([
      "ethusdt@bookTicker",
      "ethusdt@depth@100ms",
      "ethusdt@trade",
    ]);
    const asked = run.venue.requests;
    run.run(10);
    expect(run.venue.requests).toBe(asked);
    expect([run.session.subscribe(7), run.session.unsubscribe(1), run.session.unsubscribe(7)]).toEqual([
      false,
      false,
      false,
    ]);
    run.session.subscribe(1);
    run.run(3);
    expect(run.rig.allValid).toBe(true);
  });

  test("more streams than one connection may have go to several, which close when they are empty", () => {
    const symbols = ["A", "B", "C", "D", "E"].map((name) => `${name}USDT`);
    const run = new Case({ streamsPerConnectionMax: 6 }, {}, symbols).start(6);
    expect(run.session.status()).toMatchObject({ connections: 3, streams: 15 });
    expect(run.venue.streamsPerPeerSeen).toBe(6);
    run.session.unsubscribe(4);
    run.run(1);
    expect(run.session.status()).toMatchObject({ connections: 2, connected: true });
    expect(run.network.live.length).toBe(2);
  });

  test("frames of a connection that a stream has left are not taken, though another has it now", () => {
    const run = new Case({ streamsPerConnectionMax: 3 }, { idle: [1] });
    run.session.start();
    run.run(3);
    const old = run.network.live[0] as FakeSocket;
    run.session.unsubscribe(0);
    run.session.subscribe(1); // Takes the room.
    run.session.subscribe(0);
    run.run(3);
    expect([run.network.live.length, run.rig.allValid]).toEqual([2, true]);
    const { setAside } = run.session.status();
    const held = run.rig.book(0)?.lastUpdateId;
    const diff = { e: "depthUpdate", E: 1, s: "ETHUSDT", U: (held ?? 0) + 1, u: (held ?? 0) + 9, b: [], a: [] };
    old.events.text(JSON.stringify({ stream: "ethusdt@depth@100ms", data: diff }));
    expect([run.session.status().setAside - setAside, run.rig.book(0)?.lastUpdateId]).toEqual([1, held]);
  });

  test("300 symbols: control messages keep the venue's pace", () => {
    const symbols = Array.from({ length: 300 }, (_, n) => `S${n}USDT`);
    const streams = { trades: "trade", quotes: true, depth: "none" } as const;
    const run = new Case({}, { streams }, symbols);
    run.moving = false;
    run.session.start();
    run.run(4);
    expect(run.session.status()).toMatchObject({ connected: true, connections: 1, streams: 600 });
    expect(run.venue.controlPerSecondSeen).toBeLessThanOrEqual(3);
  });
});

describe("snapshots", () => {
  test("40 books over a small budget: in turn, never over it, and all become valid", () => {
    const symbols = Array.from({ length: 40 }, (_, n) => `S${n}USDT`);
    const requests = { weightMax: 500, windowUs: 60 * SECOND_US, requestsMax: 64 };
    const run = new Case({ requests }, {}, symbols);
    const asked: string[] = [];
    const get = run.network.rest.get.bind(run.network.rest);
    run.network.rest.get = (url, done) => {
      asked.push(new URL(url).searchParams.get("symbol") ?? "");
      get(url, done);
    };
    run.session.start();
    run.run(50, SECOND_US);
    expect(run.venue.requests).toBe(10);
    expect(run.rig.codes()).toEqual(["RequestBudgetSpent"]);
    run.run(200, SECOND_US);
    expect(run.rig.allValid).toBe(true);
    expect([...new Set(asked.slice(0, 40))].sort()).toEqual([...symbols].sort()); // Nobody twice before all once.
    expect(run.venue.weightPerMinuteSeen).toBe(500);
    expect(run.venue.sameBookInFlightSeen).toBe(1);
  });

  test("a weight that others of the address spent is respected", () => {
    const run = new Case({ requests: { weightMax: 500, windowUs: 60 * SECOND_US, requestsMax: 64 } });
    const get = run.network.rest.get.bind(run.network.rest);
    run.network.rest.get = (url, done) =>
      get(url, (answer) => done({ ...answer, headers: { "x-mbx-used-weight-1m": "480" } }));
    run.start();
    const asked = run.venue.requests;
    run.network.live[0]?.cut("code 1006");
    run.run(30);
    expect(run.venue.requests).toBe(asked);
    run.run(40);
    expect(run.rig.allValid).toBe(true);
  });

  test("429 and 418 silence all requests for as long as the venue says", () => {
    for (const status of [429, 418]) {
      const run = new Case();
      const get = run.network.rest.get.bind(run.network.rest);
      let refuse = true;
      run.network.rest.get = (url, done) =>
        get(url, (answer) => done(refuse ? { status, text: "{}", headers: { "retry-after": "30" } } : answer));
      run.session.start();
      run.run(2);
      const asked = run.venue.requests;
      expect(asked).toBeLessThanOrEqual(2); // Both books had asked before the first answer came.
      refuse = false;
      run.run(27);
      expect(run.venue.requests).toBe(asked);
      run.run(8);
      expect(run.rig.allValid).toBe(true);
      expect(run.rig.codes()).toContain("AnswerRefused");
    }
  });

  test("an answer of before the reconnect is thrown away, and no second request runs beside it", () => {
    const run = new Case({}, {}, ["ETHUSDT"]);
    const answers: (() => void)[] = [];
    const get = run.network.rest.get.bind(run.network.rest);
    run.network.rest.get = (url, done) => get(url, (answer) => answers.push(() => done(answer)));
    run.session.start();
    run.run(3);
    expect([run.venue.requests, run.session.status().snapshotsInFlight]).toEqual([1, 1]);
    run.network.live[0]?.cut("code 1006");
    run.run(10);
    expect(run.venue.requests).toBe(1);
    answers.shift()?.();
    expect([run.rig.book(0)?.snapshots, run.rig.book(0)?.snapshotsTooOld]).toEqual([0, 0]);
    run.run(3);
    answers.shift()?.();
    expect([run.venue.requests, run.rig.allValid]).toEqual([2, true]);
  });

  test("an answer for an instrument that nobody wants any more is thrown away", () => {
    const run = new Case({}, {}, ["ETHUSDT"]);
    const answers: (() => void)[] = [];
    const get = run.network.rest.get.bind(run.network.rest);
    run.network.rest.get = (url, done) => get(url, (answer) => answers.push(() => done(answer)));
    run.session.start();
    run.run(3);
    run.session.unsubscribe(0);
    run.run(1);
    expect(answers.length).toBe(1);
    answers[0]?.();
    expect([run.rig.book(0)?.snapshots, run.rig.allValid]).toEqual([0, false]);
  });

  test("a book doubtful for one unreadable diff heals by the next, without a request", () => {
    const run = new Case({}, {}, ["ETHUSDT"]).start();
    const asked = run.venue.requests;
    run.network.live[0]?.events.text(UNREADABLE);
    expect(run.rig.allValid).toBe(false);
    run.run(2);
    expect(run.rig.allValid).toBe(true);
    expect(run.venue.requests).toBe(asked);
  });

  test("a shallow book is asked for after those that are not valid, and deeper only when it is shallow again soon", () => {
    const symbols = ["ETHUSDT", "BTCUSDT"];
    const snapshotRetry = { waitUsMin: 50_000, firstUsMax: 200_000, waitUsMax: 200_000 };
    const run = new Case({ shallowAgainUs: 40 * SECOND_US, snapshotRetry }, {}, symbols);
    const limits: string[] = [];
    const get = run.network.rest.get.bind(run.network.rest);
    run.network.rest.get = (url, done) => {
      limits.push(new URL(url).search);
      get(url, done);
    };
    run.start();
    const shallow = (instrument: number) => {
      const book = run.rig.book(instrument);
      if (book === undefined) throw new Error("no book");
      book.flags |= BookFlag.Shallow;
      book.needsSnapshot = true;
    };
    run.moving = false;
    run.run(50);
    shallow(0);
    run.rig.market.onReconnect(1);
    run.run(0.2);
    run.moving = true;
    run.run(5);
    expect(limits.slice(2, 4)).toEqual(["?symbol=BTCUSDT&limit=1000", "?symbol=ETHUSDT&limit=1000"]);
    expect(run.rig.allValid).toBe(true);
    limits.length = 0;
    run.moving = false;
    shallow(0);
    run.run(1);
    expect(limits[0]).toBe("?symbol=ETHUSDT&limit=5000");
  });

  test("a book doubtful in a quiet market is asked for", () => {
    const run = new Case({}, {}, ["ETHUSDT"]).start();
    run.moving = false;
    run.run(1);
    const asked = run.venue.requests;
    run.network.live[0]?.events.text(UNREADABLE);
    run.run(2);
    expect(run.venue.requests).toBeGreaterThan(asked);
    run.moving = true;
    run.run(2);
    expect(run.rig.allValid).toBe(true);
  });
});

describe("the end", () => {
  test("after stop nothing is asked, sent, decoded or said, and no book is valid", () => {
    const run = new Case().start();
    run.network.live[0]?.cut("code 1006");
    run.run(2);
    run.session.stop();
    run.session.stop();
    const { frames } = run.session.status();
    const before = [run.venue.requests, run.network.opened, run.rig.problems.length];
    run.run(30);
    expect([run.venue.requests, run.network.opened, run.rig.problems.length]).toEqual(before);
    expect(run.session.status()).toMatchObject({ frames, connected: false });
    expect(run.rig.book(0)?.valid).toBe(false);
    run.session.start();
    run.run(5);
    expect(run.rig.allValid).toBe(true);
  });

  test("frames of a socket that goes on after its end are never taken", () => {
    let events: SocketEvents | undefined;
    const heard: string[] = [];
    const line = new Line(1, "ws://x", new Set(["a@trade"]), DEFAULT_SESSION_LIMITS, {
      nowUs: () => 5,
      dialect: BINANCE_DIALECT,
      openSocket: (_, given) => {
        events = given;
        return { send: () => true, ping: () => undefined, close: () => undefined };
      },
      frame: (text) => heard.push(text),
      stray: () => heard.push("stray"),
      refused: () => heard.push("refused"),
      lost: (_, code) => heard.push(Code[code]),
    });
    events?.opened();
    events?.text('{"stream":"a@trade","data":{}}');
    events?.closed("code 1006");
    for (const text of ['{"stream":"a@trade","data":{}}', "garbage", '{"e":"serverShutdown"}']) events?.text(text);
    events?.binary(3);
    events?.closed("again");
    events?.opened();
    line.tick(1e15);
    expect([heard, line.leaving]).toEqual([['{"stream":"a@trade","data":{}}', "SocketLost"], false]);
  });

  test("strange frames are counted and change nothing", () => {
    const run = new Case().start();
    const socket = run.network.live[0] as FakeSocket;
    const before = run.session.status().setAside;
    socket.events.text("");
    socket.events.text("{{{{");
    socket.events.text('{"stream":"who@trade","data":{}}');
    socket.events.text("x".repeat(100_000));
    socket.events.binary(12);
    expect(run.session.status().setAside - before).toBe(5);
    expect(run.rig.allValid).toBe(true);
    expect(run.rig.codes()).toEqual(["FrameNotText"]);
  });
});
