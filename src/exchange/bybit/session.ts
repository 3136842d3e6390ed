/** What one connection may say and is answered: ping, auth, topics, orders; each kind of path in its own shapes. */

import { assert } from "../../core/assert.ts";
import { Code } from "../../core/code.ts";
import { isMessage, type Message, objectOf } from "../message.ts";
import { BybitError } from "./bybit_error.ts";
import type { DisconnectGuard, Product } from "./disconnect_guard.ts";
import type { Event } from "./events.ts";
import { type Caller, checkTime } from "./key_ring.ts";
import type { Category } from "./listing.ts";
import { Params } from "./params.ts";
import type { Listener, PublicTopics } from "./public_topics.ts";

/** What a path serves; `/v5/any` serves all of it. */
export interface Place {
  readonly category: Category | undefined;
  readonly isPrivate: boolean;
  readonly isTrade: boolean;
}

export interface Performed {
  readonly result: unknown;
  readonly retExtInfo: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly delayMs: number;
}

export interface SessionEnds {
  readonly place: Place;
  readonly connId: string;
  readonly topics: PublicTopics;
  readonly guard: DisconnectGuard;
  readonly listener: Listener;
  nowMs(): number;
  say(text: string): void;
  later(run: () => void, delayMs: number): void;
  /** Throws BybitError. */
  open(args: unknown): Caller;
  /** Does what `order.create` and the like mean; undefined is no answer at all. Throws BybitError. */
  perform(caller: Caller, name: string, params: Params): Performed | undefined;
  /** Somebody listens: the feed may begin. */
  onSubscribed(): void;
}

const SPOT_ARGS_MAX = 10;
const ARGS_CHARS_MAX = 21_000;
const REQUEST_IDS_MAX = 10_000;
const PRIVATE_TOPIC =
  /^(order|execution|position)(\.(spot|linear|inverse|option))?$|^execution\.fast(\.(spot|linear))?$|^wallet$/;
const GUARD_TOPICS: Readonly<Record<string, Product>> = Object.freeze({
  "dcp.future": "DERIVATIVES",
  "dcp.spot": "SPOT",
  "dcp.option": "OPTIONS",
});

export class Session {
  caller: Caller | undefined;
  readonly publicNames = new Set<string>();
  readonly privateNames = new Set<string>();
  readonly #requestIds = new Set<string>();

  constructor(readonly ends: SessionEnds) {}

  receive(text: string): void {
    const message = objectOf(text);
    if (message === undefined) return this.#fail({ op: "" }, "error:invalid json");
    const { op } = message;
    if (op === "ping") return this.#pong(message);
    if (op === "auth") return this.#auth(message);
    if (typeof op === "string" && op.startsWith("order.") && this.ends.place.isTrade) return this.#order(op, message);
    if (op === "subscribe" || op === "unsubscribe") return this.#topics(op, message);
    this.#fail(message, "error:invalid op");
  }

  /** Names of topics under which this connection hears of an event. */
  namesFor({ topic, category }: Event): string[] {
    const names = [topic, `${topic}.${category}`];
    return names.filter((name) => this.privateNames.has(name));
  }

  /** The connection is gone. */
  end(): void {
    const { topics, guard, place, listener, nowMs } = this.ends;
    if (place.category !== undefined) {
      for (const name of this.publicNames) topics.leave(place.category, name, listener);
    }
    this.publicNames.clear();
    for (const name of [...this.privateNames]) {
      const product = GUARD_TOPICS[name];
      if (product !== undefined && this.caller !== undefined) guard.leave(this.caller.account, product, nowMs());
    }
    this.privateNames.clear();
  }

