/** A client of OKX's dialect for tests: signs by itself, over REST and sockets. */

import { createHmac } from "node:crypto";
import { SyntheticInstrument } from "../../match/synthetic.ts";
import { btcUsdt, btcUsdtPerp } from "../../match/synthetic_specs.ts";
import { until } from "../book_client.testing.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../simulator.ts";
import { SyntheticFeed } from "../synthetic_feed.ts";
import type { AccountSpec } from "../trading/account.ts";

/** Whatever JSON said: answers are judged by `expect`. */
export type Loose = ReturnType<typeof JSON.parse>;

export function okxAccounts(): AccountSpec[] {
  const key = (name: string, mayTrade = true) => ({
    key: `key-${name}`,
    secret: `secret-${name}`,
    passphrase: "pass",
    mayTrade,
    mayWithdraw: !mayTrade,
  });
  const balances = { USDT: "1000000", BTC: "10" };
  return [
    { name: "ann", keys: [key("ann"), key("read", false)], balances },
    { name: "bob", keys: [key("bob")], balances },
  ];
}

/** BTC-USDT and BTC-USDT-SWAP near 60,000, with a second of past. */
export async function okxSimulator(more: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const startUs = Date.now() * 1_000;
  const instruments = [
    new SyntheticInstrument(btcUsdt(), 1, startUs),
    new SyntheticInstrument(btcUsdtPerp(), 2, startUs),
  ];
  const feed = new SyntheticFeed(instruments, startUs);
  const accounts = okxAccounts();
  const simulator = await startSimulator({ venues: ["okx"], feed, accounts, start: "now", speed: 20, ...more });
  await until(() => simulator.status().position > 150, 5_000);
  return simulator;
}

export class OkxClient {
  constructor(
    readonly simulator: Simulator,
    readonly name = "ann",
  ) {}

  async call(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Loose> {
    return (await this.raw(method, path, body, headers)).body;
  }

  async raw(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    const whole = `/api/v5/${path}`;
    const text = body === undefined ? "" : JSON.stringify(body);
    const timestamp = new Date().toISOString();
    const sign = hmac(`secret-${this.name}`, timestamp + method + whole + text);
    const own = {
      "OK-ACCESS-KEY": `key-${this.name}`,
      "OK-ACCESS-SIGN": sign,
      "OK-ACCESS-TIMESTAMP": timestamp,
      "OK-ACCESS-PASSPHRASE": "pass",
      "Content-Type": "application/json",
    };
    const init = { method, headers: { ...own, ...headers }, ...(text === "" ? {} : { body: text }) };
    const answer = await fetch(this.simulator.url + whole, init);
    return { status: answer.status, body: (await answer.json()) as Loose };
  }

  /** Best bid of an instrument. */
  async bid(instId: string): Promise<number> {
    const { data } = await this.call("GET", `market/books?instId=${instId}&sz=1`);
    return Number(data[0].bids[0][0]); // number-ok: a price to stand away from
  }
}

/** One socket: answers in order, everything in `seen`. */
export class OkxSocket {
  readonly seen: Loose[] = [];
  readonly texts: string[] = [];
  readonly socket: WebSocket;
  closeCode = 0;
  #nextId = 1;

  constructor(simulator: Simulator, path: string) {
    this.socket = new WebSocket(`${simulator.wsUrl}/ws/v5/${path}`);
    this.socket.onmessage = ({ data }) => {
      this.texts.push(String(data));
      if (data !== "pong") this.seen.push(JSON.parse(String(data)));
    };
    this.socket.onclose = ({ code }) => {
      this.closeCode = code;
    };
  }

  async opened(): Promise<this> {
    await until(() => this.socket.readyState === WebSocket.OPEN, 2_000);
    return this;
  }

  say(message: object | string): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The first message from now on that fits. */
  async next(fits: (message: Loose) => boolean, from = this.seen.length): Promise<Loose> {
    const find = () => this.seen.slice(from).find(fits);
    await until(() => find() !== undefined, 2_000);
    const found = find();
    if (found === undefined) throw new Error(`nothing fits; seen: ${JSON.stringify(this.seen.slice(from))}`);
    return found;
  }

  async login(name = "ann"): Promise<Loose> {
    const from = this.seen.length;
    this.say({ op: "login", args: [loginArg(name)] });
    return this.next(({ event }) => event === "login" || event === "error", from);
  }

  async subscribe(...args: object[]): Promise<Loose> {
    const from = this.seen.length;
    this.say({ op: "subscribe", args });
    return this.next(({ event }) => event === "subscribe" || event === "error", from);
  }

  async ask(op: string, args: object[], more: object = {}): Promise<Loose> {
    const id = String(this.#nextId++);
    const from = this.seen.length;
    this.say({ id, op, args, ...more });
    return this.next((message) => message.id === id, from);
  }

  /** Rows of a private or public channel, as they came. */
  rows(channel: string): Loose[] {
    return this.seen
      .filter((message) => message.arg?.channel === channel && message.data !== undefined)
      .flatMap(({ data }) => data);
  }

  close(): void {
    this.socket.close();
  }
}

export function loginArg(name: string, seconds = Math.floor(Date.now() / 1_000)): object {
  const timestamp = String(seconds);
  const sign = hmac(`secret-${name}`, `${timestamp}GET/users/self/verify`);
  return { apiKey: `key-${name}`, passphrase: "pass", timestamp, sign };
}

function hmac(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("base64");
}
