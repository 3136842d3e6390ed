/** OKX's sockets: logins, subscriptions, order requests, text pings, and how connections end. */

import type { Duplex } from "node:stream";
import type { FaultNow, FaultPlan } from "../faults.ts";
import { isMessage, type Message, objectOf } from "../message.ts";
import { Peer } from "../peer.ts";
import { ReportLane } from "../trading/report_lane.ts";
import type { Update } from "../trading/update.ts";
import { Connection, type SocketKind, type Subscription } from "./connection.ts";
import type { Envelope, OkxEndpoint } from "./endpoint.ts";
import { OkxError } from "./okx_error.ts";
import type { Caller } from "./okx_keys.ts";
import type { OkxVenue } from "./okx_venue.ts";
import { lacksType, privatePathOf, tell, tellFirst } from "./private_channels.ts";
import { PublicChannels } from "./public_channels.ts";
import { ORDER_OPS } from "./trade_ops.ts";

export interface OkxSocketEnds {
  readonly venue: OkxVenue;
  readonly faults: FaultPlan;
  readonly seed: number;
  steadyMs(): number;
  /** Performs an order request; undefined: its answer is lost. Throws OkxError. */
  perform(
    endpoint: OkxEndpoint,
    caller: Caller,
    rows: readonly Message[],
    expTime: unknown,
  ): { readonly envelope: Envelope; readonly delayMs: number } | undefined;
}

const PATH = /^\/ws\/v5\/(public|private|business|any)(?:[/?]|$)/;
const MESSAGES_PER_SECOND = 1_000;
/** Who neither says nor is told anything for so long is hung up on. */
const SILENT_MS = 30_000;
/** Between the notice that a machine goes down and its end. */
const NOTICE_MS = 1_000;
const LOOK_MS = 500;

export class OkxSockets {
  readonly channels: PublicChannels;
  readonly #connections = new Set<Connection>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #opened = 0;
  #lookedMs = 0;

