/** Over random losses, repeats, drops and restarts, the page's orders end equal to the server's. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { OrderView, StreamMessage, StreamRequest } from "../../control/views.ts";
import { Store } from "./store.ts";
import { type SocketEvents, StreamClient, type StreamWorld } from "./stream_client.ts";

const HELD_MAX = 4;

/** A server of one channel, with a link that the test breaks. */
class Server {
  readonly orders = new Map<number, OrderView>();
  /** Told by the status channel in the real one. */
  process = 1;
  #seq = 0;
  #held: StreamMessage[] = [];
  #reader: SocketEvents | undefined;
  #subscribed = false;

  connect(events: SocketEvents) {
    this.#reader = events;
    this.#subscribed = false;
    return {
      send: (text: string) => this.#request(JSON.parse(text) as StreamRequest),
      close: () => this.#leave(events),
    };
  }

  opened(): void {
    this.#reader?.open();
  }

  change(id: number, state: string, delivered: "once" | "lost" | "twice"): void {
    const row = { id, state, terminal: false } as OrderView;
    this.orders.set(id, row);
    const message: StreamMessage = { channel: "orders", type: "update", seq: ++this.#seq, record: 0, data: [row] };
    this.#held = [...this.#held, message].slice(-HELD_MAX);
    if (!this.#subscribed || delivered === "lost") return;
    this.#say(message);
    if (delivered === "twice") this.#say(message);
  }

  drop(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    this.#subscribed = false;
    reader?.closed();
  }

  /** A new process: other rows, sequences from the beginning. */
  restart(): void {
    this.orders.clear();
    this.#held = [];
    this.#seq = 0;
    this.process++;
    this.drop();
  }

  #leave(events: SocketEvents): void {
    if (this.#reader === events) this.#reader = undefined;
  }

  #request({ op, resume }: StreamRequest): void {
    this.#subscribed = op === "subscribe" || (op === "ping" && this.#subscribed);
    if (op !== "subscribe") return;
    const from = resume?.["orders"];
    const missed = this.#held.filter((message) => message.seq > (from ?? 0));
    if (from !== undefined && from <= this.#seq && missed.length === this.#seq - from)
      for (const message of missed) this.#say(message);
    else this.#say({ channel: "orders", type: "snapshot", seq: this.#seq, record: 0, data: [...this.orders.values()] });
  }

  #say(message: StreamMessage): void {
    this.#reader?.message(JSON.stringify(message));
  }
}

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(fc.constant("change" as const), fc.nat(5), fc.constantFrom("once", "lost", "twice")),
  },
  { weight: 3, arbitrary: fc.tuple(fc.constant("drop" as const), fc.constant(0), fc.constant("")) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("restart" as const), fc.constant(0), fc.constant("")) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("reconnect" as const), fc.constant(0), fc.constant("")) },
);

test("orders of the page equal the server's when all is quiet", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const server = new Server();
      const store = new Store();
      let known = server.process;
      let waiting: (() => void) | undefined;
      const world: StreamWorld = {
        connect: (events) => server.connect(events),
        after: (_, call) => {
          waiting = call;
          return () => {
            waiting = undefined;
          };
        },
        nowMs: () => 0,
        chance: () => 0,
      };
      const client = new StreamClient(["orders"], world, {
        snapshot: (channel, rows) => store.snapshot(channel, rows),
        update: (channel, rows) => store.update(channel, rows),
        connection: () => undefined,
        refused: () => undefined,
        failed: () => undefined,
      });
      const reconnect = () => {
        if (client.state === "lost") waiting?.();
        server.opened();
        if (known !== server.process) client.resubscribe();
        known = server.process;
      };
      client.start();
      steps.forEach(([kind, id, how], i) => {
        if (kind === "change") server.change(id, `s${i}`, how as "once" | "lost" | "twice");
        else if (kind === "reconnect") reconnect();
        else server[kind]();
      });
      server.drop();
      reconnect();
      server.change(9, "last", "once"); // What was lost at the end is seen by the next message.
      const sorted = (rows: Iterable<OrderView>) => [...rows].toSorted((a, b) => a.id - b.id);
      expect(sorted(store.orders.value)).toEqual(sorted(server.orders.values()));
    }),
    { numRuns: 500 },
  );
});
