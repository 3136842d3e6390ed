/** A session over real captured traffic: untouched it ends where an independent implementation does; spoiled it heals. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FIXTURES_REASON, fixture, fixturesPresent } from "../../../test/support/fixtures.ts";
import { present } from "../../core/assert.ts";
import { mantissaText } from "../../core/decimal.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { Prng } from "../../core/prng.ts";
import { type Capture, readCapture } from "../../data/capture_reader.ts";
import { BookSide } from "../../market/book.ts";
import type { BookSync } from "../../market/book_sync.ts";
import { MarketState } from "../../market/market.ts";
import { MarketLane } from "../../ring/market_lane.ts";
import { FakeTime } from "../wire/fake_time.testing.ts";
import type { SocketEvents } from "../wire/socket.ts";
import { BinanceDecoder, type BinanceMarket } from "./decode.ts";
import { MarketSession, type StreamChoice } from "./session.ts";
import { instrumentOf } from "./session_rig.testing.ts";

const PRICE_SCALE = 4;
const QTY_SCALE = 6;
const COMPARED_LEVELS = 20;
const SECOND_US = 1_000_000;
const BASE = { trades: "trade", quotes: true } as const;

interface Expected {
  readonly files: readonly string[];
  readonly depthApplied: number;
  readonly bboChecksAgainstBookTicker: number;
  readonly bboMismatches: number;
  readonly byStream: Readonly<Record<string, number>>;
  readonly final: { readonly updateId: number; readonly bestBid: readonly [string, string] };
}

const cases: Expected[] = fixturesPresent ? JSON.parse(readFileSync(fixture("marketdata/expected.json"), "utf8")) : [];

/** Decoder, lane and market without a session. */
class Taker {
  readonly market = new MarketState(DEFAULT_LIMITS, { checkQuotes: true });
  readonly decoder: BinanceDecoder;
  readonly #lane = MarketLane.create(DEFAULT_LIMITS);

  constructor(market: BinanceMarket) {
    this.decoder = new BinanceDecoder(market, this.#lane, DEFAULT_LIMITS);
    this.market.define({ ...instrumentOf("ETHUSDT", 0), priceScale: PRICE_SCALE, qtyScale: QTY_SCALE });
    const scales = { revision: 1, priceScale: PRICE_SCALE, qtyScale: QTY_SCALE };
    this.decoder.define({ symbol: "ETHUSDT", instrument: 0, ...scales });
  }

  get book(): BookSync | undefined {
    return this.market.instrument(0)?.book;
  }

  poll(): void {
    const lane = this.#lane;
    for (let pending = lane.pending(); pending > 0; pending--) {
      this.market.onSlot(lane, lane.peek(0));
      lane.release(1);
    }
  }
}

/** Plays a capture to a session: frames at their times on the sockets that asked for them, snapshots by REST. */
class Playback {
  readonly time = new FakeTime();
  readonly session: MarketSession;
  readonly taker: Taker;
  readonly wrong: string[] = [];
  compared = 0;
  asked = 0;
  readonly #truth: Taker;
  readonly #digests = new Map<number, string>();
  readonly #sockets: { readonly path: string; readonly events: SocketEvents; open: boolean }[] = [];
  readonly #capture: Capture;
  readonly #prng = new Prng(7);
  #held: string | undefined;

  constructor(
    readonly market: BinanceMarket,
    capture: Capture,
    depth: StreamChoice["depth"],
    readonly spoiled: boolean,
  ) {
    this.#capture = capture;
    this.taker = new Taker(market);
    this.#truth = new Taker(market);
    this.time.nowUs = (capture.receiveTimesUs[0] as number) - SECOND_US;
    const { time, taker } = this;
    const streams = { ...BASE, depth };
    const symbols = [{ symbol: "ETHUSDT", instrument: 0 }];
    const prng = new Prng(3);
    this.session = new MarketSession(
      { url: "ws://venue", restUrl: "http://venue", market, symbols, streams, limits: DEFAULT_LIMITS },
      {
        nowUs: () => time.nowUs,
        random: () => prng.nextFloat(),
        setTimer: time.setTimer,
        clearTimer: time.clearTimer,
        decode: (text, receiveUs) => void taker.decoder.decode(text, receiveUs),
        decodeSnapshot: (text, receiveUs, symbol) => void taker.decoder.decodeDepthSnapshot(text, receiveUs, symbol),
        poll: () => this.#poll(),
        book: () => taker.book,
        onReconnect: (instrument) => taker.market.onReconnect(instrument),
        problem: () => undefined,
        rest: { get: (_, done) => this.#get((text) => done({ status: 200, text, headers: {} })) },
        openSocket: (url, events) => this.#open(new URL(url).pathname, events),
      },
    );
  }

  run(): void {
    const { texts, receiveTimesUs } = this.#capture;
    this.session.start();
    texts.forEach((text, n) => {
      const timeUs = receiveTimesUs[n] as number;
      this.time.run(Math.max(0, timeUs - this.time.nowUs));
      this.#truth.decoder.decode(text, timeUs);
      this.#truth.poll();
      const truth = this.#truth.book;
      if (truth?.valid === true) this.#digests.set(truth.lastUpdateId, digestOf(truth));
      if (!text.startsWith('{"lastUpdateId"')) this.#play(text);
    });
  }

  #play(text: string): void {
    const path = this.market === "spot" ? "/stream" : text.includes("@trade") ? "/market/stream" : "/public/stream";
    const { events } = this.#sockets.find((socket) => socket.open && socket.path === path) ?? {};
    if (events === undefined) return; // Nobody listens: lost, as in life.
    const dice = this.spoiled ? this.#prng.nextBelow(4_000) : 4_000;
    if (dice < 8) return;
    if (dice < 12 && this.#held === undefined) {
      this.#held = text;
      return;
    }
    events.text(text);
    if (dice < 20) events.text(text);
    if (this.#held !== undefined) events.text(this.#held);
    this.#held = undefined;
    if (dice === 20) for (const socket of this.#sockets.filter(({ open }) => open)) this.#cut(socket);
  }

  #cut(socket: { open: boolean; readonly events: SocketEvents }): void {
    socket.open = false;
    socket.events.closed("cut");
  }

  #open(path: string, events: SocketEvents) {
    const socket = { path, events, open: false };
    this.#sockets.push(socket);
    this.time.at(this.time.nowUs + 1_000, () => {
      socket.open = true;
      events.opened();
    });
    return {
      send: (text: string) => {
        const { id } = JSON.parse(text) as { id: number };
        this.time.at(this.time.nowUs + 1_000, () => {
          if (socket.open) events.text(`{"result":null,"id":${id}}`);
        });
        return true;
      },
      ping: () => undefined,
      close: () => {
        socket.open = false;
      },
    };
  }

