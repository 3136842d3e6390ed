/** Load by hand on a gateway that is about to be killed: several connections that place and cancel, and a stream reader. */

import type { Prng } from "../../src/core/prng.ts";
import type { GatewayProcess, Json } from "../e2e/gateway_process.testing.ts";
import type { Asked, Claims } from "./crash_claims.ts";

export const ACCOUNTS = ["paper", "second"] as const;
const CONNECTIONS = 4;
/** Milliseconds between a pause of a strategy and its resume, at most. */
const PAUSE_MS_MAX = 200;
/** Each is asked at a price so many parts of 1,000 beside the market; far ones rest, near ones fill, the last is denied. */
const OFFSETS = [-20, -20, -10, -1, 0, 2, 90];
const MARKETS: readonly [instrument: string, qty: string, decimals: number][] = [
  ["sim:SOL-USDT", "0.5", 2],
  ["sim:BTC-USDT-PERP", "0.004", 1],
  ["sim:ETH-USDT-PERP", "0.05", 2],
];

export class CrashLoad {
  #isOver = false;
  #work: Promise<void>[] = [];
  #stream: WebSocket | undefined;
  #count = 0;
  /** Messages of the stream that showed orders or executions. */
  streamed = 0;

  constructor(
    readonly gateway: GatewayProcess,
    readonly claims: Claims,
    readonly random: Prng,
    /** Part of each key: no two rounds share one. */
    readonly name: string,
  ) {}

  start(): void {
    this.#readStream();
    for (let n = 0; n < CONNECTIONS; n++) this.#work.push(this.#connection());
    this.#work.push(this.#watch(), this.#pauses());
  }

  /** After the kill: until every request has its answer or its error. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#work);
    this.#stream?.close();
  }

  /** One request after the other, until the gateway is dead. */
  async #connection(): Promise<void> {
    const mine: number[] = [];
    while (!this.#isOver) {
      try {
        const dice = this.random.nextBelow(10);
        if (dice === 3 && mine.length > 0) await this.#amend(mine[this.random.nextBelow(mine.length)] ?? 0);
        else if (dice < 3 && mine.length > 0)
          await this.#cancel(mine.splice(this.random.nextBelow(mine.length), 1)[0] ?? 0);
        else await this.#place(mine, dice === 9);
      } catch {
        return; // The connection died: so did the gateway.
      }
    }
  }

  async #place(mine: number[], twice: boolean): Promise<void> {
    const draft = await this.#draft();
    if (draft === undefined) return;
    const asked: Asked = {
      key: `${this.name}-${++this.#count}`,
      body: draft,
      outcome: "lost",
      order: 0,
      sent: 0,
      refused: 0,
      isReplayed: false,
    };
    this.claims.asked.set(asked.key, asked);
    // The same at once on two connections: one order.
    const [order] = await Promise.all([
      place(this.gateway, this.claims, asked),
      twice && place(this.gateway, this.claims, asked),
    ]);
    if (order !== 0) mine.push(order);
  }

  async #draft(): Promise<Asked["body"] | undefined> {
    const [instrument, qty, decimals] = MARKETS[this.random.nextBelow(MARKETS.length)] as (typeof MARKETS)[number];
    const side = this.random.nextBelow(2) === 0 ? "buy" : "sell";
    const offset = OFFSETS[this.random.nextBelow(OFFSETS.length)] as number;
    const { items } = await this.gateway.get("/api/v1/quotes");
    const bid = Number(items.find((row: Json) => row.instrument === instrument)?.bidPrice ?? 0);
    if (!(bid > 0)) return undefined;
    const price = bid * (1 + (side === "buy" ? offset : -offset) / 1_000);
    const account = ACCOUNTS[this.random.nextBelow(ACCOUNTS.length)] as string;
    return { account, instrument, side, qty, price: price.toFixed(decimals) };
  }

  async #cancel(order: number): Promise<void> {
    const { status } = await this.gateway.ask("DELETE", `/api/v1/orders/${order}`);
    if (status === 200) this.claims.cancelled.add(order);
  }

  /** To a price that is a little away; it may have ended meanwhile. */
  async #amend(order: number): Promise<void> {
    const known = this.claims.orders.get(order);
    if (known === undefined || known.terminal || typeof known.price !== "string") return;
    const decimals = MARKETS.find(([instrument]) => instrument === known.instrument)?.[2] ?? 1;
    const price = (Number(known.price) * (known.side === "buy" ? 0.999 : 1.001)).toFixed(decimals);
    const { status, json } = await this.gateway.ask("PATCH", `/api/v1/orders/${order}`, { price });
    if (status !== 200) return;
    this.claims.amended++;
    if (json.order !== null) this.claims.showOrder(json.order);
  }

  /** A strategy is paused and resumed: what was answered last holds after the kill. */
  async #pauses(): Promise<void> {
    while (!this.#isOver) {
      try {
        await Bun.sleep(this.random.nextBelow(PAUSE_MS_MAX));
        const wanted = this.claims.paused === "yes" ? "resume" : "pause";
        this.claims.paused = "unknown";
        const { status, text } = await this.gateway.ask("POST", `/api/v1/instances/1/${wanted}`, {});
        if (status === 200) {
          this.claims.paused = wanted === "pause" ? "yes" : "no";
          this.claims.pauses++;
        } else if (status !== 429 && status !== 409 && status !== 503) this.claims.fail(`${wanted}: ${status} ${text}`);
      } catch {
        return;
      }
    }
  }

  /** Hashes and pages now and then, as a person with the page open asks for them. */
  async #watch(): Promise<void> {
    while (!this.#isOver) {
      try {
        const { record, hash } = await this.gateway.get("/api/v1/status");
        if (hash.endsWith(`-${record}`)) this.claims.hashes.set(record, hash);
        for (const row of (await this.gateway.get("/api/v1/orders")).items) this.claims.showOrder(row);
        for (const row of (await this.gateway.get("/api/v1/executions")).items) this.claims.showExecution(row);
      } catch {
        return;
      }
      await Bun.sleep(this.random.nextBelow(60));
    }
  }

  #readStream(): void {
    const { url, token } = this.gateway;
    const headers = { authorization: `Bearer ${token}` };
    const stream = new WebSocket(`${url.replace("http", "ws")}/api/v1/stream`, { headers } as unknown as string[]); // Bun's.
    stream.onopen = () => stream.send(JSON.stringify({ op: "subscribe", channels: ["orders", "fills"] }));
    stream.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as Json;
      if (message.type === "error") this.claims.fail(`the stream says ${data}`);
      if (message.channel === "orders") for (const row of message.data) this.claims.showOrder(row);
      if (message.channel === "fills") for (const row of message.data) this.claims.showExecution(row);
      this.streamed++;
    };
    this.#stream = stream;
  }
}

