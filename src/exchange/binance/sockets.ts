/** WebSocket side of the simulated venue: subscriptions, control messages, frames to their readers, faults. */

import type { ServerWebSocket } from "bun";
import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import type { Faults } from "./faults.ts";
import type { Frame } from "./frame.ts";
import { parseStream, type StreamWish, streamKey } from "./streams.ts";

const STREAMS_MAX = 1_024;
const CONTROL_UNITS_MAX = 64 << 10;
/** Unread bytes of one reader at which the feed waits. */
const UNREAD_BYTES_MAX = 1 << 20;

export interface Reader {
  /** True: events come in `{"stream","data"}`. */
  readonly combined: boolean;
  readonly wishes: Map<string, StreamWish>;
  /** A frame that a delay fault holds back. */
  held: string | undefined;
}

export type Socket = ServerWebSocket<Reader>;

interface Control {
  readonly method?: unknown;
  readonly params?: unknown;
  readonly id?: unknown;
}

export class SocketHub {
  readonly sockets = new Set<Socket>();
  sent = 0;
  readonly #byKey = new Map<string, Map<Socket, StreamWish>>();

  constructor(
    readonly faults: Faults,
    readonly onSubscribed: () => void,
    readonly symbolIsKnown: (symbol: string) => boolean,
  ) {}

  /** Names that were in the path; undefined when one is none of ours. */
  reader(combined: boolean, names: readonly string[]): Reader | undefined {
    const wishes = new Map<string, StreamWish>();
    for (const name of names) {
      const wish = this.#wish(name);
      if (wish === undefined || wishes.size >= STREAMS_MAX) return undefined;
      wishes.set(name, wish);
    }
    return { combined, wishes, held: undefined };
  }

  opened(socket: Socket): void {
    this.sockets.add(socket);
    for (const wish of socket.data.wishes.values()) this.#add(socket, wish);
    if (socket.data.wishes.size > 0) this.onSubscribed();
  }

  closed(socket: Socket): void {
    this.sockets.delete(socket);
    for (const wish of socket.data.wishes.values()) this.#remove(socket, wish);
  }

  /** A control message; what is none gets the venue's error. */
  message(socket: Socket, text: string): void {
    let control: Control;
    try {
      assert(text.length <= CONTROL_UNITS_MAX, Code.FrameTooLarge);
      control = JSON.parse(text) as Control;
    } catch {
      return refuse(socket, null, 3, "Invalid JSON: expected value");
    }
    const id = typeof control.id === "number" || typeof control.id === "string" ? control.id : null;
    const names = Array.isArray(control.params) ? (control.params as unknown[]) : [];
    switch (control.method) {
      case "SUBSCRIBE":
        return this.#subscribe(socket, id, names);
      case "UNSUBSCRIBE":
        return this.#unsubscribe(socket, id, names);
      case "LIST_SUBSCRIPTIONS":
        return answer(socket, { result: [...socket.data.wishes.keys()], id });
      default:
        return refuse(socket, id, 2, "Invalid request: unknown variant, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`");
    }
  }

  /** Kinds of streams that anybody reads of a symbol. */
  hasReaders(symbol: string, kind: Frame["kind"]): boolean {
    return (this.#byKey.get(streamKey(symbol, kind, 0))?.size ?? 0) > 0;
  }

  get congested(): boolean {
    for (const socket of this.sockets) if (socket.getBufferedAmount() > UNREAD_BYTES_MAX) return true;
    return false;
  }

  /** Sends an event to everybody who reads such a stream. `mayFail`: faults may happen to it. */
  publish(symbol: string, kind: Frame["kind"], levels: number, data: string, mayFail: boolean): void {
    const readers = this.#byKey.get(streamKey(symbol, kind, levels));
    if (readers === undefined) return;
    for (const [socket, wish] of [...readers]) {
      const text = socket.data.combined ? `{"stream":"${wish.name}","data":${data}}` : data;
      if (mayFail) this.#sendFaulty(socket, text);
      else this.#send(socket, text);
    }
  }

  /** Ends every connection; `polite` with a close frame. */
  closeAll(polite: boolean): void {
    for (const socket of [...this.sockets]) {
      if (polite) socket.close(1001, "the simulator stops");
      else socket.terminate();
    }
  }

  #sendFaulty(socket: Socket, text: string): void {
    const { faults } = this;
    if (faults.happens("drop")) return;
    if (faults.happens("delay")) {
      const before = socket.data.held;
      socket.data.held = text;
      if (before !== undefined) this.#send(socket, before);
      return;
    }
    if (faults.happens("close")) {
      if (faults.below(2) === 0) this.#send(socket, text.slice(0, text.length >> 1));
      socket.terminate();
      return;
    }
    if (faults.happens("corrupt")) {
      if (faults.below(4) === 0) socket.sendBinary(new TextEncoder().encode(text));
      else this.#send(socket, faults.damage(text));
      return;
    }
    this.#send(socket, text);
  }

  #send(socket: Socket, text: string): void {
    this.sent++;
    socket.sendText(text);
    const { held } = socket.data;
    if (held === undefined || held === text) return;
    socket.data.held = undefined;
    socket.sendText(held);
  }

  #subscribe(socket: Socket, id: number | string | null, names: readonly unknown[]): void {
    const { wishes } = socket.data;
    const wanted = names.map((name) => (typeof name === "string" ? this.#wish(name) : undefined));
    if (wanted.length === 0 || wanted.includes(undefined))
      return refuse(socket, id, 2, "Invalid request: unknown stream");
    if (wishes.size + wanted.length > STREAMS_MAX) return refuse(socket, id, 2, "Invalid request: too many streams");
    answer(socket, { result: null, id });
    for (const wish of wanted as StreamWish[]) {
      wishes.set(wish.name, wish);
      this.#add(socket, wish);
    }
    this.onSubscribed();
  }

  #unsubscribe(socket: Socket, id: number | string | null, names: readonly unknown[]): void {
    for (const name of names) {
      const wish = socket.data.wishes.get(String(name));
      if (wish === undefined) continue;
      socket.data.wishes.delete(wish.name);
      this.#remove(socket, wish);
    }
    answer(socket, { result: null, id });
  }

  #wish(name: string): StreamWish | undefined {
    const wish = parseStream(name);
    return wish !== undefined && this.symbolIsKnown(wish.symbol) ? wish : undefined;
  }

  #add(socket: Socket, wish: StreamWish): void {
    const key = streamKey(wish.symbol, wish.kind, wish.levels);
    const readers = this.#byKey.get(key) ?? new Map<Socket, StreamWish>();
    readers.set(socket, wish);
    this.#byKey.set(key, readers);
  }

  #remove(socket: Socket, wish: StreamWish): void {
    this.#byKey.get(streamKey(wish.symbol, wish.kind, wish.levels))?.delete(socket);
  }
}

function answer(socket: Socket, body: object): void {
  socket.sendText(JSON.stringify(body));
}

function refuse(socket: Socket, id: number | string | null, code: number, msg: string): void {
  answer(socket, { error: { code, msg }, id });
}
