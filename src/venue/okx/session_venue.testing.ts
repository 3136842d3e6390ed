/**
 * A small OKX for tests of the session: each connection is told a book in steps of its own, by numbers that rise unevenly
 * and begin again after maintenance; keep-alives, trades, answers to each argument, notices, and faults.
 */

import { Prng } from "../../core/prng.ts";
import type { Socket, SocketEvents } from "../wire/socket.ts";

export interface VenueFaults {
  /** Shares of frames, and of moments per step. */
  drop: number;
  duplicate: number;
  corrupt: number;
  cut: number;
  maintenance: number;
  upgrade: number;
  refuse: number;
  /** Of answers: they come two seconds later. */
  slow: number;
}

interface Book {
  readonly instId: string;
  readonly bids: Map<number, number>;
  readonly asks: Map<number, number>;
  seqId: number;
}

/** What one connection has been told of one book. */
interface Shown {
  bids: Map<number, number>;
  asks: Map<number, number>;
  seqId: number;
}

interface Peer {
  readonly events: SocketEvents;
  readonly path: string;
  readonly topics: Map<string, Shown | undefined>;
  isOpen: boolean;
  pings: number;
  changes: number;
}

const MID = 60_000;
const DEPTH = 12;
const SLOW_MS = 2_000;
const UPGRADE_MS = 8_000;
/** Of messages on one connection in an hour. */
const CHANGES_MAX = 480;

export class TestVenue {
  readonly books: Book[];
  readonly peers: Peer[] = [];
  readonly faults: VenueFaults = {
    drop: 0,
    duplicate: 0,
    corrupt: 0,
    cut: 0,
    maintenance: 0,
    upgrade: 0,
    refuse: 0,
    slow: 0,
  };
  /** All control messages that came. */
  readonly said: string[] = [];
  /** Sockets are opened and never answer. */
  isSilent = false;
  /** Told by count where names are counted, by message where messages are. */
  refusedForPace = 0;
  lastTradeId = 1_000;
  readonly #prng: Prng;

  constructor(
    instIds: readonly string[],
    seed: number,
    readonly later: (run: () => void, delayMs: number) => void,
  ) {
    this.#prng = new Prng(seed);
    this.books = instIds.map((instId) => ({ instId, bids: new Map(), asks: new Map(), seqId: 100 }));
    for (const book of this.books) for (let n = 0; n < 40; n++) this.#move(book);
  }

  get open(): Peer[] {
    return this.peers.filter(({ isOpen }) => isOpen);
  }