  #pong(message: Message): void {
    const { place, connId, nowMs } = this.ends;
    const id = message["req_id"] === undefined ? {} : { req_id: message["req_id"] };
    const now = String(nowMs());
    if (place.isPrivate) this.#say({ ...id, op: "pong", args: [now], conn_id: connId });
    else if (place.isTrade) this.#say({ retCode: 0, op: "pong", data: [now], connId });
    else this.#say({ success: true, ret_msg: "pong", conn_id: connId, ...id, op: "ping" });
  }

  #auth(message: Message): void {
    const { place, connId } = this.ends;
    if (!place.isPrivate && !place.isTrade) return this.#fail(message, "error:invalid op");
    let code = 0;
    let words = "";
    try {
      const repeated = this.caller !== undefined && place.isTrade && !place.isPrivate;
      if (repeated) throw new BybitError(20_001, "Repeat auth");
      this.caller = this.ends.open(message["args"]);
    } catch (error) {
      if (!(error instanceof BybitError)) throw error;
      code = error.retCode;
      words = error.retMsg;
    }
    const ids = idsOf(message);
    const ofPrivate = { success: code === 0, ret_msg: words, op: "auth", conn_id: connId };
    const ofTrade = { retCode: code, retMsg: code === 0 ? "OK" : words, op: "auth", connId };
    if (place.isPrivate && place.isTrade) this.#say({ ...ids, ...ofPrivate, ...ofTrade });
    else this.#say({ ...ids, ...(place.isPrivate ? ofPrivate : ofTrade) });
  }

  /** All topics of a request or none. */
  #topics(op: "subscribe" | "unsubscribe", message: Message): void {
    const args: unknown = message["args"];
    const { place } = this.ends;
    const names = Array.isArray(args) ? args.filter((arg) => typeof arg === "string") : [];
    if (!Array.isArray(args) || names.length !== args.length || names.length === 0) {
      return this.#fail(message, "error:invalid args");
    }
    if (place.category === "spot" && !place.isPrivate && names.length > SPOT_ARGS_MAX) {
      return this.#fail(message, "args size >10");
    }
    const length = [...this.publicNames, ...names].join("").length;
    if (length > ARGS_CHARS_MAX) return this.#fail(message, "error:args too long");
    for (const name of names) {
      const why = op === "subscribe" ? this.#refusal(name) : undefined;
      if (why !== undefined) return this.#fail(message, why);
    }
    const isWordy = place.category === "spot" && !place.isPrivate;
    const ids = idsOf(message);
    this.#say({ success: true, ret_msg: isWordy ? op : "", conn_id: this.ends.connId, ...ids, op });
    for (const name of names) {
      if (op === "subscribe") this.#join(name);
      else this.#leave(name);
    }
  }

  #refusal(name: string): string | undefined {
    const { place, topics } = this.ends;
    const isOwn = PRIVATE_TOPIC.test(name) || Object.hasOwn(GUARD_TOPICS, name);
    if (isOwn && place.isPrivate) return this.caller === undefined ? "error:request not authorized" : undefined;
    if (place.category === undefined) return `error:handler not found,topic:${name}`;
    if (this.publicNames.has(name)) return `error:already subscribed,topic:${name}`;
    return topics.refusal(place.category, name);
  }

  #join(name: string): void {
    const { place, topics, guard, listener } = this.ends;
    const product = GUARD_TOPICS[name];
    const isOwn = place.isPrivate && (PRIVATE_TOPIC.test(name) || product !== undefined);
    if (isOwn) {
      if (product !== undefined && this.caller !== undefined && !this.privateNames.has(name)) {
        guard.join(this.caller.account, product);
      }
      this.privateNames.add(name);
      return;
    }
    assert(place.category !== undefined, Code.InvariantBroken);
    this.publicNames.add(name);
    topics.join(place.category, name, listener);
    this.ends.onSubscribed();
  }

  #leave(name: string): void {
    const { place, topics, guard, listener, nowMs } = this.ends;
    if (this.privateNames.delete(name)) {
      const product = GUARD_TOPICS[name];
      if (product !== undefined && this.caller !== undefined) guard.leave(this.caller.account, product, nowMs());
    } else if (this.publicNames.delete(name) && place.category !== undefined) {
      topics.leave(place.category, name, listener);
    }
  }

  #order(op: string, message: Message): void {
    const { connId, nowMs } = this.ends;
    const head = { reqId: message["reqId"] ?? "", op };
    const tail = (headers: object) => ({
      header: { ...headers, Traceid: connId, Timenow: String(nowMs()) },
      connId,
    });
    try {
      const done = this.#perform(op, message);
      if (done === undefined) return;
      const { result, retExtInfo, headers, delayMs } = done;
      const answer = { ...head, retCode: 0, retMsg: "OK", data: result, retExtInfo, ...tail(headers) };
      if (delayMs > 0) this.ends.later(() => this.#say(answer), delayMs);
      else this.#say(answer);
    } catch (error) {
      if (!(error instanceof BybitError)) throw error;
      this.#say({ ...head, retCode: error.retCode, retMsg: error.retMsg, data: {}, retExtInfo: {}, ...tail({}) });
    }
  }

  #perform(op: string, message: Message): Performed | undefined {
    const { caller, ends } = this;
    if (caller === undefined) throw new BybitError(10_004, "Request not authorized");
    const { reqId, header, args } = message;
    if (typeof reqId === "string" && reqId !== "") {
      if (this.#requestIds.has(reqId)) throw new BybitError(20_006, "Duplicate reqId");
      if (this.#requestIds.size >= REQUEST_IDS_MAX) this.#requestIds.clear();
      this.#requestIds.add(reqId);
    }
    const own: Message = isMessage(header) ? header : {};
    checkTime(String(own["X-BAPI-TIMESTAMP"] ?? ""), String(own["X-BAPI-RECV-WINDOW"] ?? ""), ends.nowMs());
    const [values] = Array.isArray(args) ? args : [];
    if (!isMessage(values)) throw new BybitError(10_001, "params error: args must have one object");
    return ends.perform(caller, op.slice("order.".length), new Params(values));
  }

  #fail(message: Message, words: string): void {
    const { op, args } = message;
    const request = { req_id: message["req_id"] ?? "", op: op ?? "", args: args ?? null };
    this.#say({ success: false, ret_msg: words, conn_id: this.ends.connId, ...idsOf(message), op: op ?? "", request });
  }

  #say(answer: object): void {
    this.ends.say(JSON.stringify(answer));
  }
}

/** Ids come back as they came. */
function idsOf(message: Message): Record<string, unknown> {
  const ids: Record<string, unknown> = {};
  for (const name of ["req_id", "reqId"]) if (message[name] !== undefined) ids[name] = message[name];
  return ids;
}