/** Asks, or asks again under the same key, and notes what came of it. Answers the order, 0 = none that lives. */
export async function place(gateway: GatewayProcess, claims: Claims, asked: Asked): Promise<number> {
  asked.sent++;
  const answer = await gateway.ask("POST", "/api/v1/orders", asked.body, { "idempotency-key": asked.key });
  if (answer.status === 201) {
    if (asked.outcome === "lost") asked.isReplayed = answer.headers.has("idempotency-replayed");
    settle(claims, asked, "placed", answer.json.id);
    const { order } = answer.json;
    if (order !== null) {
      for (const column of ["account", "instrument", "side"] as const) {
        if (order[column] !== asked.body[column]) claims.fail(`${asked.key}: ${column} became ${order[column]}`);
      }
      if (Number(order.qty) !== Number(asked.body.qty)) claims.fail(`${asked.key}: qty became ${order.qty}`);
      claims.showOrder(order);
    }
    return answer.json.id;
  }
  if (answer.json?.code === "OrderDenied") settle(claims, asked, "denied", answer.json.order);
  else if (answer.status === 429 || answer.json?.code === "NotReady") asked.refused++;
  else if (answer.json?.code !== "OutcomeUnknown") claims.fail(`${asked.key}: ${answer.status} ${answer.text}`);
  return 0;
}

function settle(claims: Claims, asked: Asked, outcome: "placed" | "denied", order: number): void {
  if (asked.outcome !== "lost" && (asked.outcome !== outcome || asked.order !== order)) {
    claims.fail(`${asked.key} was ${asked.outcome} as order ${asked.order}, is ${outcome} as order ${order}`);
  }
  asked.outcome = outcome;
  asked.order = order;
}