  readonly openSocket = (url: string, events: SocketEvents): Socket => {
    const peer: Peer = { events, path: url, topics: new Map(), isOpen: false, pings: 0, changes: 0 };
    this.peers.push(peer);
    let isOver = false;
    this.later(() => {
      if (isOver) return;
      if (this.#is("refuse")) {
        isOver = true;
        events.closed("refused");
        return;
      }
      peer.isOpen = true;
      events.opened();
    }, 3);
    return {
      send: (text) => {
        if (!peer.isOpen) return false;
        this.said.push(text);
        this.later(() => this.#hear(peer, text), this.#is("slow") ? SLOW_MS : 3);
        return true;
      },
      ping: () => undefined,
      close: () => {
        isOver = true;
        peer.isOpen = false;
      },
    };
  };

  /** The market moves once; each connection is told when its turn is, some of them after several moves. */
  step(): void {
    for (const peer of this.open) {
      if (this.#is("cut")) this.close(peer);
      else if (this.#is("upgrade")) this.upgrade(peer);
    }
    for (const book of this.books) {
      // After maintenance the numbers begin again; the first message says what it follows all the same.
      book.seqId = this.#is("maintenance") ? 1 + this.#prng.nextBelow(50) : book.seqId + 1 + this.#prng.nextBelow(5);
      this.#move(book);
    }
    for (const peer of this.open) if (this.#prng.nextFloat() < 0.6) this.tell(peer);
    this.lastTradeId++;
    for (const { instId } of this.books) this.#all(`trades-all:${instId}`, (arg) => this.#trade(arg, this.lastTradeId));
  }

  /** What this connection has not been told yet of its books. */
  tell(peer: Peer): void {
    for (const [topic, shown] of peer.topics) {
      const book = this.books.find(({ instId }) => topic === `books:${instId}`);
      if (book === undefined || shown === undefined) continue;
      const bids = changesOf(shown.bids, book.bids);
      const asks = changesOf(shown.asks, book.asks);
      if (bids.length + asks.length === 0 && shown.seqId === book.seqId) continue;
      const text = this.#message(book.instId, "update", bids, asks, shown.seqId, book.seqId);
      peer.topics.set(topic, { bids: new Map(book.bids), asks: new Map(book.asks), seqId: book.seqId });
      this.#send(peer, text);
    }
  }

  /** One frame to all who listen: a forced sale of one contract of each. */
  liquidate(instIds: readonly string[]): void {
    const detail = { bkLoss: "0", bkPx: "59000", ccy: "", posSide: "long", side: "sell", sz: "1", ts: "1700000000000" };
    const data = instIds.map((instId) => ({ details: [detail], instId, instType: "SWAP" }));
    const text = JSON.stringify({ arg: { channel: "liquidation-orders", instType: "SWAP" }, data });
    for (const peer of this.open) if (peer.topics.has("liquidation-orders:SWAP")) this.#send(peer, text);
  }

  /** A minute without changes. */
  keepAlive(): void {
    for (const peer of this.open) {
      for (const [topic, shown] of peer.topics) {
        if (shown === undefined) continue;
        this.#send(peer, this.#message(topic.slice("books:".length), "update", [], [], shown.seqId, shown.seqId));
      }
    }
  }

  close(peer: Peer): void {
    peer.isOpen = false;
    peer.events.closed("cut");
  }

  /** The machine goes down soon. */
  upgrade(peer: Peer): void {
    const msg = "The connection will soon be closed for a service upgrade. Please reconnect.";
    peer.events.text(JSON.stringify({ event: "notice", code: "64008", msg, connId: "c" }));
    this.later(() => {
      if (peer.isOpen) this.close(peer);
    }, UPGRADE_MS);
  }

  /** Levels of a book as a text that tests compare. */
  textOf(wanted: string): string {
    const book = this.books.find(({ instId }) => instId === wanted) as Book;
    const side = (levels: ReadonlyMap<number, number>) => [...levels].sort(([x], [y]) => x - y).join(" ");
    return `${side(book.bids)} | ${side(book.asks)}`;
  }

  #is(fault: keyof VenueFaults): boolean {
    return this.#prng.nextFloat() < this.faults[fault];
  }

  #hear(peer: Peer, text: string): void {
    if (!peer.isOpen || this.isSilent) return;
    if (text === "ping") {
      peer.pings++;
      peer.events.text("pong");
      return;
    }
    const { op, args, id } = JSON.parse(text) as { op: string; args: Record<string, string>[]; id: string };
    peer.changes += args.length;
    if (peer.changes > CHANGES_MAX) {
      this.refusedForPace++;
      peer.events.text(
        JSON.stringify({ id, event: "error", code: "60014", msg: "Requests too frequent", connId: "c" }),
      );
      return;
    }
    for (const arg of args) this.#answer(peer, op, arg, id);
  }

  #answer(peer: Peer, op: string, arg: Readonly<Record<string, string>>, id: string): void {
    const { channel, instId, instType } = arg;
    const topic = `${channel}:${instId ?? instType}`;
    if (channel === "liquidation-orders" && instType === "SWAP") {
      if (op === "subscribe") peer.topics.set(topic, undefined);
      else peer.topics.delete(topic);
      peer.events.text(JSON.stringify({ id, event: op, arg, connId: "c" }));
      return;
    }
    const book = this.books.find((each) => each.instId === instId);
    if (book === undefined) {
      const msg = `Wrong URL or channel:${channel},instId:${instId} doesn't exist. Please use the correct URL.`;
      peer.events.text(JSON.stringify({ id, event: "error", code: "60018", msg, connId: "c" }));
      return;
    }
    if (op === "unsubscribe") peer.topics.delete(topic);
    peer.events.text(JSON.stringify({ id, event: op, arg, connId: "c" }));
    if (op !== "subscribe") return;
    peer.topics.set(topic, undefined);
    if (channel !== "books") return;
    peer.topics.set(topic, { bids: new Map(book.bids), asks: new Map(book.asks), seqId: book.seqId });
    this.#send(peer, this.#message(book.instId, "snapshot", rowsOf(book.bids), rowsOf(book.asks), -1, book.seqId));
  }

  #all(topic: string, make: (arg: object) => string): void {
    const [channel, instId] = topic.split(":");
    for (const peer of this.open) if (peer.topics.has(topic)) this.#send(peer, make({ channel, instId }));
  }

  #trade(arg: object, tradeId: number): string {
    const { instId } = arg as { instId: string };
    const row = {
      instId,
      tradeId: String(tradeId),
      px: "60000",
      sz: "1",
      side: "buy",
      ts: "1700000000000",
      source: "0",
    };
    return JSON.stringify({ arg, data: [row] });
  }

  #send(peer: Peer, text: string): void {
    if (!peer.isOpen || this.isSilent || this.#is("drop")) return;
    const at = Math.floor(this.#prng.nextFloat() * text.length);
    peer.events.text(this.#is("corrupt") ? text.slice(0, at) : text);
    if (peer.isOpen && this.#is("duplicate")) peer.events.text(text);
  }

  #message(
    instId: string,
    action: string,
    bids: readonly string[][],
    asks: readonly string[][],
    prevSeqId: number,
    seqId: number,
  ): string {
    const data = [{ asks, bids, ts: "1700000000000", checksum: 0, prevSeqId, seqId }];
    return JSON.stringify({ arg: { channel: "books", instId }, action, data });
  }

  /** One level more, other or gone; both sides keep some. */
  #move({ bids, asks }: Book): void {
    const isBid = this.#prng.nextFloat() < 0.5;
    const side = isBid ? bids : asks;
    const away = 1 + Math.floor(this.#prng.nextFloat() * DEPTH);
    const price = isBid ? MID - away : MID + away;
    if (side.has(price) && side.size > 3 && this.#prng.nextFloat() < 0.4) side.delete(price);
    else side.set(price, 1 + this.#prng.nextBelow(999));
  }
}

function rowsOf(levels: ReadonlyMap<number, number>): string[][] {
  return [...levels].map(([price, qty]) => [String(price), String(qty), "0", "1"]);
}

function changesOf(before: ReadonlyMap<number, number>, now: ReadonlyMap<number, number>): string[][] {
  const gone = [...before.keys()].filter((price) => !now.has(price)).map((price) => [String(price), "0", "0", "0"]);
  return [...gone, ...rowsOf(new Map([...now].filter(([price, qty]) => before.get(price) !== qty)))];
}
