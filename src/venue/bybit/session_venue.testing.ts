/** A small Bybit of one category for tests of the session: order book topics with dense `u`, trades, answers, and faults. */

import { Prng } from "../../core/prng.ts";
import type { Socket, SocketEvents } from "../wire/socket.ts";

export interface VenueFaults {
  /** Shares of frames, and of moments per step. */
  drop: number;
  corrupt: number;
  cut: number;
  restart: number;
  refuse: number;
}

interface Book {
  readonly symbol: string;
  readonly bids: Map<number, number>;
  readonly asks: Map<number, number>;
  u: number;
}

interface Peer {
  readonly events: SocketEvents;
  readonly topics: Set<string>;
  isOpen: boolean;
  pings: number;
}

const MID = 60_000;
const DEPTH = 12;

export class TestVenue {
  readonly books: Book[];
  readonly peers: Peer[] = [];
  readonly faults: VenueFaults = { drop: 0, corrupt: 0, cut: 0, restart: 0, refuse: 0 };
  /** All control messages that came. */
  readonly said: string[] = [];
  /** Sockets are opened and never answer. */
  isSilent = false;
  readonly #prng: Prng;

  constructor(
    symbols: readonly string[],
    seed: number,
    readonly later: (run: () => void) => void,
  ) {
    this.#prng = new Prng(seed);
    this.books = symbols.map((symbol) => ({ symbol, bids: new Map(), asks: new Map(), u: 100 }));
    for (const book of this.books) for (let n = 0; n < 40; n++) this.#move(book);
  }

  readonly openSocket = (_url: string, events: SocketEvents): Socket => {
    const peer: Peer = { events, topics: new Set(), isOpen: false, pings: 0 };
    this.peers.push(peer);
    let isOver = false;
    this.later(() => {
      if (isOver) return;
      if (this.#prng.nextFloat() < this.faults.refuse) {
        isOver = true;
        events.closed("refused");
        return;
      }
      peer.isOpen = true;
      events.opened();
    });
    return {
      send: (text) => {
        if (!peer.isOpen) return false;
        this.said.push(text);
        this.later(() => this.#hear(peer, text));
        return true;
      },
      ping: () => undefined,
      close: () => {
        isOver = true;
        peer.isOpen = false;
      },
    };
  };

  /** The market moves once: every book tells its change. */
  step(): void {
    for (const peer of this.peers) {
      if (peer.isOpen && this.#prng.nextFloat() < this.faults.cut) {
        peer.isOpen = false;
        peer.events.closed("cut");
      }
    }
    for (const book of this.books) {
      if (this.#prng.nextFloat() < this.faults.restart) {
        book.u = 1;
        this.#tell(book, this.#message(book, "snapshot", this.#top(book.bids), this.#top(book.asks)));
        continue;
      }
      const [side, price, qty] = this.#move(book);
      book.u++;
      const level = [[String(price), String(qty)]];
      this.#tell(book, this.#message(book, "delta", side === "b" ? level : [], side === "a" ? level : []));
    }
  }

  /** Levels of a book as a text that tests compare. */
  textOf(symbol: string): string {
    const book = this.books.find((each) => each.symbol === symbol) as Book;
    const side = (levels: ReadonlyMap<number, number>) => [...levels].sort(([x], [y]) => x - y).join(" ");
    return `${side(book.bids)} | ${side(book.asks)}`;
  }

  #hear(peer: Peer, text: string): void {
    if (!peer.isOpen || this.isSilent) return;
    const { op, args = [], req_id } = JSON.parse(text) as { op: string; args?: string[]; req_id?: string };
    if (op === "ping") {
      peer.pings++;
      peer.events.text('{"success":true,"ret_msg":"pong","conn_id":"c","op":"ping"}');
      return;
    }
    const known = args.filter((name) => this.books.some(({ symbol }) => name.endsWith(`.${symbol}`)));
    if (args.length > 10 || known.length < args.length) {
      peer.events.text(
        JSON.stringify({ success: false, ret_msg: "error:handler not found", conn_id: "c", req_id, op }),
      );
      return;
    }
    peer.events.text(JSON.stringify({ success: true, ret_msg: "", conn_id: "c", req_id, op }));
    for (const name of args) {
      if (op === "unsubscribe") peer.topics.delete(name);
      else {
        peer.topics.add(name);
        const book = this.books.find(({ symbol }) => name === `orderbook.50.${symbol}`);
        if (book === undefined) continue;
        this.#send(peer, this.#message(book, "snapshot", this.#top(book.bids), this.#top(book.asks)));
      }
    }
  }

  #tell(book: Book, text: string): void {
    for (const peer of this.peers) if (peer.topics.has(`orderbook.50.${book.symbol}`)) this.#send(peer, text);
  }

  #send(peer: Peer, text: string): void {
    if (!peer.isOpen || this.isSilent || this.#prng.nextFloat() < this.faults.drop) return;
    const at = Math.floor(this.#prng.nextFloat() * text.length);
    peer.events.text(this.#prng.nextFloat() < this.faults.corrupt ? text.slice(0, at) : text);
  }

  #message(book: Book, type: string, b: readonly string[][], a: readonly string[][]): string {
    const data = { s: book.symbol, b, a, u: book.u, seq: book.u };
    return JSON.stringify({ topic: `orderbook.50.${book.symbol}`, type, ts: 1_700_000_000_000, data, cts: 1 });
  }

  #top(levels: ReadonlyMap<number, number>): string[][] {
    return [...levels].map(([price, qty]) => [String(price), String(qty)]);
  }

  /** One level more, other or gone; both sides keep some. */
  #move({ bids, asks }: Book): readonly ["a" | "b", number, number] {
    const isBid = this.#prng.nextFloat() < 0.5;
    const side = isBid ? bids : asks;
    const away = 1 + Math.floor(this.#prng.nextFloat() * DEPTH);
    const price = isBid ? MID - away : MID + away;
    const qty = side.has(price) && side.size > 3 && this.#prng.nextFloat() < 0.4 ? 0 : 1 + this.#prng.nextBelow(999);
    if (qty === 0) side.delete(price);
    else side.set(price, qty);
    return [isBid ? "b" : "a", price, qty];
  }
}
