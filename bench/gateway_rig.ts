/** A whole gateway in this process, as `meltica up` starts it, for benches: synthetic markets, a strategy that orders often. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfigText } from "../src/app/config.ts";
import { startGateway } from "../src/app/gateway.ts";
import type { MetricSample } from "../src/control/ports.ts";
import type { Limits } from "../src/core/limits.ts";

/** Two percent below the market: it never fills, so no position grows. */
const STRATEGY = `
  import { strategy } from "meltica";
  export default strategy({ name: "every-quote", markets: { main: {} } }, ({ main }) => ({
    onQuote() {
      main.buy({ base: 0.01 }, { limit: main.bid * 0.98, tif: "ioc", why: "bench" });
    },
  }));
`;

const INSTRUMENTS = ["sim:BTC-USDT", "sim:ETH-USDT", "sim:SOL-USDT"];
const READY_MS_MAX = 10_000;
const RATE = { count: 10_000, windowUs: 1_000_000 };

export type Histogram = Pick<MetricSample, "buckets" | "count">;

export interface GatewayRig {
  readonly port: number;
  readonly token: string;
  /** As the engine told it last: twice a second. */
  histogram(name: string): Histogram;
  stop(): Promise<void>;
}

/** `speed`: events of the synthetic markets, times the usual. Throws when the gateway is not ready in time. */
export async function startGatewayRig(speed: number, limits: Partial<Limits>): Promise<GatewayRig> {
  const dir = mkdtempSync(join(tmpdir(), "meltica-bench-"));
  const strategy = join(dir, "every_quote.ts");
  writeFileSync(strategy, STRATEGY);
  const text = JSON.stringify(configOf(strategy, speed));
  const loaded = readConfigText(text, join(dir, "bench.json"), { flags: [], env: {}, cwd: dir });
  if (loaded.config === undefined) throw new Error(JSON.stringify(loaded.problems));
  const gateway = await startGateway(loaded.config, { version: "bench", log: () => {}, logIsTerminal: false, limits });
  const { supervisor } = gateway;
  const stop = async () => {
    await gateway.stop("the bench is over");
    rmSync(dir, { recursive: true, force: true });
  };
  const untilMs = performance.now() + READY_MS_MAX;
  while (supervisor.status.metrics.length === 0 || supervisor.problems.length > 0) {
    if (performance.now() > untilMs || supervisor.problems.length > 0) {
      await stop();
      throw new Error(`the gateway is not ready: ${JSON.stringify(supervisor.problems)}`);
    }
    await Bun.sleep(10);
  }
  return {
    port: Number(new URL(gateway.url).port),
    token: readFileSync(gateway.tokenFile, "utf8").trim(),
    histogram(name) {
      const found = supervisor.status.metrics.find((sample) => sample.name === name);
      if (found === undefined) throw new Error(`no metric ${name}`);
      return found;
    },
    stop,
  };
}

function configOf(strategy: string, speed: number): object {
  const firm = { maxOrderValue: "50000", collarBps: 500, referenceAgeUsMax: 5_000_000, maxOpenOrders: 500 };
  const held = { maxOrderQty: "100", maxLongPosition: "100", maxShortPosition: "0" };
  return {
    dataDir: "data",
    server: { host: "127.0.0.1", port: 0 },
    providers: { sim: { adapter: "sim", seed: 1, instruments: INSTRUMENTS.map((name) => name.slice(4)), speed } },
    accounts: { paper: { provider: "sim", mode: "paper", balances: { USDT: "10000000" } } },
    limits: [
      { scope: "firm", ...firm, newOrders: RATE, cancels: RATE },
      ...INSTRUMENTS.map((key) => ({ scope: "instrument", key, ...held })),
    ],
    instances: INSTRUMENTS.map((instrument, n) => ({
      name: `every-quote-${n}`,
      strategy,
      markets: { main: { instrument, account: "paper", tf: "1s" } },
    })),
  };
}
