/** A client of the trading side for tests: signs by itself (not with our venue codec), over REST and WebSocket APIs. */

import { createHmac, generateKeyPairSync, sign as signBytes } from "node:crypto";
import { SyntheticInstrument } from "../../match/synthetic.ts";
import { btcUsdt, btcUsdtPerp } from "../../match/synthetic_specs.ts";
import { until } from "../book_client.testing.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../simulator.ts";
import { SyntheticFeed } from "../synthetic_feed.ts";
import type { AccountSpec } from "../trading/account.ts";

/** Whatever JSON said: answers are judged by `expect`. */
export type Loose = ReturnType<typeof JSON.parse>;

export const ED25519 = generateKeyPairSync("ed25519");

export function testAccounts(): AccountSpec[] {
  const hmac = (name: string) => ({ key: `key-${name}`, secret: `secret-${name}`, mayTrade: true, mayWithdraw: false });
  const publicKeyPem = ED25519.publicKey.export({ type: "spki", format: "pem" }).toString();
  const ed25519 = { key: "key-ed", secret: "", publicKeyPem, mayTrade: true, mayWithdraw: false };
  const reader = { key: "key-read", secret: "secret-read", mayTrade: false, mayWithdraw: true };
  const balances = { USDT: "1000000", BTC: "10", BNB: "5" };
  return [
    { name: "ann", keys: [hmac("ann"), ed25519, reader], balances },
    { name: "bob", keys: [hmac("bob")], balances },
    { name: "eve", keys: [hmac("eve")], balances },
  ];
}

/** Both markets at a price near 60,000, with a second of past. */
export async function tradingSimulator(more: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const startUs = Date.now() * 1_000;
  const instruments = [
    new SyntheticInstrument(btcUsdt(), 1, startUs),
    new SyntheticInstrument(btcUsdtPerp(), 2, startUs),
  ];
  const feed = new SyntheticFeed(instruments, startUs);
  const accounts = testAccounts();
  const simulator = await startSimulator({
    venues: ["binance-spot", "binance-usdm"],
    feed,
    accounts,
    start: "now",
    speed: 20,
    ...more,
  });
  await until(() => simulator.status().position > 150, 5_000);
  return simulator;
}

export interface Reply {
  readonly status: number;
  readonly body: Loose;
  readonly headers: Headers;
}

export class SignedClient {
  constructor(
    readonly simulator: Simulator,
    readonly name = "ann",
  ) {}

  /** Parameters in the query; `form` puts them into the body. */
  async call(method: string, path: string, params: Record<string, string | number> = {}, form = false): Promise<Reply> {
    const values = new URLSearchParams(
      Object.entries({ timestamp: Date.now(), ...params }).map(([n, v]) => [n, String(v)]),
    );
    const text = values.toString();
    const signature = createHmac("sha256", `secret-${this.name}`).update(text).digest("hex");
    return this.raw(method, path, `${text}&signature=${signature}`, form);
  }

  async raw(method: string, path: string, text: string, form = false, key = `key-${this.name}`): Promise<Reply> {
    const headers = { "X-MBX-APIKEY": key, ...(form ? { "Content-Type": "application/x-www-form-urlencoded" } : {}) };
    const url = `${this.simulator.url}${path}${form || text === "" ? "" : `?${text}`}`;
    const answer = await fetch(url, { method, headers, ...(form ? { body: text } : {}) });
    return { status: answer.status, body: await answer.json(), headers: answer.headers };
  }
}

/** A WebSocket API connection: answers by id, everything else in `events`. */
export class ApiClient {
  readonly events: Loose[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Loose) => void>();
  #nextId = 1;

  constructor(simulator: Simulator, path: string) {
    this.#socket = new WebSocket(`${simulator.wsUrl}${path}`);
    this.#socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data));
      const resolve = this.#waiting.get(message.id);
      if (resolve === undefined) this.events.push(message);
      else resolve(message);
    };
  }

  get isClosed(): boolean {
    return this.#socket.readyState >= WebSocket.CLOSING;
  }

  async opened(): Promise<this> {
    await until(() => this.#socket.readyState === WebSocket.OPEN, 2_000);
    return this;
  }

  ask(method: string, params: Record<string, unknown> = {}): Promise<Loose> {
    const id = this.#nextId++;
    const answer = new Promise((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer;
  }

  say(text: string): void {
    this.#socket.send(text);
  }

  close(): void {
    this.#socket.close();
  }
}

/** Parameters with key, time and signature, as a WebSocket API wants them. */
export function signedParams(params: Record<string, unknown>, name = "ann"): Record<string, unknown> {
  const all: Record<string, unknown> = {
    apiKey: name === "ed" ? "key-ed" : `key-${name}`,
    timestamp: Date.now(),
    ...params,
  };
  const payload = Object.keys(all)
    .sort()
    .map((each) => `${each}=${String(all[each])}`)
    .join("&");
  const signature =
    name === "ed"
      ? signBytes(null, Buffer.from(payload), ED25519.privateKey).toString("base64")
      : createHmac("sha256", `secret-${name}`).update(payload).digest("hex");
  return { ...all, signature };
}