  constructor(readonly ends: OkxSocketEnds) {
    this.channels = new PublicChannels(ends.venue, ends.steadyMs);
    ends.venue.core.listen((update) => this.#deliver(update));
  }

  /** Connections of somebody who has logged in. */
  get open(): number {
    return [...this.#connections].filter(({ caller }) => caller !== undefined).length;
  }

  isOwnPath(path: string): boolean {
    return PATH.test(path);
  }

  accept(socket: Duplex, path: string, head: Buffer): void {
    const { hub } = this.ends.venue;
    const kind = PATH.exec(path)?.[1] as SocketKind;
    const seed = (this.ends.seed + 6_271 * ++this.#opened) >>> 0;
    const peer = new Peer(socket, {
      venue: "binance-spot",
      route: "all",
      messagesPerSecondMax: MESSAGES_PER_SECOND,
      seed,
      faults: this.ends.faults,
      nowMs: this.ends.steadyMs,
      onText: (_, text) => this.#onText(connection, text),
      onClosed: () => this.#leave(connection),
      onSlow: () => hub.slowClosed++,
    });
    const lane = new ReportLane({
      faults: this.ends.faults,
      seed,
      say: (text) => peer.say(text),
      cut: () => peer.destroy(),
      later: (run, delayMs) => this.#later(run, delayMs),
    });
    const id = (seed + this.#opened).toString(16).padStart(8, "0").slice(-8);
    const connection = new Connection(id, kind, peer, lane, this.ends.steadyMs);
    this.#connections.add(connection);
    hub.connections++;
    hub.guests.add(peer);
    if (head.length > 0) peer.receive(head);
  }

  advance(): void {
    const now = this.ends.steadyMs();
    if (now - this.#lookedMs < LOOK_MS) return;
    this.#lookedMs = now;
    this.channels.advance();
    for (const { peer, lastMs } of [...this.#connections]) {
      if (now - lastMs > SILENT_MS) peer.close(4_004, "No data received in 30s.");
    }
  }

  befall(now: FaultNow): void {
    if (now === "listen-key-expired" || now === "ban") return;
    for (const connection of [...this.#connections]) {
      const { peer, caller } = connection;
      if (now === "shutdown") {
        const msg = "The connection will soon be closed for a service upgrade. Please reconnect.";
        connection.say({ event: "notice", code: "64008", msg, connId: connection.id });
        this.#later(() => peer.close(1_012, "service restart"), NOTICE_MS);
      } else if (now !== "private-close" && now !== "private-silence") peer.befall(now);
      else if (caller !== undefined || connection.kind === "private")
        peer.befall(now === "private-close" ? "close" : now);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { peer } of [...this.#connections]) peer.destroy();
  }

  #onText(connection: Connection, text: string): void {
    connection.lastMs = this.ends.steadyMs();
    if (text === "ping") return connection.say("pong");
    const message = objectOf(text);
    const op = message?.["op"];
    if (message === undefined || typeof op !== "string" || !Array.isArray(message["args"])) {
      return this.#error(connection, message, new OkxError("60012", `Invalid request: ${text.slice(0, 200)}`));
    }
    const args = (message["args"] as readonly unknown[]).filter(isMessage);
    const order = Object.hasOwn(ORDER_OPS, op) ? ORDER_OPS[op] : undefined;
    if (order !== undefined) return this.#order(connection, message, op, order, args);
    try {
      if (op !== "login" && op !== "subscribe" && op !== "unsubscribe")
        throw new OkxError("60012", `Invalid request: ${op}`);
      if (args.length === 0) throw new OkxError("60012", "Invalid request: args is empty");
      if (!connection.mayChange(args.length)) throw new OkxError("60014", "Requests too frequent");
      if (op === "login") return this.#login(connection, args[0] as Message);
    } catch (error) {
      return this.#error(connection, message, error);
    }
    for (const arg of args) {
      try {
        if (op === "subscribe") this.#subscribe(connection, message, arg);
        else this.#unsubscribe(connection, message, arg);
      } catch (error) {
        this.#error(connection, message, error);
      }
    }
  }

  #login(connection: Connection, arg: Message): void {
    if (!connection.serves("private") && !connection.serves("business"))
      throw new OkxError("60012", "Invalid request: login");
    const { venue } = this.ends;
    connection.caller = venue.keys.openLogin(arg, venue.nowMs());
    connection.say({ event: "login", code: "0", msg: "", connId: connection.id });
  }

  #subscribe(connection: Connection, message: Message, arg: Message): void {
    const { venue } = this.ends;
    const channel = String(arg["channel"]);
    const instId = typeof arg["instId"] === "string" ? arg["instId"] : undefined;
    const subscription: Subscription = { channel, arg, instId };
    const privatePath = privatePathOf(channel);
    const path = privatePath ?? PublicChannels.pathOf(channel);
    if (path === undefined || !connection.serves(path)) throw noChannel(arg);
    const reply = { ...idOf(message), event: "subscribe", arg, connId: connection.id };
    if (PublicChannels.isByType(channel)) {
      const instType = typeof arg["instType"] === "string" ? arg["instType"] : "";
      if (!/^(?:SWAP|FUTURES|MARGIN|OPTION)$/.test(instType)) throw noChannel(arg);
      connection.say(reply);
      connection.subscriptions.set(keyOf(arg), { channel, arg, instId: undefined, instType });
      connection.peer.names.add(keyOf(arg));
      venue.hub.ends.onFirstSubscriber();
      return this.channels.joinType(connection, channel, instType);
    }
    if (privatePath === undefined) {
      const listing = venue.listing(PublicChannels.listedAs(channel, instId ?? ""));
      if (listing === undefined) throw noChannel(arg);
      connection.say(reply);
      connection.subscriptions.set(keyOf(arg), subscription);
      connection.peer.names.add(keyOf(arg));
      venue.hub.ends.onFirstSubscriber();
      return this.channels.join(connection, channel, listing);
    }
    const { caller } = connection;
    if (caller === undefined) throw new OkxError("60011", "Please log in");
    if (lacksType(channel, arg["instType"])) throw noChannel(arg);
    connection.say(reply);
    connection.subscriptions.set(keyOf(arg), subscription);
    const others = [...this.#connections].filter((each) => each.caller?.account === caller.account);
    const connCount = String(others.filter(({ subscriptions }) => subscriptions.has(keyOf(arg))).length);
    connection.say({ event: "channel-conn-count", channel, connCount, connId: connection.id });
    tellFirst(venue, connection, subscription, venue.core.account(caller.account));
  }

  #unsubscribe(connection: Connection, message: Message, arg: Message): void {
    const key = keyOf(arg);
    const found = connection.subscriptions.get(key);
    if (found === undefined && PublicChannels.pathOf(String(arg["channel"])) === undefined) throw noChannel(arg);
    connection.subscriptions.delete(key);
    connection.peer.names.delete(key);
    if (found !== undefined) this.#quit(connection, found);
    connection.say({ ...idOf(message), event: "unsubscribe", arg, connId: connection.id });
  }

  #order(connection: Connection, message: Message, op: string, endpoint: OkxEndpoint, rows: readonly Message[]): void {
    const inTime = String(this.ends.venue.nowMs() * 1_000);
    const answer = (envelope: Envelope) => ({ ...idOf(message), op, ...envelope, inTime, outTime: inTime });
    try {
      const { caller } = connection;
      if (!connection.serves("private")) throw new OkxError("60012", `Invalid request: ${op}`);
      if (caller === undefined) throw new OkxError("60011", "Please log in");
      if (typeof message["id"] !== "string") throw new OkxError("60012", "Invalid request: id");
      const done = this.ends.perform(endpoint, caller, rows, message["expTime"]);
      if (done === undefined) return;
      if (done.delayMs > 0) this.#later(() => connection.say(answer(done.envelope)), done.delayMs);
      else connection.say(answer(done.envelope));
    } catch (error) {
      if (!(error instanceof OkxError)) throw error;
      connection.say(answer({ code: error.code, msg: error.msg, data: [] }));
    }
  }

  #error(connection: Connection, message: Message | undefined, error: unknown): void {
    if (!(error instanceof OkxError)) throw error;
    const { code, msg } = error;
    connection.say({ ...idOf(message), event: "error", code, msg, connId: connection.id });
  }

  #deliver(update: Update): void {
    for (const connection of [...this.#connections]) {
      if (connection.caller?.account !== update.account) continue;
      for (const subscription of connection.subscriptions.values()) {
        if (privatePathOf(subscription.channel) !== undefined) tell(this.ends.venue, connection, subscription, update);
      }
    }
  }

  #leave(connection: Connection): void {
    const { hub } = this.ends.venue;
    if (!this.#connections.delete(connection)) return;
    hub.guests.delete(connection.peer);
    hub.ends.onGone(connection.peer.sent);
    for (const subscription of connection.subscriptions.values()) this.#quit(connection, subscription);
    connection.subscriptions.clear();
  }

  #quit(connection: Connection, { channel, instId, instType }: Subscription): void {
    if (instId !== undefined) this.channels.leave(connection, channel, instId);
    if (instType !== undefined) this.channels.leaveType(connection, channel, instType);
  }

  #later(run: () => void, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }
}

function idOf(message: Message | undefined): object {
  const id = message?.["id"];
  return typeof id === "string" || typeof id === "number" ? { id } : {};
}

/** The same argument is the same subscription, whatever the order of its fields. */
function keyOf(arg: Message): string {
  return JSON.stringify(Object.entries(arg).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function noChannel(arg: Message): OkxError {
  const words = Object.entries(arg).map(([name, value]) => `${name}:${String(value)}`);
  return new OkxError(
    "60018",
    `Wrong URL or ${words.join(",")} doesn't exist. Please use the correct URL, channel and parameters referring to API document.`,
  );
}