  /** The captured snapshot at its own time; later ones are what the true book says by then. */
  #get(done: (text: string) => void): void {
    this.asked++;
    const { texts, receiveTimesUs } = this.#capture;
    const n = texts.findIndex((text) => text.startsWith('{"lastUpdateId"'));
    const atUs = receiveTimesUs[n] as number;
    if (this.time.nowUs < atUs) this.time.at(atUs, () => done(texts[n] as string));
    else this.time.at(this.time.nowUs + 120_000, () => done(snapshotOf(present(this.#truth.book))));
  }

  #poll(): void {
    const { taker } = this;
    const before = taker.book?.version;
    taker.poll();
    const { book } = taker;
    if (book?.valid !== true || book.version === before) return;
    const truth = this.#digests.get(book.lastUpdateId);
    if (truth === undefined) return; // The captured snapshot's id lies between two diffs.
    this.compared++;
    if (digestOf(book) !== truth) this.wrong.push(`at ${book.lastUpdateId}: ${digestOf(book)}, in truth ${truth}`);
  }
}

function digestOf({ book }: BookSync): string {
  const parts: number[] = [];
  for (const side of [BookSide.Bid, BookSide.Ask]) {
    for (let n = 0; n < COMPARED_LEVELS; n++) parts.push(book.priceAt(side, n), book.qtyAt(side, n));
  }
  return parts.join(" ");
}

function snapshotOf({ book, lastUpdateId }: BookSync): string {
  const levels = (side: BookSide) =>
    Array.from({ length: Math.min(1_000, book.levels(side)) }, (_, n) => [
      mantissaText(book.priceAt(side, n), PRICE_SCALE, 2),
      mantissaText(book.qtyAt(side, n), QTY_SCALE, 4),
    ]);
  return JSON.stringify({ lastUpdateId, bids: levels(BookSide.Bid), asks: levels(BookSide.Ask) });
}

describe.skipIf(!fixturesPresent)(`captures (${FIXTURES_REASON})`, () => {
  for (const expected of cases) {
    const market = expected.files[0]?.includes("usdm") === true ? "usdm" : "spot";
    const depth = market === "usdm" ? "0ms" : "100ms";
    const capture = readCapture(expected.files.map((file) => fixture(`marketdata/${file}`)));

    test(`${market}, untouched: one snapshot, every diff joins, and the end is the independent one`, () => {
      const playback = new Playback(market, capture, depth, false);
      playback.run();
      const book = present(playback.taker.book);
      const quotes = present(playback.taker.market.instrument(0)?.quoteCheck);
      expect([book.valid, book.gaps, book.snapshots, playback.asked]).toEqual([true, 0, 1, 1]);
      expect([book.applied, quotes.mismatches]).toEqual([expected.depthApplied, expected.bboMismatches]);
      expect(book.lastUpdateId).toBe(expected.final.updateId);
      const [price] = expected.final.bestBid;
      expect(mantissaText(book.book.bestBid, PRICE_SCALE, price.split(".")[1]?.length ?? 0)).toBe(price);
      const frames = Object.entries(expected.byStream).reduce((sum, [name, n]) => sum + (/rest/.test(name) ? 0 : n), 0);
      expect(playback.session.status()).toMatchObject({ frames, setAside: 0, reconnects: 0, silences: 0 });
      expect([playback.wrong, playback.compared > 6_000]).toEqual([[], true]);
    }, 60_000);

    test(`${market}, with frames lost, doubled and late and sockets cut: never wrong while valid`, () => {
      const playback = new Playback(market, capture, depth, true);
      playback.run();
      const { reconnects, snapshotsServed } = playback.session.status();
      expect(playback.wrong.slice(0, 3)).toEqual([]);
      expect([reconnects > 5, snapshotsServed > 10, playback.compared > 3_000]).toEqual([true, true, true]);
      expect(present(playback.taker.book).gaps).toBeGreaterThan(3);
    }, 60_000);
  }
});
