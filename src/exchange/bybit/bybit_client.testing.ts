/** A client of Bybit's dialect for tests: signs by itself (not with our venue codec), over REST and sockets. */

import { createHmac } from "node:crypto";
import { SyntheticInstrument } from "../../match/synthetic.ts";
import { btcUsdt, btcUsdtPerp } from "../../match/synthetic_specs.ts";
import { until } from "../book_client.testing.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../simulator.ts";
import { SyntheticFeed } from "../synthetic_feed.ts";
import type { AccountSpec } from "../trading/account.ts";

/** Whatever JSON said: answers are judged by `expect`. */
export type Loose = ReturnType<typeof JSON.parse>;

export function bybitAccounts(): AccountSpec[] {
  const hmac = (name: string) => ({ key: `key-${name}`, secret: `secret-${name}`, mayTrade: true, mayWithdraw: false });
  const reader = { key: "key-read", secret: "secret-read", mayTrade: false, mayWithdraw: true };
  const balances = { USDT: "1000000", BTC: "10" };
  return [
    { name: "ann", keys: [hmac("ann"), reader], balances },
    { name: "bob", keys: [hmac("bob")], balances },
  ];
}

/** BTCUSDT spot and linear at a price near 60,000, with a second of past. */
export async function bybitSimulator(more: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const startUs = Date.now() * 1_000;
  const instruments = [
    new SyntheticInstrument(btcUsdt(), 1, startUs),
    new SyntheticInstrument(btcUsdtPerp(), 2, startUs),
  ];
  const simulator = await startSimulator({
    venues: ["binance-spot", "binance-usdm", "bybit"],
    feed: new SyntheticFeed(instruments, startUs),
    accounts: bybitAccounts(),
    start: "now",
    speed: 20,
    ...more,
  });
  await until(() => simulator.status().position > 150, 5_000);
  return simulator;
}

export class BybitClient {
  constructor(
    readonly simulator: Simulator,
    readonly name = "ann",
  ) {}

  /** The body of the answer. */
  async get(path: string, params: Record<string, string | number> = {}): Promise<Loose> {
    const query = new URLSearchParams(Object.entries(params).map(([n, v]) => [n, String(v)])).toString();
    const answer = await this.raw("GET", path, query);
    return answer.json();
  }

  /** Waits where the venue says that it was too much. */
  async post(path: string, body: unknown): Promise<Loose> {
    for (let turn = 0; ; turn++) {
      const answer: Loose = await (await this.raw("POST", path, JSON.stringify(body))).json();
      if (answer.retCode !== 10_006 || turn > 8) return answer;
      await Bun.sleep(250);
    }
  }

  raw(method: "GET" | "POST", path: string, payload: string, time = Date.now()): Promise<Response> {
    const sign = createHmac("sha256", `secret-${this.name}`)
      .update(`${time}key-${this.name}5000${payload}`)
      .digest("hex");
    const headers = {
      "X-BAPI-API-KEY": `key-${this.name}`,
      "X-BAPI-TIMESTAMP": String(time),
      "X-BAPI-RECV-WINDOW": "5000",
      "X-BAPI-SIGN": sign,
      "Content-Type": "application/json",
    };
    const url = `${this.simulator.url}${path}${method === "GET" && payload !== "" ? `?${payload}` : ""}`;
    return fetch(url, { method, headers, ...(method === "POST" ? { body: payload } : {}) });
  }
}

/** A connection: all that it was told, and waiting for what fits. */
export class BybitSocket {
  readonly messages: Loose[] = [];
  isClosed = false;
  readonly #socket: WebSocket;

  constructor(
    simulator: Simulator,
    path: string,
    readonly name = "ann",
  ) {
    this.#socket = new WebSocket(`${simulator.wsUrl}${path}`);
    this.#socket.onmessage = ({ data }) => void this.messages.push(JSON.parse(String(data)));
    this.#socket.onclose = () => {
      this.isClosed = true;
    };
  }

  async opened(): Promise<this> {
    await until(() => this.#socket.readyState === WebSocket.OPEN, 2_000);
    return this;
  }

  say(message: unknown): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The first message from now on, or so far, that fits; throws after two seconds. */
  async see(fits: (message: Loose) => boolean, from = 0): Promise<Loose> {
    let found: Loose;
    const isThere = () => {
      found = this.messages.slice(from).find(fits);
      return found !== undefined;
    };
    if (!(await until(isThere, 2_000))) throw new Error(`not seen in ${JSON.stringify(this.messages.slice(-5))}`);
    return found;
  }

  ask(message: Record<string, unknown>): Promise<Loose> {
    const from = this.messages.length;
    this.say(message);
    return this.see((answer) => answer.topic === undefined, from);
  }

  auth(expires: number = Date.now() + 10_000, secret = `secret-${this.name}`): Promise<Loose> {
    const sign = createHmac("sha256", secret).update(`GET/realtime${expires}`).digest("hex");
    return this.ask({ op: "auth", args: [`key-${this.name}`, expires, sign] });
  }

  /** An operation of the order entry socket. */
  async order(op: string, values: unknown, reqId: string): Promise<Loose> {
    const header = { "X-BAPI-TIMESTAMP": String(Date.now()), "X-BAPI-RECV-WINDOW": "5000" };
    this.say({ reqId, header, op, args: [values] });
    return this.see((answer) => answer.reqId === reqId);
  }

  close(): void {
    this.#socket.close();
  }
}
