/** The executable with strategies and orders by hand at a steady rate, and what it tells of its orders and its history. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseConfig } from "../../src/app/config_database.ts";
import { GatewayProcess, type Json } from "../e2e/gateway_process.testing.ts";

/** Two percent below the market: none of them fills, each is a wish, a hand-over and an end. */
const STRATEGY = `
  import { strategy } from "meltica";
  export default strategy({ name: "every-quote", markets: { main: {} } }, ({ main }) => ({
    onQuote() {
      main.buy({ base: 0.01 }, { limit: main.bid * 0.98, tif: "ioc", why: "load" });
    },
  }));
`;
const QUOTED = ["sim:BTC-USDT", "sim:SOL-USDT"];
const MADE = "sim:ETH-USDT";
const BY_HAND = "sim:ETH-USDT-PERP";
const RATE = { count: 10_000, windowUs: 1_000_000 };
const QUOTE_MS = 200;
const INFLIGHT_MAX = 64;

export interface OutageConfig {
  readonly database?: Partial<DatabaseConfig>;
  /** Orders by hand a second. */
  readonly perSecond: number;
  /** Of the synthetic market. */
  readonly speed: number;
  readonly command?: readonly string[];
}

/** Bounds in seconds and how many were at or below each, since the gateway's start. */
export type Buckets = readonly (readonly [bound: number, count: number])[];

export class OutageGateway {
  /** Milliseconds to each answer since the last look. */
  #acknowledgedMs: number[] = [];
  #inFlight = 0;
  #isOver = false;
  #load: Promise<void>[] = [];
  #bid = 0;
  placed = 0;
  /** Answers other than "placed", by what they say. */
  readonly refused = new Map<string, number>();

  private constructor(
    readonly process: GatewayProcess,
    readonly dataDir: string,
    readonly config: OutageConfig,
  ) {}

  static async start(config: OutageConfig): Promise<OutageGateway> {
    const dir = mkdtempSync(join(tmpdir(), "meltica-outage-"));
    const strategy = join(dir, "every_quote.ts");
    const file = join(dir, "meltica.json");
    const dataDir = join(dir, "data");
    writeFileSync(strategy, STRATEGY);
    writeFileSync(file, JSON.stringify(sections(strategy, config)));
    const command = config.command === undefined ? {} : { command: config.command };
    const gateway = await GatewayProcess.start(dataDir, { args: ["--config", file], ...command });
    await gateway.untilReady();
    return new OutageGateway(gateway, dataDir, config);
  }

  /** From here on orders come at the rate, whatever becomes of them. */
  begin(): void {
    this.#load = [this.#quotes(), this.#orders()];
  }

  /** Until every request has its answer. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#load);
    while (this.#inFlight > 0) await Bun.sleep(5);
  }

  /** Answers in ms since the last call, sorted. */
  takeAcknowledged(): number[] {
    const taken = this.#acknowledgedMs.sort((a, b) => a - b);
    this.#acknowledgedMs = [];
    return taken;
  }

  history(): Promise<Json> {
    return this.process.get("/api/v1/history");
  }

  async metricsText(): Promise<string> {
    return (await this.process.ask("GET", "/metrics")).text;
  }

  /** Of the way of orders: from the input that one came of to its hand-over to the venue. */
  async orderPath(): Promise<Buckets> {
    const lines = (await this.metricsText()).matchAll(
      /^meltica_order_path_seconds_bucket\{le="([0-9.e+-]+)"\} (\d+)$/gm,
    );
    const buckets = [...lines].map(([, bound, count]) => [Number(bound), Number(count)] as const);
    if (buckets.length === 0) throw new Error("no figures of the order path");
    return buckets;
  }

  remove(): void {
    rmSync(join(this.dataDir, ".."), { recursive: true, force: true });
  }

  async #quotes(): Promise<void> {
    while (!this.#isOver) {
      const { json } = await this.process.ask("GET", "/api/v1/quotes");
      const items: Json[] = json?.items ?? []; // None while an engine is replaced.
      this.#bid = Number(items.find((row: Json) => row.instrument === BY_HAND)?.bidPrice ?? 0);
      await Bun.sleep(QUOTE_MS);
    }
  }

  async #orders(): Promise<void> {
    const begunMs = performance.now();
    for (let n = 0; !this.#isOver; n++) {
      const waitMs = begunMs + (n * 1_000) / this.config.perSecond - performance.now();
      if (waitMs > 0) await Bun.sleep(waitMs);
      if (this.#bid > 0 && this.#inFlight < INFLIGHT_MAX) void this.#place(n);
    }
  }

  /** A buy and a sell in turn, through the market: both fill, and no position grows. */
  async #place(n: number): Promise<void> {
    const side = n % 2 === 0 ? "buy" : "sell";
    const price = (this.#bid * (side === "buy" ? 1.01 : 0.99)).toFixed(2);
    const order = { account: "paper", instrument: BY_HAND, side, qty: "0.05", price, timeInForce: "ioc" };
    this.#inFlight++;
    const begunMs = performance.now();
    try {
      const { status, json } = await this.process.ask("POST", "/api/v1/orders", order);
      if (status === 201) {
        this.placed++;
        this.#acknowledgedMs.push(performance.now() - begunMs);
      } else this.#refuse(`${status} ${json?.code} ${json?.detail}`);
    } catch (error) {
      this.#refuse(String(error));
    } finally {
      this.#inFlight--;
    }
  }

  #refuse(text: string): void {
    this.refused.set(text, (this.refused.get(text) ?? 0) + 1);
  }
}

/** Of processor time that processes have used, in seconds, those that have come and gone between two looks left out. */
export class CpuMeter {
  #used = 0;
  #ticks = new Map<number, number>();

  look(pids: readonly number[]): number {
    const ticks = new Map<number, number>();
    for (const pid of pids) {
      const now = ticksOf(pid);
      if (now === undefined) continue;
      ticks.set(pid, now);
      this.#used += now - (this.#ticks.get(pid) ?? now);
    }
    this.#ticks = ticks;
    return this.#used / 100;
  }
}

function ticksOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return undefined;
  }
}

function sections(strategy: string, { database, speed }: OutageConfig): object {
  const held = { maxOrderQty: "100", maxLongPosition: "1000" };
  const firm = { maxOrderValue: "50000", collarBps: 500, referenceAgeUsMax: 5_000_000, maxOpenOrders: 500 };
  const instruments = [...QUOTED, MADE, BY_HAND];
  const market = (instrument: string) => ({ main: { instrument, account: "paper", tf: "1s" } });
  return {
    ...(database === undefined ? {} : { database }),
    server: { host: "127.0.0.1", port: 0 },
    providers: { sim: { adapter: "sim", seed: 1, instruments: instruments.map((name) => name.slice(4)), speed } },
    accounts: { paper: { provider: "sim", mode: "paper", balances: { USDT: "10000000", ETH: "100" } } },
    limits: [
      { scope: "firm", ...firm, newOrders: RATE, cancels: RATE },
      ...instruments.map((key) => ({
        scope: "instrument",
        key,
        ...held,
        maxShortPosition: key === BY_HAND ? "1000" : "0",
      })),
    ],
    instances: [
      ...QUOTED.map((name, n) => ({ name: `every-quote-${n}`, strategy, markets: market(name) })),
      { name: "maker", strategy: "market-making", params: { size: 0.02 }, markets: market(MADE) },
    ],
  };
}
